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
import time_stamps as ts
from world import ALICE, World

from stolen import TEXT as STAMPED_TEXT
from stolen import House, attributes, mail_of, on

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


def test_rule_06_listed_certificates_restrict_the_path_of_a_time_stamp(tmp_path) -> None:
    house = House(tmp_path)
    ca = pki.authority("Time CA", pki.ec_key(), house.tsa_root)
    service = ts.service(ca)
    signer = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))

    def judged(*certificates: pki.Certificate) -> str:
        def stamp(value: bytes) -> list[bytes]:
            info = ts.tst_info(value)
            own = [cms.content_type(ts.TST_INFO), cms.message_digest(info), named(*certificates)]
            inner = cms.signer_info(service, info, attributes=own)
            outer = {"certificates": cms.carried(service), "content_type": ts.TST_INFO}
            return [ts.attribute(cms.signed_data(inner, content=info, version=3, **outer))]

        signed = cms.signed(signer, STAMPED_TEXT, attributes=attributes(), unsigned=stamp)
        return house.judged(mail_of(signed))

    assert judged(service) == judged(service, ca) == "TOTAL_PASSED"
    assert judged(service, house.root) == "OUT_OF_BOUNDS_NO_POE"


def test_rule_06_listed_certificates_restrict_the_path_of_a_countersigner(tmp_path) -> None:
    house = House(tmp_path)
    notary = pki.leaf("Notary", pki.ec_key(), house.ec_issuing, "n@x")
    signer = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))

    def judged(*certificates: pki.Certificate) -> str:
        def counter(value: bytes) -> list[bytes]:
            own = [cms.message_digest(value), named(*certificates)]
            info = cms.signer_info(notary, value, attributes=own, unsigned=house.stamp)
            return [cms.attribute(cms.COUNTERSIGNATURE, info)]

        signed = cms.signed(
            signer,
            STAMPED_TEXT,
            attributes=attributes(),
            unsigned=counter,
            certificates=[*cms.carried(signer), notary.der],
        )
        return house.judged(mail_of(signed))

    assert judged(notary) == judged(notary, house.ec_issuing) == "TOTAL_PASSED"
    assert judged(notary, house.other_root) == "OUT_OF_BOUNDS_NO_POE"
