//! Arrow across the border: streams, batches and schemas as PyCapsules, so that any Arrow library takes them.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use pyo3_arrow::ffi::{self, ArrayIterator};
use smimebatch_core::columns::schema::schema_named;
use smimebatch_key_bindings::refused;

/// Record batches of one schema, exported through `__arrow_c_stream__`.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct ArrowStream {
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) schema: SchemaRef,
}

#[pymethods]
impl ArrowStream {
    #[getter]
    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let rows: Vec<_> = self.batches.iter().map(|batch| Ok(rows_of(batch))).collect();
        let reader = Box::new(ArrayIterator::new(rows, row_field(&self.schema)));
        Ok(ffi::to_stream_pycapsule(py, reader, requested_schema)?)
    }
}

/// One record batch, exported through `__arrow_c_array__`.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct ArrowBatch(pub(crate) RecordBatch);

#[pymethods]
impl ArrowBatch {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let field = row_field(self.0.schema_ref());
        Ok(ffi::to_array_pycapsules(py, field, &rows_of(&self.0), requested_schema)?)
    }
}

/// A schema, exported through `__arrow_c_schema__`.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct ArrowSchema(SchemaRef);

#[pymethods]
impl ArrowSchema {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(ffi::to_schema_pycapsule(py, self.0.as_ref())?)
    }
}

fn row_field(schema: &SchemaRef) -> Arc<Field> {
    let fields = DataType::Struct(schema.fields().clone());
    Arc::new(Field::new("", fields, false).with_metadata(schema.metadata().clone()))
}

fn rows_of(batch: &RecordBatch) -> ArrayRef {
    Arc::new(StructArray::from(batch.clone()))
}

/// The schema of a dataset as files hold it.
#[pyfunction]
pub(crate) fn schema(dataset: &str) -> PyResult<ArrowSchema> {
    schema_named(dataset).map(ArrowSchema).map_err(refused)
}
