import datetime as dt
import errno
import os
import pathlib
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.trust.made import certdata, entry

from smimebatch import AnchorLimits, Trust, TrustError
from smimebatch.trust.files import system_bundle

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
    assert trust.native.counts[0] == 2


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


def test_load_directory_tells_certificates_by_their_content(tmp_path, certificates):
    (tmp_path / "a.pem").write_bytes(certificates[0].public_bytes(DER))
    (tmp_path / "b").write_bytes(certificates[1].public_bytes(DER))
    (tmp_path / "certdata.txt").write_bytes(certdata(entry(certificates[2])))
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "key").write_bytes(
        key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    assert set(Trust.load(tmp_path).anchors) == {c.public_bytes(DER) for c in certificates}


def test_load_certificates_that_openssl_trusts_for_some_uses_are_refused(tmp_path, certificates):
    (tmp_path / "root.pem").write_bytes(certificates[0].public_bytes(PEM))
    command = ["openssl", "x509", "-in", "root.pem", "-out", "trusted.pem", "-trustout"]
    subprocess.run([*command, "-addreject", "emailProtection"], cwd=tmp_path, check=True)
    with pytest.raises(TrustError, match="TRUSTED CERTIFICATE"):
        Trust.load(tmp_path / "trusted.pem")


def test_intermediates_that_cannot_be_read_are_refused_by_name(tmp_path, monkeypatch):
    pq.write_table(pa.table({"der": [b"x" * 1000] * 100}), tmp_path / "a.parquet")
    stored = bytearray((tmp_path / "a.parquet").read_bytes())
    stored[20:200] = bytes(180)
    (tmp_path / "a.parquet").write_bytes(stored)
    with pytest.raises(TrustError, match=r"a\.parquet"):
        Trust.load(intermediates=tmp_path / "a.parquet")

    def listdir(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "listdir", listdir)
    with pytest.raises(TrustError, match="Permission denied"):
        Trust.load(intermediates=tmp_path)


def test_load_intermediates_are_kept_apart(tmp_path, certificates):
    for name, held in (("root.pem", certificates[0]), ("ca.pem", certificates[1])):
        (tmp_path / name).write_bytes(held.public_bytes(PEM))
    trust = Trust.load(tmp_path / "root.pem", intermediates=[tmp_path / "ca.pem"])
    assert (len(trust.anchors), len(trust.intermediates)) == (1, 1)
    assert trust.native.counts == (1, 1)


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


def test_load_pkcs7_bundles_in_ber_and_pem(tmp_path, certificates):
    from cryptography.hazmat.primitives.serialization import pkcs7

    for name, encoding in (("roots.p7b", DER), ("roots.pem", PEM)):
        (tmp_path / name).write_bytes(pkcs7.serialize_certificates(certificates, encoding))
        found = Trust.load(tmp_path / name).anchors
        assert sorted(found) == sorted(c.public_bytes(DER) for c in certificates)
    assert len(Trust.load(tmp_path).anchors) == 3


def test_certificate_objects_are_taken_everywhere(tmp_path, certificates):
    root, between, other = certificates
    (tmp_path / "other.pem").write_bytes(other.public_bytes(PEM))
    loaded = Trust.load(root, tmp_path / "other.pem", intermediates=[between])
    made = Trust(anchors=[root, other.public_bytes(DER)], intermediates=[between])
    assert loaded == made
    assert loaded.fingerprint == made.fingerprint


def test_fingerprint_depends_on_intermediates_and_limits(certificates):
    root, between, _ = certificates
    after = AnchorLimits(distrust_after=dt.datetime(2022, 11, 30, tzinfo=dt.UTC))
    variants = [
        Trust([root]),
        Trust([root], [between]),
        Trust([root, between]),
        Trust([root], limits={root.public_bytes(DER): after}),
    ]
    assert len({trust.fingerprint for trust in variants}) == len(variants)
    assert len(repr(variants[0])) < 100


def test_rule_19_root_of_two_lists_is_trusted_as_far_as_both_trust_it(tmp_path, certificates):
    from smimebatch.trust.roots import TRUSTED, ListedRoot
    from smimebatch.trust.store import written_store

    der = certificates[0].public_bytes(DER)
    after = AnchorLimits(distrust_after=dt.datetime(2022, 11, 30, tzinfo=dt.UTC))
    store = written_store([ListedRoot(der, TRUSTED, after)], origin=["test"])
    (tmp_path / "store.pem").write_text(store)
    (tmp_path / "plain.pem").write_bytes(certificates[0].public_bytes(PEM))
    for places in (("store.pem", "plain.pem"), ("plain.pem", "store.pem")):
        trust = Trust.load(*(tmp_path / place for place in places))
        assert trust.anchors == (der,)
        assert trust.limits == {der: after}


def test_mozilla_email_has_usable_roots_and_no_warning():
    trust = Trust.mozilla_email()
    assert trust.native.skipped == []
    assert trust.native.counts[0] == len(trust.anchors) == 90
    assert trust.warnings == ()


@pytest.mark.skipif(
    not os.path.exists("/etc/ssl/certs/ca-certificates.crt"),
    reason="no system bundle here; install ca-certificates",
)
def test_system_bundle_is_found():
    trust = Trust.system()
    assert trust.native.counts[0] > 50
    assert "web servers" in trust.warnings[0]
    bundle = pathlib.Path(system_bundle("--trust"))
    (warning,) = Trust.load(bundle, option="--tsa-trust").warnings
    assert warning.startswith(f"--tsa-trust {bundle} looks like")
