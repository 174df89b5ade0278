"""Keys of every kind, and signers."""

from __future__ import annotations

from tests.sealing.conftest import keyring
from tests.signing.conftest import signers

__all__ = ["keyring", "signers"]
