"""Writes envelopes.txt beside this file: ciphers, key derivation, RSA, curves, computed by OpenSSL.

Run: python generate_envelopes.py OPENSSL (an `openssl` program of version 3 with its legacy
provider, for key derivation). The `cryptography` package must be linked to OpenSSL 3.2 or later,
whose RSA decryption rejects implicitly. Keys are fresh on each run, so the file changes as a whole.
The form is that of signatures.txt.
"""

import os
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.decrepit.ciphers import algorithms as old
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PROGRAM = sys.argv[1]
# Name here, class there, octets of the key.
CIPHERS = [
    ("aes128", algorithms.AES, 16),
    ("aes192", algorithms.AES, 24),
    ("aes256", algorithms.AES, 32),
    ("3des", old.TripleDES, 24),
    ("3des", old.TripleDES, 16),
    # Single DES is triple DES of one key three times.
    ("des", old.TripleDES, 8),
    ("rc2", old.RC2, 16),
    ("cast5", old.CAST5, 16),
    ("cast5", old.CAST5, 10),
    ("cast5", old.CAST5, 5),
    ("camellia128", old.Camellia, 16),
    ("camellia192", old.Camellia, 24),
    ("camellia256", old.Camellia, 32),
    ("seed", old.SEED, 16),
    ("idea", old.IDEA, 16),
]
EDWARDS = [ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey]
LENGTHS = [0, 1, 7, 8, 15, 16, 17, 100]
out = []


def case(title, **fields):
    out.append(f"case: {title}")
    out.extend(f"{name}: {value}" for name, value in fields.items())
    out.append("")


def ciphers():
    for name, algorithm, key_octets in CIPHERS:
        for octets in LENGTHS:
            key, text = os.urandom(key_octets), os.urandom(octets)
            cipher = algorithm(key)
            block_octets = cipher.block_size // 8
            iv = os.urandom(block_octets)
            padder = padding.PKCS7(cipher.block_size).padder()
            padded = padder.update(text) + padder.finalize()
            encryptor = Cipher(cipher, modes.CBC(iv)).encryptor()
            encrypted = encryptor.update(padded) + encryptor.finalize()
            fields = {"cipher": name, "key": key.hex(), "iv": iv.hex()}
            fields |= {"text": text.hex(), "encrypted": encrypted.hex()}
            case(f"cbc {name} {key_octets} {octets}", **fields)
    for key_octets in (5, 16):
        key, text = os.urandom(key_octets), os.urandom(99)
        encrypted = Cipher(old.ARC4(key), None).encryptor().update(text)
        case(f"rc4 {key_octets}", key=key.hex(), text=text.hex(), encrypted=encrypted.hex())


def derive(name, octets, **options):
    """Octets of `openssl kdf`."""
    command = [PROGRAM, "kdf", "-keylen", str(octets), "-binary"]
    command += ["-provider", "default", "-provider", "legacy"]
    for option, value in options.items():
        command += ["-kdfopt", f"{option}:{value}"]
    return subprocess.run([*command, name], check=True, capture_output=True).stdout.hex()


def derivations():
    for name in ("sha1", "sha256", "sha384", "sha512", "md5", "ripemd160", "sha3_256"):
        digest = name.replace("_", "-")
        for octets in (1, 8, 24, 64, 200):
            for purpose in (1, 2, 3):
                password, salt = "Käse\0".encode("utf-16-be"), os.urandom(8 + octets)
                options = {"digest": digest, "hexpass": password.hex(), "hexsalt": salt.hex()}
                options |= {"iter": 1 + octets, "id": purpose}
                key = derive("PKCS12KDF", octets, **options)
                fields = {"hash": name, "purpose": purpose, "password": password.hex()}
                fields |= {"salt": salt.hex(), "iterations": 1 + octets, "key": key}
                case(f"pkcs12 {name} {purpose} {octets}", **fields)
            if name in ("md5", "ripemd160"):
                continue
            secret, info = os.urandom(66), os.urandom(octets)
            options = {"digest": digest, "hexkey": secret.hex(), "hexinfo": info.hex()}
            key = derive("X963KDF", octets, **options)
            fields = {"hash": name, "secret": secret.hex(), "info": info.hex(), "key": key}
            case(f"x963 {name} {octets}", **fields)
    for name, octets in (("md5", 16), ("sha1", 16), ("sha1", 20), ("md5", 8)):
        salt = os.urandom(8)
        options = {"digest": name, "pass": "password", "hexsalt": salt.hex(), "iter": 100 + octets}
        key = derive("PBKDF1", octets, **options)
        fields = {"hash": name, "salt": salt.hex(), "iterations": 100 + octets, "key": key}
        case(f"pbkdf1 {name} {octets}", **fields)


