"""smimebatch audit: whether ledger, manifest and files of a run still belong together."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from smimebatch.cli.command import ExampleFirst, GroupExampleFirst
from smimebatch.cli.options import word_or_path
from smimebatch.errors import OptionError
from smimebatch.job.audit import Audit, Audited
from smimebatch.job.checkpoint import is_signed_by, load_public_key, verifier_key
from smimebatch.report.text import in_thousands

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
def verify(out: RunArgument, key: KeyOption = None) -> int:
    """Find what was changed, removed, reordered, doubled, truncated or replaced.

    Each such place is a line on stdout, and the exit code is 1. A key shows that the whole was not
    made anew either.
    """
    signer = None if key is None else load_public_key(key)
    audited = Audit(out).run()
    for finding in audited.findings:
        sys.stdout.write(f"{finding}\n")
    if signer is not None:
        note = str((audited.manifest or {}).get("checkpoint"))
        if not is_signed_by(note, signer):
            found = f"signed by {(audited.manifest or {}).get('signed_by')}"
            raise OptionError(f"--key {key}", expected=verifier_key(signer), found=found)
    sys.stderr.write(said(audited, out) + "\n")
    return CHANGED if audited.findings else 0


def said(audited: Audited, out: str) -> str:
    """Return the sentence at the end."""
    files, rows = in_thousands(audited.files), in_thousands(audited.rows)
    if audited.findings:
        places = "place is" if len(audited.findings) == 1 else "places are"
        return f"smimebatch: {out}: {len(audited.findings)} {places} not as the rest says"
    units = in_thousands(max(0, len(audited.commits) - 1))
    return f"smimebatch: {out}: {units} units, {files} files and {rows} rows are as they were made"
