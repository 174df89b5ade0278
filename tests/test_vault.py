"""Keys out of files that `cryptography` made, and how they are found again."""

from __future__ import annotations

import base64
import errno
import hashlib
import itertools
import os
import pathlib
import pickle
import resource
import signal
import subprocess
import sys
import traceback
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PBES,
    serialize_key_and_certificates,
)

import smimebatch as sb
from key_files import (
    MAKERS,
    PASSWORD,
    Files,
    certificate,
    der,
    element,
    key_of,
    pem,
    pkcs8,
    spki,
)
from smimebatch import _native
from smimebatch.errors import KeysError

CORE = resource.RLIMIT_CORE


@pytest.fixture
def files(tmp_path: pathlib.Path) -> Files:
    return Files(tmp_path)


def public_keys(vault: sb.Vault) -> set[bytes]:
    return {said.public_key for said in vault.keys}


def issuer_and_serial(of: x509.Certificate) -> tuple[bytes, bytes]:
    length = of.serial_number.bit_length() // 8 + 1
    return of.issuer.public_bytes(), of.serial_number.to_bytes(length, "big")


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
@pytest.mark.parametrize("is_encrypted", [False, True])
def test_pkcs8_gives_the_key_that_cryptography_wrote(
    files: Files, name: str, encoding: Encoding, is_encrypted: bool
) -> None:
    key = key_of(name)
    encryption = BestAvailableEncryption(PASSWORD) if is_encrypted else None
    path = files.write("key", pkcs8(key, encryption, encoding=encoding))
    vault = sb.Vault.load(path, passwords=[PASSWORD])
    (said,) = vault.keys
    assert said.public_key == spki(key)
    assert said.id == hashlib.sha256(spki(key)).hexdigest()
    is_named = name.startswith(("rsa", "x", "ed", "ml"))
    assert said.algorithm == (name.removesuffix("-e3") if is_named else "ec")
    assert vault.problems == ()


@pytest.mark.parametrize("name", ["rsa", "p256", "p521", "brainpool"])
@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_traditional_form_gives_the_key(files: Files, name: str, encoding: Encoding) -> None:
    key = key_of(name)
    text = pkcs8(key, encoding=encoding, form=PrivateFormat.TraditionalOpenSSL)
    assert public_keys(sb.Vault.load(files.write("key", text))) == {spki(key)}
    if encoding is Encoding.PEM:
        encryption = BestAvailableEncryption(PASSWORD)
        form = PrivateFormat.TraditionalOpenSSL
        text = pkcs8(key, encryption, encoding=encoding, form=form)
        assert b"DEK-Info" in text
        path = files.write("encrypted", text)
        assert public_keys(sb.Vault.load(path, passwords=[PASSWORD])) == {spki(key)}
        with pytest.raises(KeysError, match="no password that was given opens it"):
            sb.Vault.load(path, passwords=["another"])


PKCS12_HASHES = [hashes.SHA1(), hashes.SHA256(), hashes.SHA512()]


@pytest.mark.parametrize("pbes", list(PBES))
@pytest.mark.parametrize("hash_algorithm", PKCS12_HASHES, ids=lambda it: it.name)
@pytest.mark.parametrize("name", ["rsa", "p384"])
def test_pkcs12_gives_key_and_certificates(
    files: Files, pbes: PBES, hash_algorithm: Any, name: str
) -> None:
    key = key_of(name)
    encryption = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
    encryption = encryption.key_cert_algorithm(pbes).hmac_hash(hash_algorithm)
    own, other = certificate(key), certificate(key_of("p521"), serial=9)
    text = serialize_key_and_certificates(
        "näme".encode(), key, own, [other], encryption.build(PASSWORD)
    )
    vault = sb.Vault.load(files.write("a.p12", text), passwords=["first", PASSWORD])
    assert public_keys(vault) == {spki(key)}
    assert vault.native.counts == (1, 2)
    assert vault.native.find(*issuer_and_serial(own)) == [(vault.keys[0].id, der(own))]
    assert vault.native.find(*issuer_and_serial(other)) == [], "a certificate without key"


