//! How each column is written: what is packed, what has a dictionary, what has statistics.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use parquet::basic::{Compression, ConvertedType, Type, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

/// Columns of text in which values hardly repeat: a dictionary costs time and saves nothing.
const UNIQUE_TEXT: [&str; 3] = ["message_id", "signer_serial", "deciding_signature"];

/// Columns of hashes that repeat, as one certificate signs many messages: half of `signatures` without a dictionary.
const REPEATED_HASHES: [&str; 5] = [
    "certificate_sha256",
    "trust_anchor_sha256",
    "chain_sha256.list.element",
    "revocation.list.element.certificate_sha256",
    "revocation.list.element.source_sha256",
];

/// The properties of a row group of `schema`, which Parquet calls `described`, of whose columns some are `empty`: half of
/// all in most archives, and a compressor and a dictionary for each would be half the cost of a small file.
pub(crate) fn properties(
    schema: &Schema,
    described: &SchemaDescriptor,
    empty: &[bool],
) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_coerce_types(true)
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true);
    for (leaf, column) in described.columns().iter().enumerate() {
        let path = column.path().clone();
        let is_empty = empty.get(leaf).is_some_and(|empty| *empty);
        if !is_empty && packs(column) && !is_coded(schema, column) {
            let packed = Compression::ZSTD(ZstdLevel::default());
            properties = properties.set_column_compression(path.clone(), packed);
        }
        if !is_empty && repeats(column) {
            properties = properties.set_column_dictionary_enabled(path.clone(), true);
        }
        if is_ordered(column) {
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
        }
    }
    properties.build()
}

/// For each leaf of the columns, in order, whether no row has a value there.
pub(crate) fn empty_leaves(parts: &[RecordBatch]) -> Vec<bool> {
    let leaves = parts.iter().map(|part| {
        let mut empty = Vec::new();
        part.columns().iter().for_each(|column| mark_empty_leaves(column, &mut empty));
        empty
    });
    let both = |a: Vec<bool>, b: Vec<bool>| a.iter().zip(b).map(|(a, b)| *a && b).collect();
    leaves.reduce(both).unwrap_or_default()
}

/// As deep as our columns go: lists of structures.
fn mark_empty_leaves(array: &ArrayRef, empty: &mut Vec<bool>) {
    match array.data_type() {
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let offsets = lists.value_offsets();
            let bounds = offsets.first().zip(offsets.last());
            let (first, last) = bounds.map_or((0, 0), |(first, last)| (*first, *last));
            let at = |offset: i32| usize::try_from(offset).unwrap_or(0);
            mark_empty_leaves(&lists.values().slice(at(first), at(last - first)), empty);
        }
        DataType::Struct(_) => {
            let columns = array.as_struct().columns().iter();
            columns.for_each(|column| mark_empty_leaves(column, empty));
        }
        _ => empty.push(array.null_count() == array.len()),
    }
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

/// Whether a dictionary pays: for text and hashes that repeat, never for numbers.
fn repeats(column: &ColumnDescriptor) -> bool {
    let is_repeated_hash = || REPEATED_HASHES.contains(&column.path().string().as_str());
    is_text(column) && !is_unique(column) || is_repeated_hash()
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
