"""Certificate lists of any size for the CAs of a signed corpus (gen_corpus.py), as a stream.

`cryptography` builds lists one object an entry, which 5,000,000 entries have no room for: the few
fields are encoded here.
"""

from __future__ import annotations

import base64
import hashlib
import pathlib
import random
from collections.abc import Iterable, Iterator
from itertools import chain

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

REVOKED_ON = b"200101000000Z"
"""Before the first mail of the corpora."""
THIS_UPDATE, NEXT_UPDATE = b"251215000000Z", b"260215000000Z"
"""Around measure.NOW."""
SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
VERSION_2 = b"\x02\x01\x01"
ENTRIES_PER_PIECE = 10_000


def element(tag: int, content: bytes) -> bytes:
    return header(tag, len(content)) + content


def header(tag: int, length: int) -> bytes:
    """Identifier and length octets (X.690 §8.1)."""
    if length < 0x80:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets


def entry(serial: bytes) -> bytes:
    return element(0x30, element(0x02, serial) + element(0x17, REVOKED_ON))


def entries(serials: Iterable[int], others: int, serial_bytes: int) -> Iterator[bytes]:
    """Entries for `serials`, and for `others` that are made up."""
    for serial in serials:
        yield entry(serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    rnd = random.Random(3)
    before, behind = entry(bytes(serial_bytes)).split(bytes(serial_bytes))
    for first in range(0, others, ENTRIES_PER_PIECE):
        count = min(ENTRIES_PER_PIECE, others - first)
        drawn = rnd.randbytes(count * serial_bytes)
        pieces = (drawn[at : at + serial_bytes] for at in range(0, len(drawn), serial_bytes))
        # Positive and minimal: the first octet is 0x40 to 0x7f.
        yield b"".join(
            before + bytes((0x40 | piece[0] & 0x3F,)) + piece[1:] + behind for piece in pieces
        )


def extensions(authority: x509.Certificate) -> bytes:
    """AuthorityKeyIdentifier and cRLNumber (RFC 5280 §5.2.1, §5.2.3)."""
    key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    listed = [
        element(0x30, b"\x06\x03\x55\x1d\x23" + element(0x04, key.public_bytes())),
        element(0x30, b"\x06\x03\x55\x1d\x14" + element(0x04, b"\x02\x01\x01")),
    ]
    return element(0xA0, element(0x30, b"".join(listed)))


def write_list(
    out: pathlib.Path,
    authority: x509.Certificate,
    key: RSAPrivateKey,
    revoked: Iterable[int] = (),
    others: int = 0,
    serial_bytes: int = 16,
) -> int:
    """A complete list of `authority`, DER; gives its size."""
    revoked = list(revoked)
    start = VERSION_2 + SHA256_WITH_RSA + authority.subject.public_bytes()
    start += element(0x17, THIS_UPDATE) + element(0x17, NEXT_UPDATE)
    length = sum(map(len, entries(revoked, 0, 1))) + others * len(entry(bytes(serial_bytes)))
    start += header(0x30, length) if length else b""
    end = extensions(authority)
    signed = len(start) + length + len(end)
    signed_header = header(0x30, signed)
    algorithm_and_signature = len(SHA256_WITH_RSA) + 5 + key.key_size // 8
    whole = len(signed_header) + signed + algorithm_and_signature
    digest = hashlib.sha256()
    with open(out, "wb") as file:
        file.write(header(0x30, whole))
        listed = entries(revoked, others, serial_bytes)
        for piece in chain((signed_header, start), listed, (end,)):
            digest.update(piece)
            file.write(piece)
        file.write(SHA256_WITH_RSA)
        prehashed = utils.Prehashed(hashes.SHA256())
        signature = key.sign(digest.digest(), padding.PKCS1v15(), prehashed)
        file.write(element(0x03, b"\x00" + signature))
    return out.stat().st_size


def authorities(folder: pathlib.Path) -> Iterator[tuple[str, x509.Certificate, RSAPrivateKey]]:
    """The two CAs of a signed corpus, with their keys."""
    root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
    for stem, certificate in (("root", root), ("issuing", below(folder)[0])):
        key = serialization.load_pem_private_key((folder / f"{stem}.key").read_bytes(), None)
        assert isinstance(key, RSAPrivateKey)
        yield stem, certificate, key


def below(folder: pathlib.Path) -> list[x509.Certificate]:
    """The issuing CA of a signed corpus, then its senders."""
    return x509.load_pem_x509_certificates((folder / "below.pem").read_bytes())


def write_pem(der: pathlib.Path, out: pathlib.Path) -> int:
    """The same list in PEM (RFC 7468 §6)."""
    body = base64.encodebytes(der.read_bytes())
    out.write_bytes(b"-----BEGIN X509 CRL-----\n" + body + b"-----END X509 CRL-----\n")
    return out.stat().st_size
