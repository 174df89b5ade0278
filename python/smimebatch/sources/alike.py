"""What kind of mail the inputs are, where they are all of one: what a job then writes, too.

Only the first files are opened, and of those only the first bytes are read: a directory of a
million files is of one kind or not worth asking. Archives, compressed directories and pipes are of
no single kind.
"""

from __future__ import annotations

import os

from smimebatch.sources import eml, emlx, mail_index, maildir, mbox
from smimebatch.sources.items import Remark
from smimebatch.sources.kinds import checked_format, sniff_format
from smimebatch.sources.opening import open_stream
from smimebatch.sources.places import Inputs
from smimebatch.sources.stream import SNIFF_BYTES, STANDARD_INPUT, InputFile

FILES_LOOKED_AT = 256
"""Of a directory; own choice."""
MAILDIR = "maildir"
KINDS = {mbox.FORMAT: "mbox", eml.FORMAT: "eml", emlx.FORMAT: "eml"}
MIXED = "mixed"


def common_kind(inputs: Inputs, input_format: str | None) -> str | None:
    """Return `mbox`, `eml` or `maildir` if the inputs are that; null for anything else."""
    kinds: set[str] = set()
    looked_at = 0
    for file in inputs:
        if isinstance(file, Remark):
            continue
        kind = kind_of(file, input_format)
        if kind is not None:
            kinds.add(kind)
        looked_at += 1
        if len(kinds) > 1 or looked_at >= FILES_LOOKED_AT:
            break
    kind = kinds.pop() if len(kinds) == 1 else None
    return None if kind == MIXED else kind


def kind_of(file: InputFile, input_format: str | None) -> str | None:
    """Return what a file is; null where it is no mail, or cannot be read."""
    if file.path == STANDARD_INPUT:
        return MIXED
    if file.format is not None:
        return kind_of_place(file)
    if not os.path.isfile(file.path):
        # What comes once is not looked into; what is never read makes no difference.
        return MIXED if file.may_be_pipe and os.path.exists(file.path) else None
    try:
        with open_stream(file) as stream:
            head = stream.window(SNIFF_BYTES)
    except OSError:
        return None
    source = sniff_format(head, file.path, checked_format(input_format))
    return None if source is None else KINDS.get(source.FORMAT, MIXED)


def kind_of_place(file: InputFile) -> str:
    """Return what a directory says that its files are."""
    if file.format == mail_index.MAIL_INDEX and os.path.isfile(file.path):  # no pipe without end
        return mail_index.format_of(file.path) or MIXED
    return MAILDIR if file.format == maildir.MESSAGE_FORMAT else MIXED
