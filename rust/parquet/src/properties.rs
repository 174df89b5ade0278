//! How each column is written: what is packed, what has a dictionary, what has statistics.

use arrow_schema::{DataType, Schema};
use parquet::basic::{Compression, ConvertedType, Type, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

/// Columns of text in which values hardly repeat: a dictionary costs time and saves nothing.
const UNIQUE_TEXT: [&str; 3] = ["message_id", "signer_serial", "deciding_signature"];

/// The properties of a file of rows of `schema`, which Parquet calls `described`.
pub(crate) fn properties(schema: &Schema, described: &SchemaDescriptor) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_coerce_types(true)
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true);
    for column in described.columns() {
        let path = column.path().clone();
        if packs(column) && !is_coded(schema, column) {
            let packed = Compression::ZSTD(ZstdLevel::default());
            properties = properties.set_column_compression(path.clone(), packed);
        }
        if repeats(column) {
            properties = properties.set_column_dictionary_enabled(path.clone(), true);
        }
        if is_ordered(column) {
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
        }
    }
    properties.build()
}

/// Whether compression pays: hashes get no smaller, bits and nulls have no size to speak of.
fn packs(column: &ColumnDescriptor) -> bool {
    let is_hash = is_binary(column) && column.path().string().contains("sha256");
    !is_hash && column.physical_type() != Type::BOOLEAN
}

/// Whether a column holds codes of a vocabulary, whose run lengths are encoded already: such columns are half of all,
/// and their compressors would cost a sixth of the writing.
fn is_coded(schema: &Schema, column: &ColumnDescriptor) -> bool {
    let field = column.path().parts().first().and_then(|name| schema.field_with_name(name).ok());
    field.is_some_and(|field| matches!(field.data_type(), DataType::Dictionary(..)))
}

/// Whether a dictionary pays: text that repeats, never hashes or numbers.
fn repeats(column: &ColumnDescriptor) -> bool {
    is_text(column) && !is_unique(column)
}

/// Whether least and greatest values help a reader to skip: not for hashes and unique text.
fn is_ordered(column: &ColumnDescriptor) -> bool {
    !is_binary(column) && !is_unique(column)
}

fn is_unique(column: &ColumnDescriptor) -> bool {
    UNIQUE_TEXT.contains(&column.path().string().as_str())
}

fn is_text(column: &ColumnDescriptor) -> bool {
    column.converted_type() == ConvertedType::UTF8
}

fn is_binary(column: &ColumnDescriptor) -> bool {
    column.physical_type() == Type::BYTE_ARRAY && !is_text(column)
}
