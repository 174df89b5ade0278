"""Whom mail may be encrypted to: what a CA may name, and who was revoked."""

from __future__ import annotations

import datetime as dt
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.sealing.keyring import ENTITY, HEADER, NOW, USAGES, as_parquet

import smimebatch as sb
from smimebatch.errors import KeysError
from smimebatch.options import Policy
from smimebatch.policies import AlgorithmPolicy
from smimebatch.recipients import Recipients
from smimebatch.weak_keys import load_blacklists

DAY = dt.timedelta(days=1)
SMTP_UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")
SIGNS = {"key_cert_sign": True, "crl_sign": True}
LIMITS = x509.NameConstraints([x509.RFC822Name("partner.example")], None)


def name_of(text, form=None):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, form)])


class Authority:
    """A CA, of itself or of another."""

    def __init__(self, name, above=None, limits=None, serial=1, like=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        above, key = above or self, self.key.public_key()
        named = x509.SubjectKeyIdentifier.from_public_key((like or self).key.public_key())
        self.certificate = self.made(name_of(name), key, above, name, limits, serial, named)

    def made(self, subject, key, above, name, limits, serial, named):
        issuer = name_of(name) if above is self else above.certificate.subject
        usages = x509.KeyUsage(**dict.fromkeys(USAGES, False) | SIGNS)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
        builder = begun(subject, issuer, key, serial)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        builder = builder.add_extension(usages, True).add_extension(identifier, False)
        builder = builder.add_extension(named, False)
        if limits is not None:
            builder = builder.add_extension(limits, True)
        return builder.sign(above.key, hashes.SHA256())

    def issue(self, *sans, dn=None, serial=7, issuer=None, digest=None, more=()):
        """Return a certificate for these names; in the subject, too, where `dn` is given."""
        parts = [x509.NameAttribute(NameOID.COMMON_NAME, "Somebody")]
        parts += [x509.NameAttribute(NameOID.EMAIL_ADDRESS, dn)] if dn else []
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        issuer = issuer or self.certificate.subject
        builder = begun(x509.Name(parts), issuer, key, serial)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purposes, False).add_extension(identifier, False)
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(sans), False)
        for extension, is_critical in more:
            builder = builder.add_extension(extension, is_critical)
        return builder.sign(self.key, digest or hashes.SHA256())

    def respond(self, certificate, status):
        """Return an OCSP response about a certificate."""
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate,
            issuer=self.certificate,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=NOW - DAY,
            next_update=NOW + DAY,
            revocation_time=NOW - 300 * DAY if revoked else None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        return builder.sign(self.key, hashes.SHA256())

    def revoke(self, *serials, issuer=None, reason=None, begins=-1, ends=9, scope=None, since=-300):
        """Return a list of revoked certificates."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer or self.certificate.subject)
            .last_update(NOW + begins * DAY)
            .next_update(NOW + ends * DAY)
        )
        if scope is not None:
            builder = builder.add_extension(scope, True)
        for serial in serials:
            entry = x509.RevokedCertificateBuilder().serial_number(serial)
            entry = entry.revocation_date(NOW + since * DAY)
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256())


def begun(subject, issuer, key, serial=1):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(NOW - 90 * DAY)
        .not_valid_after(NOW + 90 * DAY)
    )


def mailbox(address):
    """Return the SmtpUTF8Mailbox of an address (RFC 9598)."""
    octets = address.encode()
    return x509.OtherName(SMTP_UTF8_MAILBOX, bytes([0x0C, len(octets)]) + octets)


def put(folder: pathlib.Path, name: str, *made) -> pathlib.Path:
    (folder / name).write_bytes(b"".join(it.public_bytes(Encoding.PEM) for it in made))
    return folder / name


def load(to=(), recipients=(), policy=None, revocation="if-available", **options):
    weak_keys, policy = load_blacklists(None).weak_keys(), policy or Policy(revocation=revocation)
    return Recipients.load(to, recipients, now=NOW, weak_keys=weak_keys, policy=policy, **options)


def harvest(folder, *certificates):
    ders = [it.public_bytes(Encoding.DER) for it in certificates]
    pq.write_table(pa.table({"der": pa.array(ders, pa.binary())}), folder / "harvest.parquet")
    return folder / "harvest.parquet"


MAY = x509.RFC822Name("eve@partner.example")


@pytest.mark.parametrize(
    ("limits", "names", "dn", "expected"),
    [
        (None, [MAY], "boss@corp.example", ["boss@corp.example", "eve@partner.example"]),
        (LIMITS, [MAY], None, ["eve@partner.example"]),
        (LIMITS, [MAY], "boss@corp.example", []),
        (LIMITS, [MAY, mailbox("boss@corp.example")], None, []),
        (LIMITS, [], "boss@corp.example", []),
        (LIMITS, [x509.RFC822Name("boss@corp.example")], None, []),
    ],
)
def test_rule_20_addresses_under_a_limited_ca_are_those_that_were_checked(
    tmp_path, limits, names, dn, expected
):
    root = Authority("Root")
    partner = Authority("Partner", root, limits)
    place = harvest(tmp_path, partner.issue(*names, dn=dn), partner.certificate)
    trust = sb.Trust.from_certificates([root.certificate])
    loaded = load(recipients=[place], trust=trust)
    assert [address for address, _ in loaded.by_address] == expected
    left_out = [it for it in loaded.warnings if "CN=Somebody" in it]
    assert [("may certify" in it) for it in left_out] == ([] if expected else [True])


def harvested(folder, root, *certificates, **options):
    """Who is chosen of certificates that came with mail, and what is said of the others."""
    trust = sb.Trust.from_certificates([root.certificate])
    loaded = load(recipients=[harvest(folder, *certificates)], trust=trust, **options)
    return [address for address, _ in loaded.by_address], "\n".join(loaded.warnings)


def only(*usages):
    """A key usage, critical."""
    return (x509.KeyUsage(**dict.fromkeys(USAGES, False) | dict.fromkeys(usages, True)), True)


UNKNOWN = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"more": [only("key_agreement")]}, ""),
        ({"more": [only("key_agreement"), UNKNOWN]}, "carries a critical extension"),
        ({"issuer": name_of("Nobody")}, "an issuer is missing"),
    ],
)
def test_rule_39_certificate_that_came_with_mail_has_a_path_that_holds_for_encrypting(
    tmp_path, ca, given, expected
):
    found, said = harvested(tmp_path, ca, ca.issue(MAY, **given))
    assert found == ([] if expected else ["eve@partner.example"])
    assert expected in said


def test_rule_39_path_of_an_algorithm_that_is_too_weak_by_now_vouches_for_nobody(tmp_path, ca):
    until = "format = 1\nname = 'mine'\ndate = 2026-01-01\n[[digest]]\nnames = ['sha384']\n"
    (tmp_path / "p.toml").write_text(f"{until}good_until = 2020-12-31\nsource = 'here'\n")
    policy = Policy(algorithms=AlgorithmPolicy.load(str(tmp_path / "p.toml")))
    weak, strong = ca.issue(MAY, digest=hashes.SHA384()), ca.issue(MAY, serial=8)
    found, said = harvested(tmp_path, ca, weak, policy=policy)
    assert (found, "too weak by now" in said) == ([], True)
    assert harvested(tmp_path, ca, strong, policy=policy) == (["eve@partner.example"], "")


def test_ca_that_is_not_for_mail_vouches_for_nobody(tmp_path):
    root = Authority("Root")
    servers = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    for name, limits, expected in (("Any", None, 1), ("Servers", servers, 0)):
        below = Authority(name, root, limits)
        found, said = harvested(tmp_path, root, below.issue(MAY), below.certificate)
        assert (len(found), "not meant for this" in said) == (expected, not expected)


def test_rule_39_mail_full_of_namesakes_of_a_ca_keeps_nobody_out_whom_the_operator_knows(tmp_path):
    root = Authority("Root")
    below = Authority("Below", root)
    one = below.issue(MAY)
    forger = Authority("Root")
    fakes = [Authority("Below", forger, serial=at, like=below) for at in range(2, 1_200)]
    fakes = [fake.certificate for fake in fakes]
    trust = sb.Trust.from_certificates([root.certificate], [below.certificate])
    place = harvest(tmp_path, one, *fakes)
    loaded = load(recipients=[place], trust=trust)
    assert [address for address, _ in loaded.by_address] == ["eve@partner.example"]


def test_rule_39_recipient_below_a_revoked_ca_is_refused(tmp_path):
    root = Authority("Root")
    below = Authority("Below", root, serial=5)
    one = below.issue(MAY)
    (tmp_path / "d").mkdir()
    place = put(tmp_path / "d", "one.pem", one)
    crl = put(tmp_path, "list.pem", root.revoke(5))
    roots = put(tmp_path, "root.pem", root.certificate)
    between = put(tmp_path, "between.pem", below.certificate)
    trust = sb.Trust.load(roots, crls=[crl], intermediates=[between])
    with pytest.raises(KeysError, match="revoked"):
        load([place], trust=trust)
    loaded = load(recipients=[harvest(tmp_path, one)], trust=trust)
    assert (loaded.by_address, len(loaded.warnings)) == ((), 1)
    assert load([place], trust=trust, revocation="off").always


@pytest.mark.parametrize("status", [ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED])
def test_ocsp_response_speaks_for_or_against_a_recipient(tmp_path, ca, status):
    one = ca.issue(MAY)
    place = put(tmp_path, "one.pem", one)
    response = ca.respond(one, status).public_bytes(Encoding.DER)
    (tmp_path / "response.der").write_bytes(response)
    root = put(tmp_path, "ca.pem", ca.certificate)
    trust = sb.Trust.load(root, ocsp=[tmp_path / "response.der"])
    if status is ocsp.OCSPCertStatus.GOOD:
        assert load([place], trust=trust, revocation="required").always
        return
    with pytest.raises(KeysError, match="revoked"):
        load([place], trust=trust)


@pytest.fixture
def ca():
    return Authority("A CA")


def listed_as_revoked(folder, crl, ca, **options):
    """Whether a certificate with number 7 is refused, by whichever way it is given."""
    bob = ca.issue(x509.RFC822Name("bob@reader.example"))
    (folder / "d").mkdir()
    place = put(folder / "d", "bob.pem", bob)
    known = put(folder, "list.pem", *crl)
    trust = sb.Trust.load(put(folder, "ca.pem", ca.certificate), crls=[known])
    by_address = load(recipients=[folder / "d"], trust=trust, **options)
    if by_address.by_address:
        load([place], trust=trust, **options)
        return False
    assert any(str(place) in it for it in by_address.warnings)
    with pytest.raises(KeysError) as caught:
        load([place], trust=trust, **options)
    assert caught.value.subject == f"--to {place}"
    return True


def test_rule_39_revoked_recipient_is_refused_by_to_and_left_out_of_recipients(tmp_path, ca):
    assert listed_as_revoked(tmp_path, [ca.revoke(8), ca.revoke(6, 7)], ca)


def test_revoked_recipient_is_refused_by_a_list_of_any_date(tmp_path, ca):
    assert listed_as_revoked(tmp_path, [ca.revoke(7, begins=-60, ends=-50)], ca)


@pytest.mark.parametrize("since", [-1, 5])
def test_revoked_recipient_is_refused_from_whatever_day_he_is_revoked(tmp_path, ca, since):
    assert listed_as_revoked(tmp_path, [ca.revoke(7, since=since)], ca)


def test_entry_of_a_complete_list_takes_nobody_back(tmp_path, ca):
    crl = ca.revoke(7, reason=x509.ReasonFlags.remove_from_crl)
    assert listed_as_revoked(tmp_path, [crl], ca)


def test_revoked_recipient_is_found_where_the_list_spells_the_issuer_otherwise(tmp_path, ca):
    from cryptography.x509.name import _ASN1Type

    spelled = name_of("a  CA", _ASN1Type.PrintableString)
    assert listed_as_revoked(tmp_path, [ca.revoke(7, issuer=spelled)], ca)


@pytest.mark.parametrize("case", ["another's signature", "another issuer", "off"])
def test_recipient_is_not_refused_by_a_list_that_does_not_revoke_it(tmp_path, ca, case):
    crl, options = ca.revoke(7), {}
    if case == "another's signature":
        crl = Authority("A CA").revoke(7)
    elif case == "another issuer":
        crl = ca.revoke(7, issuer=name_of("B CA"))
    else:
        options = {"revocation": "off"}
    assert not listed_as_revoked(tmp_path, [crl], ca, **options)


SOME = x509.IssuingDistributionPoint(
    None, None, False, False, frozenset([x509.ReasonFlags.key_compromise]), False, False
)


@pytest.mark.parametrize(
    ("given", "is_refused"),
    [
        ({}, False),
        ({"begins": -60, "ends": -1}, True),
        ({"begins": 1}, False),
        ({"scope": SOME}, True),
        ({"issuer": name_of("B CA")}, True),
    ],
)
def test_required_revocation_wants_a_current_list_of_the_issuer(tmp_path, ca, given, is_refused):
    crl = ca.revoke(8, **given)
    assert listed_as_revoked(tmp_path, [crl], ca, revocation="required") == is_refused


def test_list_that_nothing_verifies_is_told(tmp_path, ca):
    bob = put(tmp_path, "bob.pem", ca.issue(x509.RFC822Name("bob@reader.example")))
    crl = put(tmp_path, "list.pem", ca.revoke(7))
    other = put(tmp_path, "other.pem", Authority("B CA").certificate)
    loaded = load([bob], trust=sb.Trust.load(other, crls=[crl]))
    assert len(loaded.warnings) == 1
    assert "--crls" in loaded.warnings[0]


def test_issuer_of_a_list_may_stand_beside_the_recipient_alone(tmp_path, ca):
    bob = ca.issue(x509.RFC822Name("bob@reader.example"))
    both = put(tmp_path, "bob.pem", bob, ca.certificate)
    other = put(tmp_path, "other.pem", Authority("B CA").certificate)
    trust = sb.Trust.load(other, crls=[put(tmp_path, "list.pem", ca.revoke(7))])
    with pytest.raises(KeysError):
        load([both], trust=trust)


def test_job_asks_the_lists_that_it_was_given(tmp_path, ca):
    bob = put(tmp_path, "bob.pem", ca.issue(x509.RFC822Name("bob@reader.example")))
    root = put(tmp_path, "ca.pem", ca.certificate)
    source = as_parquet([HEADER + ENTITY], tmp_path / "mail.parquet")
    given = {"to": bob, "output": tmp_path / "run", "now": NOW}
    trust = sb.Trust.load(root, crls=[put(tmp_path, "list.pem", ca.revoke(7))])
    with pytest.raises(KeysError):
        sb.encrypt(source, trust=trust, **given)
    with pytest.raises(KeysError):
        sb.encrypt(source, trust=sb.Trust.load(root), revocation="required", **given)
    assert not (tmp_path / "run").exists()
