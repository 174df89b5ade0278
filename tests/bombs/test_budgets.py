"""RULES 43 and Budgets: every cap of the core reached, where all is well, and passed, where a row
says so.

Each mail is made here for a number: the cap itself, then one more. Every one runs as a bomb does:
in its own process, on a small stack, in seconds and bounded memory, with a good mail behind it.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cms
import der
import mime
import pki
import pytest
from tests.bombs.explode import explode
from world import ALICE, World

import contract

SECONDS = 5.0
MIB = 512
"""Own choices: the largest of these mails has 256 MiB, which are in the process before it is
measured.
"""
PASSED = {"indication": "TOTAL_PASSED", "limits_hit": []}
LONG_FROM = {"limits_hit": ["text_column"]}
"""The column of the field as it stands is cut long before."""
NOT_EVALUATED = {"indication": "NOT_EVALUATED", "error": "limit"}
Columns = dict[str, Any]


@dataclass(frozen=True)
class Budget:
    """A cap, a mail for a number of things, and what the row says at the cap and above it."""

    cap: int
    make: Callable[[World, int], bytes]
    at: Columns
    over: Columns
    signature_over: Columns | None = None
    step: int = 1


def clear(world: World, signed: bytes | None = None, entity: bytes = mime.TEXT) -> bytes:
    signed = signed or cms.signed(world.ec, entity)
    return mime.lf(mime.header_block(ALICE, "budget") + mime.clear_signed(entity, signed))


def header_bytes(world: World, count: int) -> bytes:
    """A header whose last field ends at this octet; one long field does it."""
    mail = clear(world)
    head, rest = mail.split(b"Content-Type:", 1)
    end_of_type = rest.index(b"\n\n")
    fill = count - len(head) - len(b"X-Long: \nContent-Type:") - end_of_type
    return head + b"X-Long: " + b"x" * fill + b"\nContent-Type:" + rest


def header_fields(world: World, count: int) -> bytes:
    """This many fields, Content-Type the last."""
    mail = clear(world)
    head, rest = mail.split(b"Content-Type:", 1)
    return head + b"X: y\n" * (count - 1 - head.count(b"\n")) + b"Content-Type:" + rest


def mime_depth(world: World, count: int) -> bytes:
    """Alice's text below this many multiparts, all signed as one."""
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(count - 1)
    )
    tail = b"".join(b"\r\n--b%d--\r\n" % n for n in reversed(range(count - 1)))
    return clear(world, entity=head + mime.plain(b"deep") + tail)


def mime_parts(world: World, count: int) -> bytes:
    """This many entities: the message, the multipart, its parts and the signature."""
    parts = b"--m\r\n\r\nx\r\n" * (count - 3)
    return clear(
        world, entity=b"Content-Type: multipart/mixed; boundary=m\r\n\r\n" + parts + b"--m--\r\n"
    )


def cms_layers(world: World, count: int) -> bytes:
    """This many opaque layers, all signed by Alice."""
    body = mime.TEXT
    head = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    for _ in range(count):
        body = head + cms.signed(world.ec, body, detached=False)
    return mime.header_block(ALICE, "budget") + body


def asn1_depth(world: World, count: int) -> bytes:
    """The content as a string of indefinite strings: open elements, the ContentInfo counted."""
    deep = b"\x24\x80" * count + der.octets(mime.TEXT) + b"\0\0" * count
    signed = cms.signed(world.ec, mime.TEXT, encapsulated=der.explicit(0, deep))
    return mime.lf(mime.header_block(ALICE, "budget") + mime.opaque(signed))


def asn1_nodes(world: World, count: int) -> bytes:
    """The content in this many pieces, of no octets but for the first."""
    pieces = der.octets(mime.TEXT) + b"\4\0" * (count - 1)
    signed = cms.signed(world.ec, mime.TEXT, encapsulated=der.explicit(0, der.tlv(0x24, pieces)))
    return mime.lf(mime.header_block(ALICE, "budget") + mime.opaque(signed))


def oid_octets(world: World, count: int) -> bytes:
    """An attribute whose type is this long."""
    odd = der.seq(der.tlv(0x06, b"\x2a" + b"\x81" * (count - 2) + b"\1"), der.set_of(der.NULL))
    attributes = [*cms.usual_attributes(mime.TEXT), odd]
    return clear(world, cms.signed(world.ec, mime.TEXT, attributes=attributes))


def certificates(world: World, count: int) -> bytes:
    """This many certificates, the signer's and its issuer's the last."""
    carried = [*([der.seq()] * (count - 2)), *cms.carried(world.ec)]
    return clear(world, cms.signed(world.ec, mime.TEXT, certificates=carried))


