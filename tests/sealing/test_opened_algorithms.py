"""The column *opened* of docs/reference/algorithms.md: `no` is what is unsupported."""

from __future__ import annotations

import pathlib

import pytest
from cryptography.x509 import Certificate, load_pem_x509_certificate
from docs.make_reference import USES_BESIDE_SIGNATURES, opened
from tests.sealing import handmade
from tests.sealing.handmade import der
from tests.sealing.keyring import ENTITY, Keyring
from tests.test_decrypt import mail_of
from tests.test_decrypt_shared import IDENTIFIER, SECRET, WORD, by_key, by_password, statuses

from smimebatch import _native
from smimebatch.keys import Vault

USES = {
    name: (oid, USES_BESIDE_SIGNATURES.get(name, use))
    for group, name, oid, _, use in _native.algorithms()
    if group == "named" or name in USES_BESIDE_SIGNATURES
}
BY_ANOTHER_WAY = ("ml-kem-", "hkdf-", "cek-hkdf-")
"""Of recipients by encapsulation and of derived content keys, which other tests open."""
NAMES = [name for name in USES if opened(name) and not name.startswith(BY_ANOTHER_WAY)]


def certificate(keyring: Keyring, name: str) -> Certificate:
    return load_pem_x509_certificate(keyring.certificate(name).read_bytes())


def naming(name: str, keyring: Keyring) -> bytes:
    """Return an envelope that names an algorithm, with nothing else in it that is not offered."""
    oid, use = USES[name]
    algorithm = der.seq(der.oid(oid), der.NULL)
    if use.startswith("content encryption"):
        content = handmade.content(algorithm, bytes(64))
        return handmade.cms(handmade.ENVELOPED, der.set_of(by_key()), content)
    if name == "pwri-kek":
        recipient = by_password()
    elif use.startswith("wraps"):
        secret = der.seq(der.octets(bytes.fromhex(IDENTIFIER)))
        recipient = der.explicit(2, der.integer(4), secret, algorithm, der.octets(bytes(40)))
    elif use.startswith("sender and recipient agree"):
        recipient = handmade.agreed(certificate(keyring, "p256"), agreement=oid)
    else:
        assert use.startswith("the content key under"), use
        named = handmade.issuer_and_serial(certificate(keyring, "rsa"))
        encrypted = der.octets(bytes(255) + b"\1")
        recipient = der.seq(der.integer(0), named, algorithm, encrypted)
    return handmade.aead([recipient], ENTITY)


@pytest.mark.parametrize("name", NAMES)
def test_name_is_unsupported_where_the_page_says_no(name, keyring: Keyring, tmp_path: pathlib.Path):
    files = [keyring.folder / f"{it}.{end}" for it in ("rsa", "p256") for end in ("key", "crt")]
    secret = tmp_path / "secret.keys"
    secret.write_text(f"{IDENTIFIER}:{SECRET[32]}\n")
    vault = Vault.load(*files, secret_keys=secret, mail_passwords=WORD)
    (status,) = statuses([mail_of(naming(name, keyring))], vault, tmp_path)
    assert status in ("decrypted", "failed", "unsupported")
    assert (status == "unsupported") == (opened(name) == "no")
