"""Envelopes for keys that no program here has, opened by hand on `cryptography` (RFC 8418)."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import x448, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from tests.key_files import key_of
from tests.sealing.handmade import AES_WRAP, der
from tests.sealing.keyring import ENTITY, HEADER, NOW, as_parquet, written

import smimebatch as sb

CURVES = {
    "x25519": ("1.3.101.110", x25519.X25519PublicKey, "1.2.840.113549.1.9.16.3.19", hashes.SHA256),
    "x448": ("1.3.101.111", x448.X448PublicKey, "1.2.840.113549.1.9.16.3.21", hashes.SHA512),
}


@pytest.mark.parametrize("name", CURVES)
def test_curve_of_rfc_7748_is_opened_by_hand(keyring, tmp_path, name):
    curve, public_key, agreement, hash_class = CURVES[name]
    source = as_parquet([HEADER + ENTITY], tmp_path / "mail.parquet")
    sb.encrypt(source, to=keyring.certificate(name), output=tmp_path / "run", now=NOW)
    (row,) = written(tmp_path / "run")
    object_ = base64.b64decode(row["raw"].partition(b"\r\n\r\n")[2])
    version, recipients, content, tag = der.parse(object_).at(1, 0).children
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
