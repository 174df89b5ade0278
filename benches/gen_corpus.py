"""Corpora for the benches: genuine S/MIME mail, ordinary list mail, and archives of any size made
of both. The mail itself is made by the package (smimebatch.bench).

usage: gen_corpus.py signed DIR   [--messages 2000] [--senders 50] [--body-bytes 3000]
                              [--algorithm rsa2048|rsa3072|rsa4096|p256|p384|ed25519]
                              [--unsigned-share 0] [--tampered-share 0.01] [--repeat 1]
       gen_corpus.py unsigned DIR [--bytes 400000000] [--scale 1.0]
       gen_corpus.py large DIR    [--bytes 4294967296 | --messages 1000000]

Each writes DIR/mail.mbox and DIR/truth.json (messages, good, bad, unsigned, bytes); signed and
large also DIR/root.pem, signed DIR/truth.tsv (index, sender, tampered), DIR/below.pem (the issuing
CA, then the senders) and the keys of the two CAs, for gen_lists.py. The signed corpus is
the reference corpus of the project's design (clear-signed, RSA-2048, LF line ends, 1 %
tampered: 22 of 2,000), its draws from the random generator in the same order; keys are new each
time. With as many senders as messages everybody writes once. Repeated corpora hold the same mails
again under other Message-IDs, which are not signed; the share of unsigned mail is spread evenly.
"""

from __future__ import annotations

import argparse
import json
import pathlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from cryptography.hazmat.primitives import serialization

from smimebatch.bench.list_mail import list_messages
from smimebatch.bench.signed_mail import (
    ALGORITHMS,
    People,
    Signing,
    new_people,
    pkcs7_signed,
    signed_messages,
)

ID_MARK = b"Message-ID: <"
LIST_BLOCK = 20_000
LARGE_BLOCK = 2_000
SMALL_SCALE, SMALL_BODY_BYTES = 0.08, 500
"""Of the mails in large archives of so many messages: 2 KB and 3.4 KB."""


@dataclass(frozen=True)
class Shape:
    """What a signed corpus is like."""

    messages: int = 2_000
    senders: int = 50
    body_bytes: int = 3_000
    algorithm: str = "rsa2048"
    unsigned_share: float = 0.0
    tampered_share: float = 0.01
    repeat: int = 1


def signed_corpus(out: pathlib.Path, shape: Shape) -> dict[str, int]:
    """Signed mails, with ordinary ones between."""
    people = new_people(shape.senders, shape.algorithm)
    write_people(out, people)
    block, lines = [], []
    tampered = unsigned = 0
    ordinary = list_messages(shape.messages)
    signed = signed_messages(
        people,
        shape.messages,
        body_bytes=shape.body_bytes,
        tampered_share=shape.tampered_share,
        in_turn=shape.senders >= shape.messages,
        signing=signing(shape.algorithm),
    )
    for index in range(shape.messages):
        if int((index + 1) * shape.unsigned_share) > unsigned:
            block.append(next(ordinary))
            unsigned += 1
            continue
        mail = next(signed)
        block.append(mail.stored)
        lines.append(f"{index}\t{mail.sender}\t{int(mail.tampered)}\n")
        tampered += mail.tampered
    (out / "truth.tsv").write_text("".join(lines))
    with open(out / "mail.mbox", "wb") as mbox:
        for turn in range(shape.repeat):
            mbox.writelines(again(block, turn))
    truth = {"messages": shape.messages, "bad": tampered, "unsigned": unsigned}
    truth["good"] = shape.messages - tampered - unsigned
    return {key: count * shape.repeat for key, count in truth.items()}


def signing(algorithm: str) -> Signing:
    """Who signs with keys of an algorithm: `cryptography` has no Ed25519 in CMS, the tests have."""
    if algorithm != "ed25519":
        return pkcs7_signed
    import ed25519_mail

    return ed25519_mail.signed


def again(block: Iterable[bytes], turn: int) -> Iterator[bytes]:
    """The mails under other Message-IDs, in the first turn under their own."""
    mark = ID_MARK + b"%d." % turn if turn else ID_MARK
    return (mail.replace(ID_MARK, mark, 1) for mail in block)