@pytest.mark.parametrize("password", ["pässwörd", "пароль", "密码🔑", "", "a" * 500])
def test_pkcs12_password_is_text_of_any_script(files: Files, password: str) -> None:
    key = key_of("p256")
    if password:
        encryption: Any = BestAvailableEncryption(password.encode())
        text = serialize_key_and_certificates(None, key, None, None, encryption)
    else:
        text = files.pkcs12(key, options="-nocerts -passout pass:")
    path = files.write("a.p12", text)
    assert public_keys(sb.Vault.load(path, passwords=[password])) == {spki(key)}
    legacy = files.pkcs12(key, options=f"-nocerts -legacy -passout pass:{password}")
    path = files.write("b.p12", legacy)
    assert public_keys(sb.Vault.load(path, passwords=[password])) == {spki(key)}


def test_pkcs12_without_encryption_needs_no_password(files: Files) -> None:
    key = key_of("rsa")
    text = serialize_key_and_certificates(None, key, certificate(key), None, NoEncryption())
    assert public_keys(sb.Vault.load(files.write("a.p12", text))) == {spki(key)}


def test_renewed_certificates_of_one_key_all_find_it_in_one_order(files: Files) -> None:
    key = key_of("rsa")
    first, second = certificate(key, serial=1), certificate(key, serial=-(2**70) % 2**80)
    other_issuer = certificate(key, serial=1, issuer="Other CA")
    paths = [
        files.write("key.der", pkcs8(key)),
        files.write("first.pem", b"any text\n" + pem(first)),
        files.write("second.der", der(second)),
        files.write("third.pem", pem(other_issuer) + pem(certificate(key_of("p384"), serial=1))),
    ]
    for order in itertools.permutations(paths):
        vault = sb.Vault.load(*order)
        key_id = vault.keys[0].id
        for made in (first, second, other_issuer):
            assert vault.native.find(*issuer_and_serial(made)) == [(key_id, der(made))]
        smallest = min(
            (first, second, other_issuer), key=lambda it: it.fingerprint(hashes.SHA256())
        )
        found = vault.native.find_key_identifier(b"\x11" * 20)
        assert found == [(key_id, der(smallest))]
    serial = issuer_and_serial(first)[1]
    padded = b"\0\0" + serial
    assert vault.native.find(first.issuer.public_bytes(), padded) == [(key_id, der(first))]
    assert vault.native.find(b"no name", serial) == []


def test_key_without_certificate_is_found_by_itself_and_by_a_certificate_of_the_run(
    files: Files,
) -> None:
    for name in ("rsa", "p256", "x25519", "ml-kem-768"):
        key = key_of(name)
        vault = sb.Vault.load(files.write("key", pkcs8(key)))
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
        assert vault.native.find_key_identifier(identifier) == [(vault.keys[0].id, None)]
        assert vault.native.find_certificate(der(certificate(key))) == vault.keys[0].id
        assert vault.native.find_certificate(der(certificate(key_of("p521")))) is None


def test_certificate_without_identifier_is_known_by_the_digest_of_its_key(files: Files) -> None:
    key = key_of("p384")
    made = certificate(key, with_identifier=None)
    vault = sb.Vault.load(files.write("a.pem", pkcs8(key, encoding=Encoding.PEM) + pem(made)))
    digest = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    assert vault.native.find_key_identifier(digest) == [(vault.keys[0].id, der(made))]


