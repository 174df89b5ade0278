"""Archives for measuring: blocks of mail, repeated with other Message-IDs until there is enough."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from smimebatch.bench.list_mail import list_messages
from smimebatch.bench.signed_mail import People, new_people, signed_messages

ID_MARK = b"Message-ID: <"
"""Lies outside of what is signed."""
BLOCK_MESSAGES = 1_000
"""Different mails of a corpus; nothing is kept of a message that its repetition could use."""
PEOPLE = 20
LIST_SCALE = 1.9
"""Of list_mail: 7.3 KB a mail, as the signed ones have."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """An archive and what is known of it beforehand."""

    said: str
    """What it is, in a few words."""
    short: str
    """The same in one."""
    inputs: Sequence[str]
    root: str | None = None
    """A file with what is to be trusted."""
    expected: dict[str, int] | None = None
    """Indications and how often each is to come out; none of an archive nobody made."""
    sample: Sequence[tuple[bytes, bool]] = ()
    """Some of its signed messages, and whether each is as it was sent."""


def signed_corpus(folder: str, messages: int) -> Corpus:
    """Make an archive of signed mail, a hundredth of it tampered with."""
    people = new_people(PEOPLE)
    block = list(signed_messages(people, min(messages, BLOCK_MESSAGES)))
    path = os.path.join(folder, "signed.mbox")
    write_repeated([mail.stored for mail in block], messages, path)
    truth = [block[index % len(block)].tampered for index in range(messages)]
    return Corpus(
        said=f"mails signed with RSA-2048 by {PEOPLE} people, chains of three certificates",
        short="signed",
        inputs=[path],
        root=write_root(folder, people),
        expected={"TOTAL_PASSED": truth.count(False), "TOTAL_FAILED": truth.count(True)},
        sample=[(without_from_line(mail.stored), not mail.tampered) for mail in block],
    )


def unsigned_corpus(folder: str, messages: int) -> Corpus:
    """Make an archive of ordinary list mail."""
    path = os.path.join(folder, "unsigned.mbox")
    block = list(list_messages(min(messages, BLOCK_MESSAGES), LIST_SCALE))
    write_repeated(block, messages, path)
    return Corpus(
        said="mails of a list without signatures",
        short="unsigned",
        inputs=[path],
        expected={"NOT_SIGNED": messages},
    )


def without_from_line(stored: bytes) -> bytes:
    """Return a message as it is outside of an mbox."""
    return stored.partition(b"\n")[2]


def write_root(folder: str, people: People) -> str:
    """Write what is to be trusted."""
    path = os.path.join(folder, "root.pem")
    with open(path, "wb") as file:
        file.write(people.root_pem())
    return path


def write_repeated(block: Sequence[bytes], messages: int, path: str) -> None:
    """Write the block again and again until there are so many messages."""
    with open(path, "wb") as file:
        for first in range(0, messages, len(block)):
            mark = ID_MARK + b"%d." % first if first else ID_MARK
            file.writelines(mail.replace(ID_MARK, mark, 1) for mail in block[: messages - first])
