"""The independent judges: `openssl cms` and `openssl smime`, on every fixture they can read."""

from __future__ import annotations

import os
import pathlib
import subprocess

# Old algorithms stay judgeable: weak is a matter of policy, not of mathematics (RULES 15).
CONFIGURATION = """openssl_conf = init
[init]
providers = providers
alg_section = algorithms
[algorithms]
default_properties = ?fips=no
[providers]
default = active
{legacy}
[active]
activate = 1
"""


PURPOSE = {"unsuitable certificate purpose"}
# What OpenSSL may say for each chain_result of the contract; it reports the first error it meets.
CHAIN_WORDS = {
    "ok": {"ok"},
    "expired": {"certificate has expired"},
    "not_yet_valid": {"certificate is not yet valid"},
    "untrusted_root": {"self-signed certificate", "self-signed certificate in certificate chain"},
    "no_path": {"unable to get local issuer certificate"},
    "key_usage": PURPOSE
    | {"invalid CA certificate", "key usage does not include certificate signing"},
    "extended_key_usage": PURPOSE,
    "not_a_ca": {"invalid CA certificate"},
    "path_length": {"path length constraint exceeded"},
    "signature_invalid": {"certificate signature failure"},
    "critical_extension": {"unhandled critical extension"},
}


class OpenSsl:
    """Runs the tool with its own configuration; `scratch` holds its files.

    `program` is the one on the PATH unless named; a build without the legacy provider says so.
    """

    def __init__(
        self, scratch: pathlib.Path, program: str | pathlib.Path = "openssl", legacy: bool = True
    ) -> None:
        self.scratch = scratch
        self.program = str(program)
        configuration = CONFIGURATION.format(legacy="legacy = active" if legacy else "")
        path = scratch / f"openssl-{legacy}.cnf"
        path.write_text(configuration)
        self.environment = os.environ | {"OPENSSL_CONF": str(path)}

    def run(
        self, *arguments: str | pathlib.Path, data: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        command = [self.program, *map(str, arguments)]
        return subprocess.run(
            command, input=data, capture_output=True, env=self.environment, check=False
        )

    def out(self, *arguments: str | pathlib.Path, data: bytes = b"") -> bytes:
        """Standard output of a command that has to succeed."""
        done = self.run(*arguments, data=data)
        if done.returncode:
            raise RuntimeError(f"openssl {arguments}: {done.stderr.decode()}")
        return done.stdout

    def verify(self, kind: str, mail: bytes, root: pathlib.Path | None = None) -> str:
        """`ok`, or why not; the chain, at 2026-01-01, counts only where a root is given."""
        path = self.scratch / "judged.eml"
        path.write_bytes(mail)
        chain = ["-noverify"]
        if root:
            chain = ["-CAfile", root, "-attime", "1767225600", "-purpose", "smimesign"]
        done = self.run(
            kind, "-verify", "-inform", "SMIME", "-in", path, "-out", "/dev/null", *chain
        )
        if done.returncode == 0:
            return "ok"
        text = done.stderr.decode("utf-8", "replace")
        if "Verify error:" in text:
            return text.rpartition("Verify error:")[2].splitlines()[0].strip()
        lines = [line for line in text.splitlines() if "error:" in line]
        return lines[0].split(":")[5].strip() if lines else f"exit {done.returncode}"

    def version(self) -> str:
        return " ".join(self.out("version").decode().split()[:2])
