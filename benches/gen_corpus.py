"""Corpora for the benches: genuine S/MIME mail, ordinary list mail, and archives of any size made
of both.

usage: gen_corpus.py signed DIR   [--messages 2000] [--senders 50] [--body-bytes 3000]
                              [--algorithm rsa2048|p256]
       gen_corpus.py unsigned DIR [--bytes 400000000]
       gen_corpus.py large DIR    [--bytes 4294967296]

Each writes DIR/mail.mbox and DIR/truth.json (messages, good, bad, unsigned, bytes); signed and
large also DIR/root.pem, signed DIR/truth.tsv (index, sender, tampered), DIR/below.pem (the issuing
CA, then the senders) and the keys of the two CAs, for gen_lists.py. The signed corpus is
the reference corpus of the project's design (clear-signed, RSA-2048, LF line ends, 1 %
tampered: 22 of 2,000), its draws from the random generator in the same order; keys are new each
time. Needs the Python package cryptography.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import json
import pathlib
import random
import tempfile
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

UTC = dt.UTC
TAMPERED_SHARE = 0.01
ID_MARK = b"Message-ID: <"


def new_key(algorithm: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if algorithm.startswith("rsa"):
        return rsa.generate_private_key(65537, int(algorithm[3:]))
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[algorithm])


def certificate(subject, issuer, public, issuer_key, ca, address=None) -> x509.Certificate:
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    usage = x509.KeyUsage(not ca, not ca, not ca, False, False, ca, ca, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2015, 1, 1, tzinfo=UTC))
        .not_valid_after(dt.datetime(2035, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca, None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(authority, False)
    )
    if address:
        names = x509.SubjectAlternativeName([x509.RFC822Name(address)])
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(names, False).add_extension(purpose, False)
    return builder.sign(issuer_key, hashes.SHA256())


def name(common_name: str) -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, "Archive Bench"), (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def signed_corpus(
    out: pathlib.Path, messages: int, senders: int, body_bytes: int, algorithm: str, seed: int = 1
) -> dict[str, int]:
    rnd = random.Random(seed)
    root_key, issuing_key = new_key("rsa2048"), new_key("rsa2048")
    root = certificate(name("Root"), name("Root"), root_key.public_key(), root_key, True)
    issuing = certificate(
        name("Issuing CA"), name("Root"), issuing_key.public_key(), root_key, True
    )
    people = []
    for number in range(senders):
        key, address = new_key(algorithm), f"user{number}@example.com"
        subject = name(f"User {number}")
        leaf = certificate(
            subject, name("Issuing CA"), key.public_key(), issuing_key, False, address
        )
        people.append((address, key, leaf))
    write_authorities(out, [root, issuing, *(leaf for _, _, leaf in people)], root_key, issuing_key)
    tampered = 0
    with open(out / "mail.mbox", "wb") as mbox, open(out / "truth.tsv", "w") as truth:
        for index in range(messages):
            address, key, leaf = people[rnd.randrange(len(people))]
            when = dt.datetime(2021, 1, 1, tzinfo=UTC) + dt.timedelta(seconds=index * 37)
            size = max(200, int(rnd.lognormvariate(0, 0.5) * body_bytes))
            blob = base64.encodebytes(rnd.randbytes(size * 3 // 4))
            content = (
                b"Content-Type: text/plain; charset=us-ascii\r\n"
                b"Content-Transfer-Encoding: base64\r\n\r\n" + blob.replace(b"\n", b"\r\n")
            )
            entity = (
                pkcs7.PKCS7SignatureBuilder()
                .set_data(content)
                .add_signer(leaf, key, hashes.SHA256())
                .add_certificate(issuing)
                .sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
            ).replace(b"\r\n", b"\n")
            bad = rnd.random() < TAMPERED_SHARE
            if bad:
                at = entity.index(blob[:60]) + rnd.randrange(60)
                other = b"A" if entity[at : at + 1] != b"A" else b"B"
                entity = entity[:at] + other + entity[at + 1 :]
            tampered += bad
            mbox.write(
                head(address, index, when, f"message {index}") + entity.rstrip(b"\n") + b"\n\n"
            )
            truth.write(f"{index}\t{address}\t{int(bad)}\n")
    return {"messages": messages, "good": messages - tampered, "bad": tampered, "unsigned": 0}


def write_authorities(out, certificates, root_key, issuing_key) -> None:
    """What is trusted, what is below it, and the keys that sign certificates and lists."""
    root, *below = [found.public_bytes(serialization.Encoding.PEM) for found in certificates]
    (out / "root.pem").write_bytes(root)
    (out / "below.pem").write_bytes(b"".join(below))
    for stem, key in (("root", root_key), ("issuing", issuing_key)):
        (out / f"{stem}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


def head(address: str, index: int, when: dt.datetime, subject: str) -> bytes:
    """From_ line and header fields."""
    return (
        f"From {address} {when:%a %b %e %H:%M:%S %Y}\n"
        f"From: {address}\nTo: archive@example.com\nSubject: {subject}\n"
        f"Date: {when:%a, %d %b %Y %H:%M:%S} +0000\nMessage-ID: <{index}@example.com>\n"
    ).encode()


# Ordinary list mail ------------------------------------------------------------------------------

WORDS_TEXT = """
the a of to and in that is was for on with as it be by at from or an this which have not are
one all patch driver queue packet buffer link state timeout interrupt register device
firmware kernel module review comment change commit series version tested reported acked
fixed regression warning build error function caller lock memory page table entry index
value field header parse signed archive message list
"""
WORDS = WORDS_TEXT.split()
NAMES_TEXT = """
Ada Ben Carla Dmitri Eve Farid Grace Hiro Ines Jürgen Kateřina Liam Mei Nils Olga Pavel Rosa
Søren
"""
NAMES = NAMES_TEXT.split()


def unsigned_messages(count: int, seed: int = 2) -> Iterator[bytes]:
    """List mail of 2 to 8 KB as lists have it: traces, threads, MIME shapes, quoted replies."""
    rnd = random.Random(seed)
    shapes = (
        plain_text,
        plain_text,
        plain_text,
        patch,
        alternative,
        with_attachment,
        quoted_printable,
    )
    for index in range(count):
        when = dt.datetime(2019, 1, 1, tzinfo=UTC) + dt.timedelta(seconds=index * 211)
        body = rnd.choice(shapes)(rnd).rstrip(b"\n").replace(b"\nFrom ", b"\n>From ")
        yield list_header(rnd, index, when) + body + b"\n\n"


def sentence(rnd: random.Random) -> str:
    return " ".join(rnd.choices(WORDS, k=rnd.randint(5, 14))).capitalize() + "."


def text(rnd: random.Random, size: int, prefix: str = "") -> str:
    lines, total = [], 0
    while total < size:
        line = prefix + sentence(rnd)
        if rnd.random() < 0.12:
            lines.append(prefix.rstrip())
        lines.append(line)
        total += len(line) + 1
    return "\n".join(lines) + "\n"


def list_header(rnd: random.Random, index: int, when: dt.datetime) -> bytes:
    person = rnd.choice(NAMES)
    address = f"{person.encode('ascii', 'ignore').decode().lower()}{rnd.randrange(60)}@example.net"
    shown = (
        person if person.isascii() else f"=?utf-8?b?{base64.b64encode(person.encode()).decode()}?="
    )
    date = f"{when:%a, %d %b %Y %H:%M:%S} {rnd.choice(('+0000', '+0200', '-0700', '+0530'))}"
    token = rnd.randbytes(32)
    lines = [
        f"From {address} {when:%a %b %e %H:%M:%S %Y}",
        "Return-Path: <fixture-bounces@lists.example.org>",
        *(
            f"Received: from mx{hop}.example.net (mx{hop}.example.net"
            f" [192.0.2.{rnd.randrange(250)}])\n"
            f"\tby mail{hop}.example.org (Postfix) with ESMTPS"
            f" id {rnd.randbytes(5).hex().upper()}\n"
            f"\tfor <archive@example.org>; {date}"
            for hop in range(rnd.randint(2, 5))
        ),
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=default;\n"
        "\th=from:to:subject:date:message-id;\n"
        f"\tbh={base64.b64encode(token).decode()};\n"
        f"\tb={base64.b64encode(rnd.randbytes(128)).decode()}",
        f"From: {shown if rnd.random() < 0.7 else chr(34) + 'X, ' + shown + chr(34)} <{address}>",
        "To: fixture@lists.example.org",
        *(
            ["Cc: " + ",\n ".join(f"reader{n}@example.com" for n in range(rnd.randint(1, 6)))]
            if rnd.random() < 0.6
            else []
        ),
        f"Subject: {rnd.choice(('', 'Re: ', 'Re: ', '[PATCH v2 3/7] '))}{sentence(rnd)[:60]}",
        f"Date: {date}",
        f"Message-ID: <{index}.{token.hex()[:16]}@example.net>",
        *(
            [
                f"In-Reply-To: <{index - 1}@example.net>\n"
                f"References: <{index - 2}@example.net>\n <{index - 1}@example.net>"
            ]
            if rnd.random() < 0.6
            else []
        ),
        "MIME-Version: 1.0",
        "List-Id: Fixture list <fixture.lists.example.org>",
        "List-Unsubscribe: <https://lists.example.org/options/fixture>,\n"
        " <mailto:fixture-request@lists.example.org>",
        "X-Mailer: bench 1.0",
    ]
    return ("\n".join(lines) + "\n").encode()


def plain_text(rnd: random.Random) -> bytes:
    quoted = text(rnd, rnd.randint(200, 1500), "> ") if rnd.random() < 0.6 else ""
    body = quoted + text(rnd, rnd.randint(600, 4000))
    return (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        + body.encode()
    )


def patch(rnd: random.Random) -> bytes:
    hunks = "".join(
        f"@@ -{rnd.randrange(900)},7 +{rnd.randrange(900)},9 @@\n"
        + text(rnd, 500, rnd.choice((" ", "+", "-")))
        for _ in range(rnd.randint(1, 6))
    )
    return (
        "Content-Type: text/plain; charset=us-ascii\n\n"
        + text(rnd, 400)
        + "---\n"
        + hunks
        + "-- \n2.39.2\n"
    ).encode()


def boundary(rnd: random.Random) -> bytes:
    return b"=_" + rnd.randbytes(12).hex().encode()


def multipart(rnd: random.Random, subtype: bytes, *parts: bytes) -> bytes:
    mark = boundary(rnd)
    body = b"".join(b"--" + mark + b"\n" + part + b"\n" for part in parts)
    return (
        b'Content-Type: multipart/%s;\n boundary="%s"\n\n' % (subtype, mark)
        + body
        + b"--"
        + mark
        + b"--\n"
    )


def alternative(rnd: random.Random) -> bytes:
    words = text(rnd, rnd.randint(500, 2000))
    html = "<html><body><p>" + words.replace("\n", "<br>\n") + "</p></body></html>\n"
    page = (
        b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        + html.encode()
    )
    return multipart(
        rnd, b"alternative", b"Content-Type: text/plain; charset=utf-8\n\n" + words.encode(), page
    )


def with_attachment(rnd: random.Random) -> bytes:
    attached = (
        b"Content-Type: application/octet-stream; name=log.bin\nContent-Transfer-Encoding: base64\n"
        b"Content-Disposition: attachment; filename=log.bin\n\n"
        + base64.encodebytes(rnd.randbytes(rnd.randint(500, 3000)))
    )
    return multipart(rnd, b"mixed", plain_text(rnd), attached)


def quoted_printable(rnd: random.Random) -> bytes:
    import quopri

    body = quopri.encodestring(("Grüße. " + text(rnd, rnd.randint(800, 3000))).encode())
    return (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        + body
    )


# Archives of any size ----------------------------------------------------------------------------


def repeated(block: bytes, size: int, out: pathlib.Path) -> int:
    """Writes the block again and again, with other Message-IDs, until `size` is reached."""
    written = rounds = 0
    with open(out, "wb") as file:
        while written < size:
            written += file.write(block.replace(ID_MARK, ID_MARK + b"%d." % rounds))
            rounds += 1
    return rounds


def unsigned_corpus(out: pathlib.Path, size: int) -> dict[str, int]:
    """20,000 different mails, repeated with other Message-IDs."""
    mails = list(unsigned_messages(20_000))
    rounds = repeated(b"".join(mails), size, out / "mail.mbox")
    count = len(mails) * rounds
    return {"messages": count, "good": 0, "bad": 0, "unsigned": count}


def large_corpus(out: pathlib.Path, size: int) -> dict[str, int]:
    """2,000 signed and 2,000 ordinary mails, repeated; Message-IDs lie outside what is signed."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        truth = signed_corpus(folder, 2_000, 50, 3_000, "rsa2048")
        block = (folder / "mail.mbox").read_bytes() + b"".join(unsigned_messages(2_000))
        (out / "root.pem").write_bytes((folder / "root.pem").read_bytes())
    rounds = repeated(block, size, out / "mail.mbox")
    truth |= {"messages": 4_000, "unsigned": 2_000}
    return {key: value * rounds for key, value in truth.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("kind", choices=("signed", "unsigned", "large"))
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--senders", type=int, default=50)
    parser.add_argument("--body-bytes", type=int, default=3_000)
    parser.add_argument("--algorithm", default="rsa2048")
    parser.add_argument("--bytes", type=int)
    given = parser.parse_args()
    make(
        given.kind,
        given.out,
        **{key: value for key, value in vars(given).items() if key not in ("kind", "out")},
    )


def make(kind: str, out: pathlib.Path, **shape: object) -> dict[str, int]:
    """Makes one corpus; gives and stores its truth."""
    out.mkdir(parents=True, exist_ok=True)
    if kind == "signed":
        truth = signed_corpus(
            out,
            int(shape.get("messages") or 2_000),
            int(shape.get("senders") or 50),
            int(shape.get("body_bytes") or 3_000),
            str(shape.get("algorithm") or "rsa2048"),
        )
    elif kind == "unsigned":
        truth = unsigned_corpus(out, int(shape.get("bytes") or 400_000_000))
    else:
        truth = large_corpus(out, int(shape.get("bytes") or 4 << 30))
    truth["bytes"] = (out / "mail.mbox").stat().st_size
    (out / "truth.json").write_text(json.dumps(truth) + "\n")
    return truth


if __name__ == "__main__":
    main()