def write_people(out: pathlib.Path, people: People) -> None:
    """What is trusted, what is below it, and the keys that sign certificates and lists."""
    pem = serialization.Encoding.PEM
    below = [people.issuing.certificate, *(sender.certificate for sender in people.senders)]
    (out / "root.pem").write_bytes(people.root_pem())
    (out / "below.pem").write_bytes(b"".join(found.public_bytes(pem) for found in below))
    for stem, authority in (("root", people.root), ("issuing", people.issuing)):
        (out / f"{stem}.key").write_bytes(
            authority.key.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def repeated(block: bytes, size: int, out: pathlib.Path) -> int:
    """Writes the block again and again, with other Message-IDs, until `size` is reached."""
    written = rounds = 0
    with open(out, "wb") as file:
        while written < size:
            written += file.write(block.replace(ID_MARK, ID_MARK + b"%d." % rounds))
            rounds += 1
    return rounds


def unsigned_corpus(out: pathlib.Path, size: int, scale: float) -> dict[str, int]:
    """20,000 different mails, repeated with other Message-IDs."""
    mails = list(list_messages(LIST_BLOCK, scale))
    rounds = repeated(b"".join(mails), size, out / "mail.mbox")
    count = len(mails) * rounds
    return {"messages": count, "good": 0, "bad": 0, "unsigned": count}


def large_corpus(out: pathlib.Path, size: int | None, messages: int | None) -> dict[str, int]:
    """2,000 signed and 2,000 ordinary mails, repeated; small ones where messages are asked for."""
    body_bytes, scale = (3_000, 1.0) if messages is None else (SMALL_BODY_BYTES, SMALL_SCALE)
    people = new_people(50)
    signed = list(signed_messages(people, LARGE_BLOCK, body_bytes=body_bytes))
    block = [mail.stored for mail in signed] + list(list_messages(LARGE_BLOCK, scale))
    (out / "root.pem").write_bytes(people.root_pem())
    tampered = sum(mail.tampered for mail in signed)
    truth = {"messages": len(block), "unsigned": LARGE_BLOCK}
    truth |= {"good": LARGE_BLOCK - tampered, "bad": tampered}
    if messages is None:
        rounds = repeated(b"".join(block), size or 4 << 30, out / "mail.mbox")
    else:
        rounds = -(-messages // len(block))
        with open(out / "mail.mbox", "wb") as mbox:
            for turn in range(rounds):
                mbox.writelines(again(block, turn))
    return {key: value * rounds for key, value in truth.items()}


def make(kind: str, out: pathlib.Path, **given: object) -> dict[str, int]:
    """Makes one corpus; gives and stores its truth, and of what shape it is."""
    out.mkdir(parents=True, exist_ok=True)
    shape = {key: value for key, value in given.items() if value is not None}
    size = int(shape["bytes"]) if "bytes" in shape else None
    if kind == "signed":
        made = Shape(**{key: shape[key] for key in asdict(Shape()) if key in shape})
        truth = signed_corpus(out, made)
    elif kind == "unsigned":
        truth = unsigned_corpus(out, size or 400_000_000, float(shape.get("scale", 1.0)))
    else:
        truth = large_corpus(out, size, shape.get("messages"))
    truth["bytes"] = (out / "mail.mbox").stat().st_size
    (out / "truth.json").write_text(json.dumps(truth) + "\n")
    return truth


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("kind", choices=("signed", "unsigned", "large"))
    parser.add_argument("out", type=pathlib.Path)
    for name in ("messages", "senders", "body-bytes", "repeat", "bytes"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("unsigned-share", "tampered-share", "scale"):
        parser.add_argument(f"--{name}", type=float)
    parser.add_argument("--algorithm", choices=ALGORITHMS)
    given = parser.parse_args()
    shape = {key: value for key, value in vars(given).items() if key not in ("kind", "out")}
    make(given.kind, given.out, **shape)


if __name__ == "__main__":
    main()
