"""Ordinary list mail for measuring: traces, threads, MIME shapes, quoted replies, patches.

What is drawn depends on the seed alone. `scale` makes bodies longer or shorter: 1.0 gives mails of
about 4.7 KB, 1.9 of 7.3 KB and 0.08 of 2 KB, some 1.5 KB of which are header fields.
"""

from __future__ import annotations

import base64
import datetime as dt
import quopri
import random
from collections.abc import Iterator

FIRST_MAIL = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
SECONDS_APART = 211
WORDS_TEXT = """
the a of to and in that is was for on with as it be by at from or an this which have not are
one all patch driver queue packet buffer link state timeout interrupt register device
firmware kernel module review comment change commit series version tested reported acked
fixed regression warning build error function caller lock memory page table entry index
value field header parse signed archive message list
"""
WORDS = WORDS_TEXT.split()
NAMES_TEXT = "Ada Ben Carla Dmitri Eve Farid Grace Hiro Ines Jürgen Kateřina Liam Mei Nils Olga"
NAMES = NAMES_TEXT.split()


class Drawing:
    """The random generator of a corpus, and the scale of its bodies."""

    def __init__(self, seed: int, scale: float) -> None:
        self.rnd = random.Random(seed)
        self._scale = scale

    def size(self, low: int, high: int) -> int:
        """Draw a size and scale it."""
        return int(self.rnd.randint(low, high) * self._scale)

    def sentence(self) -> str:
        """Draw words."""
        return " ".join(self.rnd.choices(WORDS, k=self.rnd.randint(5, 14))).capitalize() + "."

    def text(self, size: int, prefix: str = "") -> str:
        """Draw sentences, one a line, until there are enough octets."""
        lines, total = [], 0
        while total < size:
            line = prefix + self.sentence()
            if self.rnd.random() < 0.12:
                lines.append(prefix.rstrip())
            lines.append(line)
            total += len(line) + 1
        return "\n".join(lines) + "\n"


def list_messages(count: int, scale: float = 1.0, seed: int = 2) -> Iterator[bytes]:
    """Give mails of an mbox with their From_ lines."""
    drawing = Drawing(seed, scale)
    shapes = (plain_text,) * 3 + (patch, alternative, with_attachment, quoted_printable)
    for index in range(count):
        when = FIRST_MAIL + dt.timedelta(seconds=index * SECONDS_APART)
        body = drawing.rnd.choice(shapes)(drawing).rstrip(b"\n").replace(b"\nFrom ", b"\n>From ")
        yield list_header(drawing, index, when) + body + b"\n\n"


def list_header(drawing: Drawing, index: int, when: dt.datetime) -> bytes:
    """Return the From_ line and the header fields that a list leaves behind."""
    rnd = drawing.rnd
    person = rnd.choice(NAMES)
    address = f"{person.encode('ascii', 'ignore').decode().lower()}{rnd.randrange(60)}@example.net"
    encoded = f"=?utf-8?b?{base64.b64encode(person.encode()).decode()}?="
    shown = person if person.isascii() else encoded
    date = f"{when:%a, %d %b %Y %H:%M:%S} {rnd.choice(('+0000', '+0200', '-0700', '+0530'))}"
    token = rnd.randbytes(32)
    lines = [
        f"From {address} {when:%a %b %e %H:%M:%S %Y}",
        "Return-Path: <fixture-bounces@lists.example.org>",
        *(received(rnd, hop, date) for hop in range(rnd.randint(2, 5))),
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=default;\n"
        "\th=from:to:subject:date:message-id;\n"
        f"\tbh={base64.b64encode(token).decode()};\n"
        f"\tb={base64.b64encode(rnd.randbytes(128)).decode()}",
        f"From: {shown if rnd.random() < 0.7 else chr(34) + 'X, ' + shown + chr(34)} <{address}>",
        "To: fixture@lists.example.org",
        *copied_to(rnd),
        f"Subject: {rnd.choice(('', 'Re: ', 'Re: ', '[PATCH v2 3/7] '))}{drawing.sentence()[:60]}",
        f"Date: {date}",
        f"Message-ID: <{index}.{token.hex()[:16]}@example.net>",
        *thread(rnd, index),
        "MIME-Version: 1.0",
        "List-Id: Fixture list <fixture.lists.example.org>",
        "List-Unsubscribe: <https://lists.example.org/options/fixture>,\n"
        " <mailto:fixture-request@lists.example.org>",
        "X-Mailer: bench 1.0",
    ]
    return ("\n".join(lines) + "\n").encode()


