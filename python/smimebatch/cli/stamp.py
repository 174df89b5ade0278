"""smimebatch audit stamp: a time-stamp over a finished run, and what audit verify says of it."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import Annotated

import typer

from smimebatch.batch import new_judge
from smimebatch.cli.options import (
    IntermediatesOption,
    TsaTrustOption,
    loaded_trust,
    loaded_tsa_trust,
    word_or_path,
)
from smimebatch.cli.result_options import StampWithOption
from smimebatch.cli.revocation_options import CrlsOption, OcspOption
from smimebatch.cli.saying import say
from smimebatch.errors import InputError, OptionError
from smimebatch.job import disk
from smimebatch.job.audit import refuse_changed
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.findings import Audited
from smimebatch.job.output import ROOM, TIME_STAMP_FILE, RunDirectory
from smimebatch.job.stamping import (
    Judge,
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
NOT_BELIEVED = 1
"""The exit code of a command whose time-stamp does not hold under --tsa-trust."""


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
    of yours asks the authority, or you do, with --query and --stamp-token. One that is not believed
    under --tsa-trust is kept, and the exit code is 1.
    """
    given = [query, stamp_with is not None, stamp_token is not None]
    if sum(given) != 1:
        expected = "one of --query, --stamp-with and --stamp-token"
        raise OptionError("audit stamp", expected=expected, found=f"{sum(given)} of them")
    judge = stamp_judge(tsa_trust, intermediates, crls, ocsp)
    refuse_changed(out)
    asked = query_over(finished_checkpoint(out))
    if query:
        sys.stdout.buffer.write(asked)
        return 0
    with closing(RunDirectory(out)) as directory:
        if os.path.lexists(directory.in_room(TIME_STAMP_FILE)):
            remedy = f"move {os.path.join(out, PLACE)} away first"
            raise OptionError(f"audit stamp {out}", expected="none yet", found="one", remedy=remedy)
        if stamp_token is not None:
            answer, subject = token_in(stamp_token), f"--stamp-token {stamp_token}"
        else:
            answer = answer_of(str(stamp_with), asked, out)
            subject = f"--stamp-with {stamp_with}"
        kept = stamped(directory, judge, answer, subject)
    say(told_of(kept, out))
    return NOT_BELIEVED if kept.is_doubted else 0


def token_in(path: str) -> bytes:
    """Read the file that --stamp-token names."""
    try:
        with open(path, "rb") as file:  # may be a pipe: <(curl …)
            content = file.read(disk.MAX_TOKEN_BYTES + 1)
    except OSError as error:
        raise InputError(path, expected="a file", found=str(error.strerror)) from error
    if len(content) > disk.MAX_TOKEN_BYTES:
        expected = f"a time-stamp of at most {disk.MAX_TOKEN_BYTES:,} bytes"
        raise InputError(path, expected=expected, found="more")
    return content


def stamp_judge(
    tsa_trust: list[str] | None,
    intermediates: list[str] | None,
    crls: list[str] | None,
    ocsp: list[str] | None,
) -> Judge:
    """Return what judges a time-stamp now."""
    trust = loaded_trust(None, intermediates, crls, ocsp)
    return new_judge(trust, Policy(), loaded_tsa_trust(tsa_trust))


def audited_stamp(audited: Audited, out: str, judge: Judge) -> str:
    """Look at the time-stamp of a run, of which nothing is said where there is none.

    It must be over the checkpoint; where anchors were given, it must be there and be believed.
    """
    try:
        token = disk.content_of(os.path.join(out, PLACE), disk.MAX_TOKEN_BYTES)
    except OSError as error:
        audited.say(PLACE, "a file", str(error.strerror))
        return ""
    checkpoint = Checkpoint.parse(audited.checkpoint)
    if token is None or checkpoint is None:
        if judge.has_anchors:
            audited.say(PLACE, "a time-stamp over the checkpoint", "none")
        return ""
    try:
        found = TimeStamp.judge(judge, token, checkpoint)
    except ValueError as error:
        audited.say(PLACE, "a time-stamp over the checkpoint", str(error))
        return ""
    if found.is_doubted:
        audited.say(PLACE, "a time-stamp that holds under --tsa-trust", found.doubted)
    return told_of(found, out)


def told_of(found: TimeStamp, out: str) -> str:
    """Return the line about a time-stamp, and whether it is believed."""
    return f"smimebatch: {out}: {found.said()}"
