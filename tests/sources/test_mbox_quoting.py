"""Quoting of messages that come in pieces: that of the whole, wherever they part."""

from __future__ import annotations

import random

import pytest

from smimebatch.sources.mbox_quoting import (
    holds_from_line,
    holds_from_line_in,
    quoted,
    quoted_pieces,
    unquoted,
    unquoted_pieces,
)

WORDS = (
    b"From ",
    b"From",
    b"Fro",
    b" ",
    b"m ",
    b">",
    b">>>>",
    b"\n",
    b"\r\n",
    b"x",
    b">From there\n",
)


def message(choice: random.Random) -> bytes:
    return b"".join(choice.choices(WORDS, k=choice.randrange(30)))


@pytest.mark.parametrize("seed", range(300))
def test_pieces_are_quoted_as_the_whole(seed):
    choice = random.Random(seed)
    whole = message(choice)
    step = choice.choice((1, 2, 3, 5, 100))
    pieces = [whole[at : at + step] for at in range(0, len(whole), step)]
    assert b"".join(quoted_pieces(pieces)) == quoted(whole)
    assert b"".join(unquoted_pieces(pieces)) == unquoted(whole)
    assert holds_from_line_in(pieces) == holds_from_line(whole)
    assert b"".join(unquoted_pieces(quoted_pieces(pieces))) == whole


def test_endless_line_of_quotes_is_not_held():
    pieces = (b">" * 1000 for _ in range(1000))
    longest = max(len(piece) for piece in quoted_pieces(pieces))
    assert longest <= 1001
