"""smimebatch audit: whether ledger, manifest and files of a run still belong together."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from smimebatch.cli.command import ExampleFirst, GroupExampleFirst
from smimebatch.cli.options import IntermediatesOption, TsaTrustOption, word_or_path
from smimebatch.cli.result_options import SignWithOption
from smimebatch.cli.revocation_options import CrlsOption, OcspOption
from smimebatch.cli.saying import say
from smimebatch.cli.stamp import RunArgument, audited_stamp, stamp, stamp_judge
from smimebatch.errors import InputError, OptionError
from smimebatch.job.audit import Audit
from smimebatch.job.checkpoint import (
    Checkpoint,
    is_signed_by,
    load_private_key,
    load_public_key,
    signatures_of,
    signed,
    verifier_key,
)
from smimebatch.job.findings import Audited
from smimebatch.job.ledger import parsed
from smimebatch.job.manifest import checkpoint_so_far
from smimebatch.job.proving import check_proof, earlier_proof, proofs_of
from smimebatch.report.text import harmless, in_thousands
from smimebatch.sinks.lines import ACTIVE, escaped

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

app = typer.Typer(
    name="audit",
    cls=GroupExampleFirst,
    help="Check what a run has left, and prove what it says.",
    no_args_is_help=True,
)
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
MAX_LINE_CHARACTERS = 1000


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
    tsa_trust: TsaTrustOption = None,
    intermediates: IntermediatesOption = None,
    crls: CrlsOption = None,
    ocsp: OcspOption = None,
) -> int:
    """Find what was changed, removed, reordered, doubled, truncated or replaced.

    Each such place is a line on stdout, and the exit code is 1. A key or a checkpoint that was kept
    elsewhere shows that the whole was not made anew either; a time-stamp under --tsa-trust, that
    it was not since then.
    """
    judge = stamp_judge(tsa_trust, intermediates, crls, ocsp)
    signer = None if key is None else load_public_key(key)
    earlier = None if since is None else read_checkpoint(since)
    audit = Audit(out)
    audited = audit.run()
    if earlier is not None:
        audit.compare_with(earlier)
    if signer is not None:
        audit.demand_signature(signer)
    told = audited_stamp(audited, out, judge)
    for finding in audited.findings:
        sys.stdout.write(harmless(str(finding), MAX_LINE_CHARACTERS) + "\n")
    say(said(audited, out))
    if told:
        say(told)
    return CHANGED if audited.findings else 0


app.command("stamp", cls=ExampleFirst)(stamp)


@app.command("checkpoint", cls=ExampleFirst)
def checkpoint(
    out: RunArgument,
    sign_with: SignWithOption = None,
) -> int:
    """Write the checkpoint over what a run has done so far, to be kept elsewhere.

    It may go on: audit verify --since and audit prove --since show that nothing was taken back.
    """
    key = None if sign_with is None else load_private_key(sign_with)
    found = checkpoint_so_far(out)
    sys.stdout.write(found.text if key is None else signed(found, key))
    return 0


@app.command("prove", cls=ExampleFirst)
def prove(
    out: RunArgument,
    message_id: Annotated[
        str | None,
        typer.Option("--message-id", metavar="ID", help="The Message-ID of the message."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="FILE",
            help="A checkpoint of this run that was kept elsewhere.",
            autocompletion=word_or_path(),
        ),
    ] = None,
) -> int:
    """Prove that a row is one of this run: a JSON line for every message with this Message-ID.

    The proof leads from the row to the checkpoint, and can be checked without the directory. With
    --since: from an earlier checkpoint to that of the finished run.
    """
    if (message_id is None) == (since is None):
        raise OptionError("audit prove", expected="--message-id or --since", found="not one")
    proofs = list(proofs_of(out, message_id)) if message_id is not None else []
    if since is not None:
        proofs = [earlier_proof(out, read_checkpoint(since))]
    for proof in proofs:
        sys.stdout.write(ACTIVE.sub(escaped, json.dumps(proof)) + "\n")
    if not proofs:
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
    """Check proofs, a line on stdout for each; the exit code is 1 if any does not hold.

    With a key, also that it signed the checkpoint they lead to.
    """
    signer = None if key is None else load_public_key(key)
    lines = [line for line in read_text(proofs).split("\n") if line.strip()]
    if not lines:
        raise InputError(proofs, expected="a proof in every line", found="none")
    code = 0
    for number, line in enumerate(lines, 1):
        try:
            said = checked(line, signer)
        except InputError as error:
            said, code = f"line {number} proves nothing: {error}", CHANGED
        sys.stdout.write(harmless(said, MAX_LINE_CHARACTERS) + "\n")
    return code


def checked(line: str, signer: Ed25519PublicKey | None) -> str:
    """Say what a proof shows; InputError where it shows nothing."""
    proof = parsed(line.encode("utf-8", "surrogatepass"))
    found = check_proof(proof)
    note = proof["checkpoint"]
    if signer is not None and not is_signed_by(note, signer):
        expected = f"a checkpoint signed by {verifier_key(signer)}"
        raise InputError("proof", expected=expected, found=signatures_of(note))
    if "earlier" in proof:
        size = proof["earlier"].split("\n")[1]
        return f"{found.origin} begins with the {size} lines of the earlier checkpoint"
    row = proof["row"]
    return f"{row['source']} {row['source_index']}: {row['indication']} is in {found.origin}"


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
