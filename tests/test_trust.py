import datetime as dt
import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smimebatch import Trust, TrustError

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


def certificate(name: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=9999))
        .sign(key, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def certificates():
    return [certificate(f"Root {n}") for n in range(3)]


def test_load_pem_bundle_with_text_around_it(tmp_path, certificates):
    text = b"# Root 0\n" + certificates[0].public_bytes(PEM) + b"\nsubject=x\n"
    (tmp_path / "roots.pem").write_bytes(text + certificates[1].public_bytes(PEM))
    trust = Trust.load(tmp_path / "roots.pem")
    assert trust.anchors == tuple(c.public_bytes(DER) for c in certificates[:2])
    assert trust.native.anchor_count == 2


def test_load_der_file_and_several_places_without_repeats(tmp_path, certificates):
    (tmp_path / "a.crt").write_bytes(certificates[0].public_bytes(DER))
    (tmp_path / "b.pem").write_bytes(b"".join(c.public_bytes(PEM) for c in certificates))
    trust = Trust.load(tmp_path / "a.crt", tmp_path / "b.pem")
    assert len(trust.anchors) == 3


def test_load_directory_takes_certificates_and_passes_over_the_rest(tmp_path, certificates):
    (tmp_path / "b.crt").write_bytes(certificates[1].public_bytes(DER))
    (tmp_path / "a.pem").write_bytes(certificates[0].public_bytes(PEM))
    (tmp_path / "README").write_text("roots\n")
    (tmp_path / "key.pem").write_text(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    )
    assert Trust.load(tmp_path).anchors == tuple(c.public_bytes(DER) for c in certificates[:2])


def test_load_intermediates_are_kept_apart(tmp_path, certificates):
    for name, held in (("root.pem", certificates[0]), ("ca.pem", certificates[1])):
        (tmp_path / name).write_bytes(held.public_bytes(PEM))
    trust = Trust.load(tmp_path / "root.pem", intermediates=[tmp_path / "ca.pem"])
    assert (len(trust.anchors), len(trust.intermediates)) == (1, 1)
    assert trust.native.intermediate_count == 1


def test_fingerprint_depends_on_the_set_only(certificates):
    first = Trust.from_certificates(certificates)
    assert first.fingerprint == Trust.from_certificates(certificates[::-1]).fingerprint
    assert first.fingerprint != Trust.from_certificates(certificates[:2]).fingerprint
    assert first.fingerprint != Trust.from_certificates((), certificates).fingerprint


def test_from_certificates_takes_objects_and_der(certificates):
    objects = Trust.from_certificates(certificates)
    assert objects == Trust.from_certificates(c.public_bytes(DER) for c in certificates)
    with pytest.raises(TrustError, match="str"):
        Trust.from_certificates(["root.pem"])


@pytest.mark.parametrize(
    "content",
    [b"", b"nothing here\n", b"\x30\x82\x00\x01x", b"-----BEGIN CERTIFICATE-----\nAAAA\n"],
)
def test_load_file_without_certificates_is_refused_by_name(tmp_path, content):
    (tmp_path / "wrong.pem").write_bytes(content)
    with pytest.raises(TrustError, match=r"wrong\.pem") as caught:
        Trust.load(tmp_path / "wrong.pem")
    assert caught.value.exit_code == 4
    assert "PEM or DER" in str(caught.value)


def test_load_missing_place_or_empty_directory_is_refused(tmp_path):
    with pytest.raises(TrustError, match="absent"):
        Trust.load(tmp_path / "absent.pem")
    with pytest.raises(TrustError, match=str(tmp_path)):
        Trust.load(tmp_path)


def test_mozilla_email_says_what_to_use_instead():
    with pytest.raises(TrustError, match="system") as caught:
        Trust.mozilla_email()
    assert caught.value.exit_code == 4


@pytest.mark.skipif(
    not os.path.exists("/etc/ssl/certs/ca-certificates.crt"),
    reason="no system bundle here; install ca-certificates",
)
def test_system_bundle_is_found():
    assert Trust.system().native.anchor_count > 50
