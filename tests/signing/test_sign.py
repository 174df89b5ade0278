"""Mail signed with keys of every kind, in both forms, and verified by ourselves and by OpenSSL."""

from __future__ import annotations

import base64
import email
import subprocess
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_public_key,
    pkcs7,
)
from cryptography.x509.oid import NameOID
from tests.key_files import NEW_OPENSSL
from tests.sealing.keyring import NOW
from tests.signing.keyring import (
    BODY,
    HEADER,
    ISSUING,
    KINDS,
    PLAIN,
    ROOT,
    Signers,
    certificate,
    signed,
    verified,
    verified_by,
)

import smimebatch as sb

DONE = ("state", "reason", "content_equal", "signatures_equal")
COMMITTED = ["COMMITTED", None, True, True]
MIME_ENTITY = b"Content-Type: text/plain\r\n\r\n" + BODY.replace(b"\n", b"\r\n")
WAYS = [
    *((name, {}) for name in KINDS),
    ("rsa", {"digest": "sha384"}),
    ("rsa", {"digest": "sha512"}),
    ("rsa", {"rsa_padding": "pss"}),
    ("rsa", {"rsa_padding": "pss", "digest": "sha512"}),
    ("p521", {"digest": "sha256"}),
    ("ml-dsa-44", {"digest": "sha256"}),
]
NAMES = {
    "rsa": ["sha256", "rsaEncryption"],
    "p256": ["sha256", "ecdsa-with-SHA256"],
    "p384": ["sha384", "ecdsa-with-SHA384"],
    "p521": ["sha512", "ecdsa-with-SHA512"],
    "brainpool": ["sha256", "ecdsa-with-SHA256"],
    "ed25519": ["sha512", "ed25519"],
    "ml-dsa-44": ["sha512", "ml-dsa-44"],
    "ml-dsa-65": ["sha512", "ml-dsa-65"],
    "ml-dsa-87": ["sha512", "ml-dsa-87"],
}


@pytest.mark.parametrize(("name", "options"), WAYS)
@pytest.mark.parametrize("opaque", [False, True])
def test_every_key_signs_and_we_verify_it(signers, tmp_path, name, options, opaque):
    rows, said = signed(signers, [PLAIN], tmp_path, name, opaque=opaque, **options)
    assert [said[0][key] for key in DONE] == COMMITTED
    assert said[0]["transfer_encoded"] == []
    if not options:
        assert said[0]["algorithms_after"] == NAMES[name]
    run = verified(signers, [rows[0]["raw"]], tmp_path)
    (message,) = run.messages().to_table().to_pylist()
    assert (message["indication"], message["coverage"]) == ("TOTAL_PASSED", "full")
    assert message["reasons"] == []
    (signature,) = run.signatures().to_table().to_pylist()
    assert signature["algorithm_protection"] == "match"
    assert signature["ess_certificate_id"] == "match_v2"
    assert signature["address_match"] == "from"
    assert signature["signing_time_claim"] == NOW
    assert signature["quirks"] == []
    assert signature["flags"] == []
    assert signature["format"] == ("opaque" if opaque else "detached")


OLD_WAYS = [way for way in WAYS if way[0] != "ed25519" and "ml-dsa" not in way[0]]
"""Those that OpenSSL 3.0 has: it knows Ed25519, but not in CMS."""


@pytest.mark.parametrize(("name", "options"), OLD_WAYS)
@pytest.mark.parametrize("opaque", [False, True])
def test_openssl_verifies_it(signers, tmp_path, name, options, opaque):
    rows, _ = signed(signers, [PLAIN], tmp_path, name, opaque=opaque, **options)
    assert verified_by("openssl", signers, rows[0]["raw"], tmp_path) == MIME_ENTITY


@pytest.mark.skipif(not NEW_OPENSSL.exists(), reason="make interop builds OpenSSL 4")
@pytest.mark.parametrize(("name", "options"), WAYS)
@pytest.mark.parametrize("opaque", [False, True])
def test_new_openssl_verifies_it(signers, tmp_path, name, options, opaque):
    rows, _ = signed(signers, [PLAIN], tmp_path, name, opaque=opaque, **options)
    assert verified_by(str(NEW_OPENSSL), signers, rows[0]["raw"], tmp_path) == MIME_ENTITY


def object_of(mail: bytes) -> bytes:
    """Return the CMS object of a signed mail, DER."""
    parsed = email.message_from_bytes(mail)
    part = parsed.get_payload()[1] if parsed.is_multipart() else parsed
    octets: bytes = part.get_payload(decode=True)
    return octets


