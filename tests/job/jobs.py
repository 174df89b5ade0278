"""Small verify runs with units of a few messages, and what their directories hold."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
from typing import Any

from smimebatch import Trust
from smimebatch.api import verify_archive
from smimebatch.options import VerifyOptions
from smimebatch.run import Run

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
UNIT_MESSAGES = 20


class Stopped(BaseException):
    """What an interrupt is to a run."""


class Stopper:
    """A sink that stops a run when it has seen so many messages."""

    def __init__(self, messages: int) -> None:
        self._left = messages

    def write(self, batch: Any) -> None:
        self._left -= batch.messages.num_rows
        if self._left < 0:
            raise Stopped

    def write_error(self, error: Any) -> None:
        pass

    def write_remark(self, remark: Any) -> None:
        pass


def verify(place: Any, out: Any, *, overwrite: bool = False, **options: Any) -> Run:
    """Verify to the end."""
    return begun(place, out, (), overwrite=overwrite, **options)


def stop(place: Any, out: Any, messages: int, **options: Any) -> None:
    """Verify until so many messages have been judged."""
    try:
        begun(place, out, [Stopper(messages)], **options)
    except Stopped:
        return
    raise AssertionError("was never stopped")


def begun(
    place: Any,
    out: Any,
    sinks: Any,
    *,
    overwrite: bool = False,
    sign_with: str | None = None,
    **options: Any,
) -> Run:
    options = {"now": NOW, "jobs": 1, "unit_messages": UNIT_MESSAGES, **options}
    chosen = VerifyOptions(**{"batch_bytes": 1 << 14, **options})
    return verify_archive(
        [place],
        Trust(),
        chosen,
        output=out,
        overwrite=overwrite,
        sinks=sinks,
        sign_with=sign_with,
    )


def parts(out: pathlib.Path) -> dict[str, bytes]:
    """Every file of every dataset."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.glob("*/*"))
        if path.parent.name != "_smimebatch"
    }


def room(out: pathlib.Path) -> list[str]:
    """What lies beside the datasets."""
    return sorted(os.listdir(out / "_smimebatch"))
