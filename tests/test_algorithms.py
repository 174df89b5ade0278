"""RULES 9 to 15 end to end: mail signed with every algorithm the page in docs/reference offers.

tests/data/algorithms/generate.py made the mails, chains included, and says what each row must be.
"""

import base64
import datetime as dt
import json
import pathlib

import pyarrow as pa
import pytest

import contract
import smimebatch as sb
from smimebatch import _native

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FOLDER = pathlib.Path(__file__).parent / "data" / "algorithms"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
VALID = [row for row in EXPECTED if row["crypto_result"] == "ok"]


@pytest.fixture(scope="module")
def trust():
    return sb.Trust.load(str(FOLDER / "roots.pem"))


def signatures(raws, trust):
    batch = pa.record_batch(
        {"raw": pa.array(raws, pa.binary()), "source_index": [*range(len(raws))]}
    )
    found = sb.verify_batch(batch, trust=trust, now=NOW, policy=contract.NO_DATES)
    rows = found.signatures.to_pylist()
    assert [row["source_index"] for row in rows] == list(range(len(raws)))
    return rows, found.messages.to_pylist()


def test_every_algorithm_gives_the_expected_row(trust):
    raws = [(FOLDER / row["file"]).read_bytes() for row in EXPECTED]
    rows, messages = signatures(raws, trust)
    for expected, row, message in zip(EXPECTED, rows, messages, strict=True):
        columns = {name: value for name, value in expected.items() if name != "file"}
        assert {name: row[name] for name in columns} == columns, expected["file"]
        assert message["indication"] == row["indication"], expected["file"]


def test_every_algorithm_refuses_other_content(trust):
    raws = [(FOLDER / row["file"]).read_bytes() for row in VALID]
    changed = [raw.replace(b"Dear reader", b"Dear header") for raw in raws]
    assert all(before != after for before, after in zip(raws, changed, strict=True))
    for expected, row in zip(VALID, signatures(changed, trust)[0], strict=True):
        result = row["crypto_result"]
        alone = "no-attributes" in expected["file"]
        assert result == ("signature_mismatch" if alone else "digest_mismatch"), expected["file"]
        assert row["indication"] == "TOTAL_FAILED", expected["file"]


def spoiled(raw: bytes) -> bytes:
    """The signature value with a bit flipped: the last octet of the CMS object is its own."""
    head, body = raw.rsplit(b"filename=smime.p7s\r\n\r\n", 1)
    text, tail = body.split(b"\r\n--", 1)
    cms = bytearray(base64.b64decode(text))
    cms[-1] ^= 0x01
    return head + b"filename=smime.p7s\r\n\r\n" + base64.encodebytes(cms) + b"\r\n--" + tail


def test_every_algorithm_refuses_another_signature_value(trust):
    raws = [spoiled((FOLDER / row["file"]).read_bytes()) for row in VALID]
    for expected, row in zip(VALID, signatures(raws, trust)[0], strict=True):
        assert row["crypto_result"] == "signature_mismatch", expected["file"]
        assert row["indication"] == "TOTAL_FAILED", expected["file"]


NAMED = ("signature_algorithm", "digest_algorithm", "curve")
# Other names of what is tried: of the OIW registry of 1991, of TeleTrusT, of X9.62.
UNTRIED = {
    "md2WithRSASignature",
    "sha1WithRSA",
    "dsaWithSHA1",
    "ecSignWithsha1",
    "ecdsa-with-Specified",
}


def test_every_algorithm_that_is_offered_has_a_mail(trust):
    """Here, or among the fixtures of interop; only what is named above has none."""
    fixtures = [path.read_bytes() for path in sorted(FOLDER.parent.glob("mail/*.eml"))]
    batch = pa.record_batch({"raw": pa.array(fixtures, pa.binary())})
    rows = sb.verify_batch(batch, trust=trust, now=NOW).signatures.to_pylist()
    rows = [row for row in rows if row["crypto_result"] == "ok"]
    tried = {row[name] for row in rows for name in NAMED}
    tried |= {row[name] for row in VALID for name in NAMED}
    offered = {name for _, name, _, by, _ in _native.algorithms() if by}
    assert offered - tried == UNTRIED