def received(rnd: random.Random, hop: int, date: str) -> str:
    """Return a trace field."""
    return (
        f"Received: from mx{hop}.example.net (mx{hop}.example.net"
        f" [192.0.2.{rnd.randrange(250)}])\n"
        f"\tby mail{hop}.example.org (Postfix) with ESMTPS"
        f" id {rnd.randbytes(5).hex().upper()}\n"
        f"\tfor <archive@example.org>; {date}"
    )


def copied_to(rnd: random.Random) -> list[str]:
    """Return a folded Cc, more often than not."""
    if rnd.random() >= 0.6:
        return []
    return ["Cc: " + ",\n ".join(f"reader{n}@example.com" for n in range(rnd.randint(1, 6)))]


def thread(rnd: random.Random, index: int) -> list[str]:
    """Return the fields of a reply, more often than not."""
    if rnd.random() >= 0.6:
        return []
    before, first = f"<{index - 1}@example.net>", f"<{index - 2}@example.net>"
    return [f"In-Reply-To: {before}\nReferences: {first}\n {before}"]


def plain_text(drawing: Drawing) -> bytes:
    """Return a text with what it answers to."""
    quoted = drawing.text(drawing.size(200, 1500), "> ") if drawing.rnd.random() < 0.6 else ""
    body = quoted + drawing.text(drawing.size(600, 4000))
    head = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    return head + body.encode()


def patch(drawing: Drawing) -> bytes:
    """Return a mail with a change of a program."""
    rnd, size = drawing.rnd, drawing.size(500, 500)
    hunks = "".join(
        f"@@ -{rnd.randrange(900)},7 +{rnd.randrange(900)},9 @@\n"
        + drawing.text(size, rnd.choice((" ", "+", "-")))
        for _ in range(rnd.randint(1, 6))
    )
    said = drawing.text(drawing.size(400, 400))
    head = "Content-Type: text/plain; charset=us-ascii\n\n"
    return (head + said + "---\n" + hunks + "-- \n2.39.2\n").encode()


def multipart(rnd: random.Random, subtype: bytes, *parts: bytes) -> bytes:
    """Return parts with a boundary around them."""
    mark = b"=_" + rnd.randbytes(12).hex().encode()
    body = b"".join(b"--" + mark + b"\n" + part + b"\n" for part in parts)
    head = b'Content-Type: multipart/%s;\n boundary="%s"\n\n' % (subtype, mark)
    return head + body + b"--" + mark + b"--\n"


def alternative(drawing: Drawing) -> bytes:
    """Return a text twice, once as HTML."""
    words = drawing.text(drawing.size(500, 2000))
    html = "<html><body><p>" + words.replace("\n", "<br>\n") + "</p></body></html>\n"
    head = b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    plain = b"Content-Type: text/plain; charset=utf-8\n\n" + words.encode()
    return multipart(drawing.rnd, b"alternative", plain, head + html.encode())


def with_attachment(drawing: Drawing) -> bytes:
    """Return a text and a file."""
    attached = (
        b"Content-Type: application/octet-stream; name=log.bin\nContent-Transfer-Encoding: base64\n"
        b"Content-Disposition: attachment; filename=log.bin\n\n"
        + base64.encodebytes(drawing.rnd.randbytes(drawing.size(500, 3000)))
    )
    return multipart(drawing.rnd, b"mixed", plain_text(drawing), attached)


def quoted_printable(drawing: Drawing) -> bytes:
    """Return a text of which some letters are encoded."""
    text = "Grüße. " + drawing.text(drawing.size(800, 3000))
    head = (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    )
    return head + quopri.encodestring(text.encode())
