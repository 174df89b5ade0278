"""Who signs which message; and who does not, refused before anything is written."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.sealing.keyring import NOW, as_parquet, objects
from tests.signing.keyring import (
    ISSUING,
    PLAIN,
    SENDER,
    Signers,
    certificate,
    key_of,
    signed,
    verified,
)

import smimebatch as sb
from smimebatch.errors import KeysError, OptionError

DAY = dt.timedelta(days=1)
UNFIT = {
    "expired": {"not_after": NOW - DAY},
    "not_yet_valid": {"not_before": NOW + DAY},
    "encryption_only": {"usage": "key_encipherment"},
    "other_purpose": {"purposes": (ExtendedKeyUsageOID.SERVER_AUTH,)},
}


@pytest.mark.parametrize("why", UNFIT)
def test_unfit_certificate_is_refused_before_anything_is_written(tmp_path, why):
    signers = Signers(tmp_path)
    signers.add("rsa", **UNFIT[why])
    with pytest.raises(KeysError) as raised:
        signed(signers, [PLAIN], tmp_path / "out", "rsa")
    assert "Alice" in str(raised.value)
    assert not (tmp_path / "out" / "run").exists()


def test_short_unknown_and_foreign_keys_are_refused(tmp_path):
    signers = Signers(tmp_path)
    signers.add("rsa-1024")
    with pytest.raises(KeysError, match=r"2,048"):
        signed(signers, [PLAIN], tmp_path / "out", "rsa-1024")
    signers.add("ed448")
    with pytest.raises(KeysError, match="algorithm"):
        signed(signers, [PLAIN], tmp_path / "out", "ed448")
    signers.add("p256")
    other = certificate(key_of("p384").public_key())
    (tmp_path / "p256.crt").write_bytes(other.public_bytes(Encoding.PEM))
    with pytest.raises(KeysError, match="without any certificate"):
        signed(signers, [PLAIN], tmp_path / "out", "p256")


@pytest.mark.parametrize("usage", ["digital_signature", "content_commitment", None])
@pytest.mark.parametrize("purposes", [(), (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)])
def test_certificates_that_allow_signatures_sign(tmp_path, usage, purposes):
    signers = Signers(tmp_path)
    signers.add("p256", usage=usage, purposes=purposes)
    _, said = signed(signers, [PLAIN], tmp_path / "out", "p256")
    assert said[0]["state"] == "COMMITTED"


def mail_from(sender: bytes) -> bytes:
    return PLAIN.replace(b"Alice <alice@sender.example>", sender)


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> Signers:
    signers = Signers(tmp_path_factory.mktemp("two"))
    signers.add("alice", "p256")
    signers.add("bob", "ed25519", addresses=("bob@xn--bcher-kva.example",))
    signers.add("both", "p384", addresses=("carl@x.example", "dora@x.example"))
    return signers


def test_rule_20_the_one_whom_from_names_signs(two, tmp_path):
    senders = [
        b"Alice <alice@SENDER.example>",
        b"ALICE@sender.example",
        "bob@bücher.example".encode(),
        b"carl@x.example, dora@x.example",
        b"carl@x.example, alice@sender.example",
        b"eve@sender.example",
        b"alice@sender.example\nFrom: eve@x.example",
        b'"alice@sender.example" <eve@x.example>',
        b"",
    ]
    mails = [mail_from(sender) for sender in senders]
    rows, said = signed(two, mails, tmp_path, "alice", "bob", "both")
    states = [(it["state"], (it["algorithms_after"] or [None])[-1]) for it in said]
    assert states == [
        ("COMMITTED", "ecdsa-with-SHA256"),
        ("COMMITTED", "ecdsa-with-SHA256"),
        ("COMMITTED", "ed25519"),
        ("COMMITTED", "ecdsa-with-SHA384"),
        *[("REFUSED", None)] * 5,
    ]
    assert said[5]["reason"] == "no_signer"
    assert said[5]["missing_recipients"] == ["eve@sender.example"]
    assert [row["raw"] for row in rows][4:] == mails[4:]
    run = verified(two, [row["raw"] for row in rows], tmp_path)
    assert run.totals.indications["TOTAL_PASSED"] == 4


def test_of_several_certificates_the_latest_signs(tmp_path):
    signers = Signers(tmp_path)
    signers.add("old", "p256", not_before=NOW - 200 * DAY)
    new = signers.add("new", "p384", not_before=NOW - DAY)
    signers.add("gone", "p521", not_after=NOW - DAY)
    _, said = signed(signers, [PLAIN], tmp_path / "out", "old", "new", "gone")
    assert int(said[0]["signer"].partition(" of ")[0], 16) == new.serial_number
    assert said[0]["algorithms_after"] == ["sha384", "ecdsa-with-SHA384"]


def test_one_certificate_signs_for_everybody_if_asked(two, tmp_path):
    mails = [mail_from(b"eve@x.example"), mail_from(b"")]
    rows, said = signed(two, mails, tmp_path, "alice", sign_as="any")
    assert [it["state"] for it in said] == ["COMMITTED"] * 2
    run = verified(two, [row["raw"] for row in rows], tmp_path)
    assert "TOTAL_PASSED" not in run.totals.indications
    assert [it["crypto_result"] for it in run.signatures().to_table().to_pylist()] == ["ok", "ok"]
    with pytest.raises(OptionError, match="one certificate"):
        signed(two, mails, tmp_path, "alice", "bob", sign_as="any")


@pytest.mark.parametrize(
    "options", [{"digest": "md5"}, {"rsa_padding": "oaep"}, {"sign_as": "nobody"}]
)
def test_words_that_are_none_are_refused(two, tmp_path, options):
    with pytest.raises(OptionError, match="one of"):
        signed(two, [PLAIN], tmp_path, "alice", **options)


def run_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smimebatch", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_line_signs_with_a_pkcs12_and_tells_no_secret(tmp_path):
    made = certificate(key_of("rsa").public_key())
    encryption = BestAvailableEncryption(b"planted-pa55word")
    octets = pkcs12.serialize_key_and_certificates(b"x", key_of("rsa"), made, [ISSUING], encryption)
    (tmp_path / "alice.p12").write_bytes(octets)
    (tmp_path / "passwords").write_text("wrong\nplanted-pa55word\n")
    source = as_parquet([PLAIN, mail_from(b"eve@x.example")], tmp_path / "mail.parquet")
    out = tmp_path / "out"
    given = ("sign", source, "--signer", tmp_path / "alice.p12", "-o", out)
    given = (*given, "--now", NOW.isoformat())
    done = run_command(*given)
    assert (done.returncode, out.exists()) == (4, False), done.stderr
    done = run_command(*given, "--password-file", tmp_path / "passwords", "--rsa-padding", "pss")
    assert done.returncode == 3, done.stderr
    assert "signed where that could be" in " ".join(done.stderr.split())
    numbers = key_of("rsa").private_numbers()
    secrets = [b"planted-pa55word", numbers.d.to_bytes(256, "big"), numbers.p.to_bytes(128, "big")]
    files = [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    for secret in secrets:
        assert not any(secret in octets for octets in [*files, done.stderr.encode()])
    done = run_command(*given, "--password-file", tmp_path / "passwords", "--rsa-padding", "pss")
    assert "nothing to do" in done.stderr
    assert run_command("audit", "verify", out).returncode == 0
    done = run_command(*given, "--password-file", tmp_path / "passwords")
    assert done.returncode == 2, done.stderr


def test_unfit_file_is_an_error_and_an_unfit_one_of_a_directory_a_warning(tmp_path):
    signers = Signers(tmp_path / "keys")
    signers.folder.mkdir()
    signers.add("p256")
    signers.add("p384", not_after=NOW - DAY, addresses=("old@sender.example",))
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    out = tmp_path / "out"
    common = ("sign", source, "-o", out, "--now", NOW.isoformat())
    files = [file for name in ("p256", "p384") for file in signers.files(name)]
    done = run_command(*common, *(word for file in files for word in ("--signer", file)))
    assert (done.returncode, out.exists()) == (4, False)
    assert "expired" in done.stderr
    done = run_command(*common, "--signer", signers.folder)
    assert done.returncode == 0, done.stderr
    assert "It has expired. Left out." in done.stderr


def test_objects_name_the_signer(signers, tmp_path):
    run = sb.sign(
        as_parquet([PLAIN], tmp_path / "mail.parquet"),
        signer=signers.vault("rsa"),
        output=tmp_path / "run",
        now=NOW,
    )
    made = x509.load_pem_x509_certificate(signers.files("rsa")[1].read_bytes())
    (said,) = objects(run)
    serial, issuer = said["signer"].split(" of ")
    assert (int(serial, 16), issuer) == (made.serial_number, "CN=Issuing")
    assert said["recipients_after"] == []
    assert SENDER not in said["signer"]
