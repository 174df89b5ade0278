//! How often each value of a column occurs: what totals are made of.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use hashbrown::HashMap;

/// A column that holds neither text, nor codes, nor lists of them; or a condition that is no int32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCountable {
    /// Its name.
    pub column: String,
    /// The columns there are.
    pub found: Vec<String>,
}

impl std::fmt::Display for NotCountable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (column, found) = (&self.column, self.found.join(", "));
        write!(f, "expected a column `{column}` whose values can be counted, found: {found}")
    }
}

impl std::error::Error for NotCountable {}

/// Values of `column` and how often each occurs, in the order of first occurrence: of text or codes once a row, of
/// lists once an entry. Null is no value. With `positive`, rows count in which that column of int32 is above 0.
///
/// # Errors
/// [`NotCountable`] for a missing column or one of another type.
pub fn count_values<'b>(
    batches: &'b [RecordBatch],
    column: &str,
    positive: Option<&str>,
) -> Result<Vec<(&'b str, u64)>, NotCountable> {
    let mut counts = Counts::default();
    for batch in batches {
        let not_countable = || NotCountable {
            column: column.to_owned(),
            found: batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect(),
        };
        let values = batch.column_by_name(column).ok_or_else(not_countable)?;
        let condition = match positive {
            Some(name) => Some(
                batch
                    .column_by_name(name)
                    .and_then(|counted| counted.as_primitive_opt::<Int32Type>())
                    .ok_or_else(not_countable)?,
            ),
            None => None,
        };
        let counts_here = |row: usize| {
            condition.is_none_or(|counted| counted.is_valid(row) && counted.value(row) > 0)
        };
        counts.add(values, counts_here).ok_or_else(not_countable)?;
    }
    Ok(counts.ordered)
}

#[derive(Default)]
struct Counts<'b> {
    ordered: Vec<(&'b str, u64)>,
    places: HashMap<&'b str, usize, foldhash::fast::RandomState>,
}

impl<'b> Counts<'b> {
    /// Adds one array; `None` for a type that has no values to count.
    fn add(&mut self, values: &'b ArrayRef, counts_here: impl Fn(usize) -> bool) -> Option<()> {
        match values.data_type() {
            DataType::Dictionary(_, value) if **value == DataType::Utf8 => {
                let coded = values.as_any_dictionary();
                let words = coded.values().as_string::<i32>();
                let mut places = vec![None; words.len()];
                let keys = if words.is_empty() { Vec::new() } else { coded.normalized_keys() };
                for (row, key) in keys.into_iter().enumerate() {
                    if values.is_valid(row) && counts_here(row) {
                        let place = places.get_mut(key)?;
                        let at = *place.get_or_insert_with(|| self.place(words.value(key)));
                        self.add_one(at);
                    }
                }
            }
            DataType::Utf8 => {
                let texts = values.as_string::<i32>();
                for row in (0..texts.len()).filter(|row| texts.is_valid(*row) && counts_here(*row))
                {
                    let at = self.place(texts.value(row));
                    self.add_one(at);
                }
            }
            DataType::List(entry) if *entry.data_type() == DataType::Utf8 => {
                let lists = values.as_list::<i32>();
                let texts = lists.values().as_string::<i32>();
                for row in (0..lists.len()).filter(|row| lists.is_valid(*row) && counts_here(*row))
                {
                    let start = usize::try_from(*lists.value_offsets().get(row)?).ok()?;
                    let length = usize::try_from(lists.value_length(row)).ok()?;
                    for entry in (start..start + length).filter(|entry| texts.is_valid(*entry)) {
                        let at = self.place(texts.value(entry));
                        self.add_one(at);
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn place(&mut self, value: &'b str) -> usize {
        *self.places.entry(value).or_insert_with(|| {
            self.ordered.push((value, 0));
            self.ordered.len() - 1
        })
    }

    fn add_one(&mut self, at: usize) {
        if let Some((_, count)) = self.ordered.get_mut(at) {
            *count += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{ListBuilder, StringBuilder};
    use arrow_array::types::Int8Type;
    use arrow_array::{BooleanArray, DictionaryArray, Int32Array, StringArray};

    use super::*;

    fn batch() -> RecordBatch {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for list in [Some(vec!["x", "y"]), None, Some(vec![]), Some(vec!["y", "x"])] {
            for text in list.iter().flatten() {
                lists.values().append_value(text);
            }
            lists.append(list.is_some());
        }
        let coded: DictionaryArray<Int8Type> =
            [Some("b"), Some("a"), None, Some("b")].into_iter().collect();
        let columns: [(&str, ArrayRef); 5] = [
            ("coded", Arc::new(coded)),
            ("text", Arc::new(StringArray::from(vec![Some("t"), None, Some("u"), Some("t")]))),
            ("lists", Arc::new(lists.finish())),
            ("signers", Arc::new(Int32Array::from(vec![Some(0), Some(2), None, Some(1)]))),
            ("truth", Arc::new(BooleanArray::from(vec![true; 4]))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn values_of_every_kind_are_counted_in_order_of_occurrence() {
        let batches = [batch(), batch().slice(1, 3)];
        let count = |column, positive| count_values(&batches, column, positive).unwrap();
        assert_eq!(count("coded", None), [("b", 3), ("a", 2)]);
        assert_eq!(count("text", None), [("t", 3), ("u", 2)]);
        assert_eq!(count("lists", None), [("x", 3), ("y", 3)]);
        assert_eq!(count("coded", Some("signers")), [("a", 2), ("b", 2)]);
        assert_eq!(count("lists", Some("signers")), [("y", 2), ("x", 2)]);
    }

    #[test]
    fn column_that_is_missing_or_no_text_is_an_error() {
        let batches = [batch()];
        for (column, positive) in [("none", None), ("truth", None), ("text", Some("truth"))] {
            assert!(count_values(&batches, column, positive).is_err(), "{column} {positive:?}");
        }
    }
}
