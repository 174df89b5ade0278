"""Time-stamps over runs as a user gets them: by OpenSSL, as a command or as files."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pki
import pytest
import time_stamps as ts
from tests.job.jobs import parts
from tests.plain_mail import mbox_of, plain_message

from smimebatch.job.output import ROOM, TIME_STAMP_FILE
from smimebatch.job.stamping import finished_checkpoint, query_over

STAMP = f"{ROOM}/{TIME_STAMP_FILE}"


@pytest.fixture(scope="module")
def tsa(tmp_path_factory):
    """A folder with an authority that answers at the command line."""
    folder = tmp_path_factory.mktemp("tsa")
    root = pki.authority("Time Root", pki.ec_key())
    issuing = pki.authority("Time CA", pki.ec_key(), root)
    service = ts.service(issuing)
    (folder / "ca.pem").write_bytes(issuing.pem)
    (folder / "chain.pem").write_bytes(issuing.pem + root.pem)
    (folder / "config").write_text(ts.CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    (folder / "service.pem").write_bytes(service.pem)
    (folder / "key.pem").write_bytes(service.key_pem)
    (folder / "root.pem").write_bytes(root.pem)
    (folder / "other.pem").write_bytes(pki.authority("Other", pki.ec_key()).pem)
    return folder


def answering(tsa):
    return (
        f"openssl ts -reply -config {tsa}/config -section service -queryfile /dev/stdin "
        f"-signer {tsa}/service.pem -inkey {tsa}/key.pem -chain {tsa}/chain.pem 2>/dev/null"
    )


def smimebatch(*arguments, **options):
    command = [sys.executable, "-m", "smimebatch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **options)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox_of([plain_message(n) for n in range(7)]))
    return path


@pytest.fixture
def out(archive, tmp_path):
    assert smimebatch("verify", archive, "-o", tmp_path / "out").returncode == 0
    return tmp_path / "out"


def test_query_is_the_one_that_openssl_makes_over_the_checkpoint(out, tmp_path):
    done = smimebatch("audit", "stamp", out, "--query")
    head = tmp_path / "head.txt"
    head.write_bytes(smimebatch("audit", "checkpoint", out).stdout)
    made = subprocess.run(
        ["openssl", "ts", "-query", "-data", head, "-sha256", "-cert", "-no_nonce"],
        capture_output=True,
        check=True,
    )
    assert (done.returncode, done.stdout) == (0, made.stdout)
    assert hashlib.sha256(head.read_bytes()).digest() in done.stdout
    assert not (out / STAMP).exists()


def test_run_gets_its_time_stamp_by_a_command_and_openssl_agrees(archive, tsa, tmp_path):
    plain, out = tmp_path / "plain", tmp_path / "out"
    assert (
        smimebatch("verify", archive, "--now", "2026-01-01T00:00:00Z", "-o", plain).returncode == 0
    )
    command = ["verify", archive, "--now", "2026-01-01T00:00:00Z", "-o", out]
    done = smimebatch(*command, "--stamp-with", answering(tsa))
    assert done.returncode == 0, done.stderr
    assert parts(out) == parts(plain), "it changes nothing that was judged"
    token = (out / STAMP).read_bytes()
    again = smimebatch(*command, "--stamp-with", "exit 1")
    assert (again.returncode, (out / STAMP).read_bytes()) == (0, token), "there is one"
    head = tmp_path / "head.txt"
    head.write_bytes(smimebatch("audit", "checkpoint", out).stdout)
    agreeing = ["openssl", "ts", "-verify", "-data", head, "-token_in", "-in", out / STAMP]
    subprocess.run([*agreeing, "-CAfile", tsa / "root.pem"], capture_output=True, check=True)


def test_command_that_fails_leaves_a_whole_result_and_can_be_tried_again(archive, tsa, tmp_path):
    out = tmp_path / "out"
    command = ["verify", archive, "-o", out, "--stamp-with"]
    for failing in ("echo unreachable >&2; exit 7", "true", "echo nonsense"):
        done = smimebatch(*command, failing)
        assert done.returncode == 5
        assert b"the result is whole" in done.stderr and not (out / STAMP).exists()
    assert smimebatch("audit", "verify", out).returncode == 0
    assert smimebatch(*command, answering(tsa)).returncode == 0
    assert (out / STAMP).exists()


def test_time_stamp_is_taken_from_a_file_and_only_once(out, tsa, tmp_path):
    query = smimebatch("audit", "stamp", out, "--query").stdout
    answer = subprocess.run(
        answering(tsa), shell=True, input=query, capture_output=True, check=True
    ).stdout
    (tmp_path / "answer.tsr").write_bytes(answer)
    stamp = ["audit", "stamp", out, "--stamp-token", tmp_path / "answer.tsr"]
    done = smimebatch(*stamp, "--tsa-trust", tsa / "root.pem")
    assert done.returncode == 0 and b", believed" in done.stderr, done.stderr
    assert (out / STAMP).read_bytes() in answer, "the token alone is kept"
    assert smimebatch(*stamp).returncode == 2
    (out / STAMP).unlink()
    (tmp_path / "answer.tsr").write_bytes((tmp_path / "answer.tsr").read_bytes()[:-1])
    done = smimebatch(*stamp)
    assert done.returncode == 5 and not (out / STAMP).exists()


def test_audit_tells_whose_time_stamp_it_is_and_whether_it_is_believed(out, tsa, tmp_path):
    trusting = ["audit", "verify", out, "--tsa-trust"]
    done = smimebatch(*trusting, tsa / "root.pem")
    assert done.returncode == 1 and STAMP.encode() in done.stdout, "there must be one then"
    assert smimebatch("audit", "stamp", out, "--stamp-with", answering(tsa)).returncode == 0
    done = smimebatch("audit", "verify", out)
    assert done.returncode == 0 and b"Time" in done.stderr and b"not judged" in done.stderr
    done = smimebatch(*trusting, tsa / "root.pem")
    assert done.returncode == 0 and b", believed" in done.stderr
    done = smimebatch(*trusting, tsa / "other.pem")
    assert done.returncode == 1 and b"untrusted_root" in done.stdout
    assert b"not believed" in done.stderr
    token = (out / STAMP).read_bytes()
    for at in (0, len(token) // 2, len(token) - 1):
        (out / STAMP).write_bytes(token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :])
        assert smimebatch(*trusting, tsa / "root.pem").returncode == 1, at


def test_stamped_result_is_overwritten_only_without_its_time_stamp(out, archive, tsa):
    assert smimebatch("audit", "stamp", out, "--stamp-with", answering(tsa)).returncode == 0
    before = (parts(out), (out / STAMP).read_bytes())
    done = smimebatch("verify", archive, "-o", out, "--overwrite")
    assert done.returncode == 2 and b"mv " in done.stderr
    assert (parts(out), (out / STAMP).read_bytes()) == before
    (out / STAMP).unlink()
    assert smimebatch("verify", archive, "-o", out, "--overwrite").returncode == 0


def test_verify_says_whose_time_stamp_it_got_and_whether_it_is_believed(archive, tsa, tmp_path):
    out = tmp_path / "out"
    command = ["verify", archive, "-o", out, "--stamp-with", answering(tsa), "--tsa-trust"]
    for _ in ("got", "found"):
        done = smimebatch(*command, tsa / "root.pem")
        assert done.returncode == 0, done.stderr
        assert b"time-stamped 20" in done.stderr and b", believed" in done.stderr
    done = smimebatch("verify", archive, "-o", tmp_path / "not", *command[4:], tsa / "other.pem")
    assert done.returncode == 1 and b"not believed: untrusted_root (" in done.stderr
    assert (tmp_path / "not" / STAMP).exists()
    (out / STAMP).unlink()
    stamp = ["audit", "stamp", out, "--stamp-with", answering(tsa), "--tsa-trust"]
    assert smimebatch(*stamp, tsa / "other.pem").returncode == 1


def test_finished_run_that_was_changed_is_not_stamped_by_verify(out, archive, tsa):
    part = min((out / "messages").iterdir())
    content = part.read_bytes()
    part.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    done = smimebatch("verify", archive, "-o", out, "--stamp-with", answering(tsa))
    assert done.returncode == 2 and part.name.encode() in done.stderr
    assert not (out / STAMP).exists()


def test_answer_without_an_end_is_not_waited_for(out):
    done = smimebatch("audit", "stamp", out, "--stamp-with", "exec cat /dev/zero")
    assert done.returncode == 5 and b"more than 1,048,576 bytes" in done.stderr
    assert not (out / STAMP).exists()


def test_changed_or_unfinished_run_is_not_stamped(out, tsa):
    (out / ROOM / "units.jsonl").write_bytes(b"{}\n")
    assert smimebatch("audit", "stamp", out, "--stamp-with", answering(tsa)).returncode == 2
    (out / ROOM / "manifest.json").unlink()
    assert smimebatch("audit", "stamp", out, "--query").returncode == 2
    assert not (out / STAMP).exists()


@pytest.mark.parametrize("given", [[], ["--query", "--stamp-with", "true"]])
def test_stamp_takes_one_source(out, given):
    assert smimebatch("audit", "stamp", out, *given).returncode == 2


def test_rows_on_stdout_have_no_checkpoint_to_be_stamped(archive):
    assert smimebatch("verify", archive, "--stamp-with", "true").returncode == 2


def test_verify_and_inspect_say_what_the_earlier_run_proves(tsa, tmp_path):
    folder = os.path.join(os.path.dirname(__file__), "..", "data", "time")
    mail = os.path.join(folder, "signature.eml")
    earlier = tmp_path / "earlier"
    root = ["--trust", os.path.join(folder, "root.pem")]
    assert smimebatch("verify", mail, *root, "-o", earlier).returncode == 0
    assert smimebatch("audit", "stamp", earlier, "--stamp-with", answering(tsa)).returncode == 0
    later = ["--now", "2035-01-01T00:00:00Z", "--tsa-trust", tsa / "root.pem"]
    vouch = ["--vouch", f"run:{earlier}"]
    done = smimebatch("inspect", mail, *root, *later, *vouch)
    assert done.returncode == 0, done.stderr
    assert "in an earlier run that was time-stamped" in " ".join(done.stdout.decode().split())
    done = smimebatch("inspect", mail, *root, "--now", "2035-01-01T00:00:00Z", *vouch)
    assert done.returncode == 2 and b"--tsa-trust" in done.stderr


def test_token_without_a_certificate_is_kept_and_doubted(out, tsa, tmp_path):
    """Such a token may still be judged where the authority's certificate is an anchor."""
    query = smimebatch("audit", "stamp", out, "--query").stdout
    (tmp_path / "bare.tsq").write_bytes(query[:1] + bytes([query[1] - 3]) + query[2:-3])
    asking = answering(tsa).replace("/dev/stdin", str(tmp_path / "bare.tsq"))
    done = smimebatch("audit", "stamp", out, "--stamp-with", asking)
    assert done.returncode == 0, done.stderr
    trusting = ["audit", "verify", out, "--tsa-trust"]
    done = smimebatch(*trusting, tsa / "root.pem")
    assert done.returncode == 1 and b"signer_certificate_missing" in done.stdout
    done = smimebatch(*trusting, tsa / "service.pem")
    assert done.returncode == 0 and b", believed" in done.stderr, done.stderr


def test_chain_that_the_authority_left_out_comes_from_intermediates(out, tsa):
    alone = answering(tsa).replace(f"-chain {tsa}/chain.pem", "")
    assert smimebatch("audit", "stamp", out, "--stamp-with", alone).returncode == 0
    trusting = ["audit", "verify", out, "--tsa-trust", tsa / "root.pem"]
    done = smimebatch(*trusting)
    assert done.returncode == 1 and b"no_path" in done.stdout
    done = smimebatch(*trusting, "--intermediates", tsa / "ca.pem")
    assert done.returncode == 0 and b", believed" in done.stderr


def test_query_has_the_hash_of_the_text_that_is_signed(out):
    checkpoint = finished_checkpoint(str(out))
    assert query_over(checkpoint)[24:56] == hashlib.sha256(checkpoint.text.encode()).digest()