def elements(der: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Give tag, content and whole of each element."""
    while der:
        length, head = der[1], 2
        if length > 0x7F:
            head += length & 0x7F
            length = int.from_bytes(der[2:head], "big")
        yield der[0], der[head : head + length], der[: head + length]
        der = der[head + length :]


def signed_data_of(mail: bytes) -> list[tuple[int, bytes, bytes]]:
    """Return the fields of the SignedData."""
    ((_, info, _),) = elements(object_of(mail))
    (_, (_, explicit, _)) = elements(info)
    ((_, fields, _),) = elements(explicit)
    return list(elements(fields))


def test_structure_is_that_of_the_standard(signers, tmp_path):
    rows, _ = signed(signers, [PLAIN], tmp_path, "rsa")
    mail = email.message_from_bytes(rows[0]["raw"])
    assert rows[0]["raw"].startswith(HEADER + b"MIME-Version: 1.0\nContent-Type: multipart/signed;")
    assert b"\r" not in rows[0]["raw"]
    assert mail.get_param("micalg") == "sha-256"
    assert mail.get_param("protocol") == "application/pkcs7-signature"
    assert mail.get_payload()[1].get_filename() == "smime.p7s"
    version, digests, content, certificates, infos = signed_data_of(rows[0]["raw"])
    assert (version[2], certificates[0]) == (b"\x02\x01\x01", 0xA0)
    assert digests[1] == bytes.fromhex("300b0609608648016503040201")
    assert content[1] == bytes.fromhex("06092a864886f70d010701")
    ((_, info, _),) = elements(infos[1])
    fields = list(elements(info))
    assert [tag for tag, _, _ in fields] == [0x02, 0x30, 0x30, 0xA0, 0x30, 0x04]
    attributes = [whole for _, _, whole in elements(fields[3][1])]
    assert attributes == sorted(attributes)
    names = [next(elements(content))[1].hex() for _, content, _ in elements(fields[3][1])]
    assert sorted(names) == [
        "2a864886f70d010903",
        "2a864886f70d010904",
        "2a864886f70d010905",
        "2a864886f70d010910022f",
        "2a864886f70d010934",
    ]


def test_chain_goes_without_the_root_unless_asked(signers, tmp_path):
    trust = sb.Trust.load(signers.roots)

    def subjects(**options: object) -> list[str]:
        rows, _ = signed(signers, [PLAIN], tmp_path, "rsa", trust=trust, **options)
        found = pkcs7.load_der_pkcs7_certificates(object_of(rows[0]["raw"]))
        names = [it.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0] for it in found]
        return sorted(str(name.value) for name in names)

    assert subjects() == ["Alice", "Issuing"]
    assert subjects(include_root=True) == ["Alice", "Issuing", "Root"]


def test_chain_is_made_of_intermediates(tmp_path):
    alone = Signers(tmp_path)
    made = alone.add("rsa")
    (tmp_path / "rsa.crt").write_bytes(made.public_bytes(Encoding.PEM))
    between = tmp_path / "between.pem"
    between.write_bytes(ISSUING.public_bytes(Encoding.PEM) + ROOT.public_bytes(Encoding.PEM))
    trust = sb.Trust.load(intermediates=[between])
    rows, _ = signed(alone, [PLAIN], tmp_path / "out", "rsa", trust=trust)
    assert len(pkcs7.load_der_pkcs7_certificates(object_of(rows[0]["raw"]))) == 2


@pytest.mark.parametrize("name", ["rsa", "ed25519"])
def test_deterministic_signatures_come_out_the_same_again(signers, tmp_path, name):
    once, _ = signed(signers, [PLAIN], tmp_path / "once", name)
    again, _ = signed(signers, [PLAIN], tmp_path / "again", name)
    assert once == again


def test_opaque_holds_the_entity(signers, tmp_path):
    rows, _ = signed(signers, [PLAIN], tmp_path, "p256", opaque=True)
    (_, (_, explicit, _)) = elements(signed_data_of(rows[0]["raw"])[2][1])
    ((tag, content, _),) = elements(explicit)
    assert (tag, content) == (0x04, MIME_ENTITY)
    assert base64.b64decode(rows[0]["raw"].partition(b"\n\n")[2])[0] == 0x30


@pytest.mark.skipif(not NEW_OPENSSL.exists(), reason="make interop builds OpenSSL 4")
@pytest.mark.parametrize("form", ["priv-only", "seed-priv"])
def test_ml_dsa_key_without_its_seed_signs_too(tmp_path, form):
    signers = Signers(tmp_path)
    key = tmp_path / "expanded.key"

    def openssl(*arguments: str) -> bytes:
        command = (str(NEW_OPENSSL), *arguments)
        environment = {"OPENSSL_CONF": "/usr/lib/ssl/openssl.cnf"}
        return subprocess.run(command, check=True, capture_output=True, env=environment).stdout

    given = ("-algorithm", "ML-DSA-44", "-provparam", f"ml-dsa.output_formats={form}")
    openssl("genpkey", *given, "-out", str(key))
    public = openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER")
    made = certificate(load_der_public_key(public))
    chain = made.public_bytes(Encoding.PEM) + ISSUING.public_bytes(Encoding.PEM)
    (tmp_path / "expanded.crt").write_bytes(chain)
    rows, said = signed(signers, [PLAIN], tmp_path / "out", "expanded")
    assert said[0]["state"] == "COMMITTED"
    assert verified_by(str(NEW_OPENSSL), signers, rows[0]["raw"], tmp_path) == MIME_ENTITY
