"""Other programs open what is made here, and what they make is opened here, kind by kind.

docs/reference/envelopes.md shows the table, of which every cell is a test here or in
test_encrypt.py, test_decrypt.py.
"""

from __future__ import annotations

import base64
import pathlib
from collections.abc import Iterator

import judge
import pki
import programs
import pytest
import tools
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509 import load_der_x509_certificate
from tests.sealing.keyring import ENTITY, HEADER, as_parquet, objects, written
from tests.sealing.test_rules import part_of
from world import World

import smimebatch as sb
from smimebatch.keys import Vault

CBC = ("aes128-cbc", "aes256-cbc")


class Party:
    """Somebody with a certificate, whose key this program and another one have."""

    def __init__(self, owner: pki.Certificate, folder: pathlib.Path) -> None:
        self.owner = owner
        self.folder = folder
        self.certificate = folder / "owner.pem"
        self.certificate.write_bytes(owner.pem)
        key = folder / "owner.key"
        key.write_bytes(owner.key_pem)
        self.vault = Vault.load(key, self.certificate)

    def encrypted(self, tmp_path: pathlib.Path, **options: object) -> bytes:
        """Return the CMS object that this program makes for the owner, DER."""
        source = as_parquet([HEADER + ENTITY], tmp_path / "mail.parquet")
        run = sb.encrypt(
            source,
            to=self.certificate,
            vault=self.vault,
            output=tmp_path / "run",
            overwrite=True,
            **options,
        )
        assert [row["state"] for row in objects(run)] == ["COMMITTED"]
        (row,) = written(tmp_path / "run")
        return object_of(row["raw"])

    def opens(self, cms: bytes, tmp_path: pathlib.Path) -> bytes:
        """Return what this program finds in an envelope of another."""
        source = as_parquet([HEADER + part_of(cms)], tmp_path / "theirs.parquet")
        sb.decrypt(source, vault=self.vault, output=tmp_path / "opened", overwrite=True)
        (row,) = written(tmp_path / "opened")
        assert row["opened"]
        return row["raw"]


def object_of(mail: bytes) -> bytes:
    """Return the object that is the body of a mail."""
    return base64.b64decode(mail.partition(b"\r\n\r\n")[2])


@pytest.fixture(scope="module")
def rsa(world: World, tmp_path_factory: pytest.TempPathFactory) -> Party:
    return Party(world.alice, tmp_path_factory.mktemp("rsa"))


def exchange(world: World, party: Party, issuing: pki.Certificate) -> pathlib.Path:
    """Return the owner's key as PKCS#12 that gpgsm reads."""
    openssl = judge.OpenSsl(party.folder)
    files = tools.Files(party.folder)
    chain = issuing.pem + world.root.pem
    return programs.readable_by_gpgsm(
        lambda: tools.personal_exchange(openssl, files, party.owner, chain), world.root
    )


@pytest.fixture(scope="module")
def gpgsm_rsa(world: World, rsa: Party) -> Iterator[programs.Run]:
    with programs.gpgsm(exchange(world, rsa, world.issuing), world.root) as run:
        yield run


@pytest.mark.parametrize("content", CBC)
@pytest.mark.parametrize("transport", ["pkcs1"])
def test_gpgsm_opens_it(gpgsm_rsa, rsa, tmp_path, content, transport):
    cms = tmp_path / "cms"
    cms.write_bytes(rsa.encrypted(tmp_path, content=content, key_transport=transport))
    assert gpgsm_rsa("--decrypt", "-o", "-", cms) == ENTITY


@pytest.mark.parametrize("cipher", ["AES", "AES256", "3DES"])
def test_what_gpgsm_makes_is_opened(gpgsm_rsa, rsa, tmp_path, cipher):
    entity = tmp_path / "entity"
    entity.write_bytes(ENTITY)
    to = "&" + programs.keygrip(gpgsm_rsa)
    cms = gpgsm_rsa("--cipher-algo", cipher, "--encrypt", "-r", to, "-o", "-", entity)
    assert rsa.opens(cms, tmp_path) == HEADER + ENTITY


@pytest.fixture(scope="module")
def cmsutil(world: World, rsa: Party) -> Iterator[programs.Run]:
    p12 = exchange(world, rsa, world.issuing)
    with programs.nss(p12, tools.Files(rsa.folder).certificate(world.root)) as run:
        yield run


@pytest.mark.parametrize("content", CBC)
@pytest.mark.parametrize("transport", ["pkcs1"])
def test_nss_opens_it(cmsutil, rsa, tmp_path, content, transport):
    cms = rsa.encrypted(tmp_path, content=content, key_transport=transport)
    assert cmsutil("-D", data=cms) == ENTITY


def test_what_nss_makes_is_opened(cmsutil, rsa, tmp_path):
    cms = cmsutil("-E", "-r", "alice@example.org", data=ENTITY)
    assert rsa.opens(cms, tmp_path) == HEADER + ENTITY


@pytest.mark.parametrize("content", CBC)
def test_cryptography_opens_it(rsa, tmp_path, content):
    certificate = load_der_x509_certificate(rsa.owner.der)
    key = serialization.load_pem_private_key(rsa.owner.key_pem, None)
    cms = rsa.encrypted(tmp_path, content=content, key_transport="pkcs1")
    assert pkcs7.pkcs7_decrypt_der(cms, certificate, key, []) == ENTITY


@pytest.mark.parametrize("cipher", [algorithms.AES128, algorithms.AES256])
def test_what_cryptography_makes_is_opened(rsa, tmp_path, cipher):
    certificate = load_der_x509_certificate(rsa.owner.der)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(ENTITY).add_recipient(certificate)
    builder = builder.set_content_encryption_algorithm(cipher)
    cms = builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    assert rsa.opens(cms, tmp_path) == HEADER + ENTITY
