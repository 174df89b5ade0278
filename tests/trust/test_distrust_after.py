"""RULES 19 end to end: distrust-after dates, from certdata.txt to the verdict on a mail."""

import datetime as dt
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.trust.made import certdata, entry

DISTRUSTED = dt.datetime(2022, 11, 30, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
YEARS = dt.timedelta(days=3650)
ADDRESS = "alice@example.com"


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@pytest.fixture(scope="module")
def authority():
    key = ec.generate_private_key(ec.SECP256R1())
    start, name = dt.datetime(2015, 1, 1, tzinfo=dt.UTC), named("Distrusted Root")
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + 3 * YEARS)
    builder = builder.add_extension(x509.BasicConstraints(True, None), True)
    return key, builder.sign(key, hashes.SHA256())


def mail(authority, issued):
    """A mail signed with a certificate of that day."""
    key, root = authority
    mine = ec.generate_private_key(ec.SECP256R1())
    name, serial = named("Alice"), x509.random_serial_number()
    ends = issued + YEARS
    builder = x509.CertificateBuilder(root.subject, name, mine.public_key(), serial, issued, ends)
    address = x509.SubjectAlternativeName([x509.RFC822Name(ADDRESS)])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    builder = builder.add_extension(address, False).add_extension(usage, False)
    certificate = builder.sign(key, hashes.SHA256())
    signed = pkcs7.PKCS7SignatureBuilder().set_data(b"hello\r\n")
    signed = signed.add_signer(certificate, mine, hashes.SHA256())
    body = signed.sign(Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
    return f"From: {ADDRESS}\nDate: Fri, 1 Dec 2023 12:00:00 +0000\n".encode() + body


@pytest.fixture
def judged(run, authority, tmp_path):
    """The verdict on a mail with a certificate of that day, under a list with the date."""
    root = entry(authority[1], distrust_after=DISTRUSTED.strftime("%y%m%d%H%M%SZ").encode())
    (tmp_path / "certdata.txt").write_bytes(certdata(root))
    assert run("trust", "import", tmp_path / "certdata.txt", "-o", tmp_path / "roots.pem")[0] == 0

    def judge(issued, *options):
        (tmp_path / "x.eml").write_bytes(mail(authority, issued))
        trust = ("--trust", tmp_path / "roots.pem", "--now", "2024-01-01T00:00:00Z")
        code, out, err = run("verify", tmp_path / "x.eml", *trust, *options)
        assert code == 0, err
        row = json.loads(out)
        return row["indication"], row["sub_indication"], row["reasons"]

    return judge


REFUSED = ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE", ["chain_anchor_not_trusted"])


def test_rule_19_certificate_issued_after_the_date_is_not_trusted(judged):
    assert judged(DISTRUSTED + SECOND) == REFUSED
    # Nor does it help to judge at an older time: the certificate is as new as it is.
    assert judged(DISTRUSTED + SECOND, "--at", "date") == REFUSED


def test_rule_19_certificate_from_before_the_date_is_trusted_long_after_it(judged):
    assert judged(DISTRUSTED) == ("TOTAL_PASSED", None, [])
    assert judged(DISTRUSTED - YEARS / 4, "--at", "date") == ("TOTAL_PASSED", None, [])
