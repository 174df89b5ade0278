"""Tokens of SoftHSM2 in a folder of their own: a key that is in a file, too, put into one."""

from __future__ import annotations

import glob
import os
import pathlib
import shutil
import subprocess
import sys
from ctypes import byref, c_ulong
from dataclasses import dataclass, field

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from smimebatch.keys import Token, Vault
from smimebatch.trust.pkcs11 import OPEN_SESSION, Module, slots

PIN = "planted-pin-83651"
SO_PIN = "the officer's own"
CONFIGURATION = "SOFTHSM2_CONF"
USES = ("--usage-decrypt", "--usage-sign", "--usage-derive")
LOGOUT, CKF_SERIAL_SESSION = 19, 4
"""Position in CK_FUNCTION_LIST, and a flag."""


def installed(*patterns: str) -> str | None:
    """Return the first file there is."""
    return next((path for pattern in patterns for path in sorted(glob.glob(pattern))), None)


SOFTHSM = installed("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/*/softhsm/libsofthsm2.so")
SPY = installed("/usr/lib/*/pkcs11-spy.so", "/usr/lib/pkcs11-spy.so")


def needed() -> str:
    """Return SoftHSM2's module; without it, or the tools, there is no test, or no success."""
    missing = [name for name in ("softhsm2-util", "pkcs11-tool") if shutil.which(name) is None]
    if SOFTHSM is None or SPY is None or missing:
        why = "NO TOKENS HERE: install softhsm2 and opensc"
        if os.environ.get("TESTS_NO_SKIP"):
            pytest.fail(why)
        pytest.skip(why)
    return SOFTHSM


@dataclass
class Hsm:
    """Tokens in a folder."""

    folder: pathlib.Path
    module: str
    ids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, folder: pathlib.Path) -> Hsm:
        """Make a place for tokens; the process looks for them there from now on."""
        module = needed()
        (folder / "tokens").mkdir()
        configuration = folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
        os.environ[CONFIGURATION] = str(configuration)
        hsm = cls(folder, module)
        hsm.pin_file().write_text(PIN + "\n")
        return hsm

    def pin_file(self, name: str = "pin") -> pathlib.Path:
        """Return where the PIN is."""
        return self.folder / name

    def call(self, *command: str) -> str:
        """Run a tool."""
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def add_token(self, label: str) -> None:
        """Make an empty token."""
        pins = ("--so-pin", SO_PIN, "--pin", PIN)
        self.call("softhsm2-util", "--init-token", "--free", "--label", label, *pins)

    def add_key(
        self,
        token: str,
        key: pathlib.Path,
        certificate: pathlib.Path | None = None,
        *,
        uses: tuple[str, ...] = USES,
        has_public_half: bool = True,
    ) -> str:
        """Put a key, and perhaps its certificate, on a token; return its CKA_ID."""
        self.ids[token] = self.ids.get(token, 0) + 1
        number = f"{self.ids[token]:02x}"
        loaded = load_pem_private_key(key.read_bytes(), None)
        private = loaded.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self.write(token, number, "privkey", private, *uses, "--label", key.stem)
        if has_public_half:
            spki = loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            self.write(token, number, "pubkey", spki)
        if certificate is not None:
            read = x509.load_pem_x509_certificate(certificate.read_bytes())
            self.write(token, number, "cert", read.public_bytes(Encoding.DER))
        return number

    def write(self, token: str, number: str, kind: str, octets: bytes, *more: str) -> None:
        """Put an object on a token."""
        file = self.folder / f"{token}-{number}"
        file.write_bytes(octets)
        self.tool(token, "--write-object", str(file), "--type", kind, "--id", number, *more)
        file.unlink()

    def tool(self, token: str, *arguments: str) -> str:
        """Use the tool of OpenSC, logged in."""
        named = ("--module", self.module, "--token-label", token, "--login", "--pin", PIN)
        return self.call("pkcs11-tool", *named, *arguments)

    def forbid(self, token: str, number: str, use: str) -> None:
        """Forbid a use of a private key."""
        given = (self.module, PIN, token, number, use)
        self.call(sys.executable, "-m", "tests.tokens.forbid", *given)

    def open(self, label: str | None, pin: str | bytes | None = PIN) -> Token:
        """Open a token."""
        return Token.open(self.module, label, pin=pin)

    def vault(self, label: str, *places: pathlib.Path) -> Vault:
        """Return the keys of a token, with certificates of files."""
        return Vault.load(*places, tokens=self.open(label))

    def pull_out(self) -> None:
        """Log this process out of every token, as a token does that is pulled out and put back."""
        module = Module(self.module)
        for slot in slots(module):
            session = c_ulong(0)
            flags = c_ulong(CKF_SERIAL_SESSION)
            no_token = 0xE1
            module.call(
                *(OPEN_SESSION, c_ulong(slot), flags, None, None, byref(session)), accepted=no_token
            )
            if not session.value:
                continue
            not_logged_in = 0x101
            module.call(LOGOUT, session, accepted=not_logged_in)
            # The session stays open, as that of another program would.
