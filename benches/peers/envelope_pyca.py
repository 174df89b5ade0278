"""pyca/cryptography: PKCS7EnvelopeBuilder and pkcs7_decrypt_der or _smime; AES-256-CBC, RSA-2048.

S/MIME text is what an archive of mail holds, DER the least that the library can be asked for.

usage: envelope_pyca.py MESSAGES BYTES PROCESSES ROUNDS      (as a program: what run.py starts)
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import cryptography
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

NAME = "pyca/cryptography"
DOES_LESS = (
    "certificates and keys are loaded beforehand; with two processes results cross by pickle"
)
THREADS = (1, 2)
RECIPIENTS = 50
FORMS = {
    "der": (serialization.Encoding.DER, pkcs7.pkcs7_decrypt_der),
    "smime": (serialization.Encoding.SMIME, pkcs7.pkcs7_decrypt_smime),
}
"""How an envelope is written, and what opens it."""


def prepare() -> list[str]:
    """The command."""
    return [sys.executable, os.path.abspath(__file__)]


def version() -> str:
    return f"cryptography {cryptography.__version__}"


def measure(
    command: list[str], messages: int, size: int, threads: int, rounds: int
) -> Iterator[dict[str, Any]]:
    """Rows of encrypting and decrypting."""
    from measure import run

    _, output = run([*command, str(messages), str(size), str(threads), str(rounds)])
    yield from map(json.loads, output.splitlines())


ADDRESS = "r{}@reader.example"


def recipient(number: int) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Recipient {number}")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(number + 1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2035, 1, 1, tzinfo=dt.UTC))
    )
    # Re-encryption finds the new certificate of whoever had the old key by its address.
    address = x509.SubjectAlternativeName([x509.RFC822Name(ADDRESS.format(number))])
    built = built.add_extension(address, critical=False)
    return built.sign(key, hashes.SHA256()), key


def encrypt(job: tuple[str, int]) -> bytes:
    form, number = job
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(PLAIN[number])
    builder = builder.add_recipient(PEOPLE[number % RECIPIENTS][0])
    builder = builder.set_content_encryption_algorithm(algorithms.AES256)
    return builder.encrypt(FORMS[form][0], [pkcs7.PKCS7Options.Binary])


def decrypt(job: tuple[str, int, bytes]) -> bool:
    form, number, encrypted = job
    certificate, key = PEOPLE[number % RECIPIENTS]
    return FORMS[form][1](encrypted, certificate, key, []) == PLAIN[number]


def timed(work: Any, jobs: list[Any], processes: int) -> tuple[float, list[Any]]:
    if processes == 1:
        started = time.perf_counter()
        found = list(map(work, jobs))
        return time.perf_counter() - started, found
    with multiprocessing.Pool(processes) as pool:
        pool.map(int, range(64), 1)
        started = time.perf_counter()
        found = pool.map(work, jobs, 50)
        return time.perf_counter() - started, found


def main() -> None:
    count, size, processes, rounds = map(int, sys.argv[1:])
    for turn, form in itertools.product(range(rounds), FORMS):
        numbers = range(count)
        encrypt_s, encrypted = timed(encrypt, [(form, it) for it in numbers], processes)
        jobs = [(form, it, encrypted[it]) for it in numbers]
        decrypt_s, found = timed(decrypt, jobs, processes)
        for what, seconds in (("encrypt", encrypt_s), ("decrypt", decrypt_s)):
            row = {"round": turn, "tool": NAME, "what": what, "form": form}
            row |= {"threads": processes, "messages": count, "bytes_each": size}
            row |= {"messages_per_s": round(count / seconds), "correct": all(found)}
            print(json.dumps(row))


if __name__ == "__main__":
    PEOPLE = [recipient(number) for number in range(RECIPIENTS)]
    PLAIN = [os.urandom(int(sys.argv[2])) for _ in range(int(sys.argv[1]))]
    main()
