"""CMS objects for the unit tests of rust/core/src/cms, made by `openssl` and by the package `cryptography`.

    python generate.py [DIRECTORY]        writes the objects beside itself, or into DIRECTORY

Keys are made anew each time, so the bytes differ from run to run; the tests ask only for what stays.
No private key is kept.
"""

import datetime
import pathlib
import subprocess
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

CONTENT = b"Content-Type: text/plain\r\n\r\nHello, reader.\r\n"
LONG_CONTENT = CONTENT + b"One more line of text.\r\n" * 500
NOT_BEFORE = datetime.datetime(2024, 1, 1)
NOT_AFTER = datetime.datetime(2044, 1, 1)


def certificate(name: str, key, serial: int) -> x509.Certificate:
    """A self-signed certificate with a key identifier."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(serial)
    builder = builder.not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)
    return builder.add_extension(key_id, critical=False).sign(key, hashes.SHA256())


def write_identity(folder: pathlib.Path, name: str, key, serial: int) -> x509.Certificate:
    """Puts NAME.crt and NAME.key into a folder for the command line."""
    cert = certificate(name, key, serial)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / f"{name}.crt").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(private)
    return cert


def openssl(folder: pathlib.Path, output: pathlib.Path, command: str) -> None:
    """Runs one command in a folder that holds the keys and the content."""
    name, *options = command.split()
    arguments = ["openssl", name, "-out", str(output), *options]
    subprocess.run(arguments, cwd=folder, check=True, capture_output=True)


SIGN = "cms -sign -binary -outform DER -md sha256 -in content"
RSA = "-signer rsa.crt -inkey rsa.key"
EC = "-signer ec.crt -inkey ec.key"
SHARED_KEY = "-secretkey 000102030405060708090a0b0c0d0e0f -secretkeyid 0102"
OPENSSL_OBJECTS = {
    "detached.p7s": f"{SIGN} {RSA}",
    "opaque.p7m": f"{SIGN} -nodetach {RSA}",
    "stream.p7m": f"{SIGN.replace('content', 'long')} -nodetach -stream {RSA}",
    "stream_detached.p7s": f"{SIGN} -stream {RSA}",
    "noattr.p7s": f"{SIGN} -noattr {RSA}",
    "nocerts.p7s": f"{SIGN} -nocerts {RSA}",
    "keyid.p7s": f"{SIGN} -keyid {EC}",
    "cades.p7s": f"{SIGN} -cades {RSA}",
    "pss.p7s": f"{SIGN} {RSA} -keyopt rsa_padding_mode:pss",
    "two_signers.p7s": f"{SIGN} {RSA} {EC}",
    "smime_pkcs7.p7s": f"smime -sign -binary -outform DER -md sha1 -in content {RSA}",
    "certs_only.p7c": "crl2pkcs7 -nocrl -outform DER -certfile rsa.crt -certfile ec.crt",
    "receipt_type.p7m": f"{SIGN} -nodetach -econtent_type 1.2.840.113549.1.9.16.1.1 {RSA}",
    "digested.p7m": "cms -digest_create -outform DER -in content",
    "encrypted.p7m": "cms -EncryptedData_encrypt -aes128 -outform DER -in content"
    " -secretkey 000102030405060708090a0b0c0d0e0f",
    "enveloped.p7m": "cms -encrypt -binary -aes256 -outform DER -in content"
    f" {SHARED_KEY} -pwri_password secret -recip rsa.crt -keyid -recip ec.crt",
    "enveloped_stream.p7m": "cms -encrypt -binary -des3 -stream -outform DER -in long rsa.crt",
    "auth_enveloped.p7m": "cms -encrypt -binary -aes-256-gcm -outform DER -in content rsa.crt ec.crt",
}


def main() -> None:
    """Writes every object."""
    target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    target = target if target.is_dir() else target.parent
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        rsa_cert = write_identity(folder, "rsa", rsa_key, 0x1001)
        write_identity(folder, "ec", ec.generate_private_key(ec.SECP256R1()), 0x2002)
        (folder / "content").write_bytes(CONTENT)
        (folder / "long").write_bytes(LONG_CONTENT)
        for file, command in OPENSSL_OBJECTS.items():
            openssl(folder, target / file, command)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    builder = builder.add_signer(rsa_cert, rsa_key, hashes.SHA512())
    signed = builder.sign(
        serialization.Encoding.DER,
        [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary],
    )
    (target / "cryptography.p7s").write_bytes(signed)
    envelope = pkcs7.PKCS7EnvelopeBuilder().set_data(CONTENT).add_recipient(rsa_cert)
    enveloped = envelope.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    (target / "cryptography.p7m").write_bytes(enveloped)


if __name__ == "__main__":
    main()
