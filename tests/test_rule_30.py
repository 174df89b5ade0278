"""RULES 30: what archives do to signed text is undone after a digest mismatch, and said."""

from __future__ import annotations

import cms
import mime
import pytest
from world import World

import made

HEAD = b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: %s\r\n\r\n"
TEXT = HEAD % b"7bit"
FROM = TEXT + b"Dear reader,\r\n\r\nFrom here on,\r\n>From there.\r\n"
LONG = bytes(range(256)) * 3
NOT_PASSED = ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")


def encoded(width: int) -> bytes:
    return HEAD % b"base64" + mime.encoded(LONG, width)


def quoted(body: bytes) -> bytes:
    return HEAD % b"quoted-printable" + body


DAMAGES = {
    "from_unquoted": (
        FROM,
        lambda s: s.replace(b"\r\n>From", b"\r\n>>From").replace(b"\r\nFrom", b"\r\n>From"),
    ),
    "from_unquoted_once": (
        FROM.replace(b"\r\n>From", b"\r\n>>From"),
        lambda s: s.replace(b"\r\nFrom", b"\r\n>From"),
    ),
    "from_blank_removed": (FROM, lambda s: s.replace(b"\r\nFrom", b"\r\n From")),
    "blank_line_added": (TEXT + b"a\r\n\r\n", lambda s: s.removesuffix(b"\r\n")),
    "blank_line_removed": (TEXT + b"a\r\n", lambda s: s + b"\r\n"),
    "base64_at_60": (encoded(60), lambda s: encoded(70)),
    "base64_at_64": (encoded(64), lambda s: encoded(76)),
    "base64_at_72": (encoded(72), lambda s: encoded(60)),
    "base64_at_76": (encoded(76), lambda s: encoded(64)),
    "soft_break_removed": (quoted(b"a=3D"), lambda s: quoted(b"a=3D=\r\n")),
    "soft_break_added": (quoted(b"a=3D=\r\n"), lambda s: quoted(b"a=3D")),
    "trailing_blanks_removed": (TEXT + b"a\r\nb\r\n", lambda s: s.replace(b"a\r\n", b"a \t\r\n")),
    "dash_blank_added": (TEXT + b"a\r\n-- \r\nAlice\r\n", lambda s: s.replace(b"-- ", b"--")),
}


def damaged(
    world: World, sent: bytes, stored: bytes, crlf: bool = False, **options: object
) -> bytes:
    raw = mime.header_block(subject="made") + mime.clear_signed(
        stored, cms.signed(world.ec, sent, **options)
    )
    return raw if crlf else mime.lf(raw)


@pytest.mark.parametrize("crlf", [False, True], ids=["lf", "crlf"])
@pytest.mark.parametrize("repair", DAMAGES)
def test_rule_30_repaired_text_is_told_and_never_passes(
    repair: str, crlf: bool, world: World
) -> None:
    sent, damage = DAMAGES[repair]
    stored = damage(sent)
    assert stored != sent
    message, (row,) = made.judged(world, damaged(world, sent, stored, crlf))
    assert row["crypto_result"] == "repaired"
    assert row["repair"] == message["repair"] == [repair]
    assert (row["digest_ok"], row["signature_ok"]) == (False, True)
    assert (row["chain_result"], row["address_match"]) == ("ok", "from")
    for found in (message, row):
        assert (found["indication"], found["sub_indication"]) == NOT_PASSED
        assert found["reasons"] == ["repaired"]


def test_rule_30_hash_told_is_that_of_the_text_as_it_was_sent(world: World) -> None:
    sent, damage = DAMAGES["from_unquoted"]
    _, (good,) = made.judged(world, damaged(world, sent, sent))
    _, (row,) = made.judged(world, damaged(world, sent, damage(sent)))
    assert (good["crypto_result"], good["repair"]) == ("ok", [])
    assert row["signed_bytes_sha256"] == good["signed_bytes_sha256"]
    assert row["signed_length"] == len(mime.lf(damage(sent)))


def test_rule_30_two_damages_are_undone_together(world: World) -> None:
    stored = FROM.replace(b"\r\nFrom", b"\r\n>From").replace(
        b"\r\n>From there", b"\r\n>>From there"
    )
    message, (row,) = made.judged(world, damaged(world, FROM, stored + b"\r\n"))
    assert row["repair"] == ["from_unquoted", "blank_line_removed"]
    assert message["indication"] == "INDETERMINATE"


