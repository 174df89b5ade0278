//! Tables as rows of words, for tests to look at: lists with commas between, null as nothing.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use smimebatch_core::columns::rows::Tables;

/// One row: the words of each column, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<(String, String)>);

impl Row {
    /// The words of a column.
    pub fn column(&self, name: &str) -> &str {
        let column = self.0.iter().find(|(column, _)| column == name);
        &column.unwrap_or_else(|| panic!("no column {name}")).1
    }

    /// Whether the list in `column` has `word`.
    pub fn has(&self, column: &str, word: &str) -> bool {
        self.column(column).split(',').any(|found| found == word)
    }
}

/// The rows of a dataset, whatever batches it comes in.
pub fn rows(batches: &[RecordBatch]) -> Vec<Row> {
    let of_batch = |batch: &RecordBatch| -> Vec<Row> {
        (0..batch.num_rows()).map(|row| row_of(batch, row)).collect()
    };
    batches.iter().flat_map(of_batch).collect()
}

/// Every dataset of a run but the sightings of certificates, which are counted by chunk.
pub fn all_rows(tables: &Tables) -> [Vec<Row>; 4] {
    [&tables.messages, &tables.signatures, &tables.encryptions, &tables.recipients]
        .map(|batches| rows(batches))
}

fn row_of(batch: &RecordBatch, row: usize) -> Row {
    let names = batch.schema_ref().fields().iter().map(|field| field.name().clone());
    Row(names.zip(batch.columns().iter().map(|column| words(column, row))).collect())
}

fn words(array: &dyn Array, row: usize) -> String {
    if array.is_null(row) {
        return String::new();
    }
    match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Timestamp(..) => {
            array.as_primitive::<TimestampMicrosecondType>().value(row).to_string()
        }
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Binary => {
            array.as_binary::<i32>().value(row).iter().map(|octet| format!("{octet:02x}")).collect()
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let key = dictionary.normalized_keys()[row];
            dictionary.values().as_string::<i32>().value(key).to_owned()
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(row);
            (0..list.len()).map(|item| words(&list, item)).collect::<Vec<_>>().join(",")
        }
        DataType::Struct(_) => {
            let fields = array.as_struct();
            let words: Vec<_> = fields.columns().iter().map(|field| words(field, row)).collect();
            words.join("/")
        }
        other => panic!("no words for {other}"),
    }
}
