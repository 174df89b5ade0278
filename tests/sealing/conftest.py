"""Keys of every kind, made once."""

from __future__ import annotations

import pytest
from tests.sealing.keyring import KINDS, Keyring


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    keyring = Keyring(tmp_path_factory.mktemp("keyring"))
    for name in KINDS:
        keyring.add(name)
    return keyring
