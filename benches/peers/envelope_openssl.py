"""OpenSSL 4.0.3's C API, CMS_encrypt and CMS_decrypt: openssl_cms_envelope.c says how."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from typing import Any

from measure import run

from peers.peer import command_output

HERE = pathlib.Path(__file__).parent
NAME = "openssl_cms_envelope"
DOES_LESS = "certificates and keys are loaded beforehand, content is random octets in memory"
THREADS = (1, 2)
LINE = re.compile(
    r"(encrypt|decrypt) (\S+) rsa(\d+) threads=(\d+) messages=(\d+) good=(\d+) bad=(\d+) ([\d.]+)s"
)


def prepare() -> list[str]:
    """Builds it; the command."""
    built = HERE / "build_openssl.sh"
    return [str(pathlib.Path(command_output(built)).with_name("openssl_cms_envelope"))]


def version() -> str:
    return "OpenSSL 4.0.3 (openssl-src 400.0.2)"


def measure(
    command: list[str], messages: int, size: int, threads: int, rounds: int
) -> Iterator[dict[str, Any]]:
    """Rows of encrypting and decrypting, RSA-2048 and AES-256-CBC, one recipient a message."""
    _, output = run([*command, str(messages), str(size), str(threads), "der", "2048", str(rounds)])
    for turn, line in enumerate(LINE.finditer(output)):
        seconds = float(line[8])
        yield {
            "round": turn // 2,
            "tool": NAME,
            "what": line[1],
            "form": line[2],
            "threads": int(line[4]),
            "messages": int(line[5]),
            "bytes_each": size,
            "messages_per_s": round(int(line[5]) / seconds),
            "correct": line[6] == line[5] and line[7] == "0",
        }
