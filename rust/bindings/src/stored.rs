//! `Stored` and `Written`: the bytes of a large message, through the `length` and `read_at` of a Python object, and what is
//! written of it, through the `write` of one.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::verify::outline::{ByteSource, ByteTarget, SourceFault, TargetFault};

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

/// A Python object that takes bytes; it keeps for itself what it raises.
#[derive(FromPyObject)]
pub(crate) struct Written {
    write: Py<PyAny>,
}

impl Written {
    pub(crate) fn target(&self) -> &dyn ByteTarget {
        self
    }
}

impl ByteTarget for Written {
    fn write(&self, bytes: &[u8]) -> Result<(), TargetFault> {
        let written = Python::attach(|py| self.write.call1(py, (bytes,)).map(|_| ()));
        written.map_err(|_| TargetFault)
    }
}
