"""RULES 22 end to end: lists in a message, in files, and of another message."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

import smimebatch as sb
from smimebatch.errors import TrustError

BEGIN, NOW, END = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2024, 2030))


def name(text: str) -> x509.Name:
    """Return a name of one common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class World:
    """A CA, a signer, and lists of the CA."""

    def __init__(self) -> None:
        self.ca_key, self.key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        ca = x509.CertificateBuilder(
            name("ca"), name("ca"), self.ca_key.public_key(), 1, BEGIN, END
        )
        ca = ca.add_extension(x509.BasicConstraints(True, None), critical=True)
        self.ca = ca.sign(self.ca_key, hashes.SHA256())
        public = self.key.public_key()
        signer = x509.CertificateBuilder(name("ca"), name("signer"), public, 2, BEGIN, END)
        address = x509.SubjectAlternativeName([x509.RFC822Name("a@b.example")])
        signer = signer.add_extension(address, critical=False)
        self.signer = signer.sign(self.ca_key, hashes.SHA256())

    def list(self, *serials: int, digest: hashes.HashAlgorithm | None = None) -> bytes:
        """Return a list with these serial numbers, current in all of 2023 and 2024."""
        this, after = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
        builder = x509.CertificateRevocationListBuilder(name("ca"), this, after)
        for serial in serials:
            entry = x509.RevokedCertificateBuilder(serial, datetime(2022, 6, 1, tzinfo=UTC))
            reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
            entry = entry.add_extension(reason, critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.ca_key, digest or hashes.SHA256()).public_bytes(Encoding.DER)

    def damaged_list(self, serials: list[int], damaged: int) -> bytes:
        """Return the list in which the entry of one serial number has a date that is none."""
        signed = x509.load_der_x509_crl(self.list(*serials))
        dated = bytes([2, 1, damaged]) + b"\x17\x0d220601"
        assert signed.tbs_certlist_bytes.count(dated) == 1
        tbs = signed.tbs_certlist_bytes.replace(dated, dated[:-4] + b"9901")
        signature = self.ca_key.sign(tbs, ec.ECDSA(hashes.SHA256()))
        algorithm = content_of(signed.public_bytes(Encoding.DER))[0][len(tbs) :]
        algorithm = algorithm[: 2 + algorithm[1]]
        return element(0x30, tbs + algorithm + element(3, b"\0" + signature))

    def mail(self, crl: bytes = b"") -> bytes:
        """Return an opaque-signed mail, with a list beside its certificates if there is one."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(
            b"Content-Type: text/plain\r\n\r\nhello\r\n"
        )
        builder = builder.add_signer(self.signer, self.key, hashes.SHA256())
        options = [pkcs7.PKCS7Options.Binary]
        der = with_crl(builder.sign(Encoding.DER, options), crl)
        body = base64.encodebytes(der).replace(b"\n", b"\r\n")
        return (
            b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; "
            b"smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        ) + body


def element(tag: int, content: bytes) -> bytes:
    """Return an element with a length in three octets, which BER allows."""
    return bytes([tag, 0x82]) + len(content).to_bytes(2) + content


def content_of(der: bytes) -> tuple[bytes, bytes]:
    """Return the content of the first element, and what follows it."""
    if der[1] < 0x80:
        start, length = 2, der[1]
    else:
        start = 2 + (der[1] & 0x7F)
        length = int.from_bytes(der[2:start])
    return der[start : start + length], der[start + length :]


def with_crl(der: bytes, crl: bytes) -> bytes:
    """Return a SignedData with a list behind its certificates."""
    if not crl:
        return der
    info, _ = content_of(der)
    _, wrapper = content_of(info)
    oid = info[: len(info) - len(wrapper)]
    signed_data, _ = content_of(content_of(wrapper)[0])
    rest, fields = signed_data, []
    while rest:
        _, after = content_of(rest)
        fields.append(rest[: len(rest) - len(after)])
        rest = after
    signers = fields.pop()
    fields += [element(0xA1, crl), signers]
    return element(0x30, oid + element(0xA0, element(0x30, b"".join(fields))))


@pytest.fixture(scope="module")
def world() -> World:
    """Return the CA and its signer."""
    return World()


def judged(world: World, *mails: bytes, trust: sb.Trust | None = None, **options) -> list[dict]:
    """Return the signatures of mails."""
    batch = pa.record_batch({"raw": pa.array(mails, pa.binary())})
    trust = trust or sb.Trust([world.ca])
    return sb.verify_batch(batch, trust=trust, now=NOW, **options).signatures.to_pylist()


def test_list_of_a_message_speaks_for_its_own_signature_only(world):
    revoked, plain, good = (world.mail(crl) for crl in (world.list(2), b"", world.list(7)))
    for mails in ((revoked, plain, good), (revoked, plain, good) * 20):
        rows = judged(world, *mails)
        results = [row["revocation_result"] for row in rows]
        assert results == ["revoked", "unknown", "good"] * (len(mails) // 3)
        assert [row["chain_result"] for row in rows[:3]] == ["revoked", "ok", "ok"]
    [told] = judged(world, revoked)[0]["revocation"]
    assert told["certificate_sha256"] == world.signer.fingerprint(hashes.SHA256())
    assert (told["result"], told["reason"]) == ("revoked", "key_compromise")
    assert told["time"] == datetime(2022, 6, 1, tzinfo=UTC)
    assert told["next_update"] == datetime(2025, 1, 1, tzinfo=UTC)
    assert judged(world, plain)[0]["revocation"] is None


def test_modes_say_what_is_required(world):
    mails = world.mail(world.list(2)), world.mail()
    results = {
        mode: [row["chain_result"] for row in judged(world, *mails, revocation=mode)]
        for mode in ("off", "if-available", "required")
    }
    assert results == {
        "off": ["ok", "ok"],
        "if-available": ["revoked", "ok"],
        "required": ["revoked", "revocation_unknown"],
    }


def test_lists_of_the_operator_are_read_from_directories_and_the_rest_is_named(world, tmp_path):
    (tmp_path / "root.pem").write_bytes(world.ca.public_bytes(Encoding.PEM))
    lists = tmp_path / "lists"
    (lists / "below").mkdir(parents=True)
    (lists / "below" / "one.crl").write_bytes(world.list(2))
    pem = x509.load_der_x509_crl(world.list(7)).public_bytes(Encoding.PEM)
    (lists / "two.pem").write_bytes(b"text\n" + pem)
    (lists / "not.crl").write_bytes(b"\x30\x03\x02\x01\x00")
    trust = sb.Trust.load(tmp_path / "root.pem", crls=[lists])
    assert trust.revocation.native.counts[0] == 2
    assert trust.revocation.skipped == 1
    assert [str(lists / "not.crl") in warning for warning in trust.warnings] == [True]
    assert judged(world, world.mail(), trust=trust)[0]["chain_result"] == "revoked"
    other = sb.Trust.load(tmp_path / "root.pem", crls=[lists / "two.pem"])
    assert other.revocation.fingerprint != trust.revocation.fingerprint
    assert (
        judged(world, world.mail(), trust=other, revocation="required")[0]["chain_result"] == "ok"
    )
    with pytest.raises(TrustError):
        sb.Trust.load(tmp_path / "root.pem", ocsp=[Path(tmp_path / "nowhere")])


def test_rule_22_entry_that_cannot_be_read_hides_no_other_and_the_list_clears_nobody(
    world, tmp_path
):
    def results(crl: bytes) -> list[str]:
        modes = ("if-available", "required")
        rows = [judged(world, world.mail(crl), revocation=mode)[0] for mode in modes]
        return [row["chain_result"] for row in rows]

    assert results(world.damaged_list([7, 2], 7)) == ["revoked", "revoked"]
    assert results(world.damaged_list([2, 7], 7)) == ["revoked", "revoked"]
    # Since when is not known: for all that is known from the beginning on.
    assert results(world.damaged_list([7, 2], 2)) == ["revoked", "revoked"]
    assert results(world.list(7)) == ["ok", "ok"]
    assert results(world.damaged_list([7], 7)) == ["ok", "revocation_unknown"]
    early = judged(world, world.mail(world.damaged_list([2], 2)), at="2020-02-01T00:00:00Z")
    assert early[0]["chain_result"] == "revoked"
    assert early[0]["revocation"][0]["time"] == world.signer.not_valid_before_utc

    (tmp_path / "root.pem").write_bytes(world.ca.public_bytes(Encoding.PEM))
    (tmp_path / "some.crl").write_bytes(world.damaged_list([7, 2], 7))
    trust = sb.Trust.load(tmp_path / "root.pem", crls=[tmp_path / "some.crl"])
    assert trust.revocation.skipped == 0
    assert trust.warnings == (
        f"--crls {tmp_path}/some.crl: expected revocationDate of an entry, found a malformed value;"
        " those whom it names are revoked, but nobody is cleared by not being in it",
    )
    assert judged(world, world.mail(), trust=trust)[0]["chain_result"] == "revoked"


@pytest.mark.parametrize(
    ("mode", "serial", "until", "at", "status", "word"),
    [
        ("required", 7, "2023-06-30", "now", "weak_now", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
        ("required", 7, "2024-06-30", "now", "ok", None),
        # That nothing was found against the signer changes nothing where nothing is required.
        ("if-available", 7, "2023-06-30", "now", "ok", None),
        ("if-available", 2, "2023-06-30", "now", "weak_now", "REVOKED_NO_POE"),
        ("off", 7, "2023-06-30", "now", "ok", None),
        ("required", 7, "2023-06-30", "2022-01-01T00:00:00Z", "weak_now", None),
        # Made in 2023, when it was given up already: nobody could rely on it before.
        ("required", 7, "2022-12-31", "2022-01-01T00:00:00Z", "weak_then", None),
    ],
)
def test_rule_15_algorithm_of_a_list_counts_where_the_verdict_rests_on_it(
    world, tmp_path, mode, serial, until, at, status, word
):
    own = tmp_path / "own.toml"
    own.write_text(
        f'format = 1\nname = "own"\ndate = 2024-01-01\n[[digest]]\nnames = ["sha384"]\n'
        f"good_until = {until}\n"
    )
    mail = world.mail(world.list(serial, digest=hashes.SHA384()))
    (row,) = judged(world, mail, policy=own, revocation=mode, at=at)
    assert row["algorithm_status"] == status
    is_named = mode != "off" and until < "2024"
    assert row["weak_elements"] == (["revocation[0]:sha384"] if is_named else [])
    expected = {"weak_then": "CRYPTO_CONSTRAINTS_FAILURE", "ok": None}
    assert row["sub_indication"] == (
        word or expected.get(status, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
    )
