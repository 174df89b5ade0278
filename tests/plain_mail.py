"""Unsigned mail that tests make themselves; tests/data holds what is signed."""

from __future__ import annotations


def plain_message(number: int, body: bytes = b"hello\n") -> bytes:
    head = (
        b"From: Person %d <person%d@example.com>\nTo: archive@example.com\n"
        b"Date: Mon, 01 Mar 2021 10:00:00 +0000\nMessage-ID: <%d@example.com>\n"
        b"Subject: number %d\n\n"
    )
    return head % (number, number, number, number) + body


def mbox_of(messages: list[bytes]) -> bytes:
    from_line = b"From person@example.com Mon Mar  1 10:00:00 2021\n"
    return b"".join(from_line + message + b"\n" for message in messages)
