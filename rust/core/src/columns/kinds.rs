//! Column types: how one value is appended, and which Arrow type results.
//!
//! Vocabularies are dictionary arrays in memory, always over the whole vocabulary in declaration order, so that no
//! batch cut shows in a file; in files they are plain strings (OUTPUT.md).

use std::any::TypeId;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Int32Builder, Int64Builder, ListBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::types::Int8Type;
use arrow_array::{ArrayRef, DictionaryArray, Int8Array, StringArray};
use arrow_schema::{DataType, Field, TimeUnit};
use hashbrown::HashMap;

use crate::asn1::oid::Oid;
use crate::codes::{Code, CodeSet};

/// Appends values of one column and finishes it as an Arrow array.
pub trait ColumnKind {
    /// What one row holds; `None` is null.
    type Value<'a>;
    /// An empty column with room for `rows` values.
    fn with_capacity(rows: usize) -> Self;
    /// Appends one value.
    fn append(&mut self, value: Self::Value<'_>);
    /// The column as an array; the builder starts again empty.
    fn finish(&mut self) -> ArrayRef;
    /// The type in memory.
    fn memory_type() -> DataType {
        Self::file_type()
    }
    /// The type in files.
    fn file_type() -> DataType;
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, true)))
}

macro_rules! scalar_kind {
    ($(#[$doc:meta])* $name:ident, $builder:ty, $value:ty, $type:expr, $new:expr) => {
        $(#[$doc])*
        pub struct $name($builder);
        impl ColumnKind for $name {
            type Value<'a> = Option<$value>;
            fn with_capacity(rows: usize) -> Self {
                let new: fn(usize) -> $builder = $new;
                Self(new(rows))
            }
            fn append(&mut self, value: Self::Value<'_>) {
                self.0.append_option(value);
            }
            fn finish(&mut self) -> ArrayRef {
                Arc::new(self.0.finish())
            }
            fn file_type() -> DataType {
                $type
            }
        }
    };
}

scalar_kind!(
    /// bool.
    Truth, BooleanBuilder, bool, DataType::Boolean, BooleanBuilder::with_capacity
);
scalar_kind!(
    /// int32.
    Count, Int32Builder, i32, DataType::Int32, Int32Builder::with_capacity
);
scalar_kind!(
    /// int64.
    Number, Int64Builder, i64, DataType::Int64, Int64Builder::with_capacity
);
scalar_kind!(
    /// string.
    Text, StringBuilder, &'a str, DataType::Utf8, |rows| StringBuilder::with_capacity(rows, rows * 16)
);
scalar_kind!(
    /// binary.
    Bytes, BinaryBuilder, &'a [u8], DataType::Binary, |rows| BinaryBuilder::with_capacity(rows, rows * 32)
);

/// timestamp[us, UTC], appended as Unix microseconds.
pub struct Instant(TimestampMicrosecondBuilder);

impl ColumnKind for Instant {
    type Value<'a> = Option<i64>;
    fn with_capacity(rows: usize) -> Self {
        Self(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC"))
    }
    fn append(&mut self, value: Self::Value<'_>) {
        self.0.append_option(value);
    }
    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
    fn file_type() -> DataType {
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
    }
}

/// `list<string>`.
pub struct Texts(ListBuilder<StringBuilder>);

impl ColumnKind for Texts {
    type Value<'a> = Option<&'a [String]>;
    fn with_capacity(rows: usize) -> Self {
        Self(ListBuilder::with_capacity(StringBuilder::new(), rows))
    }
    fn append(&mut self, value: Self::Value<'_>) {
        for text in value.unwrap_or_default() {
            self.0.values().append_value(text);
        }
        self.0.append(value.is_some());
    }
    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
    fn file_type() -> DataType {
        list_of(DataType::Utf8)
    }
}

/// Object identifiers as `list<string>`, in dotted form.
pub struct Oids(ListBuilder<StringBuilder>, String);

impl ColumnKind for Oids {
    type Value<'a> = Option<&'a [Oid<'a>]>;
    fn with_capacity(rows: usize) -> Self {
        Self(ListBuilder::with_capacity(StringBuilder::new(), rows), String::new())
    }
    fn append(&mut self, value: Self::Value<'_>) {
        for oid in value.unwrap_or_default() {
            self.1.clear();
            // A string never fails.
            let _ = oid.write_dotted(&mut self.1);
            self.0.values().append_value(&self.1);
        }
        self.0.append(value.is_some());
    }
    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
    fn file_type() -> DataType {
        list_of(DataType::Utf8)
    }
}

/// `list<binary>`.
pub struct ByteStrings(ListBuilder<BinaryBuilder>);

impl ColumnKind for ByteStrings {
    type Value<'a> = Option<Vec<&'a [u8]>>;
    fn with_capacity(rows: usize) -> Self {
        Self(ListBuilder::with_capacity(BinaryBuilder::new(), rows))
    }
    fn append(&mut self, value: Self::Value<'_>) {
        let valid = value.is_some();
        for bytes in value.unwrap_or_default() {
            self.0.values().append_value(bytes);
        }
        self.0.append(valid);
    }
    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
    fn file_type() -> DataType {
        list_of(DataType::Binary)
    }
}

/// One value of a vocabulary.
pub struct Coded<T>(Vec<Option<i8>>, PhantomData<T>);

impl<T: Code> ColumnKind for Coded<T> {
    type Value<'a> = Option<T>;
    fn with_capacity(rows: usize) -> Self {
        Self(Vec::with_capacity(rows), PhantomData)
    }
    fn append(&mut self, value: Self::Value<'_>) {
        self.0.push(value.and_then(|code| i8::try_from(code.ordinal()).ok()));
    }
    fn finish(&mut self) -> ArrayRef {
        let keys = Int8Array::from(std::mem::take(&mut self.0));
        #[expect(clippy::expect_used, reason = "every key is the ordinal of a value")]
        Arc::new(
            DictionaryArray::<Int8Type>::try_new(keys, vocabulary::<T>()).expect("keys in range"),
        )
    }
    fn memory_type() -> DataType {
        DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8))
    }
    fn file_type() -> DataType {
        DataType::Utf8
    }
}

/// The codes of a vocabulary: one array per process, so that batches join without comparing texts.
fn vocabulary<T: Code>() -> ArrayRef {
    static MADE: Mutex<Option<HashMap<TypeId, ArrayRef>>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let values = made.get_or_insert_default().entry(TypeId::of::<T>()).or_insert_with(|| {
        Arc::new(StringArray::from_iter_values(T::ALL.iter().map(|code| code.code())))
    });
    Arc::clone(values)
}

/// A set of codes as `list<string>`, in declaration order; never null.
pub struct CodedSet<T>(ListBuilder<StringBuilder>, PhantomData<T>);

impl<T: Code> ColumnKind for CodedSet<T> {
    type Value<'a> = CodeSet<T>;
    fn with_capacity(rows: usize) -> Self {
        Self(ListBuilder::with_capacity(StringBuilder::new(), rows), PhantomData)
    }
    fn append(&mut self, value: Self::Value<'_>) {
        if !value.is_empty() {
            value.iter().for_each(|code| self.0.values().append_value(code.code()));
        }
        self.0.append(true);
    }
    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
    fn file_type() -> DataType {
        list_of(DataType::Utf8)
    }
}
