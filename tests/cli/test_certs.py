"""certs harvest, list and gaps: from archives and runs to what is missing, and to a second run."""

import json
import os
import pathlib

import pyarrow.parquet as pq
import pytest

from smimebatch import Trust

GOLDEN = pathlib.Path(__file__).parents[1] / "data" / "gaps"
NOW = ("--now", "2026-01-01T00:00:00Z")
NAMES = ("plain-signed", "chain-of-five", "signer-certificate-absent", "openssl-no-certificates")


@pytest.fixture
def mail(mails, tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.eml").write_bytes(mails[name].raw)
    return folder


@pytest.fixture
def result(run, mail, mail_folder, tmp_path):
    trust = ("--trust", mail_folder / "root.pem")
    assert run("verify", mail, "-o", tmp_path / "out", *NOW, *trust)[0] == 0
    return tmp_path / "out"


def ders(path):
    return set(pq.read_table(path)["der"].to_pylist())


def test_harvest_of_an_archive_finds_what_a_run_finds(run, mail, result, tmp_path):
    expected = ders(result / "certificates")
    for output in (tmp_path / "x.parquet", f"{tmp_path}/dataset/"):
        assert run("certs", "harvest", mail, "-o", output)[0] == 0
        assert set(Trust.load(intermediates=[output]).intermediates) == expected
    assert pq.read_table(tmp_path / "x.parquet") == pq.read_table(result / "certificates")
    assert run("certs", "harvest", result, tmp_path / "x.parquet", "-o", tmp_path / "y.pem")[0] == 0
    rows = pq.read_table(result / "certificates").to_pylist()
    authorities = {row["der"] for row in rows if row["is_ca"]}
    assert set(Trust.load(intermediates=[tmp_path / "y.pem"]).intermediates) == authorities


def test_harvest_never_replaces_a_file_unless_asked(run, mail, tmp_path):
    for name in ("x.parquet", "x.pem"):
        (tmp_path / name).write_text("mine")
        assert run("certs", "harvest", mail, "-o", tmp_path / name)[0] == 2
        assert (tmp_path / name).read_text() == "mine"
        assert run("certs", "harvest", mail, "-o", tmp_path / name, "--overwrite")[0] == 0
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".new")]


def test_harvest_of_what_cannot_be_read_is_3(run, tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "x.eml.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    code, _, err = run("certs", "harvest", tmp_path / "mail", "-o", tmp_path / "x.pem")
    assert code == 3
    assert "x.eml.gz" in err


def test_rule_24_harvest_helps_the_second_run_and_not_the_first(
    run, mails, mail_folder, result, tmp_path
):
    """The signer's certificate of one mail came with another: the first run does not use it."""
    rows = pq.read_table(result / "signatures").to_pylist()
    lacking = [row for row in rows if row["crypto_result"] == "signer_certificate_missing"]
    assert lacking
    issuing = ("--intermediates", mail_folder / "issuing.pem")
    trust = ("--trust", mail_folder / "root.pem", *issuing, "--intermediates", result)
    assert run("verify", tmp_path / "mail", "-o", tmp_path / "again", *NOW, *trust)[0] == 0
    again = pq.read_table(tmp_path / "again" / "signatures").to_pylist()
    helped = [row for row in again if row["certificate_source"] == "store"]
    assert {row["signer_serial"] for row in helped} <= {row["signer_serial"] for row in lacking}
    missing = [row for row in again if row["crypto_result"] == "signer_certificate_missing"]
    assert len(missing) < len(lacking)


def test_trust_never_reads_a_harvest(run, mail, result):
    assert run("verify", mail, "--trust", result)[0] == 4
    assert run("verify", mail, "--trust", result / "certificates")[0] == 4


def test_list_filters(run, result):
    def listed(*options):
        out = run("certs", "list", result, "--format", "jsonl", *options)[1]
        return [json.loads(line) for line in out.splitlines()]

    every, authorities = listed(), listed("--ca")
    assert authorities == [row for row in every if row["is_ca"]]
    assert 0 < len(authorities) < len(every)
    assert listed("--weak") == []
    text = every[0]["subject"][3:9]
    found = listed("--match", text.upper())
    assert found == [
        row
        for row in every
        if text.lower() in f"{row['subject']} {row['issuer']} {row['addresses']}".lower()
    ]
    assert listed("--match", "nobody at all") == []
    assert run("certs", "list", result, "--ca", "--match", "x")[0] == 0


def normal(text, rows):
    """Hashes of certificates made anew by `make interop` are not the same."""
    for row in rows:
        text = text.replace(row["sha256"], "SHA-256")
    return text


def test_gaps_in_words_are_those_of_the_golden_file(run, result):
    code, out, _ = run("certs", "gaps", result)
    rows = [
        {"sha256": row["sha256"].hex()}
        for row in pq.read_table(result / "certificates").to_pylist()
    ]
    found = normal(out, rows)
    if os.environ.get("SMIMEBATCH_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / "fixtures.txt").write_text(found)
    assert code == 0
    if "SMIMEBATCH_FIXTURES" not in os.environ:
        assert found == (GOLDEN / "fixtures.txt").read_text()


def test_gaps_for_programs_are_sorted_by_what_helps_most(run, result):
    out = run("certs", "gaps", result, "--format", "jsonl")[1]
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["messages"] for row in rows] == sorted((r["messages"] for r in rows), reverse=True)
    kinds = {row["kind"] for row in rows}
    assert "signer_certificate" in kinds
    for row in rows:
        assert row["to_do"]
        if row["kind"] == "private_key":
            assert row["messages"] >= 1 and row["bytes"] > 0 and row["signatures"] == 0
        else:
            assert row["signatures"] >= row["messages"] >= 1


def test_gaps_without_trust_are_roots_to_decide_about_and_issuers(run, mail, tmp_path):
    run("verify", mail, "-o", tmp_path / "out", *NOW)
    rows = map(
        json.loads, run("certs", "gaps", tmp_path / "out", "--format", "jsonl")[1].splitlines()
    )
    found = {row["kind"]: row for row in rows}
    assert {"issuer_certificate", "signer_certificate"} <= set(found) or "trust_anchor" in found


def test_gaps_of_what_is_no_run_is_2(run, tmp_path):
    assert run("certs", "gaps", tmp_path)[0] == 2


def test_missing_private_keys_are_counted_over_all_units(run, tmp_path):
    """Unit by unit, of which nothing is kept but the counts; one message twice is two."""
    data = GOLDEN.parent / "envelopes"
    line = b"From a@example.org Mon Jan  1 00:00:00 2024\n"
    mails = [(data / f"{name}.eml").read_bytes() for name in ("encrypted", "gcm", "plain") * 3]
    (tmp_path / "a.mbox").write_bytes(b"".join(line + mail + b"\n" for mail in mails))
    told = []
    for unit in (1, 4, 100):
        out = tmp_path / str(unit)
        assert run("verify", tmp_path / "a.mbox", "-o", out, "--unit-messages", unit)[0] == 0
        rows = run("certs", "gaps", out, "--format", "jsonl")[1].splitlines()
        told.append([row for row in map(json.loads, rows) if row["kind"] == "private_key"])
    assert told[0] == told[1] == told[2]
    assert sum(row["messages"] for row in told[0]) >= 6
    assert all(row["bytes"] and row["first_date"] <= row["last_date"] for row in told[0])
