"""RULES 6: certificates behind the first in a signing-certificate attribute restrict the path.

Made when the test runs, with throw-away keys.
"""

import datetime as dt
import pathlib
import sys

import pyarrow as pa
from cryptography import x509

import smimebatch as sb

sys.path.insert(0, str(pathlib.Path(__file__).parent / "interop"))

import cms
import der
import mime
import pki
from world import ALICE, World

TEXT = b"Content-Type: text/plain\r\n\r\nsigned\r\n"


def named(*certificates: pki.Certificate) -> bytes:
    """ESSCertIDv2 of several certificates (RFC 5035)."""
    ids = [der.seq(der.octets(pki.hashed("sha256", each.der))) for each in certificates]
    return cms.attribute(cms.SIGNING_CERTIFICATE_V2, der.seq(der.seq(*ids)))


def signature(world: World, *certificates: pki.Certificate) -> dict:
    signer = world.ec
    attributes = [*cms.usual_attributes(TEXT), named(*certificates)]
    signed = cms.signed(signer, TEXT, attributes=attributes)
    head = mime.header_block(ALICE, "rule-06")
    raw = head + mime.clear_signed(TEXT, signed)
    roots = [x509.load_pem_x509_certificate(world.root.pem)]
    found = sb.verify_batch(
        pa.record_batch({"raw": [raw]}),
        trust=sb.Trust.from_certificates(roots),
        now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    return found.signatures.to_pylist()[0]


def test_rule_06_listed_issuer_permits_the_path(world: World) -> None:
    row = signature(world, world.ec, world.ec_issuing)
    assert (row["ess_certificate_id"], row["indication"]) == ("match_v2", "TOTAL_PASSED")


def test_rule_06_unlisted_issuer_refuses_the_path(world: World) -> None:
    row = signature(world, world.ec, world.issuing)
    assert (row["ess_certificate_id"], row["sub_indication"]) == (
        "mismatch",
        "NO_SIGNING_CERTIFICATE_FOUND",
    )
