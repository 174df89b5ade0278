"""Writes slh_dsa_sigver.bin and ml_dsa_sigver.bin beside this file from OpenSSL's copy of NIST's.

Run: python convert.py DIR, where DIR is test/recipes/30-test_evp_data of OpenSSL's source (here
3.5.7, from Debian's package `openssl`, trixie). Those files are made of NIST's ACVP vectors
(github.com/usnistgov/ACVP-Server, SLH-DSA-sigVer-FIPS205 version 53 and ML-DSA-sigVer-FIPS204;
works of the US government, no copyright) and are under the Apache License 2.0. Kept is every case
of the external, pure interface (message-encoding 1, no external mu): what mail uses, but for its
context.

A record is: length of the set's name (1), name, valid (1), then key, context, message and
signature, each after its length (4, big-endian).
"""

import sys
from pathlib import Path


def cases(path):
    keys, case = {}, None
    for line in path.read_text().splitlines():
        name, _, value = line.partition(" = ")
        if name == "PublicKeyRaw":
            identifier, _, key = value.split(":")
            keys[identifier] = key
        elif name == "Verify-Message-Public":
            algorithm, identifier = value.split(":")
            case = {"set": algorithm, "key": keys[identifier], "valid": True, "context": ""}
            case |= {"message-encoding": "", "mu": "0"}
            yield case
        elif name == "Input":
            case["message"] = value
        elif name == "Output":
            case["signature"] = value
        elif name == "Ctrl":
            control, setting = value.split(":")
            case["context" if control == "hexcontext-string" else control] = setting
        elif name == "Result":
            case["valid"] = False


def record(case):
    name = case["set"].lower().encode()
    yield bytes([len(name)]) + name + bytes([case["valid"]])
    for field in ("key", "context", "message", "signature"):
        octets = bytes.fromhex(case[field])
        yield len(octets).to_bytes(4) + octets


for source, target in (
    ("evppkey_slh_dsa_sigver.txt", "slh_dsa_sigver.bin"),
    ("evppkey_ml_dsa_sigver.txt", "ml_dsa_sigver.bin"),
):
    kept = [
        case
        for case in list(cases(Path(sys.argv[1]) / source))
        if case["message-encoding"] == "1" and case["mu"] == "0"
    ]
    octets = b"".join(part for case in kept for part in record(case))
    Path(__file__).with_name(target).write_bytes(octets)
    print(target, len(kept), "cases,", sum(case["valid"] for case in kept), "valid,", len(octets))