def test_rule_30_signature_without_attributes_is_repaired_too(world: World) -> None:
    sent, damage = DAMAGES["blank_line_removed"]
    message, (row,) = made.judged(world, damaged(world, sent, damage(sent), attributes=None))
    assert (row["crypto_result"], row["repair"]) == ("repaired", ["blank_line_removed"])
    assert (message["indication"], message["sub_indication"]) == NOT_PASSED


@pytest.mark.parametrize("attributes", ["usual", None])
def test_rule_30_other_text_is_never_repaired(attributes: str | None, world: World) -> None:
    stored = FROM.replace(b"reader", b"leader")
    message, (row,) = made.judged(world, damaged(world, FROM, stored, attributes=attributes))
    expected = "digest_mismatch" if attributes else "signature_mismatch"
    assert (row["crypto_result"], row["repair"], message["repair"]) == (expected, [], [])
    assert message["indication"] == "TOTAL_FAILED"
    assert row["canonicalization"] is None


def test_rule_30_wrong_signature_is_not_repaired(world: World) -> None:
    sent, damage = DAMAGES["blank_line_removed"]
    spoil = lambda data: world.ec.key.sign("sha256", data + b"!")  # noqa: E731
    _, (row,) = made.judged(world, damaged(world, sent, damage(sent), sign=spoil))
    assert (row["crypto_result"], row["repair"]) == ("digest_mismatch", [])


def test_rule_30_good_signer_beside_a_repaired_one_decides(world: World) -> None:
    sent, damage = DAMAGES["blank_line_removed"]
    stored = damage(sent)
    infos = [cms.signer_info(world.ec, stored), cms.signer_info(world.alice, sent)]
    certificates = [*cms.carried(world.ec), *cms.carried(world.alice)]
    raw = mime.header_block(subject="made") + mime.clear_signed(
        stored, cms.signed_data(*infos, certificates=certificates)
    )
    message, rows = made.judged(world, mime.lf(raw))
    assert sorted(row["crypto_result"] for row in rows) == ["ok", "repaired"]
    assert (message["indication"], message["repair"]) == ("TOTAL_PASSED", [])
    assert message["flags"] == ["other_signer_failed"]


def test_rule_30_attributes_are_no_content_after_a_repair_either(world: World) -> None:
    """RULES 2: what a repair would turn into signed attributes is not tried."""
    # Their length ends like a line, so that a blank before it hides what they are.
    padded = lambda count: [  # noqa: E731
        *cms.usual_attributes(made.TEXT),
        cms.attribute("1.2.3", cms.der.octets(b"x" * count)),
    ]
    excess = len(b"".join(padded(0xC00))) - 0x0D0A
    forged = cms.der.set_of(*padded(0xC00 - excess))
    assert forged.startswith(b"\x31\x82\r\n\x30")
    assert forged.count(b"\n") == 1
    stored = forged.replace(b"\r\n", b" \r\n")
    signed = cms.signed_data(
        cms.signer_info(world.ec, forged, attributes=None), certificates=cms.carried(world.ec)
    )
    message, (row,) = made.judged(
        world, mime.header_block(subject="made") + mime.clear_signed(stored, signed)
    )
    assert (row["crypto_result"], row["repair"]) == ("signature_mismatch", [])
    assert message["indication"] == "TOTAL_FAILED"


def test_rule_30_part_of_a_list_mail_is_repaired_in_its_own_row(world: World) -> None:
    sent, damage = DAMAGES["blank_line_removed"]
    part = mime.clear_signed(damage(sent), cms.signed(world.ec, sent))
    footer = mime.plain(b"_____\r\nlist\r\n")
    raw = mime.header_block(subject="made") + mime.multipart(part, footer)
    message, (row,) = made.judged(world, mime.lf(raw))
    assert (row["layer_path"], row["repair"]) == ("1>signed", ["blank_line_removed"])
    assert message["repair"] == []
    assert "no_signature_over_message" in message["reasons"]


def test_rule_30_text_too_long_for_every_repair_says_so(world: World) -> None:
    """What a repair that comes first undoes is repaired; what none undoes is told to be cut."""
    sent = TEXT + b"".join(b"%064d\r\n" % number for number in range(400_000))
    message, _ = made.judged(world, damaged(world, sent, sent[:-8] + b"x" * 6 + b"\r\n", True))
    assert message["limits_hit"] == ["repairs"]
    assert (message["indication"], message["sub_indication"]) == ("TOTAL_FAILED", "HASH_FAILURE")
    stored = sent.replace(b"\r\n000", b"\r\n>From 000", 1)
    sent = sent.replace(b"\r\n000", b"\r\nFrom 000", 1)
    message, _ = made.judged(world, damaged(world, sent, stored, True))
    assert (message["limits_hit"], message["repair"]) == ([], ["from_unquoted"])
