"""One message of every kind that an archive of encrypted mail holds, made by OpenSSL."""

from __future__ import annotations

from tests.sealing.keyring import ENTITY, HEADER, Keyring


def envelope(keyring: Keyring, entity: bytes, name: str, *options: str) -> bytes:
    """Return the base64 of an envelope made by OpenSSL."""
    command = ("cms", "-encrypt", "-binary", "-outform", "PEM", *(options or ("-aes-128-cbc",)))
    pem = keyring.openssl(*command, "-recip", f"{name}.crt", given=entity)
    return b"".join(line + b"\r\n" for line in pem.splitlines()[1:-1])


def enveloped(base64: bytes) -> bytes:
    """Return the entity around an envelope."""
    return (
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64
    )


def signed(keyring: Keyring, entity: bytes, *options: str) -> bytes:
    """Return an entity that is signed, by OpenSSL; clear unless the options say otherwise."""
    command = ("cms", "-sign", "-binary", "-outform", "SMIME", *options)
    made = keyring.openssl(*command, "-signer", "p256.crt", "-inkey", "p256.key", given=entity)
    made = made.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return made.removeprefix(b"MIME-Version: 1.0\r\n")


def wrapped(keyring: Keyring) -> bytes:
    """Return a message that is encrypted, by the author of HEADER, as one that is forwarded."""
    header = HEADER.replace(b"for you", b"the real subject")
    return (
        b"Content-Type: message/rfc822\r\n\r\n"
        + header
        + enveloped(envelope(keyring, ENTITY, "p256"))
    )


def mixed_mail(keyring: Keyring) -> dict[str, bytes]:
    """Return the messages without their header; the keyring has rsa, p256 and p384."""
    inner = signed(keyring, ENTITY)
    opaque = signed(keyring, ENTITY, "-nodetach")
    closed = enveloped(envelope(keyring, ENTITY, "p384"))
    damaged = bytearray(enveloped(envelope(keyring, ENTITY, "rsa", "-aes-256-gcm")))
    damaged[-60] ^= 1
    return {
        "encrypted": enveloped(envelope(keyring, ENTITY, "rsa")),
        "oaep, 3des": enveloped(envelope(keyring, ENTITY, "rsa", "-des3")),
        "elliptic": enveloped(envelope(keyring, ENTITY, "p256")),
        "gcm": enveloped(envelope(keyring, ENTITY, "p256", "-aes-256-gcm")),
        "signed inside": enveloped(envelope(keyring, inner, "rsa")),
        "opaque inside": enveloped(envelope(keyring, opaque, "rsa")),
        "nested": enveloped(envelope(keyring, enveloped(envelope(keyring, inner, "p256")), "rsa")),
        "closed inside": enveloped(envelope(keyring, closed, "rsa")),
        "wrapped inside": enveloped(envelope(keyring, wrapped(keyring), "rsa")),
        "closed": closed,
        "plain": ENTITY,
        "signed": inner,
        "damaged": bytes(damaged),
        "signed outside": signed(keyring, enveloped(envelope(keyring, inner, "rsa"))),
        "attached": (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below.\r\n--b\r\n"
            + enveloped(envelope(keyring, ENTITY, "rsa"))
            + b"\r\n--b--\r\n"
        ),
        "text behind": enveloped(envelope(keyring, ENTITY, "rsa")) + b"--\r\nOur list!\r\n",
    }


EXPECTED = {
    "encrypted": ("COMMITTED", None),
    "oaep, 3des": ("COMMITTED", None),
    "elliptic": ("COMMITTED", None),
    "gcm": ("COMMITTED", None),
    "signed inside": ("COMMITTED", None),
    "opaque inside": ("COMMITTED", None),
    "nested": ("COMMITTED", None),
    "closed inside": ("COMMITTED", "inner_envelope"),
    "wrapped inside": ("COMMITTED", "inner_envelope"),
    "closed": ("REFUSED", "no_key"),
    "plain": ("SKIPPED", "not_encrypted"),
    "signed": ("SKIPPED", "not_encrypted"),
    "damaged": ("REFUSED", "decrypt_failed"),
    "signed outside": ("REFUSED", "signed_outside"),
    "attached": ("REFUSED", "beside_other_parts"),
    "text behind": ("REFUSED", "text_behind"),
}
"""What becomes of each in new envelopes, without the key of p384."""
