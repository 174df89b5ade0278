"""Envelopes that no other program here makes or opens, made and read by hand on `cryptography`."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import IDEA
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import x448, x25519
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from tests.key_files import key_of
from tests.sealing import handmade
from tests.sealing.handmade import AES_WRAP, der
from tests.sealing.keyring import ENTITY, HEADER, NOW, as_parquet, written
from tests.test_decrypt import mail_of, opened
from tests.test_decrypt_shared import SECRET, by_key, keys

import smimebatch as sb

CURVES = {
    "x25519": ("1.3.101.110", x25519.X25519PublicKey, "1.2.840.113549.1.9.16.3.19", hashes.SHA256),
    "x448": ("1.3.101.111", x448.X448PublicKey, "1.2.840.113549.1.9.16.3.21", hashes.SHA512),
}
CONTENTS = {
    "aes128-ccm": ("2.16.840.1.101.3.4.1.7", AESCCM),
    "aes192-ccm": ("2.16.840.1.101.3.4.1.27", AESCCM),
    "aes256-ccm": ("2.16.840.1.101.3.4.1.47", AESCCM),
    "chacha20-poly1305": ("1.2.840.113549.1.9.16.3.18", ChaCha20Poly1305),
}
KEY = bytes(range(32))


@pytest.mark.parametrize("content", CONTENTS)
def test_content_is_opened_by_hand(keyring, tmp_path, content):
    """Ciphers that no other program here has in envelopes: RFC 5084, RFC 8103."""
    file = tmp_path / "secret.keys"
    file.write_text(f"0badcafe:{KEY.hex()}\n")
    source = as_parquet([HEADER + ENTITY], tmp_path / "mail.parquet")
    run = tmp_path / "run"
    sb.encrypt(source, to_secret_keys=file, content=content, output=run, now=NOW)
    (row,) = written(run)
    _, recipients, said, tag = enveloped(row["raw"])
    oid, opens = CONTENTS[content]
    algorithm = said.at(1)
    assert algorithm.at(0).encoded == der.oid(oid)
    parameters = algorithm.at(1)
    if content == "chacha20-poly1305":
        nonce = parameters.content
    else:
        nonce = parameters.at(0).content
        assert parameters.at(1).content == bytes([len(tag.content)])
    key = aes_key_unwrap(KEY, recipients.at(0, 3).content)
    text = said.at(2).content + tag.content
    assert opens(key).decrypt(nonce, text, None) == ENTITY


@pytest.mark.parametrize("content", [*CONTENTS, "idea-cbc"])
def test_content_made_by_hand_is_opened(tmp_path, content):
    cms = by_idea() if content == "idea-cbc" else by_aead(content)
    vault = keys(tmp_path, SECRET[32])
    _, (row,), (mail,) = opened([mail_of(cms)], vault, tmp_path)
    assert (row["content_algorithm"], row["decrypt_status"]) == (content, "decrypted")
    assert mail["raw"] == HEADER + ENTITY


def by_aead(content: str) -> bytes:
    """Return an AuthEnvelopedData of one of the ciphers above."""
    oid, seals = CONTENTS[content]
    key, nonce = KEY[: {"aes128-ccm": 16, "aes192-ccm": 24}.get(content, 32)], bytes(range(12))
    sealed = seals(key).encrypt(nonce, ENTITY, None)
    parameters = der.octets(nonce)
    if content != "chacha20-poly1305":
        parameters = der.seq(parameters, der.integer(16))
    inside = handmade.content(der.seq(der.oid(oid), parameters), sealed[:-16])
    return handmade.cms(
        handmade.AUTH_ENVELOPED, der.set_of(by_key(key)), inside, der.octets(sealed[-16:])
    )


def by_idea() -> bytes:
    """Return an EnvelopedData of IDEA in CBC (RFC 3058)."""
    key, iv, rest = KEY[:16], bytes(range(8)), 8 - len(ENTITY) % 8
    encryptor = Cipher(IDEA(key), CBC(iv)).encryptor()
    text = encryptor.update(ENTITY + bytes([rest]) * rest) + encryptor.finalize()
    algorithm = der.seq(der.oid("1.3.6.1.4.1.188.7.1.1.2"), der.seq(der.octets(iv)))
    inside = handmade.content(algorithm, text)
    return handmade.cms(handmade.ENVELOPED, der.set_of(by_key(key)), inside)


def enveloped(mail: bytes) -> list:
    """Return the fields of the AuthEnvelopedData that is the body of a mail."""
    return der.parse(base64.b64decode(mail.partition(b"\r\n\r\n")[2])).at(1, 0).children


@pytest.mark.parametrize("name", CURVES)
def test_curve_of_rfc_7748_is_opened_by_hand(keyring, tmp_path, name):
    curve, public_key, agreement, hash_class = CURVES[name]
    source = as_parquet([HEADER + ENTITY], tmp_path / "mail.parquet")
    sb.encrypt(source, to=keyring.certificate(name), output=tmp_path / "run", now=NOW)
    (row,) = written(tmp_path / "run")
    version, recipients, content, tag = enveloped(row["raw"])
    assert version.content == b"\0"
    info = recipients.at(0)
    assert info.tag == 0xA1
    _, originator, algorithm, keys = info.children
    fresh = originator.at(0)
    assert fresh.at(0).encoded == der.seq(der.oid(curve))
    assert algorithm.at(0).encoded == der.oid(agreement)
    assert algorithm.at(1).encoded == der.seq(der.oid(AES_WRAP[32]))
    secret = key_of(name).exchange(public_key.from_public_bytes(fresh.at(1).content[1:]))
    shared = der.seq(algorithm.at(1).encoded, der.explicit(2, der.octets((256).to_bytes(4, "big"))))
    wrapping = HKDF(hash_class(), 32, None, shared).derive(secret)
    key = aes_key_unwrap(wrapping, keys.at(0, 1).content)
    nonce = content.at(1, 1, 0).content
    text = content.at(2).content + tag.content
    assert AESGCM(key).decrypt(nonce, text, b"") == ENTITY
