"""trust import and trust list, certs list and certs harvest."""

import builtins
import csv
import errno
import io
import json
import os

import pyarrow.parquet as pq
import pytest
from tests.trust.made import DER, certdata, entry, made_root

from smimebatch import Trust
from smimebatch.trust.files import roots_of


@pytest.fixture(scope="module")
def roots():
    return [made_root(f"Root {n}") for n in range(3)]


@pytest.fixture
def lists(tmp_path, roots):
    """Two lists: of the first root 2012 only, of the second both, of the third 2020 only."""
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_bytes(certdata(entry(roots[0]), entry(roots[1])))
    must_verify = entry(roots[0], "CKT_NSS_MUST_VERIFY_TRUST")
    later = entry(roots[2], distrust_after=b"221130000000Z")
    new.write_bytes(certdata(must_verify, entry(roots[1]), later))
    return old, new


def test_import_keeps_roots_for_email_and_their_dates(run, lists, roots, tmp_path):
    code, out, err = run("trust", "import", lists[1], "-o", tmp_path / "roots.pem")
    assert (code, out) == (0, "")
    assert "2 roots kept, 1 of them with dates; 1 not trusted for e-mail" in err
    trust = Trust.load(tmp_path / "roots.pem")
    ders = [root.public_bytes(DER) for root in roots]
    assert set(trust.anchors) == set(ders[1:])
    assert trust.limits[ders[2]].distrust_after.isoformat() == "2022-11-30T00:00:00+00:00"
    assert trust == Trust.load(lists[1]) or set(trust.anchors) == set(Trust.load(lists[1]).anchors)


def test_import_without_output_writes_the_store_to_stdout(run, lists, tmp_path):
    code, out, _ = run("trust", "import", lists[0])
    assert code == 0
    assert out.startswith("# smimebatch trust store 1\n")
    assert "# licence: MPL-2.0" in out
    (tmp_path / "x.pem").write_text(out)
    assert len(Trust.load(tmp_path / "x.pem").anchors) == 2


def test_rule_19_import_joins_lists_by_their_dates(run, lists, roots, tmp_path):
    sources = [f"{lists[1]}@2020-01-01", f"{lists[0]}@2012-06-01"]
    assert run("trust", "import", *sources, "-o", tmp_path / "roots.pem")[0] == 0
    limits = Trust.load(tmp_path / "roots.pem").limits
    ders = [root.public_bytes(DER) for root in roots]
    assert limits[ders[0]].trusted_until.isoformat() == "2012-06-01T00:00:00+00:00"
    assert ders[1] not in limits
    assert limits[ders[2]].trusted_from.isoformat() == "2012-06-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("sources", "code", "words"),
    [
        (("{0}", "{1}"), 2, "@2015-03-01"),
        (("{0}@yesterday",), 2, "'yesterday'"),
        (("absent.txt",), 4, "absent.txt"),
        ((), 2, "SOURCE"),
    ],
)
def test_import_that_cannot_be_is_refused(run, lists, sources, code, words):
    given = [source.format(*lists) for source in sources]
    found, out, err = run("trust", "import", *given)
    assert (found, out) == (code, "")
    assert words in err


def test_import_of_a_broken_date_is_4_never_a_root_without_it(run, roots, tmp_path):
    (tmp_path / "x.txt").write_bytes(certdata(entry(roots[0], distrust_after=b"221399000000Z")))
    assert run("trust", "import", tmp_path / "x.txt")[0] == 4
    assert run("verify", tmp_path / "x.txt", "--trust", tmp_path / "x.txt")[0] == 4


def test_import_never_writes_over_a_file_unless_asked(run, lists, tmp_path):
    (tmp_path / "roots.pem").write_text("mine")
    code, _, err = run("trust", "import", lists[0], "-o", tmp_path / "roots.pem")
    assert code == 2
    assert "--overwrite" in err
    assert (tmp_path / "roots.pem").read_text() == "mine"
    assert run("trust", "import", lists[0], "-o", tmp_path / "roots.pem", "--overwrite")[0] == 0


def test_trust_of_a_list_without_roots_for_email_is_4(run, roots, tmp_path):
    path = tmp_path / "servers.txt"
    path.write_bytes(certdata(entry(roots[0], "CKT_NSS_MUST_VERIFY_TRUST")))
    code, _, err = run("verify", path, "--trust", path)
    assert code == 4
    assert "none trusted for e-mail" in err


def test_list_shows_what_a_list_says_of_every_root(run, lists):
    code, out, _ = run("trust", "list", lists[1])
    assert code == 0
    rows = {line.split()[0]: line for line in out.splitlines() if line.startswith("CN=")}
    assert "not_trusted" in out
    assert "2022-11-30" in out
    assert "2037-05-18" in out
    assert len(rows) == 1 or "Root 2" in out


