"""Certificates as objects of `cryptography`: those of rows, and those that callers give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


def certificate_objects(certificates: Any) -> Iterator[tuple[bytes, Certificate]]:
    """Give (SHA-256, certificate object of `cryptography`) for rows of the dataset `certificates`.

    Takes a pyarrow dataset or any Arrow table with the columns `sha256` and `der`. Certificates
    that `cryptography` refuses to read, as many historic ones, are passed over: their rows have
    what this program read in them.
    """
    from cryptography.x509 import load_der_x509_certificate

    for batch in batches_of(certificates):
        for row in batch.select(["sha256", "der"]).to_pylist():
            try:
                certificate = load_der_x509_certificate(row["der"])
            except ValueError:
                continue
            yield row["sha256"], certificate


def der_of(given: Any) -> bytes | None:
    """Return the DER of a certificate object, or of DER; None where it is neither."""
    if isinstance(given, bytes):
        return given
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import Certificate

    return given.public_bytes(Encoding.DER) if isinstance(given, Certificate) else None


def batches_of(certificates: Any) -> Any:
    """Return the record batches of a dataset or a table."""
    if hasattr(certificates, "to_batches"):
        return certificates.to_batches()
    return pa.RecordBatchReader.from_stream(certificates)
