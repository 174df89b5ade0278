"""Other programs verify what is signed here: gpgsm, NSS's cmsutil, pyca/cryptography."""

from __future__ import annotations

import email
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from tests.signing.keyring import ISSUING, PLAIN, ROOT, Signers, signed
from tests.signing.test_sign import MIME_ENTITY, elements, object_of, signed_data_of

GPGSM_CONF = (
    "disable-crl-checks\ndisable-policy-checks\nno-common-certs-import\nfaked-system-time "
    "20260601T000000\n"
)


@pytest.fixture(scope="module")
def gpgsm_home() -> Iterator[pathlib.Path]:
    """A home that trusts the root and knows the issuer."""
    with tempfile.TemporaryDirectory(prefix="gpgsm") as name:
        home = pathlib.Path(name)
        (home / "gpgsm.conf").write_text(GPGSM_CONF)
        fingerprint = ROOT.fingerprint(hashes.SHA1()).hex().upper()
        (home / "trustlist.txt").write_text(f"{fingerprint} S relax\n")
        for made in (ROOT, ISSUING):
            file = home / "import.pem"
            file.write_bytes(made.public_bytes(Encoding.PEM))
            run_gpgsm(home, "--import", str(file))
        yield home
        stop = ["gpgconf", "--homedir", name, "--kill", "gpg-agent"]
        subprocess.run(stop, check=False, capture_output=True)


def run_gpgsm(home: pathlib.Path, *arguments: str) -> bytes:
    command = ["gpgsm", "--homedir", str(home), "--batch", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


# gpgsm 2.2 counts bits of P-521 and finds no whole octets.
@pytest.mark.parametrize("name", ["rsa", "p256", "p384", "brainpool"])
@pytest.mark.parametrize("opaque", [False, True])
def test_gpgsm_verifies_it(signers, tmp_path, gpgsm_home, name, opaque):
    rows, _ = signed(signers, [PLAIN], tmp_path, name, opaque=opaque)
    cms, text = tmp_path / "cms", tmp_path / "text"
    cms.write_bytes(object_of(rows[0]["raw"]))
    text.write_bytes(MIME_ENTITY)
    if opaque:
        assert run_gpgsm(gpgsm_home, "-o", "-", "--verify", str(cms)) == MIME_ENTITY
    else:
        run_gpgsm(gpgsm_home, "--verify", str(cms), str(text))


def test_gpgsm_verifies_none_of_p521(signers, tmp_path, gpgsm_home):
    """It says so itself: when it does, docs/guide/sign.md has to say it, too."""
    rows, _ = signed(signers, [PLAIN], tmp_path, "p521", opaque=True)
    cms = tmp_path / "cms"
    cms.write_bytes(object_of(rows[0]["raw"]))
    command = ["gpgsm", "--homedir", str(gpgsm_home), "--batch", "--verify", str(cms)]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


@pytest.fixture(scope="module")
def nss_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("nss")
    database = f"sql:{folder}"
    root = folder / "root.pem"
    root.write_bytes(ROOT.public_bytes(Encoding.PEM))
    for command in (
        ["certutil", "-N", "-d", database, "--empty-password"],
        ["certutil", "-A", "-d", database, "-n", "root", "-t", "CT,C,C", "-a", "-i", str(root)],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return database


@pytest.mark.parametrize("name", ["rsa", "p256", "p384"])
@pytest.mark.parametrize("opaque", [False, True])
def test_nss_reads_it(signers: Signers, tmp_path, nss_database, name, opaque):
    """cmsutil has no option for the time, so that it is asked for the content and its digest."""
    rows, _ = signed(signers, [PLAIN], tmp_path, name, opaque=opaque)
    cms, text = tmp_path / "cms", tmp_path / "text"
    cms.write_bytes(object_of(rows[0]["raw"]))
    text.write_bytes(MIME_ENTITY)
    assert_nss(nss_database, cms, None if opaque else text, holds=True)
    if not opaque:
        text.write_bytes(MIME_ENTITY + b"more")
        assert_nss(nss_database, cms, text, holds=False)


def assert_nss(database: str, cms: pathlib.Path, text: pathlib.Path | None, *, holds: bool) -> None:
    command = ["cmsutil", "-D", "-d", database, "-i", str(cms), "-n"]
    command += [] if text is None else ["-c", str(text)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode == 0) == holds, done.stderr.decode()


@pytest.mark.parametrize("name", ["rsa", "p256", "ed25519", "ml-dsa-65"])
def test_cryptography_verifies_value_and_certificate(signers, tmp_path, name):
    """Over the attributes as a SET, by the key of the first certificate of Alice."""
    rows, _ = signed(signers, [PLAIN], tmp_path, name)
    found = pkcs7.load_der_pkcs7_certificates(object_of(rows[0]["raw"]))
    leaf: x509.Certificate = next(it for it in found if it.issuer != ROOT.subject)
    ((_, info, _),) = elements(signed_data_of(rows[0]["raw"])[4][1])
    fields = list(elements(info))
    attributes, value = b"\x31" + fields[3][2][1:], fields[5][1]
    key = leaf.public_key()
    if name == "rsa":
        key.verify(value, attributes, padding.PKCS1v15(), hashes.SHA256())
    elif name == "p256":
        key.verify(value, attributes, ec.ECDSA(hashes.SHA256()))
    else:
        key.verify(value, attributes)


def test_text_is_shown_without_any_s_mime(signers, tmp_path):
    rows, _ = signed(signers, [PLAIN], tmp_path, "rsa")
    parsed = email.message_from_bytes(rows[0]["raw"])
    text, signature = parsed.get_payload()
    assert text.get_payload(decode=True).replace(b"\r\n", b"\n") in PLAIN
    assert signature.get_content_type() == "application/pkcs7-signature"
