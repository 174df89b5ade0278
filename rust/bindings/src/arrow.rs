//! Arrow across the border: streams, batches and schemas as PyCapsules, so that any Arrow library takes them.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, SchemaRef};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use pyo3_arrow::ffi::{
    ArrayIterator, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule,
};
use smimebatch_core::columns::input::input_schema;
use smimebatch_core::columns::schema::all_datasets;

/// Record batches of one schema, exported through `__arrow_c_stream__`.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct ArrowStream {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
}

impl ArrowStream {
    pub(crate) fn new(batches: Vec<RecordBatch>, schema: SchemaRef) -> Self {
        Self { batches, schema }
    }

    pub(crate) fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }
}

fn row_field(schema: &SchemaRef) -> Arc<Field> {
    let fields = DataType::Struct(schema.fields().clone());
    Arc::new(Field::new("", fields, false).with_metadata(schema.metadata().clone()))
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
        let arrays = self
            .batches
            .clone()
            .into_iter()
            .map(|batch| Ok(Arc::new(StructArray::from(batch)) as ArrayRef));
        let arrays: Vec<_> = arrays.collect();
        let reader = Box::new(ArrayIterator::new(arrays, row_field(&self.schema)));
        Ok(to_stream_pycapsule(py, reader, requested_schema)?)
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
        let field = row_field(&self.0.schema());
        let rows = StructArray::from(self.0.clone());
        Ok(to_array_pycapsules(py, field, &rows as &dyn Array, requested_schema)?)
    }
}

/// A schema, exported through `__arrow_c_schema__`.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct ArrowSchema(SchemaRef);

#[pymethods]
impl ArrowSchema {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.0.as_ref())?)
    }
}

/// The schema of a dataset as files hold it.
#[pyfunction]
pub(crate) fn schema(dataset: &str) -> PyResult<ArrowSchema> {
    let datasets = all_datasets();
    let found = match dataset {
        "input" => Some(input_schema()),
        _ => datasets.iter().find(|known| known.name == dataset).map(|known| known.file_schema()),
    };
    found.map(ArrowSchema).ok_or_else(|| {
        let names: Vec<&str> = datasets.iter().map(|known| known.name).chain(["input"]).collect();
        PyValueError::new_err(format!(
            "expected a dataset, one of {}; found {dataset:?}",
            names.join(", ")
        ))
    })
}
