"""When a signature was made: time-stamps, countersignatures and what the operator vouches for.

RULES 22a and 22b, OUTPUT.md (Time). Made when the test runs, with throw-away keys: Alice's
certificate expired on 2017-03-02, her mail was time-stamped and received on 2016-11-20, and the
run is in 2026.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cms
import der
import mime
import pki
import pytest
import time_stamps as ts
from cryptography import x509
from world import ALICE, World

import contract
import smimebatch as sb

TEXT = mime.TEXT
UTC = dt.UTC
AT = ts.GENERATED_AT
EXPIRED_AT = dt.datetime(2017, 3, 2, tzinfo=UTC)
Row = dict[str, Any]


def instant(*numbers: int) -> dt.datetime:
    return dt.datetime(*numbers, tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """The people and authorities of these tests."""

    world: World
    alice: pki.Certificate
    tsa_root: pki.Certificate
    service: pki.Certificate
    trust: sb.Trust
    tsa_trust: sb.Trust

    def judged(self, raw: bytes, **options: Any) -> tuple[Row, list[Row]]:
        options.setdefault("now", contract.NOW)
        options.setdefault("tsa_trust", self.tsa_trust)
        batch = options.pop("batch", None)
        batch = contract.record_batch([raw]) if batch is None else batch
        found = sb.verify_batch(batch, trust=self.trust, **options)
        return contract.rows(found.messages)[0], contract.rows(found.signatures)

    def mail(self, signed: bytes, header: bytes = b"", more: bytes = b"") -> bytes:
        head = header + mime.header_block(ALICE, "time", more)
        return mime.lf(head + mime.clear_signed(TEXT, signed))

    def signed(self, signer: pki.Certificate | None = None, **options: Any) -> bytes:
        attributes = options.pop("attributes", None)
        if attributes is None:
            attributes = [
                cms.content_type(),
                cms.signing_time(AT - dt.timedelta(hours=1)),
                cms.message_digest(TEXT),
                *options.pop("extra", []),
            ]
        return cms.signed(signer or self.alice, TEXT, attributes=attributes, **options)

    def stamped(self, token: Any, **options: Any) -> bytes:
        """A mail whose signature value is under the token that `token` makes of it."""
        return self.mail(
            self.signed(unsigned=lambda value: [ts.attribute(token(value))], **options)
        )


def trusted(root: pki.Certificate) -> sb.Trust:
    return sb.Trust.from_certificates([x509.load_pem_x509_certificate(root.pem)])


@pytest.fixture(scope="module")
def house() -> House:
    world = World()
    alice = world.signer("Alice of 2016", not_after=EXPIRED_AT)
    tsa_root = pki.authority("Time Root", pki.ec_key())
    return House(
        world, alice, tsa_root, ts.service(tsa_root), trusted(world.root), trusted(tsa_root)
    )


def by_format(rows: list[Row], form: str) -> list[Row]:
    return [row for row in rows if row["format"] == form]


def the_signature(rows: list[Row]) -> Row:
    (row,) = by_format(rows, "detached")
    return row


def over(house: House, **options: Any) -> Any:
    return lambda value: ts.token(house.service, ts.tst_info(value, **options))


# What a token proves -------------------------------------------------------------------------


def test_rule_22b_token_over_the_signature_proves_that_it_is_so_old(house: House) -> None:
    message, rows = house.judged(house.stamped(over(house)))
    signature, (stamp,) = the_signature(rows), by_format(rows, "timestamp")
    assert (message["indication"], message["sub_indication"]) == ("TOTAL_PASSED", None)
    assert signature["poe_kind"] == "signature_timestamp"
    assert signature["poe_time"] == signature["best_signature_time"] == AT
    assert signature["control_time"] == message["control_time"] == AT
    assert "CN=Time" in signature["poe_source"]
    assert signature["indication_now"] == "INDETERMINATE"
    assert signature["time_evidence"] == [
        {
            "kind": "signature_timestamp",
            "time": AT,
            "source": signature["poe_source"],
            "trusted": True,
        }
    ]
    assert (stamp["indication"], stamp["crypto_result"]) == ("TOTAL_PASSED", "ok")
    assert (stamp["layer_path"], stamp["parent_layer_path"]) == ("signed>timestamp", "signed")
    assert (stamp["control_time"], stamp["eligible"]) == (AT, False)
    assert (stamp["ess_certificate_id"], stamp["chain_result"]) == ("match_v2", "ok")
    assert (message["signer_count"], message["layers"]) == (1, "signed(detached)")
    assert message["kind"] == "signed"


def test_rule_22b_time_of_a_token_is_gen_time_plus_accuracy(house: House) -> None:
    accuracy = der.seq(der.integer(1), der.implicit(0, b"\x01\xf4"))
    _, rows = house.judged(house.stamped(over(house, accuracy=accuracy)))
    assert the_signature(rows)["poe_time"] == AT + dt.timedelta(seconds=1.5)
    assert the_signature(rows)["control_time"] == AT + dt.timedelta(seconds=2)


def test_token_of_an_authority_that_nobody_trusts_proves_nothing(house: House) -> None:
    for tsa_trust in (None, house.trust):
        message, rows = house.judged(house.stamped(over(house)), tsa_trust=tsa_trust)
        assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
        assert the_signature(rows)["poe_time"] is None
        assert [it["trusted"] for it in the_signature(rows)["time_evidence"]] == [False]


def broken_tokens(house: House) -> dict[str, Any]:
    root = house.tsa_root

    def by(service: pki.Certificate) -> Any:
        return lambda value: ts.token(service, ts.tst_info(value))

    def usage(*usages: str, critical: bool = True) -> Any:
        return by(ts.service(root, "Odd", ts.usage(*usages, critical=critical)))

    def spoiled(value: bytes) -> bytes:
        token = ts.token(house.service, ts.tst_info(value))
        return token[:-1] + bytes([token[-1] ^ 1])

    return {
        "imprint": lambda value: ts.token(house.service, ts.tst_info(value + b"x")),
        "over_content": lambda value: ts.token(house.service, ts.tst_info(TEXT)),
        "usage_not_critical": usage(ts.TIME_STAMPING, critical=False),
        "usage_not_alone": usage(ts.TIME_STAMPING, ts.PROTECTING_EMAIL),
        "usage_of_mail": usage(ts.PROTECTING_EMAIL),
        "no_usage": by(pki.leaf("Plain", pki.ec_key(), root, ALICE, ekus=())),
        "certificate_not_named": lambda value: ts.token(
            house.service, ts.tst_info(value), names_certificate=None
        ),
        "other_certificate_named": lambda value: ts.token(
            house.service, ts.tst_info(value), names_certificate=house.alice
        ),
        "two_signers": lambda value: ts.token(house.service, ts.tst_info(value), signers=2),
        "no_signer": lambda value: ts.token(house.service, ts.tst_info(value), signers=0),
        "content_type": lambda value: ts.token(
            house.service, ts.tst_info(value), content_type=cms.DATA
        ),
        "untrusted": by(ts.service(pki.authority("Nobody", pki.ec_key()))),
        "not_yet_valid": by(ts.service(root, "Young", not_before=instant(2017, 1, 1))),
        "expired": by(ts.service(root, "Old", not_after=instant(2016, 1, 1))),
        "signature": spoiled,
        "weak_hash": lambda value: ts.token(house.service, ts.tst_info(value, digest="md5")),
        "critical_extension": lambda value: ts.token(
            house.service,
            ts.tst_info(value, more=der.explicit(1, pki.extension("1.2.3", b"", True))),
        ),
        "no_cms": lambda value: der.seq(der.octets(value)),
        "future": lambda value: ts.token(
            house.service, ts.tst_info(value, when=instant(2030, 1, 1))
        ),
    }


BROKEN = [
    "imprint",
    "over_content",
    "usage_not_critical",
    "usage_not_alone",
    "usage_of_mail",
    "no_usage",
    "certificate_not_named",
    "other_certificate_named",
    "two_signers",
    "no_signer",
    "content_type",
    "untrusted",
    "not_yet_valid",
    "expired",
    "signature",
    "weak_hash",
    "critical_extension",
    "no_cms",
    "future",
]


@pytest.mark.parametrize("name", BROKEN)
def test_rule_22b_token_that_breaks_a_clause_keeps_its_row_and_proves_nothing(
    house: House, name: str
) -> None:
    message, rows = house.judged(house.stamped(broken_tokens(house)[name]))
    signature, (stamp,) = the_signature(rows), by_format(rows, "timestamp")
    assert (message["indication"], message["sub_indication"]) == (
        "INDETERMINATE",
        "OUT_OF_BOUNDS_NO_POE",
    )
    assert signature["poe_time"] is None
    assert signature["control_time"] == signature["best_signature_time"] == contract.NOW
    if name not in ("weak_hash", "future"):
        assert stamp["indication"] != "TOTAL_PASSED"


def test_token_whose_authority_has_expired_since_proves_as_before(house: House) -> None:
    service = ts.service(house.tsa_root, "Gone", not_after=instant(2018, 1, 1))
    token = house.stamped(lambda value: ts.token(service, ts.tst_info(value)))
    message, _ = house.judged(token)
    assert message["indication"] == "TOTAL_PASSED"


def test_time_that_at_sets_never_yields_a_failure(house: House) -> None:
    token = ts.token(house.service, ts.tst_info(TEXT, when=instant(2018, 1, 1)))
    raw = house.mail(house.signed(extra=[ts.attribute(token, ts.CONTENT)]))
    message, _ = house.judged(raw)
    assert (message["indication"], message["sub_indication"]) == ("TOTAL_FAILED", "EXPIRED")
    for at in ("now", "date", "2018-06-01T00:00:00Z"):
        message, _ = house.judged(raw, at=at)
        found = (message["indication"], message["sub_indication"])
        assert found == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
    assert house.judged(raw, at="claimed")[0]["indication"] == "TOTAL_PASSED"


def test_earliest_of_several_tokens_counts(house: House) -> None:
    def stamps(value: bytes) -> list[bytes]:
        tokens = [
            ts.token(house.service, ts.tst_info(value, when=AT + dt.timedelta(days=days)))
            for days in (20, 3, 10)
        ]
        return [ts.attribute(tokens[0]), cms.attribute(ts.SIGNATURE, *tokens[1:])]

    _, rows = house.judged(house.mail(house.signed(unsigned=stamps)))
    assert the_signature(rows)["poe_time"] == AT + dt.timedelta(days=3)
    assert [row["signer_index"] for row in by_format(rows, "timestamp")] == [0, 1, 2]


def test_token_never_makes_a_broken_signature_good(house: House) -> None:
    raw = house.stamped(over(house)).replace(b"text is signed", b"text is forged")
    message, _ = house.judged(raw)
    assert message["sub_indication"] == "HASH_FAILURE"


def test_content_time_stamp_is_evidence_that_the_signature_is_not_older(house: House) -> None:
    early = AT - dt.timedelta(days=3)
    token = ts.token(house.service, ts.tst_info(TEXT, when=early))
    signed = house.signed(
        extra=[ts.attribute(token, ts.CONTENT)],
        unsigned=lambda value: [ts.attribute(over(house)(value))],
    )
    message, rows = house.judged(house.mail(signed).replace(mime.DATE, ON_TIME))
    signature = the_signature(rows)
    assert message["indication"] == "TOTAL_PASSED"
    assert (signature["not_before_evidence"], signature["poe_time"]) == (early, AT)
    kinds = [it["kind"] for it in signature["time_evidence"]]
    assert kinds == ["signature_timestamp", "content_timestamp"]
    assert "time_inconsistent" not in signature["flags"]


def test_content_time_stamp_younger_than_the_proof_is_inconsistent(house: House) -> None:
    late = AT + dt.timedelta(days=3)
    token = ts.token(house.service, ts.tst_info(TEXT, when=late))
    signed = house.signed(
        extra=[ts.attribute(token, ts.CONTENT)],
        unsigned=lambda value: [ts.attribute(over(house)(value))],
    )
    _, rows = house.judged(house.mail(signed).replace(mime.DATE, ON_TIME))
    assert the_signature(rows)["not_before_evidence"] == late
    assert "time_inconsistent" in the_signature(rows)["flags"]


def test_content_time_stamp_over_other_content_is_no_evidence(house: House) -> None:
    token = ts.token(house.service, ts.tst_info(b"other"))
    _, rows = house.judged(house.mail(house.signed(extra=[ts.attribute(token, ts.CONTENT)])))
    assert the_signature(rows)["not_before_evidence"] is None
    assert by_format(rows, "timestamp")[0]["crypto_result"] == "digest_mismatch"


@pytest.mark.parametrize("spoil", [False, True])
def test_archive_time_stamp_of_version_3_covers_signature_and_content(
    house: House, spoil: bool
) -> None:
    signed = house.signed()
    token = ts.archive_token(house.service, signed, TEXT, spoil=spoil)
    raw = house.mail(ts.with_unsigned(signed, ts.attribute(token, ts.ARCHIVE_V3)))
    message, rows = house.judged(raw)
    assert message["indication"] == ("INDETERMINATE" if spoil else "TOTAL_PASSED")
    assert the_signature(rows)["poe_kind"] == (None if spoil else "archive_timestamp")


def test_archive_time_stamp_of_version_2_is_shown_and_proves_nothing(house: House) -> None:
    signed = house.signed(unsigned=lambda value: [ts.attribute(over(house)(value), ts.ARCHIVE_V2)])
    message, rows = house.judged(house.mail(signed))
    assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
    (shown,) = the_signature(rows)["time_evidence"]
    assert (shown["kind"], shown["trusted"]) == ("archive_timestamp", False)


def test_rule_43_tokens_beyond_the_cap_are_a_limit(house: House) -> None:
    def many(value: bytes) -> list[bytes]:
        return [cms.attribute(ts.SIGNATURE, *[der.seq(der.octets(bytes([n]))) for n in range(40)])]

    message, rows = house.judged(house.mail(house.signed(unsigned=many)))
    assert message["limits_hit"] == ["time_stamps"]
    assert len(by_format(rows, "timestamp")) == 32


# Countersignatures ---------------------------------------------------------------------------


def countersigned(
    house: House, notary: pki.Certificate, token: Any = None, when: dt.datetime = AT
) -> bytes:
    def counter(value: bytes) -> list[bytes]:
        unsigned = (lambda over: [ts.attribute(token(over))]) if token else None
        info = cms.signer_info(
            notary,
            value,
            attributes=[cms.signing_time(when), cms.message_digest(value)],
            unsigned=unsigned,
        )
        return [cms.attribute(cms.COUNTERSIGNATURE, info)]

    certificates = [*cms.carried(house.alice), *cms.carried(notary)]
    return house.mail(house.signed(unsigned=counter, certificates=certificates))


def test_rule_22b_time_that_a_countersigner_claims_proves_nothing(house: House) -> None:
    message, rows = house.judged(countersigned(house, house.world.bob))
    assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
    (shown,) = the_signature(rows)["time_evidence"]
    assert (shown["kind"], shown["time"], shown["trusted"]) == ("countersignature", AT, False)


def test_rule_22b_countersignature_proves_through_its_own_token(house: House) -> None:
    message, rows = house.judged(countersigned(house, house.world.bob, over(house)))
    signature = the_signature(rows)
    assert (message["indication"], signature["poe_kind"]) == ("TOTAL_PASSED", "countersignature")
    assert signature["poe_time"] == AT
    stranger = pki.leaf("Eve", pki.ec_key(), house.world.other_root, "eve@example.org")
    message, rows = house.judged(countersigned(house, stranger, over(house)))
    assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
    assert the_signature(rows)["poe_time"] is None


def test_rule_22b_notary_is_believed_within_the_life_of_its_certificate(
    house: House, tmp_path: Any
) -> None:
    notary = pki.leaf("Notary", pki.ec_key(), house.world.other_root, "notary@example.org")
    path, other = tmp_path / "notary.pem", tmp_path / "bob.pem"
    path.write_bytes(notary.pem)
    other.write_bytes(house.world.bob.pem)
    vouch = [f"notary:{path}"]
    at = instant(2015, 6, 1)
    alice = pki.leaf(
        "A", pki.ec_key(), house.world.ec_issuing, ALICE, not_after=instant(2016, 1, 1)
    )
    later = House(house.world, alice, house.tsa_root, house.service, house.trust, house.tsa_trust)
    raw = countersigned(later, notary, when=at)
    message, rows = later.judged(raw, vouch=vouch)
    assert (message["indication"], the_signature(rows)["poe_kind"]) == ("TOTAL_PASSED", "notary")
    message, _ = later.judged(raw, vouch=[f"notary:{other}"])
    assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
    before_its_time = countersigned(later, notary, when=instant(2014, 12, 1))
    _, rows = later.judged(before_its_time, vouch=vouch)
    assert the_signature(rows)["poe_time"] is None


# What the operator vouches for ---------------------------------------------------------------

RECEIVED = b"Received: from a.example (by evil) by MX.example.org. (Postfix) id 1;\r\n\t%s\r\n"
ON_TIME = b"Wed, 20 Nov 2016 11:11:12 +0100"
VOUCH = ["received:mx.example.org"]


def test_rule_22a_topmost_received_by_an_own_host_is_a_proof(house: House) -> None:
    raw = house.mail(house.signed(), header=RECEIVED % ON_TIME)
    message, rows = house.judged(raw, vouch=VOUCH)
    signature = the_signature(rows)
    assert (message["indication"], signature["poe_kind"]) == ("TOTAL_PASSED", "received")
    assert (signature["poe_time"], signature["poe_source"]) == (AT, "mx.example.org")
    for vouch in ([], ["received:example.org"], ["received:evil"], ["mbox-from"]):
        message, rows = house.judged(raw, vouch=vouch)
        assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
        assert the_signature(rows)["time_evidence"] == []


def test_rule_22a_received_below_another_hosts_is_not_read(house: House) -> None:
    foreign = b"Received: from b by relay.example.net; Wed, 20 Nov 2016 11:11:12 +0100\r\n"
    raw = house.mail(house.signed(), header=foreign + RECEIVED % ON_TIME)
    _, rows = house.judged(raw, vouch=VOUCH)
    assert the_signature(rows)["time_evidence"] == []


def test_rule_22a_received_that_may_have_come_with_the_message_is_not_believed(
    house: House,
) -> None:
    forged = RECEIVED % b"Wed, 20 Nov 2016 11:11:12 +0100"
    raw = house.mail(house.signed(), header=RECEIVED % b"Sat, 1 Nov 2017 00:00:00 +0000" + forged)
    message, rows = house.judged(raw, vouch=VOUCH)
    signature = the_signature(rows)
    assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
    assert signature["poe_time"] == signature["control_time"] == instant(2017, 11, 1)
    shown = [(it["time"], it["trusted"]) for it in signature["time_evidence"]]
    assert sorted(shown) == [(AT, False), (instant(2017, 11, 1), True)]


def test_rule_22a_times_of_a_nested_message_are_not_read(house: House) -> None:
    nested = house.mail(house.signed(), header=RECEIVED % ON_TIME)
    raw = mime.lf(mime.header_block(ALICE, "outer")) + b"Content-Type: message/rfc822\n\n" + nested
    _, rows = house.judged(raw, vouch=[*VOUCH])
    assert the_signature(rows)["time_evidence"] == []


@pytest.mark.parametrize("vouch", ["received:mx.example.org", "mbox-from", "date-header"])
def test_rule_22a_piece_of_doubtful_boundary_gives_no_header_time(house: House, vouch: str) -> None:
    raw = house.mail(house.signed(), header=RECEIVED % ON_TIME).replace(mime.DATE, ON_TIME)
    columns = {
        "raw": [raw],
        "mbox_from": [b"From a@b Wed Nov 20 10:11:12 2016"],
    }
    import pyarrow as pa

    for suspicious, trusted in ((False, True), (True, False)):
        batch = pa.record_batch({**columns, "split_suspicious": [suspicious]})
        message, rows = house.judged(raw, batch=batch, vouch=[vouch])
        assert [it["trusted"] for it in the_signature(rows)["time_evidence"]] == [trusted]
        assert (message["indication"] == "TOTAL_PASSED") == trusted


def test_rule_22a_repaired_boundary_gives_no_header_time(house: House) -> None:
    raw = house.mail(house.signed(), header=RECEIVED % ON_TIME)
    boundary = b"\n--=-signed-boundary\nContent-Type: application"
    damaged = raw.replace(boundary, b"\n" + boundary)
    assert damaged != raw
    _, rows = house.judged(damaged, vouch=VOUCH)
    signature = the_signature(rows)
    assert (signature["crypto_result"], signature["repair"]) == ("repaired", ["blank_line_removed"])
    assert [it["trusted"] for it in signature["time_evidence"]] == [False]
    assert signature["poe_time"] is None


def test_rule_22a_from_line_has_no_zone_and_counts_14_hours_later(house: House) -> None:
    import pyarrow as pa

    raw = house.mail(house.signed())
    for line, later in (
        (b"From a@b Wed Nov 20 10:11:12 2016", 14),
        (b"From a@b Wed Nov 20 10:11:12 2016 +0000", 0),
    ):
        batch = pa.record_batch({"raw": [raw], "mbox_from": [line]})
        message, rows = house.judged(raw, batch=batch, vouch=["mbox-from"])
        assert message["indication"] == "TOTAL_PASSED"
        assert the_signature(rows)["poe_time"] == AT + dt.timedelta(hours=later)
        assert the_signature(rows)["poe_kind"] == "mbox_from"


@pytest.mark.parametrize(
    ("name", "input_format", "passes"),
    [
        ("a.eml", None, False),
        ("a.eml", "eml", False),
        ("a", None, False),
        ("a.eml", "mbox", True),
        ("a", "mbox", True),
        ("a.mbox", None, True),
        ("mbox", None, True),
        ("a.zip", None, False),
    ],
)
def test_rule_22a_first_line_of_one_message_is_its_senders_word(
    house: House, tmp_path: Path, name: str, input_format: str | None, passes: bool
) -> None:
    raw = b"From a@b Wed Nov 20 10:11:12 2016\n" + house.mail(house.signed())
    path = tmp_path / name
    if name == "a.zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inbox", raw)
    else:
        path.write_bytes(raw)
    options = {"trust": house.trust, "now": contract.NOW, "vouch": ["mbox-from"]}
    options |= {"input_format": input_format} if input_format else {}
    run = sb.verify(path, output=tmp_path / "out", **options)
    (message,) = run.messages().to_table().to_pylist()
    expected = ("TOTAL_PASSED", None) if passes else ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
    assert (message["indication"], message["sub_indication"]) == expected


def test_column_of_times_is_a_proof_where_it_is_vouched_for(house: House) -> None:
    import pyarrow as pa

    raw = house.mail(house.signed())
    times = pa.array([AT, None], pa.timestamp("ms", "UTC"))
    batch = pa.record_batch({"raw": [raw, raw], "archived": times})
    trust = {"trust": house.trust, "now": contract.NOW}
    found = sb.verify_batch(batch, vouch=["column:archived"], **trust)
    rows = contract.rows(found.signatures)
    assert [row["poe_time"] for row in rows] == [AT, None]
    assert [row["poe_source"] for row in rows] == ["archived", None]
    assert rows[0]["indication"] == "TOTAL_PASSED"
    rows = contract.rows(sb.verify_batch(batch, **trust).signatures)
    assert [row["poe_time"] for row in rows] == [None, None]
    with pytest.raises(sb.errors.InputError, match="seen"):
        sb.verify_batch(batch, vouch=["column:seen"], **trust)


def test_column_of_times_comes_from_parquet_files(house: House, tmp_path: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = house.mail(house.signed())
    path = tmp_path / "a.parquet"
    days = pa.array([AT.date(), None, AT.date()], pa.date32())
    pq.write_table(pa.table({"raw": [raw] * 3, "day": days}), path, row_group_size=2)
    options = {"trust": house.trust, "now": contract.NOW, "jobs": 1}
    run = sb.verify(path, output=tmp_path / "out", vouch=["column:day"], **options)
    found = run.signatures().to_table().to_pylist()
    end = dt.datetime(2016, 11, 21, 14, tzinfo=UTC)
    assert [row["poe_time"] for row in found] == [end, None, end]
    with pytest.raises(sb.errors.InputError, match="no column 'hour' of times"):
        sb.verify(path, vouch=["column:hour"], **options)


def test_date_header_is_a_proof_only_with_its_flag(house: House) -> None:
    raw = house.mail(house.signed()).replace(mime.DATE, ON_TIME)
    message, rows = house.judged(raw, vouch=["date-header"])
    signature = the_signature(rows)
    assert (message["indication"], signature["poe_kind"]) == ("TOTAL_PASSED", "date_header")
    assert "vouched_claim" in signature["flags"] and "vouched_claim" in message["flags"]


def test_best_of_all_proofs_is_the_earliest_whatever_its_rank(house: House) -> None:
    later = over(house, when=AT + dt.timedelta(days=1))
    signed = house.signed(unsigned=lambda value: [ts.attribute(later(value))])
    raw = house.mail(signed, header=RECEIVED % ON_TIME)
    _, rows = house.judged(raw, vouch=VOUCH)
    signature = the_signature(rows)
    assert (signature["poe_kind"], signature["poe_time"]) == ("received", AT)
    kinds = [it["kind"] for it in signature["time_evidence"]]
    assert kinds == ["signature_timestamp", "received"]


def test_claim_later_than_what_is_proven_is_inconsistent_beyond_a_day(house: House) -> None:
    for hours, is_late in ((23, False), (25, True)):
        claimed = cms.signing_time(AT + dt.timedelta(hours=hours))
        attributes = [cms.content_type(), claimed, cms.message_digest(TEXT)]
        raw = house.mail(house.signed(attributes=attributes), header=RECEIVED % ON_TIME)
        raw = raw.replace(mime.DATE, ON_TIME)
        _, rows = house.judged(raw, vouch=VOUCH)
        assert ("time_inconsistent" in the_signature(rows)["flags"]) == is_late


def test_proof_from_before_the_certificate_is_a_conflict_and_no_failure(house: House) -> None:
    young = house.world.signer("Young", not_before=instant(2016, 12, 1))
    raw = house.mail(house.signed(young), header=RECEIVED % ON_TIME)
    message, rows = house.judged(raw, vouch=VOUCH)
    assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
    assert "time_evidence_conflict" in the_signature(rows)["flags"]


@pytest.mark.parametrize("at", ["now", "claimed", "date", "2016-12-01T00:00:00Z"])
def test_chosen_control_time_leaves_the_evidence_as_it_is(house: House, at: str) -> None:
    _, rows = house.judged(house.stamped(over(house)), at=at)
    signature = the_signature(rows)
    assert (signature["poe_time"], signature["best_signature_time"]) == (AT, AT)
    assert signature["control_time"] != AT


@pytest.mark.parametrize(
    ("vouch", "named"),
    [
        ("run:", "received:HOST"),
        ("run:/nowhere", "a finished run"),
        ("received:", "received:HOST"),
        ("recieved:mx", "received:HOST"),
        ("mbox-from:x", "received:HOST"),
        ("notary:/nowhere", "a certificate"),
    ],
)
def test_vouch_of_another_kind_is_refused(vouch: str, named: str) -> None:
    with pytest.raises(sb.errors.OptionError, match=named):
        sb.verify_batch(contract.record_batch([b""]), vouch=[vouch])


def test_rows_are_the_same_for_any_number_of_threads(house: House) -> None:
    raw = [house.stamped(over(house)), house.mail(house.signed(), header=RECEIVED % ON_TIME)] * 40
    options = {"trust": house.trust, "tsa_trust": house.tsa_trust, "now": contract.NOW}
    found = [
        sb.verify_batch(contract.record_batch(raw), vouch=VOUCH, jobs=jobs, **options)
        for jobs in (1, 4)
    ]
    assert found[0].signatures.equals(found[1].signatures)
    assert found[0].messages.equals(found[1].messages)
