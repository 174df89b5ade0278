"""Mails that try to pass, or to cost, by means no honest program writes.

    python tests/data/hostile/generate.py

Keys are made anew and thrown away; what each mail tries stands at its function.
"""

from __future__ import annotations

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "interop"))

import cms  # noqa: E402
import der  # noqa: E402
import mime  # noqa: E402
import pki  # noqa: E402
import world  # noqa: E402

ALICE = "alice@example.org"
KEY = pki.dsa_key(1024)
ROOT = pki.authority("Root with parameters", pki.rsa_key())
DSA = pki.authority("Issuer with parameters", KEY, ROOT)


def write(name: str, entity: bytes, text: bool = True) -> None:
    raw = mime.header_block(ALICE, name) + entity
    (HERE / f"{name}.eml").write_bytes(mime.lf(raw) if text else raw)


def victim() -> pki.Certificate:
    """Alice's key has y only: its parameters are those of the issuer (RFC 3279 §2.3.2)."""
    numbers = KEY.private.private_numbers().public_numbers.parameter_numbers
    key = pki.PycaKey(numbers.parameters().generate_private_key(), "dsa")
    return pki.leaf("Alice", key, DSA, ALICE, spki=world.inherited_dsa(key))


def dsa_own_parameters(alice: pki.Certificate) -> None:
    """The honest mail of the victim."""
    write("dsa-inherited", mime.clear_signed(mime.TEXT, cms.signed(alice, mime.TEXT)))


def dsa_foreign_parameters(alice: pki.Certificate) -> None:
    """A namesake of the issuer brings p, q and g = y, under which the private key is 1."""
    public = alice.key.private.public_key().public_numbers()
    p, q, y = public.parameter_numbers.p, public.parameter_numbers.q, public.y

    def sign(data: bytes) -> bytes:
        k = int.from_bytes(os.urandom(19), "big") | 1
        digest = int.from_bytes(pki.hashed("sha256", data)[: q.bit_length() // 8], "big")
        r = pow(y, k, p) % q
        s = pow(k, -1, q) * (digest + r) % q
        return der.seq(der.integer(r), der.integer(s))

    parameters = der.seq(der.integer(p), der.integer(q), der.integer(y))
    spki = der.seq(pki.algorithm("dsa", parameters), der.bits(der.integer(y)))
    namesake = pki.certificate(DSA.subject, pki.ec_key(), spki=spki)
    signed = cms.signed(
        alice, mime.TEXT, sign=sign, certificates=[alice.der, DSA.der, namesake.der]
    )
    write("dsa-foreign-parameters", mime.clear_signed(mime.TEXT, signed))


def attributes_with_line_end() -> None:
    """Signed attributes passed off as content; their length holds CR LF, stored as LF."""
    signer = pki.leaf("Alice", pki.ec_key(), ROOT, ALICE)
    # No octet of the padding is a line end.
    padding = bytes(octet | 0x10 for octet in os.urandom(4000))
    blocks = (
        der.set_of(
            *cms.usual_attributes(mime.TEXT),
            cms.attribute("1.3.6.1.4.1.99999.3", der.octets(padding[:size])),
        )
        for size in range(2900, 3400)
    )
    block = next(block for block in blocks if block[2:4] == b"\r\n")
    if b"\n" in block.replace(b"\r\n", b""):
        raise SystemExit("a line feed by chance: run again")
    signature = signer.key.sign("sha256", block)
    signed = cms.signed(signer, block, attributes=None, sign=lambda _: signature)
    entity = mime.clear_signed(b"@@", signed)
    raw = mime.lf(mime.header_block(ALICE, "attributes-with-line-end") + entity)
    raw = raw.replace(b"@@", block.replace(b"\r\n", b"\n"))
    (HERE / "attributes-with-line-end.eml").write_bytes(raw)


def namesakes() -> None:
    """Forty certificates of one issuer and serial, and none of them the signer's."""
    signer = pki.leaf("Alice", pki.ec_key(), ROOT, ALICE)
    keys = [pki.ec_key() for _ in range(40)]
    crowd = [pki.leaf("Alice", key, ROOT, ALICE, serial=signer.serial).der for key in keys]
    signed = cms.signed(signer, mime.TEXT, certificates=crowd)
    write("namesakes", mime.clear_signed(mime.TEXT, signed))


def signed_without_attributes() -> None:
    """Ed25519 over the content itself, from 100 signers: each needs the octets, none a copy."""
    signer = pki.leaf("Alice", pki.ed25519_key(), ROOT, ALICE)
    info = cms.signer_info(signer, mime.TEXT, digest="sha512", attributes=None)
    signed = cms.signed_data(*[info] * 100, certificates=cms.carried(signer))
    write("ed25519-hundred-signers", mime.clear_signed(mime.TEXT, signed))


def main() -> None:
    alice = victim()
    (HERE / "root.pem").write_bytes(ROOT.pem)
    dsa_own_parameters(alice)
    dsa_foreign_parameters(alice)
    attributes_with_line_end()
    namesakes()
    signed_without_attributes()


if __name__ == "__main__":
    main()