def signers(world: World, count: int) -> bytes:
    """This many signers, all Alice."""
    info = cms.signer_info(world.ec, mime.TEXT)
    return clear(world, cms.signed_data(*[info] * count, certificates=cms.carried(world.ec)))


def attributes(world: World, count: int) -> bytes:
    """This many signed attributes."""
    odd = [cms.attribute(f"1.3.6.1.4.1.99999.{n}", der.NULL) for n in range(count - 3)]
    every = [*cms.usual_attributes(mime.TEXT), *odd]
    return clear(world, cms.signed(world.ec, mime.TEXT, attributes=every))


def unsigned_attributes(world: World, count: int) -> bytes:
    """This many unsigned attributes, which anyone may add."""
    odd = [cms.attribute(f"1.3.6.1.4.1.99999.{n}", der.NULL) for n in range(count)]
    info = cms.signer_info(world.ec, mime.TEXT, unsigned=lambda _: odd)
    return clear(world, cms.signed_data(info, certificates=cms.carried(world.ec)))


def namesakes(world: World, count: int) -> bytes:
    """This many certificates with the signer's issuer and serial, each with a key of its own."""
    others = [world.signer(f"Twin {n}", serial=world.ec.serial).der for n in range(count - 1)]
    return clear(
        world, cms.signed(world.ec, mime.TEXT, certificates=[*others, *cms.carried(world.ec)])
    )


def recipients(world: World, count: int) -> bytes:
    """An envelope for this many."""
    one = der.seq(
        der.integer(0),
        world.carol.issuer_and_serial(),
        pki.algorithm("rsaEncryption"),
        der.octets(b"key"),
    )
    aes_128_cbc = der.seq(der.oid("2.16.840.1.101.3.4.1.2"), der.octets(bytes(16)))
    content = der.seq(der.oid(cms.DATA), aes_128_cbc, der.implicit(0, bytes(32)))
    body = der.seq(der.integer(0), der.tlv(0x31, one * count), content)
    enveloped = cms.content_info("1.2.840.113549.1.7.3", body)
    head = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    return mime.header_block(ALICE, "budget") + head + enveloped


