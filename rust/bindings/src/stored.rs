//! `Stored`: the bytes of a large message, through the `length` and `read_at` of a Python object.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::verify::outline::{ByteSource, SourceFault};

/// A Python object that reads at offsets; what it raises is a fault of the source.
#[derive(FromPyObject)]
pub(crate) struct Stored {
    length: u64,
    read_at: Py<PyAny>,
}

impl ByteSource for Stored {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, SourceFault> {
        let read = Python::attach(|py| {
            let bytes = self.read_at.call1(py, (offset, into.len()))?;
            bytes.extract::<PyBackedBytes>(py).map_err(PyErr::from)
        });
        let bytes = read.map_err(|_| SourceFault)?;
        into.get_mut(..bytes.len()).ok_or(SourceFault)?.copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}
