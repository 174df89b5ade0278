"""smimebatch audit: whether ledger, manifest and files of a run still belong together."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from smimebatch.cli.command import ExampleFirst, GroupExampleFirst
from smimebatch.cli.options import word_or_path
from smimebatch.errors import InputError, OptionError
from smimebatch.job.audit import Audit, Audited
from smimebatch.job.checkpoint import (
    Checkpoint,
    is_signed_by,
    load_public_key,
    verifier_key,
)
from smimebatch.job.proving import check_proof, proofs_of
from smimebatch.report.text import harmless, in_thousands

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

app = typer.Typer(
    name="audit",
    cls=GroupExampleFirst,
    help="Check what a run has left, and prove what it says.",
    no_args_is_help=True,
)
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="OUT",
        help="The directory of a run.",
        show_default=False,
        autocompletion=word_or_path(),
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="The public key (Ed25519, PEM) that must have signed the checkpoint.",
        autocompletion=word_or_path(),
    ),
]
CHANGED = 1


@app.command("verify", cls=ExampleFirst)
def verify(
    out: RunArgument,
    key: KeyOption = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="FILE",
            help="A checkpoint of this run that was kept elsewhere: what it covers is still there.",
            autocompletion=word_or_path(),
        ),
    ] = None,
) -> int:
    """Find what was changed, removed, reordered, doubled, truncated or replaced.

    Each such place is a line on stdout, and the exit code is 1. A key, or a checkpoint kept
    elsewhere, shows that the whole was not made anew either.
    """
    signer = None if key is None else load_public_key(key)
    earlier = None if since is None else read_checkpoint(since)
    audit = Audit(out)
    audited = audit.run()
    if earlier is not None:
        audit.compare_with(earlier)
    for finding in audited.findings:
        sys.stdout.write(f"{finding}\n")
    if signer is not None:
        check_signed(str((audited.manifest or {}).get("checkpoint")), signer, str(key))
    sys.stderr.write(said(audited, out) + "\n")
    return CHANGED if audited.findings else 0


@app.command("prove", cls=ExampleFirst)
def prove(
    out: RunArgument,
    message_id: Annotated[
        str, typer.Option("--message-id", metavar="ID", help="The Message-ID of the message.")
    ],
) -> int:
    """Prove that a row is one of this run: a JSON line for every message with this Message-ID.

    The proof leads from the row to the checkpoint, and can be checked without the directory.
    """
    count = 0
    for proof in proofs_of(out, message_id):
        sys.stdout.write(json.dumps(proof, ensure_ascii=False) + "\n")
        count += 1
    if not count:
        raise InputError(out, expected=f"a message {message_id!r}", found="none")
    return 0


@app.command("check", cls=ExampleFirst)
def check(
    proofs: Annotated[
        str,
        typer.Argument(
            metavar="PROOF",
            help="What audit prove wrote.",
            show_default=False,
            autocompletion=word_or_path(),
        ),
    ],
    key: KeyOption = None,
) -> int:
    """Check proofs of rows; with a key, also that it signed the checkpoint they lead to."""
    signer = None if key is None else load_public_key(key)
    for line in read_text(proofs).splitlines():
        try:
            proof = json.loads(line)
        except ValueError as error:
            raise InputError(proofs, expected="JSON lines", found=str(error)) from error
        checkpoint = check_proof(proof)
        if signer is not None:
            check_signed(proof["checkpoint"], signer, str(key))
        row = proof["row"]
        verdict = f"{row['source']} {row['source_index']}: {row['indication']}"
        sys.stdout.write(f"{harmless(verdict)} is in {checkpoint.origin}\n")
    return 0


def check_signed(note: str, signer: Ed25519PublicKey, key: str) -> None:
    """Refuse a checkpoint that a key did not sign."""
    if not is_signed_by(note, signer):
        found = note.partition("\n\n")[2].strip() or "no signature"
        raise OptionError(
            f"--key {key}", expected=f"a signature of {verifier_key(signer)}", found=found
        )


def read_text(path: str) -> str:
    """Read a file that the caller named."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, expected="a text file", found=str(error)) from error


def read_checkpoint(path: str) -> Checkpoint:
    """Read a checkpoint, signed or not."""
    found = Checkpoint.parse(read_text(path))
    if found is None:
        raise InputError(path, expected="a checkpoint", found="another text")
    return found


def said(audited: Audited, out: str) -> str:
    """Return the sentence at the end."""
    files, rows = in_thousands(audited.files), in_thousands(audited.rows)
    if audited.findings:
        places = "place is" if len(audited.findings) == 1 else "places are"
        return f"smimebatch: {out}: {len(audited.findings)} {places} not as the rest says"
    units = in_thousands(max(0, len(audited.commits) - 1))
    return f"smimebatch: {out}: {units} units, {files} files and {rows} rows are as they were made"