def rsa_bits(world: World, count: int) -> bytes:
    """A modulus of this many bits that nobody has the factors of, and a value below it."""
    modulus = int.from_bytes(os.urandom(count // 8), "big") | 1 << (count - 1) | 1
    key = pki.RsaKey(modulus, 65537, 1)
    signer = world.signer("Alice large", key=key, issuer=world.issuing)
    return clear(world, cms.signed(signer, mime.TEXT, sign=lambda _: b"\1" * (count // 8 - 1)))


def path_depth(world: World, count: int) -> bytes:
    """A path of this many certificates, the anchor and the signer counted."""
    above = world.root
    for level in range(count - 2):
        above = pki.authority(f"Level {level}", pki.ec_key(), above)
    signer = world.signer("Alice deep", issuer=above)
    return clear(world, cms.signed(signer, mime.TEXT))


def path_checks(world: World, count: int) -> bytes:
    """This many signature checks: namesakes of the issuer that did not sign, the right one the last
    by its bytes.
    """
    issuer = pki.authority("Issuing", pki.ec_key(), world.root)
    while pki.hashed("sha256", issuer.der)[0] < 0xC0:
        issuer = pki.authority("Issuing", pki.ec_key(), world.root)
    wrong: list[bytes] = []
    while len(wrong) < count - 2:
        ca = [pki.basic_constraints(True)]
        other = pki.certificate(issuer.subject, pki.ec_key(), world.root, extensions=ca)
        if pki.hashed("sha256", other.der)[0] < 0xC0:
            wrong.append(other.der)
    # Without key identifiers, so that only the bytes say which is tried first.
    signer = pki.certificate(
        pki.person("Alice anywhere"),
        pki.ec_key(),
        issuer,
        extensions=[pki.alternative_names(pki.rfc822(ALICE))],
    )
    return clear(
        world, cms.signed(signer, mime.TEXT, certificates=[signer.der, issuer.der, *wrong])
    )


def text_octets(world: World, count: int) -> bytes:
    """A Message-ID of this many octets."""
    return clear(world).replace(b"<budget@fixture.example.org>", b"<" + b"i" * (count - 2) + b">")


def mailboxes(world: World, count: int) -> bytes:
    """From names this many, and the certificate as many as it may."""
    everybody = [f"person.{number}@example.org" for number in range(count)]
    signer = world.signer("Everybody", *everybody[:1_000])
    mail = clear(world, cms.signed(signer, mime.TEXT))
    return mail.replace(ALICE.encode(), ",".join(everybody).encode(), 1)


def reply_to(world: World, count: int) -> bytes:
    """Reply-To names this many."""
    return b"Reply-To: " + b"list@example.org," * count + b"\n" + clear(world)


def certificate_addresses(world: World, count: int) -> bytes:
    """The certificate names this many, Alice among them."""
    others = [f"person.{number}@example.org" for number in range(count - 1)]
    return clear(world, cms.signed(world.signer("Everybody", ALICE, *others), mime.TEXT))


def certificate_address_octets(world: World, count: int) -> bytes:
    """The addresses of the certificate have this many octets."""
    long = "x" * (count - len(ALICE) - len("@example.org")) + "@example.org"
    return clear(world, cms.signed(world.signer("Long", ALICE, long), mime.TEXT))


def limited(limit: str, **columns: Any) -> Columns:
    return {"limits_hit": [limit]} | columns


BUDGETS = {
    "header_bytes": Budget(
        1 << 20, header_bytes, PASSED, limited("header_block", indication="NOT_EVALUATED")
    ),
    "header_fields": Budget(
        10_000, header_fields, PASSED, limited("header_block", indication="NOT_EVALUATED")
    ),
    "mime_depth": Budget(64, mime_depth, PASSED, limited("mime_depth", indication="INDETERMINATE")),
    "mime_parts": Budget(10_000, mime_parts, PASSED, limited("mime_parts", **NOT_EVALUATED)),
    "cms_layers": Budget(16, cms_layers, PASSED, limited("cms_layers", **NOT_EVALUATED)),
    "asn1_depth": Budget(64, asn1_depth, PASSED, limited("asn1", **NOT_EVALUATED)),
    "asn1_nodes": Budget(1_000_000, asn1_nodes, PASSED, limited("asn1", **NOT_EVALUATED)),
    "oid_octets": Budget(256, oid_octets, PASSED, limited("asn1", **NOT_EVALUATED)),
    "certificates": Budget(
        1_000,
        certificates,
        PASSED,
        limited("certificates", sub_indication="NO_CERTIFICATE_CHAIN_FOUND"),
    ),
    "signers": Budget(256, signers, PASSED, limited("signers", indication="TOTAL_PASSED")),
    "attributes": Budget(1_000, attributes, PASSED, limited("asn1", **NOT_EVALUATED)),
    "unsigned_attributes": Budget(
        1_000, unsigned_attributes, PASSED, limited("asn1", indication="TOTAL_PASSED")
    ),
    "recipients": Budget(
        100_000,
        recipients,
        {"kind": "encrypted", "limits_hit": []},
        limited("recipients", kind="encrypted"),
    ),
    "rsa_bits": Budget(
        16_384,
        rsa_bits,
        {"sub_indication": "SIG_CRYPTO_FAILURE"},
        {"indication": "NOT_EVALUATED", "error": "unsupported_algorithm"},
        step=8,
    ),
    "path_depth": Budget(
        16,
        path_depth,
        PASSED,
        limited("path", indication="INDETERMINATE"),
        {"chain_result": "budget"},
    ),
    "path_checks": Budget(
        100,
        path_checks,
        PASSED,
        limited("path", indication="INDETERMINATE"),
        {"chain_result": "budget"},
    ),
    "mailboxes": Budget(
        1_000,
        mailboxes,
        PASSED | LONG_FROM,
        {"sub_indication": "SIG_CONSTRAINTS_FAILURE", "limits_hit": ["addresses", "text_column"]},
    ),
    "reply_to": Budget(1_000, reply_to, PASSED, limited("addresses", indication="TOTAL_PASSED")),
    "certificate_addresses": Budget(
        1_000,
        certificate_addresses,
        PASSED,
        limited("addresses", sub_indication="SIG_CONSTRAINTS_FAILURE"),
    ),
    "certificate_address_octets": Budget(
        256 << 10,
        certificate_address_octets,
        PASSED,
        limited("addresses", sub_indication="SIG_CONSTRAINTS_FAILURE"),
    ),
    "text_octets": Budget(
        4_096, text_octets, PASSED, limited("text_column", indication="TOTAL_PASSED")
    ),
}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def files(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pathlib.Path, pathlib.Path]:
    """The anchor, and a good mail under it."""
    folder = tmp_path_factory.mktemp("budgets")
    (folder / "root.pem").write_bytes(world.root.pem)
    (folder / "good.eml").write_bytes(clear(world))
    return folder / "root.pem", folder / "good.eml"


@pytest.mark.parametrize("name", BUDGETS)
def test_rule_43_budget_is_enough_up_to_its_cap(
    name: str, world: World, files: tuple[pathlib.Path, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    budget = BUDGETS[name]
    found = explode(budget.make(world, budget.cap), tmp_path, *files)
    assert not contract.differences(found["messages"][0], budget.at)
    assert found["seconds"] < SECONDS
    assert found["mib"] < MIB


@pytest.mark.parametrize("name", BUDGETS)
def test_rule_43_budget_beyond_its_cap_is_a_row_that_says_so(
    name: str, world: World, files: tuple[pathlib.Path, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    budget = BUDGETS[name]
    found = explode(budget.make(world, budget.cap + budget.step), tmp_path, *files)
    assert not contract.differences(found["messages"][0], budget.over)
    if budget.signature_over:
        assert not contract.differences(found["signatures"][0], budget.signature_over)
    assert found["seconds"] < SECONDS
    assert found["mib"] < MIB


def test_rule_43_message_as_large_as_is_held_is_judged(
    world: World, files: tuple[pathlib.Path, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    """Beyond it a message is no row of a batch but a matter of its source (tests/sources)."""
    mail = clear(world)
    largest = explode(mail + b"\n" * ((256 << 20) - len(mail)), tmp_path, *files)
    assert largest["messages"][0]["indication"] == "TOTAL_PASSED"
    assert largest["seconds"] < SECONDS
    assert largest["mib"] < MIB


def test_rule_43_addresses_of_many_signers_take_a_mail_no_longer_than_those_of_one(
    world: World, files: tuple[pathlib.Path, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    """As many addresses as are looked at, on both sides, for as many signers as there may be: pair
    by pair it took a minute.
    """
    everybody = [f"person.{number}@b\u00fccher.example" for number in range(1_000)]
    names = [pki.smtp_utf8(address) for address in everybody]
    signer = world.signer("Everybody", names=names)
    info = cms.signer_info(signer, mime.TEXT)
    mail = clear(world, cms.signed_data(*[info] * 256, certificates=cms.carried(signer)))
    found = explode(
        mail.replace(ALICE.encode(), ",".join(reversed(everybody)).encode(), 1), tmp_path, *files
    )
    assert not contract.differences(found["messages"][0], PASSED | LONG_FROM)
    assert found["seconds"] < SECONDS
    assert found["mib"] < MIB


def test_rule_43_addresses_of_a_certificate_are_kept_once_for_many_signers(
    world: World, files: tuple[pathlib.Path, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    """Every row has the addresses of its signer: of 100,000 it took half a gibibyte."""
    signer = world.signer("Everybody", names=[pki.rfc822(f"a@b{n}") for n in range(100_000)])
    info = cms.signer_info(signer, mime.TEXT)
    mail = clear(world, cms.signed_data(*[info] * 256, certificates=cms.carried(signer)))
    found = explode(mail, tmp_path, *files)
    assert found["messages"][0]["limits_hit"] == ["addresses"]
    assert found["messages"][0]["indication"] == "INDETERMINATE"
    assert found["seconds"] < SECONDS
    assert found["mib"] < MIB / 2


def test_rule_43_check_of_a_large_key_counts_as_several(
    world: World, files: tuple[pathlib.Path, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    """256 signers, each with four namesakes of 16,384 bits and an exponent of 64: as single checks
    they took 14 seconds.
    """
    modulus = int.from_bytes(os.urandom(2_048), "big") | 1 << 16_383 | 1
    numbers = der.seq(der.integer(modulus), der.integer((1 << 64) - 1))
    spki = der.seq(pki.algorithm("rsaEncryption"), der.bits(numbers))
    twins = [
        world.signer(f"Twin {n}", spki=spki, serial=world.ec.serial, key=pki.ec_key())
        for n in range(4)
    ]
    info = cms.signer_info(
        twins[0],
        mime.TEXT,
        sign=lambda _: b"\1" * 2_047,
        signature_algorithm=pki.algorithm("rsaEncryption"),
    )
    carried = [*(twin.der for twin in twins), *cms.carried(world.ec)[1:]]
    found = explode(
        clear(world, cms.signed_data(*[info] * 256, certificates=carried)), tmp_path, *files
    )
    assert found["messages"][0]["limits_hit"] == ["work"]
    assert {row["crypto_result"] for row in found["signatures"][:256]} == {"limit"}
    assert found["seconds"] < SECONDS
