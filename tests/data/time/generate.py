"""Mails with time-stamps by `openssl ts`, and objects for the parsers to begin with.

    python tests/data/time/generate.py

Keys are made anew and thrown away. Alice's certificate ends a month after the time-stamps, which
are of the day the generator ran.
"""

from __future__ import annotations

import datetime as dt
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "interop"))

import cms  # noqa: E402
import der  # noqa: E402
import mime  # noqa: E402
import pki  # noqa: E402
import time_stamps as ts  # noqa: E402

ALICE = "alice@example.org"
NOW = dt.datetime.now(pki.UTC)


def write(name: str, signed: bytes) -> None:
    raw = mime.header_block(ALICE, name) + mime.clear_signed(mime.TEXT, signed)
    (HERE / f"{name}.eml").write_bytes(mime.lf(raw))


def main() -> None:
    root = pki.authority("Root", pki.ec_key())
    tsa_root = pki.authority("Time Root", pki.rsa_key())
    alice = pki.leaf(
        "Alice", pki.ec_key(), root, ALICE, not_after=NOW + dt.timedelta(days=30)
    )
    service = ts.service(tsa_root, "Time by OpenSSL", key=pki.rsa_key())
    content = ts.openssl_token(service, mime.TEXT, "sha384")
    attributes = [
        cms.content_type(),
        cms.message_digest(mime.TEXT),
        ts.attribute(content, ts.CONTENT),
    ]

    def over(digest: str):
        return lambda value: [ts.attribute(ts.openssl_token(service, value, digest))]

    write("signature", cms.signed(alice, mime.TEXT, unsigned=over("sha256")))
    write("signature-sha512", cms.signed(alice, mime.TEXT, unsigned=over("sha512")))
    write(
        "content", cms.signed(alice, mime.TEXT, attributes=attributes, unsigned=over("sha256"))
    )
    both = cms.signed(alice, mime.TEXT, attributes=attributes, unsigned=over("sha256"))
    (HERE / "signed.p7s").write_bytes(both)
    (HERE / "token.der").write_bytes(content)
    info = der.parse(content).at(1, 0, 2, 1, 0).content
    (HERE / "tst_info.der").write_bytes(info)
    archive = ts.archive_token(service, cms.signed(alice, mime.TEXT), mime.TEXT, when=NOW)
    (HERE / "archive_token.der").write_bytes(archive)
    (HERE / "root.pem").write_bytes(root.pem)
    (HERE / "tsa-root.pem").write_bytes(tsa_root.pem)


if __name__ == "__main__":
    main()