def test_list_for_programs(run, lists, roots):
    rows = [
        json.loads(line)
        for line in run("trust", "list", lists[1], "--format", "jsonl")[1].splitlines()
    ]
    assert [(row["subject"], row["email_trust"], row["distrust_after"]) for row in rows] == [
        ("CN=Root 0", "not_trusted", None),
        ("CN=Root 1", "trusted", None),
        ("CN=Root 2", "trusted", "2022-11-30T00:00:00Z"),
    ]
    out = run("trust", "list", lists[1], "--format", "csv")[1]
    assert [row["sha256"] for row in csv.DictReader(io.StringIO(out))] == [
        row["sha256"] for row in rows
    ]


def test_list_without_source_is_the_shipped_list(run):
    rows = run("trust", "list", "--format", "jsonl")[1].splitlines()
    assert len(rows) == len(Trust.mozilla_email().anchors) == 90


def test_import_that_cannot_be_written_leaves_nothing(run, lists, tmp_path):
    (tmp_path / "folder").mkdir()
    code, _, err = run("trust", "import", lists[0], "-o", tmp_path / "folder", "--overwrite")
    assert (code, "Is a directory" in err) == (2, True)
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.parametrize("command", ["list", "import"])
def test_list_that_may_not_be_read_is_refused_by_name(run, lists, monkeypatch, command):
    opening = builtins.open

    def refusing(path, *given, **named):
        if str(path) == str(lists[0]):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opening(path, *given, **named)

    monkeypatch.setattr(builtins, "open", refusing)
    code, _, err = run("trust", command, lists[0])
    assert (code, "old.txt; expected" in err, "Permission denied" in err) == (4, True, True)


def test_shipped_list_is_what_import_makes_of_its_origin(run, mozilla_certdata, tmp_path):
    (tmp_path / "certdata.txt").write_bytes(mozilla_certdata)
    _, out, _ = run("trust", "import", tmp_path / "certdata.txt")
    shipped = roots_of("mozilla-email", "x")
    assert len(shipped.not_for_email) == 77
    (tmp_path / "x.pem").write_text(out)
    assert roots_of(str(tmp_path / "x.pem"), "x") == shipped
    assert "# licence: MPL-2.0" in out


def test_bundle_for_web_servers_is_warned_about_on_stderr_and_in_the_record(
    run, archive, mozilla_certdata, tmp_path
):
    from smimebatch.trust.certdata import parse_certdata
    from smimebatch.trust.store import pem_of

    every = parse_certdata(mozilla_certdata).roots
    (tmp_path / "bundle.pem").write_text("\n".join(pem_of(root.der) for root in every))
    mail = [root.der for root in every if root.is_anchor]
    (tmp_path / "mail.pem").write_text("\n".join(map(pem_of, mail)))
    out = tmp_path / "out"
    code, _, err = run("verify", archive, "-o", out, "--trust", tmp_path / "bundle.pem")
    assert code == 0
    assert "77 of its 167 roots are not trusted for e-mail" in err
    record = json.loads((out / "_smimebatch/run.json").read_text())
    assert "bundle for web servers" in record["trust"]["warnings"][0]
    _, _, err = run("verify", archive, "--trust", tmp_path / "mail.pem")
    assert "web servers" not in err


@pytest.fixture
def result(run, mails, mail_folder, tmp_path):
    for name in ("plain-signed", "chain-of-five"):
        (tmp_path / f"{name}.eml").write_bytes(mails[name].raw)
    now = ("--now", "2026-01-01T00:00:00Z", "--trust", mail_folder / "root.pem")
    assert run("verify", tmp_path, "-o", tmp_path / "out", *now)[0] == 0
    return tmp_path / "out"


def test_certs_list_has_every_certificate_of_a_run(run, result):
    table = pq.read_table(result / "certificates")
    rows = [
        json.loads(line)
        for line in run("certs", "list", result, "--format", "jsonl")[1].splitlines()
    ]
    assert [row["sha256"] for row in rows] == [it.hex() for it in table["sha256"].to_pylist()]
    out = run("certs", "list", result)[1]
    assert "messages" in out.splitlines()[0]


def test_certs_harvest_gives_intermediates_for_a_second_run(run, result, mails, tmp_path):
    assert run("certs", "harvest", result, "-o", tmp_path / "ca.pem")[0] == 0
    harvested = Trust.load(intermediates=[tmp_path / "ca.pem"]).intermediates
    table = pq.read_table(result / "certificates")
    authorities = [row["der"] for row in table.to_pylist() if row["is_ca"]]
    assert sorted(harvested) == sorted(authorities)
    assert len(authorities) >= 3
    assert run("certs", "harvest", result, "-o", tmp_path / "all.pem", "--all")[0] == 0
    assert len(Trust.load(tmp_path / "all.pem").anchors) == table.num_rows


def test_certs_of_what_is_no_run_is_refused(run, tmp_path):
    code, _, err = run("certs", "list", tmp_path)
    assert code == 2
    assert "verify run" in err
