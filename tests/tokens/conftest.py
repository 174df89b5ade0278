"""Tokens with keys of every kind that SoftHSM2 has, which are in files, too."""

from __future__ import annotations

import pytest
from tests.sealing.keyring import Keyring
from tests.tokens.hsm import Hsm

KINDS = ("rsa", "p256", "p384", "p521")
LENT = {
    "p256": "--usage-sign",
    "p384": "--usage-derive",
    "rsa": "--usage-sign",
    "rsa-e3": "--usage-decrypt",
}
"""What the keys of the token `limited` may be used for."""
FORBIDDEN = {"rsa": "decrypt", "rsa-e3": "sign", "p384": "sign"}
"""What SoftHSM2 allows without being asked."""


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    keyring = Keyring(tmp_path_factory.mktemp("keyring"))
    for name in (*KINDS, "brainpool", "rsa-e3"):
        keyring.add(name)
    return keyring


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Hsm:
    """Tokens `mail` with certificates, `bare` without, `limited`, `empty`, and two `twin`s."""
    hsm = Hsm.begin(tmp_path_factory.mktemp("hsm"))
    for label in ("mail", "bare", "limited", "empty", "twin", "twin"):
        hsm.add_token(label)
    for name in KINDS:
        hsm.add_key("mail", keyring.folder / f"{name}.key", keyring.certificate(name))
        hsm.add_key("bare", keyring.folder / f"{name}.key")
    for name, use in LENT.items():
        files = (keyring.folder / f"{name}.key", keyring.certificate(name))
        number = hsm.add_key("limited", *files, uses=(use,))
        if name in FORBIDDEN:
            hsm.forbid("limited", number, FORBIDDEN[name])
    return hsm
