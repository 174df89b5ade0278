"""No network, ever: the system calls of whole runs, watched from outside.

Where nobody can watch, these tests are skipped; with TESTS_NO_SKIP set, as .ci/run sets it,
they fail.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import cms
import pki
import pyarrow.parquet as pq
import pytest
from world import ALICE

import stolen

NETWORK = ("AF_INET", "AF_INET6", "AF_PACKET", "connect(", "sendto(", "bind(")
STRACE = shutil.which("strace")


def unwatched(why):
    """Nobody can watch here."""
    if os.environ.get("TESTS_NO_SKIP"):
        pytest.fail(why)
    pytest.skip(f"NO NETWORK TEST HERE: {why}")


def system_calls(tmp_path, *command):
    if STRACE is None:
        unwatched("strace is missing; .ci/run installs it")
    log = tmp_path / "strace.log"
    watched = [STRACE, "-f", "-qq", "-e", "trace=network", "-o", str(log), *command]
    done = subprocess.run(watched, capture_output=True, text=True, timeout=300, check=False)
    if "ptrace" in done.stderr and "not permitted" in done.stderr:
        unwatched(f"strace may not watch: {done.stderr.strip()}")
    return done, log.read_text()


def network_calls(calls):
    return [line for line in calls.splitlines() if any(word in line for word in NETWORK)]


def test_watcher_sees_a_socket(tmp_path):
    """Otherwise what follows would pass whatever happens."""
    program = "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()"
    _, calls = system_calls(tmp_path, sys.executable, "-c", program)
    assert "AF_INET" in calls


def test_verify_run_makes_no_network_call(tmp_path, mails, mail_folder):
    folder = tmp_path / "mail"
    folder.mkdir()
    for name in ("plain-signed", "chain-of-five", "openssl-no-certificates", "tampered-body"):
        (folder / f"{name}.eml").write_bytes(mails[name].raw)
    # What names places on the network: a certificate with distribution points in the run.
    naming = pathlib.Path(__file__).parents[1] / "data" / "x509" / "vectors-wosign-bc-invalid.der"
    program = [sys.executable, "-m", "smimebatch"]
    trust = ["--trust", str(mail_folder / "root.pem"), "--intermediates", str(naming)]
    out = str(tmp_path / "out")
    done, calls = system_calls(
        tmp_path, *program, "verify", str(folder), *trust, "-o", out, "-j", "2"
    )
    assert done.returncode == 0, done.stderr
    assert not network_calls(calls)
    for command in (
        ("certs", "gaps", out),
        ("certs", "harvest", out, "-o", str(tmp_path / "x.pem")),
        ("revocation", "fetch", out, "--dry-run", "--allow", "crl.example.com"),
    ):
        done, calls = system_calls(tmp_path, *program, *command)
        assert done.returncode == 0, done.stderr
        assert not network_calls(calls)


def test_verify_run_with_lists_responses_tokens_and_vouches_makes_no_network_call(tmp_path):
    house = stolen.House(tmp_path)
    ca = pki.authority("CA", pki.ec_key(), house.root)
    # Whoever wanted to be told of it would have somewhere to ask.
    places = ["2.5.29.31", "1.3.6.1.5.5.7.1.1"]
    named = [pki.extension(*place) for place in zip(places, stolen.places(), strict=True)]
    alice = pki.leaf("Alice", pki.ec_key(), ca, ALICE, more=named, not_after=stolen.on(2020))
    signed = cms.signed(alice, stolen.TEXT, attributes=stolen.attributes(), unsigned=house.stamp)
    own = b"Received: from a by mx.example.net; Thu, 01 Dec 2016 00:00:00 +0000\n"
    mail = house.file("a.eml", own + stolen.mail_of(signed))
    lists = tmp_path / "lists"
    lists.mkdir()
    for number, issuer in enumerate((house.root, house.tsa_root)):
        house.file(f"lists/{number}.crl", stolen.revocations(issuer, stolen.on(2025)))
    made = stolen.on(2016, 12)
    response = house.file("a.ors", stolen.response(ca, alice, ca, made, made))
    given = {
        "--trust": house.file("root.pem", house.root.pem),
        "--crls": lists,
        "--ocsp": response,
        "--tsa-trust": house.file("tsa.pem", house.tsa_root.pem),
        "--vouch": "received:mx.example.net",
        "--revocation": "required",
        "--now": "2026-01-01T00:00:00Z",
        "-o": tmp_path / "out",
    }
    arguments = [str(word) for pair in given.items() for word in pair]
    program = [sys.executable, "-m", "smimebatch", "verify", str(mail)]
    done, calls = system_calls(tmp_path, *program, *arguments)
    assert done.returncode == 0, done.stderr
    assert not network_calls(calls)
    rows = pq.read_table(tmp_path / "out" / "signatures").to_pylist()
    row = next(row for row in rows if row["format"] == "detached")
    assert (row["revocation_result"], row["poe_kind"]) == ("good", "signature_timestamp")
    assert {it["kind"] for it in row["time_evidence"]} == {"signature_timestamp", "received"}