def number(value):
    digits = f"{value:x}"
    return "0" * (len(digits) % 2) + digits


def rsa_key(private):
    """The eight numbers of an RSAPrivateKey."""
    numbers = private.private_numbers()
    public = numbers.public_numbers
    values = [public.n, public.e, numbers.d, numbers.p, numbers.q]
    values += [numbers.dmp1, numbers.dmq1, numbers.iqmp]
    names = ("n", "e", "d", "p", "q", "dp", "dq", "qinv")
    return dict(zip(names, map(number, values), strict=True))


def rejections():
    """What OpenSSL decrypts ciphertexts to whose padding is wrong, or was right by chance."""
    for bits in (1024, 1025, 1032, 2048, 3072):
        private = rsa.generate_private_key(65537, bits)
        octets = (private.key_size + 7) // 8
        modulus = private.private_numbers().public_numbers.n
        key = rsa_key(private)
        for kind in ("random",) * 6 + ("zero", "early", "right"):
            block = bytearray(os.urandom(octets))
            block[0] = 0
            if kind != "random":
                block[1:] = bytes([2]) + bytes(byte or 1 for byte in block[2:])
            if kind == "early":
                block[9] = 0
            if kind == "right":
                block[octets - 25] = 0
            base = int.from_bytes(block, "big") % modulus
            encrypted = pow(base, 65537, modulus).to_bytes(octets, "big")
            text = private.decrypt(encrypted, rsa_padding.PKCS1v15())
            fields = {"encrypted": encrypted.hex(), "text": text.hex()}
            case(f"rejection {bits} {kind}", **key, **fields)


def oaep():
    """OAEP with pairs of digests."""
    private = rsa.generate_private_key(65537, 2048)
    key = rsa_key(private)
    names = ("sha1", "sha224", "sha256", "sha384", "sha512")
    digests = {name: getattr(hashes, name.upper()) for name in names}
    for name, digest in digests.items():
        for mask_name, mask in digests.items():
            label, text = os.urandom(9), os.urandom(24)
            mgf = rsa_padding.MGF1(mask())
            scheme = rsa_padding.OAEP(mgf=mgf, algorithm=digest(), label=label)
            encrypted = private.public_key().encrypt(text, scheme)
            fields = {"hash": name, "mask": mask_name, "label": label.hex()}
            fields |= {"encrypted": encrypted.hex(), "text": text.hex()}
            case(f"oaep {name} {mask_name}", **key, **fields)


def public_keys():
    """Private keys as octets, and the public ones OpenSSL makes of them."""
    raw, none = serialization.Encoding.Raw, serialization.NoEncryption()
    private_raw, public_raw = serialization.PrivateFormat.Raw, serialization.PublicFormat.Raw
    for module in (x25519.X25519PrivateKey, x448.X448PrivateKey, *EDWARDS):
        key = module.generate()
        private = key.private_bytes(raw, private_raw, none)
        public = key.public_key().public_bytes(raw, public_raw)
        name = module.__name__.removesuffix("PrivateKey").lower()
        case(f"public {name}", private=private.hex(), public=public.hex())
    for curve in (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1, ec.BrainpoolP384R1, ec.SECP256K1):
        key, peer = ec.generate_private_key(curve()), ec.generate_private_key(curve())
        private = key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8, "big")
        point = serialization.PublicFormat.UncompressedPoint
        encoding = serialization.Encoding.X962
        fields = {"curve": curve.name, "private": private.hex()}
        fields["public"] = key.public_key().public_bytes(encoding, point).hex()
        fields["peer"] = peer.public_key().public_bytes(encoding, point).hex()
        fields["secret"] = key.exchange(ec.ECDH(), peer.public_key()).hex()
        case(f"agreement {curve.name}", **fields)


ciphers()
derivations()
rejections()
oaep()
public_keys()
version = subprocess.run([PROGRAM, "version"], check=True, capture_output=True, text=True).stdout
head = "# Written by generate_envelopes.py (see there). "
head += "Licence: Apache-2.0 OR MIT, as the project.\n"
head += f"# Through cryptography: {backend.openssl_version_text()}; key derivation: {version}\n"
Path(__file__).with_name("envelopes.txt").write_text(head + "\n".join(out))