def test_directory_that_may_not_be_listed_is_told(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("keys/a.key", pkcs8(key_of("p256")))
    files.write("keys/closed/b.key", pkcs8(key_of("rsa")))
    listing = os.scandir

    def scandir(path: Any) -> Any:
        if os.path.basename(path) == "closed":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return listing(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (problem,) = sb.Vault.load(files.folder / "keys").problems
    assert (pathlib.Path(problem.path).name, problem.kind) == ("closed", "unreadable")
    assert "Permission denied" in problem.text
    with pytest.raises(KeysError, match="Permission denied"):
        sb.Vault.load(files.folder / "keys" / "closed")


def test_directory_gives_every_key_and_counts_what_is_none(files: Files) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(300)]
    for number, key in enumerate(keys):
        files.write(f"keys/{number % 7}/{number}.key", pkcs8(key))
        files.write(f"keys/{number % 7}/{number}.crt", pem(certificate(key, serial=number + 1)))
    files.write("keys/README.txt", b"0 what is here: keys")
    files.write("keys/picture.png", b"\x89PNG\r\n")
    files.write("keys/.hidden.key", pkcs8(key_of("rsa")))
    files.write("keys/.git/object", pkcs8(key_of("rsa")))
    files.write("keys/damaged.p12", files.pkcs12(key_of("rsa"), options="-nocerts")[:700])
    files.write("keys/closed.key", pkcs8(key_of("rsa"), BestAvailableEncryption(PASSWORD)))
    vault = sb.Vault.load(files.folder / "keys")
    assert public_keys(vault) == {spki(key) for key in keys}
    assert repr(vault) == "<Vault: 300 keys, 300 certificates>"
    assert vault.skipped == 2
    problems = {(pathlib.Path(it.path).name, it.kind) for it in vault.problems}
    assert problems == {("damaged.p12", "damaged"), ("closed.key", "password_needed")}
    assert len(vault.warnings) == 2
    bare = sb.Vault.load(files.folder / "keys" / "0" / "0.key", files.folder / "keys" / "1")
    assert bare.native.bare_keys == 1
    assert bare.warnings[0].startswith(f"1 of {len(bare.keys)} keys came without a certificate")
    for number in (0, 150, 299):
        made = certificate(keys[number], serial=number + 1)
        ((key_id, _),) = vault.native.find(*issuer_and_serial(made))
        assert key_id == hashlib.sha256(spki(keys[number])).hexdigest()


def test_file_that_was_named_and_gives_nothing_is_an_error(files: Files) -> None:
    good = files.write("good.key", pkcs8(key_of("p256")))
    text = files.write("notes.txt", b"nothing")
    with pytest.raises(KeysError, match=r"notes\.txt.*found none") as caught:
        sb.Vault.load(good, text)
    assert caught.value.exit_code == 4
    with pytest.raises(KeysError, match="nothing there"):
        sb.Vault.load(files.folder / "nowhere")
    only_certificate = files.write("only.pem", pem(certificate(key_of("p256"))))
    with pytest.raises(KeysError, match="no private key"):
        sb.Vault.load(only_certificate)
    (files.folder / "empty").mkdir()
    with pytest.raises(KeysError, match="no private key"):
        sb.Vault.load(files.folder / "empty")
    truncated = files.write("cut.p12", files.pkcs12(key_of("rsa"), options="-nocerts")[:-9])
    with pytest.raises(KeysError, match="damaged"):
        sb.Vault.load(truncated)


def test_pem_with_good_and_broken_blocks_gives_the_good_and_names_the_line(files: Files) -> None:
    good = pkcs8(key_of("p256"), encoding=Encoding.PEM)
    broken = b"-----BEGIN PRIVATE KEY-----\n%%%%\n-----END PRIVATE KEY-----\n"
    ssh = key_of("ed25519").private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    vault = sb.Vault.load(files.write("mixed.pem", b"text\n" + broken + ssh + good))
    assert public_keys(vault) == {spki(key_of("p256"))}
    (problem,) = vault.problems
    assert problem.kind == "damaged"
    assert "line 2" in problem.text
    with pytest.raises(KeysError, match="found none"):
        sb.Vault.load(files.write("ssh", ssh))


def test_wrong_password_is_told_from_none_and_from_damage(files: Files) -> None:
    key = key_of("rsa")
    encryption = BestAvailableEncryption(PASSWORD)
    for text in (
        pkcs8(key, encryption),
        pkcs8(key, encryption, encoding=Encoding.PEM),
        serialize_key_and_certificates(None, key, None, None, encryption),
    ):
        path = files.write("closed", text)
        with pytest.raises(KeysError, match="expected a password, found none"):
            sb.Vault.load(path)
        with pytest.raises(KeysError, match="no password that was given opens it"):
            sb.Vault.load(path, passwords=["wrong", "wronger"])


def secrets_of(key: Any) -> list[bytes]:
    """Give a private number in all the ways in which it could get out."""
    number: int = key.private_numbers().private_value
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    hexadecimal = octets.hex().encode()
    spellings = [octets, hexadecimal, hexadecimal.upper(), base64.b64encode(octets)[:40]]
    return [*spellings, str(number).encode(), repr(octets).encode()[2:42]]


def test_rule_40a_nothing_that_is_printed_shows_password_or_key(files: Files) -> None:
    key = key_of("p384")
    path = files.write("a.key", pkcs8(key, BestAvailableEncryption(PASSWORD)))
    plain = files.write("b.key", pkcs8(key))
    vault = sb.Vault.load(path, plain, passwords=[PASSWORD])
    said = [repr(vault), str(vault), repr(vault.native), repr(vault.keys), repr(vault.warnings)]
    wrong = files.write("cut.key", pkcs8(key)[:-30])
    for options in ({"passwords": [sb.keys.Password(PASSWORD)]}, {}):
        for places in ((wrong,), (files.write("c", pkcs8(key, BestAvailableEncryption(b"x"))),)):
            with pytest.raises(KeysError) as caught:
                sb.Vault.load(*places, **options)
            error = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
            inside = [frame for frame in error.stack if "test_vault" not in frame.filename]
            said.extend(str(frame.locals) for frame in inside)
            said.extend([str(caught.value), repr(caught.value)])
    printed = "\n".join(said).encode()
    for secret in (PASSWORD, *secrets_of(key)):
        assert secret not in printed


def test_vault_and_passwords_cannot_be_pickled(files: Files) -> None:
    vault = sb.Vault.load(files.write("a.key", pkcs8(key_of("p256"))))
    native = (vault.native, _native.Passwords([PASSWORD]))
    for it in (vault, *native, sb.keys.Password(PASSWORD)):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError):
                pickle.dumps(it, protocol)


