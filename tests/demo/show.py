"""`make demo`: verifies two archives from start to summary and says where to look next.

usage: show.py OUT_DIR

The first archive is NIST's PKITS suite: 224 signed mails whose certificate chains are right or
wrong in every way that RFC 5280 knows. The second is the archive of make_archive.py.
"""

from __future__ import annotations

import os
import subprocess
import sys

import cryptography_vectors
from tests.demo import make_archive

PKITS = os.path.join(os.path.dirname(cryptography_vectors.__file__), "x509", "PKITS_data")
RULE = "─" * 78
NEXT = """
Look further:
  {program} inspect {out}/mail.mbox --message-id 32@demo.example.org --trust {out}/roots.pem
  {python} -c "import duckdb; print(duckdb.sql(\\"from '{out}/mail/messages/*.parquet'\\"))"
  make demo ARCHIVE=path/to/your.mbox
"""


def main(out: str) -> int:
    python = os.path.relpath(sys.executable)
    program = os.path.join(os.path.dirname(python), "smimebatch")
    make_archive.main(out)
    anchor = os.path.join(PKITS, "certs", "TrustAnchorRootCertificate.crt")
    print("The NIST PKITS mails: every way in which a certificate chain can be right or wrong.")
    print("(No certificate in them carries the sender's address, so --bind off.)\n")
    mails = os.path.join(PKITS, "smime")
    shown("verify", mails, "--trust", anchor, "--bind", "off", "-o", os.path.join(out, "pkits"))
    print("A small archive: four senders, good mail, damaged mail, plain mail.\n")
    trust = ("--trust", os.path.join(out, "roots.pem"))
    archive = os.path.join(out, "mail.mbox")
    shown("verify", archive, *trust, "-o", os.path.join(out, "mail"))
    print("One of its mails, with everything known about it:\n")
    shown("inspect", archive, "--message-id", "32@demo.example.org", *trust)
    print(NEXT.format(program=program, python=python, out=out))
    return 0


def shown(*arguments: str) -> None:
    """Run a command as a person would, its output where ours goes."""
    print("$ smimebatch", " ".join(arguments), flush=True)
    subprocess.run([sys.executable, "-m", "smimebatch", *arguments], check=True)
    print(RULE, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
