"""Makes the envelopes of this folder anew: python -m tests.data.envelopes.generate, with OpenSSL 3.0.

One mail of every kind of tests/sealing/mixed_mail, two by secrets that both sides have, and the keys.
"""

from __future__ import annotations

import datetime as dt
import pathlib
import shutil
import tempfile

from tests.sealing.keyring import ENTITY, HEADER, NOW, Keyring, made_certificate
from tests.sealing.mixed_mail import envelope, enveloped, mixed_mail
from tests.key_files import key_of
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HERE = pathlib.Path(__file__).parent
KEPT = ("rsa", "p256")
"""Whose keys are kept; nobody can open what is for p384."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        keyring = Keyring(pathlib.Path(folder))
        for name in (*KEPT, "p384"):
            key = key_of(name)
            made = made_certificate(key.public_key(), name, not_after=NOW + dt.timedelta(days=36500))
            keyring.certificate(name).write_bytes(made.public_bytes(Encoding.PEM))
            octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (keyring.folder / f"{name}.key").write_bytes(octets)
        mails = mixed_mail(keyring)
        mails["shared key"] = enveloped(envelope(keyring, ENTITY, "p256", "-aes-128-cbc", *SHARED))
        mails["password"] = enveloped(envelope(keyring, ENTITY, "p256", "-aes-128-cbc", *PASSWORD))
        for name, entity in mails.items():
            (HERE / f"{name.replace(', ', '-').replace(' ', '-')}.eml").write_bytes(HEADER + entity)
        for name in KEPT:
            for kind in ("key", "crt"):
                shutil.copy(keyring.folder / f"{name}.{kind}", HERE / f"{name}.{kind}")


SHARED = ("-secretkey", "000102030405060708090a0b0c0d0e0f", "-secretkeyid", "c0ffee")
PASSWORD = ("-pwri_password", "a password of the tests")


if __name__ == "__main__":
    main()
