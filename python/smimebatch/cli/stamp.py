"""smimebatch audit stamp: a time-stamp over a finished run, and what audit verify says of it."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import Annotated

import typer

from smimebatch import _native
from smimebatch.batch import current_time, new_engine
from smimebatch.cli.options import (
    IntermediatesOption,
    TsaTrustOption,
    loaded_trust,
    loaded_tsa_trust,
    word_or_path,
)
from smimebatch.cli.result_options import StampWithOption
from smimebatch.cli.revocation_options import CrlsOption, OcspOption
from smimebatch.errors import DamagedRunError, InputError, OptionError
from smimebatch.job import disk
from smimebatch.job.audit import Audit
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.findings import Audited
from smimebatch.job.output import ROOM, TIME_STAMP_FILE, RunDirectory
from smimebatch.job.stamping import (
    TimeStamp,
    answer_of,
    finished_checkpoint,
    query_over,
    stamped,
)
from smimebatch.options import Policy

RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="OUT",
        help="The directory of a run.",
        show_default=False,
        autocompletion=word_or_path(),
    ),
]
PLACE = f"{ROOM}/{TIME_STAMP_FILE}"


def stamp(
    out: RunArgument,
    query: Annotated[
        bool,
        typer.Option("--query", help="Write the query for an authority to stdout, and do no more."),
    ] = False,
    stamp_with: StampWithOption = None,
    stamp_token: Annotated[
        str | None,
        typer.Option(
            "--stamp-token",
            metavar="FILE",
            help="The authority's answer to the query, or the token in it (DER).",
            autocompletion=word_or_path(),
        ),
    ] = None,
    tsa_trust: TsaTrustOption = None,
    intermediates: IntermediatesOption = None,
    crls: CrlsOption = None,
    ocsp: OcspOption = None,
) -> int:
    """Keep a time-stamp over a finished run: one for all of its messages (RFC 3161).

    A later run takes it as a proof with --vouch run:OUT. Nothing here uses the network: a command
    of yours asks the authority, or you do, with --query and --stamp-token.
    """
    given = [query, stamp_with is not None, stamp_token is not None]
    if sum(given) != 1:
        expected = "one of --query, --stamp-with and --stamp-token"
        raise OptionError("audit stamp", expected=expected, found=f"{sum(given)} of them")
    engine = stamp_engine(tsa_trust, intermediates, crls, ocsp)
    for finding in Audit(out).run().findings:
        raise DamagedRunError(
            os.path.join(out, finding.place), expected=finding.expected, found=finding.found
        )
    asked = query_over(finished_checkpoint(out))
    if query:
        sys.stdout.buffer.write(asked)
        return 0
    with closing(RunDirectory(out)) as directory:
        if os.path.exists(directory.in_room(TIME_STAMP_FILE)):
            remedy = f"move {os.path.join(out, PLACE)} away first"
            raise OptionError(f"audit stamp {out}", expected="none yet", found="one", remedy=remedy)
        if stamp_token is not None:
            answer, subject = token_in(stamp_token), f"--stamp-token {stamp_token}"
        else:
            answer = answer_of(str(stamp_with), asked, out)
            subject = f"--stamp-with {stamp_with}"
        kept = stamped(directory, engine, answer, subject)
    sys.stderr.write(told_of(kept, out, is_judged=tsa_trust is not None))
    return 0


def token_in(path: str) -> bytes:
    """Read the file that --stamp-token names."""
    try:
        return disk.content_of(path) or b""
    except OSError as error:
        raise InputError(path, expected="a file", found=str(error.strerror)) from error


def stamp_engine(
    tsa_trust: list[str] | None,
    intermediates: list[str] | None,
    crls: list[str] | None,
    ocsp: list[str] | None,
) -> _native.Engine:
    """Return what judges a time-stamp now."""
    trust = loaded_trust(None, intermediates, crls, ocsp)
    return new_engine(trust, Policy(), current_time(), 1, loaded_tsa_trust(tsa_trust))


def audited_stamp(audited: Audited, out: str, engine: _native.Engine, *, is_judged: bool) -> str:
    """Look at the time-stamp of a run, of which nothing is said where there is none.

    It must be over the checkpoint; where anchors were given, it must be there and be believed.
    """
    try:
        token = disk.content_of(os.path.join(out, PLACE))
    except OSError as error:
        audited.say(PLACE, "a file", str(error.strerror))
        return ""
    checkpoint = Checkpoint.parse(audited.checkpoint)
    if token is None or checkpoint is None:
        if is_judged:
            audited.say(PLACE, "a time-stamp over the checkpoint", "none")
        return ""
    try:
        found = TimeStamp.judge(engine, token, checkpoint)
    except ValueError as error:
        audited.say(PLACE, "a time-stamp over the checkpoint", str(error))
        return ""
    if is_judged and found.doubt is not None:
        audited.say(PLACE, "a time-stamp that holds under --tsa-trust", found.doubted)
    return told_of(found, out, is_judged=is_judged)


def told_of(found: TimeStamp, out: str, *, is_judged: bool) -> str:
    """Return the line about a time-stamp, and whether it is believed."""
    belief = "not judged: --tsa-trust names no authority"
    if is_judged:
        belief = f"not believed: {found.doubted}" if found.doubt else "believed"
    return f"smimebatch: {out}: {found.said()}, {belief}\n"
