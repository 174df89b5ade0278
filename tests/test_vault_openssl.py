"""Keys out of files that the `openssl` command made, and out of files made by hand."""

from __future__ import annotations

import hashlib
import hmac
import pathlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    load_der_private_key,
)

import smimebatch as sb
from key_files import (
    NEW_OPENSSL,
    PASSWORD,
    Files,
    certificate,
    der,
    element,
    indefinite,
    key_of,
    needs_new_openssl,
    pkcs8,
    spki,
)
from smimebatch.errors import KeysError

WORD = PASSWORD.decode()


@pytest.fixture
def files(tmp_path: pathlib.Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def new_files(tmp_path: pathlib.Path) -> Files:
    return Files(tmp_path, program=str(NEW_OPENSSL))


def public_keys(vault: sb.Vault) -> set[bytes]:
    return {said.public_key for said in vault.keys}


PKCS12_OPTIONS = [
    "",
    "-legacy",
    "-legacy -descert",
    "-legacy -keypbe PBE-SHA1-RC2-40 -certpbe PBE-SHA1-RC2-128",
    "-legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-40",
    "-legacy -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-3DES",
    "-legacy -keypbe PBE-MD5-DES -certpbe PBE-SHA1-RC2-64",
    "-keypbe aes-128-cbc -certpbe aes-192-cbc",
    "-keypbe des-ede3-cbc -certpbe camellia-256-cbc",
    "-legacy -keypbe seed-cbc -certpbe rc2-cbc",
    "-keypbe NONE -certpbe NONE",
    "-keypbe NONE",
    "-nomac",
    "-nomac -legacy",
    "-nomaciter -noiter",
    "-iter 100000",
    "-macalg sha1",
    "-macalg sha384",
    "-macalg sha3-256",
    "-macalg sha512-256",
]


@pytest.mark.parametrize("options", PKCS12_OPTIONS)
@pytest.mark.parametrize("name", ["rsa", "p521"])
def test_pkcs12_of_every_encryption_gives_key_and_certificates(
    files: Files, options: str, name: str
) -> None:
    key = key_of(name)
    chain = [certificate(key), certificate(key, serial=8), certificate(key_of("p256"), serial=9)]
    path = files.write("a.p12", files.pkcs12(key, *chain, options=options))
    vault = sb.Vault.load(path, passwords=["wrong", WORD])
    assert public_keys(vault) == {spki(key)}
    assert vault.native.counts == (1, 3)
    assert vault.problems == ()
    assert vault.native.find_certificate(der(chain[1])) == vault.keys[0].id


@pytest.mark.parametrize("options", ["", "-legacy", "-nomac", "-nomac -legacy", "-macalg sha512"])
def test_pkcs12_of_the_empty_password_opens_by_itself(files: Files, options: str) -> None:
    key = key_of("rsa")
    text = files.pkcs12(key, certificate(key), options=f"{options} -passout pass:")
    for passwords in ([], ["wrong"], [""]):
        vault = sb.Vault.load(files.write("a.p12", text), passwords=passwords)
        assert public_keys(vault) == {spki(key)}


@pytest.mark.parametrize("options", ["", "-legacy", "-nomac", "-nomac -legacy"])
def test_pkcs12_wrong_password_is_told_from_damage(files: Files, options: str) -> None:
    key = key_of("rsa")
    text = files.pkcs12(key, certificate(key), options=options)
    path = files.write("a.p12", text)
    with pytest.raises(KeysError, match="expected a password, found none"):
        sb.Vault.load(path)
    with pytest.raises(KeysError, match="no password that was given opens it") as caught:
        sb.Vault.load(path, passwords=["not-this-0ne"])
    assert "a.p12" in str(caught.value)
    assert "not-this-0ne" not in str(caught.value)
    for end in range(1, len(text), 97):
        cut = files.write("cut.p12", text[:end])
        with pytest.raises(KeysError, match=r"damaged|found none"):
            sb.Vault.load(cut, passwords=[WORD])


PKCS8_OPTIONS = [
    "-v2 aes-128-cbc",
    "-v2 aes-256-cbc -v2prf hmacWithSHA1",
    "-v2 aes-256-cbc -v2prf hmacWithSHA224",
    "-v2 aes-256-cbc -v2prf hmacWithSHA384",
    "-v2 aes-256-cbc -v2prf hmacWithSHA512",
    "-v2 aes-256-cbc -v2prf hmacWithSHA512-256",
    "-v2 aes-256-cbc -iter 200000",
    "-v2 des3",
    "-v2 camellia-192-cbc",
    "-v2 des-cbc -provider legacy -provider default",
    "-v2 rc2-cbc -provider legacy -provider default",
    "-v2 rc2-40-cbc -provider legacy -provider default",
    "-v2 seed-cbc -provider legacy -provider default",
    "-v1 PBE-SHA1-3DES",
    "-v1 PBE-SHA1-2DES",
    "-v1 PBE-SHA1-RC2-40 -provider legacy -provider default",
    "-v1 PBE-SHA1-RC4-128 -provider legacy -provider default",
    "-v1 PBE-MD5-DES -provider legacy -provider default",
    "-v1 PBE-MD5-RC2-64 -provider legacy -provider default",
    "-v1 PBE-SHA1-DES -provider legacy -provider default",
    "-v1 PBE-SHA1-RC2-64 -provider legacy -provider default",
]


@pytest.mark.parametrize("options", PKCS8_OPTIONS)
def test_pkcs8_of_every_encryption_gives_the_key(files: Files, options: str) -> None:
    key = key_of("p384")
    given = files.write("given.pem", pkcs8(key, encoding=Encoding.PEM))
    for form in ("DER", "PEM"):
        command = ["pkcs8", "-topk8", "-in", given, "-outform", form, "-passout", f"pass:{WORD}"]
        path = files.write("key", files.openssl(*command, *options.split()))
        assert public_keys(sb.Vault.load(path, passwords=["wrong", WORD])) == {spki(key)}
        with pytest.raises(KeysError, match="no password that was given"):
            sb.Vault.load(path, passwords=["wrong"])


def test_scrypt_is_named_as_unsupported(files: Files) -> None:
    given = files.write("given.pem", pkcs8(key_of("p384"), encoding=Encoding.PEM))
    command = ["pkcs8", "-topk8", "-in", given, "-passout", f"pass:{WORD}", "-scrypt"]
    path = files.write("key", files.openssl(*command))
    with pytest.raises(KeysError, match=r"1\.3\.6\.1\.4\.1\.11591\.4\.11 is not supported"):
        sb.Vault.load(path, passwords=[WORD])


DEK_CIPHERS = [
    "-des",
    "-des3",
    "-aes128",
    "-aes192",
    "-aes256",
    "-camellia128",
    "-camellia256",
    "-seed",
]


@pytest.mark.parametrize("cipher", DEK_CIPHERS)
@pytest.mark.parametrize("name", ["rsa", "p256"])
def test_traditional_encrypted_pem_gives_the_key(files: Files, cipher: str, name: str) -> None:
    key = key_of(name)
    given = files.write("given.pem", pkcs8(key, encoding=Encoding.PEM))
    command = ["rsa", "-traditional"] if name == "rsa" else ["ec"]
    providers = ["-provider", "legacy", "-provider", "default"]
    command += ["-in", str(given), cipher, "-passout", f"pass:{WORD}", *providers]
    text = files.openssl(*command)
    assert b"DEK-Info" in text
    for spelled in (text, text.replace(b"\n", b"\r\n")):
        path = files.write("key.pem", b"Bag Attributes\n  friendlyName: a:b\n" + spelled)
        assert public_keys(sb.Vault.load(path, passwords=["no", WORD])) == {spki(key)}
    with pytest.raises(KeysError, match="expected a password"):
        sb.Vault.load(path)


GENERATED = {
    "rsa": "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    "pss": "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
    "restricted pss": "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 "
    "-pkeyopt rsa_pss_keygen_md:sha256",
    "named curve": "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    "explicit curve": "-algorithm EC -pkeyopt ec_paramgen_curve:P-384 "
    "-pkeyopt ec_param_enc:explicit",
    "brainpool": "-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256t1",
    "p192": "-algorithm EC -pkeyopt ec_paramgen_curve:prime192v1",
    "x25519": "-algorithm X25519",
    "x448": "-algorithm X448",
    "ed25519": "-algorithm ED25519",
    "ed448": "-algorithm ED448",
}


@pytest.mark.parametrize("kind", GENERATED)
def test_generated_key_has_the_public_key_that_openssl_says(files: Files, kind: str) -> None:
    made = files.openssl("genpkey", *GENERATED[kind].split())
    (said,) = sb.Vault.load(files.write("key.pem", made)).keys
    public = files.openssl(
        "pkey", "-in", files.write("again.pem", made), "-pubout", "-outform", "DER"
    )
    if kind in ("pss", "restricted pss"):
        # The identifier says what the key is for; the numbers are the same.
        assert said.public_key[-270:] == public[-270:]
    elif kind == "explicit curve":
        assert said.public_key[-97:] == public[-97:]
    else:
        assert said.public_key == public


def test_restricted_key_is_that_of_its_certificate(files: Files) -> None:
    made = files.openssl("genpkey", *GENERATED["pss"].split())
    path = files.write("key.pem", made)
    config = ["-subj", "/CN=Alice", "-days", "1", "-x509", "-new"]
    text = files.openssl("req", *config, "-key", path, "-outform", "DER")
    vault = sb.Vault.load(path)
    assert vault.native.find_certificate(text) == vault.keys[0].id


def test_dsa_key_is_named_as_unsupported(files: Files) -> None:
    parameters = files.openssl("genpkey", "-genparam", "-algorithm", "DSA")
    path = files.write("dsa.pem", parameters)
    key = files.write("key.pem", files.openssl("genpkey", "-paramfile", path))
    traditional = files.openssl("pkey", "-in", key, "-traditional")
    for text in (key.read_bytes(), traditional):
        with pytest.raises(KeysError, match="dsa is not supported"):
            sb.Vault.load(files.write("dsa.key", text))


@needs_new_openssl()
@pytest.mark.parametrize("mac", ["sha256", "sha512"])
@pytest.mark.parametrize("prf", ["hmacWithSHA256", "hmacWithSHA512"])
def test_rfc_9579_pkcs12_gives_the_key(new_files: Files, mac: str, prf: str) -> None:
    key = key_of("rsa")
    options = f"-pbmac1_pbkdf2 -macalg {mac} -pbmac1_pbkdf2_md {prf.removeprefix('hmacWith')}"
    text = new_files.pkcs12(key, certificate(key), options=options)
    assert bytes.fromhex("06092a864886f70d01050e") in text, "PBMAC1"
    path = new_files.write("a.p12", text)
    assert public_keys(sb.Vault.load(path, passwords=["wrong", WORD])) == {spki(key)}
    with pytest.raises(KeysError, match="no password that was given"):
        sb.Vault.load(path, passwords=["wrong"])


@needs_new_openssl()
@pytest.mark.parametrize("form", ["seed-only", "priv-only", "seed-priv"])
@pytest.mark.parametrize("size", [512, 768, 1024])
def test_ml_kem_key_in_every_form(new_files: Files, form: str, size: int) -> None:
    options = ["-algorithm", f"ML-KEM-{size}", "-provparam", f"ml-kem.output_formats={form}"]
    path = new_files.write("key.pem", new_files.openssl("genpkey", *options))
    public = new_files.openssl("pkey", "-in", path, "-pubout", "-outform", "DER")
    (said,) = sb.Vault.load(path).keys
    assert (said.public_key, said.algorithm) == (public, f"ml-kem-{size}")


@needs_new_openssl()
@pytest.mark.parametrize("form", ["seed-only", "priv-only", "seed-priv"])
@pytest.mark.parametrize("size", [44, 65, 87])
def test_ml_dsa_key_in_every_form(new_files: Files, form: str, size: int) -> None:
    options = ["-algorithm", f"ML-DSA-{size}", "-provparam", f"ml-dsa.output_formats={form}"]
    path = new_files.write("key.pem", new_files.openssl("genpkey", *options))
    public = new_files.openssl("pkey", "-in", path, "-pubout", "-outform", "DER")
    (said,) = sb.Vault.load(path).keys
    assert (said.public_key, said.algorithm) == (public, f"ml-dsa-{size}")


DATA = element(0x06, bytes.fromhex("2a864886f70d010701"))
KEY_BAG = element(0x06, bytes.fromhex("2a864886f70d010c0a0101"))
SHROUDED = element(0x06, bytes.fromhex("2a864886f70d010c0a0102"))
NESTED = element(0x06, bytes.fromhex("2a864886f70d010c0a0106"))


def bag(kind: bytes, value: bytes) -> bytes:
    return indefinite(0x30, kind, indefinite(0xA0, value))


def in_pieces(octets: bytes) -> bytes:
    parts = [element(0x04, octets[at : at + 100]) for at in range(0, len(octets), 100)]
    return indefinite(0x30, DATA, indefinite(0xA0, indefinite(0x24, *parts)))


def pfx(*bags: bytes, password: bytes) -> bytes:
    """PKCS#12 with indefinite lengths and strings in pieces, as Netscape and Java wrote it."""
    authenticated = indefinite(0x30, in_pieces(indefinite(0x30, *bags)))
    code = hmac.new(mac_key(password, b"salt", 3), authenticated, "sha1").digest()
    digest = element(0x30, bytes.fromhex("300906052b0e03021a0500"), element(0x04, code))
    mac = element(0x30, digest, element(0x04, b"salt"), element(0x02, b"\x03"))
    return indefinite(0x30, element(0x02, b"\x03"), in_pieces(authenticated), mac)


def mac_key(password: bytes, salt: bytes, iterations: int) -> bytes:
    """RFC 7292 §B.2 for SHA-1 and the key of the code, the slow and obvious way."""
    block = 64

    def repeated(octets: bytes) -> bytes:
        size = -(-len(octets) // block) * block
        return (octets * (size // len(octets) + 1))[:size] if octets else b""

    digest = b"\x03" * block + repeated(salt) + repeated(password)
    for _ in range(iterations):
        digest = hashlib.sha1(digest).digest()
    return digest


def test_pkcs12_in_ber_with_nested_bags_and_several_keys(files: Files) -> None:
    keys = [key_of(name) for name in ("rsa", "p256", "x25519")]
    first, second, third = (bag(KEY_BAG, pkcs8(key)) for key in keys)
    bags = [first, bag(NESTED, indefinite(0x30, second)), third]
    for empty_password in (b"\0\0", b""):
        vault = sb.Vault.load(files.write("a.p12", pfx(*bags, password=empty_password)))
        assert public_keys(vault) == {spki(key) for key in keys}
    path = files.write("b.p12", pfx(*bags, password=b"\0a\0\0"))
    with pytest.raises(KeysError, match="expected a password"):
        sb.Vault.load(path)
    assert len(sb.Vault.load(path, passwords=["b", "a"]).keys) == 3


def test_pkcs12_of_two_passwords_opens_with_both_and_says_what_one_leaves(files: Files) -> None:
    plain, shrouded = key_of("rsa"), key_of("p256")
    other = BestAvailableEncryption(b"other")
    bags = [bag(KEY_BAG, pkcs8(plain)), bag(SHROUDED, pkcs8(shrouded, other))]
    path = files.write("a.p12", pfx(*bags, password=b"\0a\0\0"))
    vault = sb.Vault.load(path, passwords=["a", "other"])
    assert public_keys(vault) == {spki(plain), spki(shrouded)}
    vault = sb.Vault.load(path, passwords=["a"])
    assert public_keys(vault) == {spki(plain)}
    assert [problem.kind for problem in vault.problems] == ["damaged"]
    assert "right password" in vault.problems[0].text


def test_ec_key_with_parameters_in_either_place_and_any_length_of_number(files: Files) -> None:
    key: Any = load_der_private_key(pkcs8(key_of("p256")), None)
    number = key.private_numbers().private_value
    curve = bytes.fromhex("06082a8648ce3d030107")
    algorithm = bytes.fromhex("06072a8648ce3d0201")
    for length in (32, 33, 48):
        octets = element(0x04, number.to_bytes(length, "big"))
        version = element(0x02, b"\x01")
        alone = element(0x30, version, octets, element(0xA0, curve))
        bare = element(0x30, version, octets)
        zero = element(0x02, b"\0")
        outer = element(0x30, zero, element(0x30, algorithm, curve), element(0x04, bare))
        inner = element(0x30, zero, element(0x30, algorithm), element(0x04, alone))
        for text in (alone, outer, inner):
            assert public_keys(sb.Vault.load(files.write("a.key", text))) == {spki(key)}
    other = bytes.fromhex("06052b81040022")
    text = element(0x30, zero, element(0x30, algorithm, other), element(0x04, alone))
    with pytest.raises(KeysError, match="two different curves"):
        sb.Vault.load(files.write("a.key", text))
    with pytest.raises(KeysError, match="damaged"):
        sb.Vault.load(files.write("a.key", bare))
    too_great = element(0x30, version, element(0x04, b"\xff" * 32), element(0xA0, curve))
    with pytest.raises(KeysError, match="no key"):
        sb.Vault.load(files.write("a.key", too_great))
