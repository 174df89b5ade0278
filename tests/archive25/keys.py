"""Keys of the archive: primes of keys.txt and fixed numbers, so that every run makes the same mail.

None is a secret: trust none of these certificates. RSA below 1,024 bits goes through plain
integers, since no library signs with it any more; ECDSA is deterministic (RFC 6979). The primes are
from `openssl prime -generate`, two a line.
"""

from __future__ import annotations

import hashlib
import pathlib
from dataclasses import dataclass
from functools import cache, cached_property

import pki
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

FOLDER = pathlib.Path(__file__).parent


@dataclass
class PrimesKey(pki.RsaKey):
    """RSA from two primes."""

    p: int = 0
    q: int = 0

    @cached_property
    def library_key(self) -> rsa.RSAPrivateKey:
        """The same key, for speed."""
        p, q, d = self.p, self.q, self.d
        public = rsa.RSAPublicNumbers(self.e, self.n)
        numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
        return numbers.private_key(unsafe_skip_rsa_key_validation=True)

    def sign(self, digest: str, data: bytes) -> bytes:
        """PKCS#1 v1.5."""
        if self.size < 128:
            return super().sign(digest, data)
        hashed = Prehashed(pki.pyca_hash(digest))
        return self.library_key.sign(pki.hashed(digest, data), padding.PKCS1v15(), hashed)


class SeededKey(pki.PycaKey):
    """ECDSA whose signatures are the same every time."""

    def sign(self, digest: str, data: bytes) -> bytes:
        """As `PycaKey`, without chance."""
        scheme = ec.ECDSA(Prehashed(pki.pyca_hash(digest)), deterministic_signing=True)
        return self.private.sign(pki.hashed(digest, data), scheme)


@cache
def pool() -> dict[str, list[PrimesKey]]:
    """All RSA keys by their size, as `rsa2048`."""
    found: dict[str, list[PrimesKey]] = {}
    for line in (FOLDER / "keys.txt").read_text().splitlines():
        size, *primes = line.split()
        p, q = (int(prime, 16) for prime in primes)
        d = pow(65537, -1, (p - 1) * (q - 1))
        found.setdefault(size, []).append(PrimesKey(p * q, 65537, d, p=p, q=q))
    return found


@cache
def key(kind: str, name: str, but: tuple[int, ...] = ()) -> pki.Key:
    """The key of a name: one of the pool by a hash of the name, or a point of its own.

    `but` are moduli it does not have: the theft of a key counts for every certificate of it.
    """
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big")
    if kind.startswith("rsa"):
        keys = pool()[kind]
        turned = [keys[(seed + more) % len(keys)] for more in range(len(keys))]
        return next(key for key in turned if key.n not in but)
    curve = pki.CURVES[kind]()
    return SeededKey(ec.derive_private_key(seed % (1 << 250) + 2, curve), "ec", kind)
