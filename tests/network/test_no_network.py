"""No network, ever: the system calls of whole runs, watched from outside."""

import pathlib
import shutil
import subprocess
import sys

import pytest

NETWORK = ("AF_INET", "AF_INET6", "AF_PACKET", "connect(", "sendto(", "bind(")
STRACE = shutil.which("strace")


def system_calls(tmp_path, *command):
    log = tmp_path / "strace.log"
    watched = [STRACE, "-f", "-qq", "-e", "trace=network", "-o", str(log), *command]
    done = subprocess.run(watched, capture_output=True, text=True, timeout=300, check=False)
    if "ptrace" in done.stderr and "not permitted" in done.stderr:
        pytest.skip(f"NO NETWORK TEST HERE: strace may not watch: {done.stderr.strip()}")
    return done, log.read_text()


needs_strace = pytest.mark.skipif(
    STRACE is None, reason="NO NETWORK TEST HERE: strace is missing; .ci/run installs it"
)


@needs_strace
def test_watcher_sees_a_socket(tmp_path):
    """Otherwise what follows would pass whatever happens."""
    program = "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()"
    _, calls = system_calls(tmp_path, sys.executable, "-c", program)
    assert "AF_INET" in calls


@needs_strace
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
    assert not [line for line in calls.splitlines() if any(word in line for word in NETWORK)]
    for command in (
        ("certs", "gaps", out),
        ("certs", "harvest", out, "-o", str(tmp_path / "x.pem")),
        ("revocation", "fetch", out, "--dry-run", "--allow", "crl.example.com"),
    ):
        done, calls = system_calls(tmp_path, *program, *command)
        assert done.returncode == 0, done.stderr
        assert not [line for line in calls.splitlines() if any(word in line for word in NETWORK)]