def test_no_core_dump_is_written_while_a_vault_is_alive(files: Files) -> None:
    path = files.write("a.key", pkcs8(key_of("p256")))
    before = resource.getrlimit(CORE)
    first = sb.Vault.load(path)
    second = sb.Vault.load(path)
    assert resource.getrlimit(CORE)[0] in (0, 1)
    del first
    assert resource.getrlimit(CORE)[0] in (0, 1)
    del second
    assert resource.getrlimit(CORE) == before
    with pytest.raises(KeysError):
        sb.Vault.load(files.folder / "nowhere")
    assert resource.getrlimit(CORE) == before


CRASH = """
import os, resource, sys
import smimebatch as sb
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, hard))
vault = sb.Vault.load(sys.argv[1]) if len(sys.argv) > 1 else None
os.abort()
"""


def test_crash_with_a_vault_leaves_no_core(files: Files, tmp_path: pathlib.Path) -> None:
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern")
    if not pattern.exists() or not pattern.read_text().startswith("core"):
        pytest.skip("cores do not go to the directory of the process here")
    if 0 <= resource.getrlimit(CORE)[1] < 1 << 20:
        pytest.skip("cores are forbidden here")
    path = files.write("keys/a.key", pkcs8(key_of("p256")))
    cores = []
    for arguments in ([], [str(path)]):
        command = [sys.executable, "-c", CRASH, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == -signal.SIGABRT, done.stderr
        found = list(tmp_path.glob("core*"))
        cores.append(len(found))
        for core in found:
            core.unlink()
    assert cores == [1, 0]


def test_compressed_point_in_a_certificate_is_of_the_same_key(files: Files) -> None:
    key = key_of("p256")
    public = key.public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    compressed = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    made = certificate(key)
    shorter = spki(key).replace(b"\x03\x42\0" + point, b"\x03\x22\0" + compressed)
    shorter = element(0x30, shorter[2:])
    signed = made.tbs_certificate_bytes
    header = 4 if signed[1] == 0x82 else 3
    changed = element(0x30, signed[header:].replace(spki(key), shorter))
    changed = element(0x30, changed, der(made)[4 + len(signed) :])
    vault = sb.Vault.load(files.write("a.key", pkcs8(key)))
    assert vault.native.find_certificate(changed) == vault.keys[0].id
