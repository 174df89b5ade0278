"""Keys of every kind with their certificates, made once."""

from __future__ import annotations

import pytest
from tests.signing.keyring import KINDS, Signers


@pytest.fixture(scope="session")
def signers(tmp_path_factory: pytest.TempPathFactory) -> Signers:
    signers = Signers(tmp_path_factory.mktemp("signers"))
    for name in KINDS:
        signers.add(name)
    return signers
