"""smimebatch itself: encrypt, decrypt and reencrypt of whole archives, and the floor of each.

usage: own_envelopes.py MESSAGES BYTES THREADS ROUNDS      (as a program: what suites.py starts)

RSA-2048, 50 recipients, one a message, AES-256-CBC and PKCS#1 v1.5 as the peers have it. `parquet`:
every job reads Parquet and writes Parquet, with all its datasets; encrypting reads again what was
written, re-encrypting opens it again and compares: two private operations a message, so that its
floor is twice that of decrypting. `memory`: the calls over Arrow data, with all tables and without
a proof, which is what peers do; loading the certificates of the recipients is in the time.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import tempfile
import time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cryptography.hazmat.primitives import serialization
from peers.envelope_pyca import ADDRESS, RECIPIENTS, recipient

import smimebatch as sb
from smimebatch import _native
from smimebatch.keys import Vault

NAME = "smimebatch"


def main() -> None:
    count, size, threads, rounds = map(int, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="own-envelopes-") as scratch:
        folder = pathlib.Path(scratch)
        vault, table = people(folder)
        mails = [mail(number, size) for number in range(count)]
        clear = pa.table({"raw": pa.array(mails, pa.large_binary())})
        source = folder / "plain.parquet"
        pq.write_table(clear, source)
        given: dict[str, Any] = {"jobs": threads, "overwrite": True, "recipients": table}
        old = {"content": "aes256-cbc", "key_transport": "pkcs1"}
        for turn in range(rounds):
            found = in_memory(clear, vault, table, threads)
            run = sb.encrypt(source, output=folder / "sealed", **given, **old)
            found["encrypt", "parquet"] = run.elapsed_s, run.totals.objects["COMMITTED_UNVERIFIED"]
            sealed = folder / "sealed" / "mail"
            run = sb.decrypt(
                sealed, vault=vault, output=folder / "opened", jobs=threads, overwrite=True
            )
            found["decrypt", "parquet"] = run.elapsed_s, run.totals.decrypt_statuses["decrypted"]
            run = sb.reencrypt(sealed, vault=vault, output=folder / "renewed", **given)
            found["reencrypt", "parquet"] = run.elapsed_s, run.totals.objects["COMMITTED"]
            private_s = _native.private_floor(vault.native, count, threads)
            transport_s = _native.transport_floor(vault.native, count, threads)
            found["private floor", "alone"] = private_s, count
            found["transport floor", "alone"] = transport_s, count
            for (what, form), (seconds, good) in found.items():
                row = {"round": turn, "tool": NAME, "what": what, "form": form}
                row |= {"threads": threads, "messages": count, "bytes_each": size}
                row |= {"messages_per_s": round(count / seconds), "correct": good == count}
                print(json.dumps(row), flush=True)


def in_memory(
    clear: Any, vault: Vault, table: pathlib.Path, threads: int
) -> dict[tuple[str, str], tuple[float, int]]:
    """The same jobs over Arrow data: seconds, and how many messages came out as they should."""
    new: dict[str, Any] = {"recipients": table, "prove": False, "jobs": threads}
    old = {"content": "aes256-cbc", "key_transport": "pkcs1"}
    started = time.perf_counter()
    sealed = sb.encrypt_batch(clear, **new, **old)
    encrypted = time.perf_counter()
    opened = sb.decrypt_batch(sealed.mail, vault=vault, jobs=threads)
    decrypted = time.perf_counter()
    renewed = sb.reencrypt_batch(sealed.mail, vault=vault, **new)
    ended = time.perf_counter()
    equal = pc.sum(pc.equal(opened.mail["raw"].cast(pa.large_binary()), clear["raw"])).as_py()
    made = [pc.sum(pc.equal(it.objects["state"], "WRITTEN")).as_py() for it in (sealed, renewed)]
    return {
        ("encrypt", "memory"): (encrypted - started, made[0]),
        ("decrypt", "memory"): (decrypted - encrypted, equal),
        ("reencrypt", "memory"): (ended - decrypted, made[1]),
    }


def people(folder: pathlib.Path) -> tuple[Vault, pathlib.Path]:
    """Recipients, all keys of whom are held, and the table that names them."""
    places, lines = [], []
    for number in range(RECIPIENTS):
        certificate, key = recipient(number)
        for name, octets in (
            (f"{number}.crt", certificate.public_bytes(serialization.Encoding.PEM)),
            (
                f"{number}.key",
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ),
            ),
        ):
            (folder / name).write_bytes(octets)
            places.append(folder / name)
        lines.append(f"{ADDRESS.format(number)},{number}.crt\n")
    table = folder / "table.csv"
    table.write_text("".join(lines))
    return Vault.load(*places), table


def mail(number: int, size: int) -> bytes:
    """A message of about so many octets, of text that does not compress."""
    header = (
        f"From: a@sender.example\r\nTo: {ADDRESS.format(number % RECIPIENTS)}\r\n"
        f"Subject: {number}\r\nDate: Tue, 14 Nov 2023 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
    )
    lines = [os.urandom(36).hex() for _ in range(size // 74)]
    return header.encode() + "\r\n".join(lines).encode() + b"\r\n"


if __name__ == "__main__":
    main()
