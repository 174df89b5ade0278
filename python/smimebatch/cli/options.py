"""Options that commands share: declared once, spelled and described alike everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated

import typer

from smimebatch.cli.formats import taken_by
from smimebatch.cli.saying import say
from smimebatch.cli.settings import MAY_BE_FOUND, read_config
from smimebatch.errors import OptionError
from smimebatch.options import BINDS, BINDS_MISSING, CONTROL_TIMES, parse_instant
from smimebatch.schema import codes_of
from smimebatch.sinks.lines import FORMATS
from smimebatch.sources import formats
from smimebatch.trust import Trust
from smimebatch.trust.files import NAMES
from smimebatch.vouching import FORMS

TRUST_PANEL = "Trust and time"
KEYS_PANEL = "Keys"
INPUT_PANEL = "Input"
WORK_PANEL = "Work"


def one_of(*values: str) -> Callable[[str], list[str]]:
    """Complete one of a few words."""
    return lambda incomplete: [value for value in values if value.startswith(incomplete)]


def word_or_path(*values: str) -> Callable[[str], list[str]]:
    """Complete one of a few words, or the path of a file."""
    return lambda incomplete: [*one_of(*values)(incomplete), *paths(incomplete)]


def paths(incomplete: str) -> Iterator[str]:
    """Give the paths that begin so; directories end in a slash, so that one can go on."""
    directory, name = os.path.split(incomplete)
    try:
        entries = sorted(os.scandir(directory or "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        hidden = entry.name.startswith(".") and not name
        if entry.name.startswith(name) and not hidden:
            yield os.path.join(directory, entry.name) + ("/" if entry.is_dir() else "")


TrustOption = Annotated[
    list[str] | None,
    typer.Option(
        "--trust",
        metavar="PATH|mozilla-email|system|nss",
        help="Trust anchors: a file (PEM, DER, PKCS#7, a store of trust import, certdata.txt), a "
        "directory, Mozilla's roots for e-mail, the system's bundle, an installed NSS. Repeatable.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=word_or_path(*NAMES),
    ),
]
IntermediatesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--intermediates",
        metavar="PATH",
        help="Certificates that messages may lack: a file, a directory, the directory of an "
        "earlier run, or what certs harvest wrote. Repeatable.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=word_or_path(),
    ),
]
DebianWeakKeysOption = Annotated[
    str | None,
    typer.Option(
        "--debian-weak-keys",
        metavar="PATH",
        help="Blacklists of Debian's weak keys, for certificates.weak_key: a file or directory in "
        "the format of the package openssl-blacklist.",
        rich_help_panel=KEYS_PANEL,
        autocompletion=word_or_path(),
    ),
]
TsaTrustOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tsa-trust",
        metavar="PATH|system|nss",
        help="Trust anchors of time-stamp authorities: as --trust. Without it no time-stamp "
        "proves anything. Repeatable.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=word_or_path(*NAMES),
    ),
]
VouchOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vouch",
        metavar="|".join(FORMS),
        help="A time of the archive that you answer for, as a proof that a signature is so old: "
        "the topmost Received field if HOST, one of your own, wrote it; the mbox From_ line; a "
        "column of times in Parquet inputs; the Date header; what a notary's countersignature "
        "claims; an earlier run, by the time-stamp over it. A time without its zone counts as 14 "
        "hours later, a date as the end of its day. "
        "Repeatable.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=one_of(
            "received:", "mbox-from", "column:", "date-header", "notary:", "run:"
        ),
    ),
]
AtOption = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="evidence|now|claimed|date|INSTANT",
        help="Time at which certificates are judged: what evidence proves, now, the signer's "
        "claim, the Date header, or an instant such as 2019-06-01T00:00:00Z.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=one_of(*CONTROL_TIMES),
    ),
]
BindOption = Annotated[
    str,
    typer.Option(
        "--bind",
        metavar="from|from-or-sender|off",
        help="Which header the signer's certificate must name: every From address; failing that "
        "the Sender; or none, so that the sender is not compared.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=one_of(*BINDS),
    ),
]
BindMissingOption = Annotated[
    str,
    typer.Option(
        "--bind-missing",
        metavar="refuse|allow",
        help="Whether a certificate that names no address may pass.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=one_of(*BINDS_MISSING),
    ),
]
NowOption = Annotated[
    str | None,
    typer.Option(
        "--now",
        metavar="INSTANT",
        help="Take this as the time of the run, to repeat one exactly.",
        rich_help_panel=TRUST_PANEL,
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Refuse every deviation from the standards that is tolerated otherwise (quirks).",
        rich_help_panel=TRUST_PANEL,
    ),
    MAY_BE_FOUND,
]
PolicyOption = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="Until when each algorithm was strong enough: a file in the form of "
        "smimebatch/policies/2026.toml of this package, which holds otherwise.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=word_or_path(),
    ),
]
InputFormatOption = Annotated[
    str | None,
    typer.Option(
        "--input-format",
        metavar="mbox|eml|emlx|parquet|tar|zip",
        help="What the inputs, or the members of archives, are; told by their content otherwise.",
        rich_help_panel=INPUT_PANEL,
        autocompletion=lambda incomplete: one_of(*formats())(incomplete),
    ),
]
MboxVariantOption = Annotated[
    str | None,
    typer.Option(
        "--mbox-variant",
        metavar="mboxrd|mboxo|mboxcl|mboxcl2|loose",
        help="How messages of mbox files are told apart; seen from how each begins otherwise.",
        rich_help_panel=INPUT_PANEL,
        autocompletion=lambda incomplete: one_of(*codes_of("mbox_variant"))(incomplete),
    ),
]
FilesFromOption = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="FILE",
        help="Read further inputs from a list, one per line or separated by NUL; - is stdin.",
        rich_help_panel=INPUT_PANEL,
        autocompletion=word_or_path(),
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        help="Stop after N messages.",
        rich_help_panel=INPUT_PANEL,
    ),
]
InputsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT...",
        help="mbox, EML, emlx or Parquet files (also .gz .zst .xz .bz2), .zip or .tar of them, "
        "Maildirs and other directories, globs, or -.",
        show_default=False,
        autocompletion=word_or_path(),
    ),
]
ColumnOption = Annotated[
    str | None,
    typer.Option(
        "--column",
        metavar="NAME",
        help="Column of raw messages in Parquet inputs; found by name and type otherwise.",
        rich_help_panel=INPUT_PANEL,
    ),
]
ConfigOption = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Take options from this TOML file; otherwise the harmless ones of smimebatch.toml in "
        "this directory, where keys, recipients, trust, outputs and commands are refused.",
        callback=read_config,
        is_eager=True,
        rich_help_panel=WORK_PANEL,
        autocompletion=word_or_path(),
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="jsonl|csv",
        help="How rows are written to stdout; without it messages are jsonl, lists a table.",
        callback=taken_by(FORMATS, None),
        rich_help_panel=WORK_PANEL,
        autocompletion=one_of(*FORMATS),
    ),
    MAY_BE_FOUND,
]


def loaded_trust(
    trust: list[str] | None,
    intermediates: list[str] | None,
    crls: list[str] | None = None,
    ocsp: list[str] | None = None,
) -> Trust:
    """Load what --trust, --intermediates, --crls and --ocsp name; warn on stderr."""
    loaded = Trust.load(
        *(trust or ()), intermediates=intermediates or (), crls=crls or (), ocsp=ocsp or ()
    )
    for warning in loaded.warnings:
        say(f"smimebatch: warning: {warning}")
    return loaded


def loaded_tsa_trust(places: list[str] | None) -> Trust | None:
    """Load what --tsa-trust names, if anything."""
    return Trust.load(*places, option="--tsa-trust") if places else None


def parsed_now(text: str | None) -> datetime | None:
    """Return the instant that --now gives."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        expected = "an instant such as 2026-01-31T12:00:00Z"
        raise OptionError("--now", expected=expected, found=repr(text)) from error
