"""Writes the pages that are made of the code's own tables, parser and fixtures.

usage: python -m docs.make_reference ROOT_OF_THE_REPOSITORY

`tests/test_reference.py` fails when the committed pages are not what this writes.
"""

from __future__ import annotations

import os
import pathlib
import re
import sys
import tomllib
from itertools import groupby
from typing import Any

from docs.codes_page import codes_page
from docs.mail_columns import mail_sections
from docs.options_page import options_page
from docs.rules_page import rules_page
from docs.strength_page import strength_page
from docs.vocabularies import vocabulary_of
from docs.wycheproof_page import wycheproof_page

from smimebatch import _native
from smimebatch.report import oids

INTEROP = pathlib.Path(__file__).parents[1] / "tests" / "data" / "interop"
COLUMNS_HEAD = """# Columns

Made by `make docs` from the core's column table, and of the mail that jobs write (`mail`,
`evidence`, `mail_index`, at the end) from what writes it. [How to read them](README.md): types,
null, paths.
A link at the end of a meaning leads to the words, names or numbers the column may hold.
"""
ALGORITHMS_HEAD = """# Algorithms

Made by `make docs` from the core's tables. A signature, digest or curve that is listed as not
offered, or is not listed at all, makes its signature `unsupported_algorithm`: NOT_EVALUATED,
neither good nor bad. A certificate signed with one leaves its chain without that link (`no_path`).

Weak is another matter than offered: MD2, MD5, SHA-1 and short keys are computed, for old mail, and
[judged](strength.md) by until when they were strong enough.
Public-key schemes that hash for themselves (EdDSA, ML-DSA, SLH-DSA) are verified in their pure mode
with an empty context. RSA moduli have 512 to 16,384 bits; DSA's p has 512 to 10,000.

The names are those in the columns `digest_algorithm`, `signature_algorithm`, `curve`,
`content_algorithm` and `recipients.algorithm`. A name may have several identifiers. `dsa`,
`rsaEncryption` and `ecPublicKey` as a signature algorithm mean that the digest is named beside it,
in `digest_algorithm`.

## Keys

In `key_algorithm`, with the unit of `key_bits`. Short keys are computed with, and judged by a table
of days: see [strength](strength.md).

| name | key | key_bits |
|---|---|---|
| rsa | RSA, for PKCS#1 v1.5 and PSS | bits of the modulus |
| rsassa-pss, shake128-rsassa-pss, shake256-rsassa-pss | RSA, for PSS only | bits of the modulus |
| dsa | DSA | bits of the modulus p; null where the CA's certificate has the parameters |
| ec | ECDSA on the curve that `curve` names | bits of its order; null where it is not offered |
| ed25519, ed448 | EdDSA | bits of the encoded key: 256, 456 |
| ml-dsa-44, -65, -87 | ML-DSA (FIPS 204) | bits of the encoded key: 10496, 15616, 20736 |
| slh-dsa-… | SLH-DSA (FIPS 205) | bits of the encoded key: 256, 384, 512 |

Sizes of different algorithms cannot be compared: ec 256 is stronger than rsa 2048.
"""
NAMED_HEAD = """
## Encryption and others

Listed in `content_algorithm` and `recipients.algorithm`, or parameters of those. *Opened* is
whether an envelope that names it is computed, with the key for it; `no` makes it `unsupported`,
empty says that it alone decides nothing. `rsaEncryption`, which signatures have too, is in
`recipients.algorithm` of most mail.

| name | object identifier | what it is for | opened |
|---|---|---|---|"""
NOT_OPENED = re.compile(
    r"rc4|rc5-cbc|blowfish-cbc|.*-(ecb|cfb|ofb)|ecmqv-.*|dh|dh-es|dh-ss|rsa-kem"
)
"""Names of what envelopes are not opened with; `tests/sealing/test_opened_algorithms.py` tries."""
DECIDES_NOTHING = re.compile(r"zlib|mgf1|hmac-.*|x25519|x448")
"""Names that are of no content and of no recipient by themselves."""
IDENTIFIERS_HEAD = """# Identifiers

Made by `make docs` from the names that `inspect` shows. Columns hold object identifiers as dotted
numbers, because there is no end of them: one that is not listed here belongs to a CA or a company,
whose own documents say what it means (search for the number). None of them decides anything but
what is said here.
"""
IDENTIFIER_TABLES = (
    (
        "Signed attributes",
        "In `signatures.signed_attributes`: what the signer signed beside the content. The first "
        "three belong to nearly every signature. S/MIME capabilities are algorithms that the "
        "signer's program can read, the preferred encryption certificate is the one for answers. "
        "What they hold is in other columns: `message_digest_claimed`, `signing_time_claim`, "
        "`algorithm_protection`, `ess_certificate_id`, `ess`, `security_labels`.",
        oids.ATTRIBUTES,
    ),
    (
        "Key usage",
        "In `certificates.key_usage`. A signer's certificate needs digitalSignature or "
        "nonRepudiation, a CA's keyCertSign, unless it names no usage at all: else the chain is "
        "`key_usage`.",
        oids.KEY_USAGES,
    ),
    (
        "Extended key usage",
        "In `certificates.extended_key_usage`. A chain is for mail where every certificate that "
        "names any has e-mail protection or any purpose: else it is `extended_key_usage`.",
        oids.USAGES,
    ),
    (
        "Policies",
        "In `certificates.policies`: under which rules the CA issued it. `signatures.policy_oids`: "
        "which hold for the chain.",
        oids.POLICIES,
    ),
)
USES_BESIDE_SIGNATURES = {
    "rsaEncryption": "the content key under the recipient's RSA key (PKCS#1 v1.5)",
}
GROUPS = {"digest": "Digests", "signature": "Signatures", "curve": "Curves for ECDSA"}
INTEROP_HEAD = """# Interoperability

Made by `make docs` from the mails of `tests/data/interop`, {count} cells: what each program writes,
in every form it can, and what becomes of it here. Each cell is a committed mail with its expected
rows, and `tests/test_interop.py` tests it; `make interop` makes all anew.

OpenSSL judged {judged} of them, too, and agrees about all but {disputed} (the reason stands beside
the expected rows). Nobody asked it about the other {unjudged}: encrypted, compressed and
certificate-only mail, and signed mail whose object is in PEM, in binary encoding or compressed.

- **verified**: digest, signature and chain are found right.
- recognised: an encrypted, compressed or certificate-only mail is listed for what it is.
- no certificate: the mail carries none, so there is nothing to verify with.
- *not offered*: this build lacks the algorithm, and says `unsupported_algorithm`.
"""
PAGES_OF_COLUMNS = {
    "layer_path": "[paths](README.md#layer_path)",
    "parent_layer_path": "[paths](README.md#layer_path)",
    "digest_algorithm": "[digests](algorithms.md#digests)",
    "signature_algorithm": "[signatures](algorithms.md#signatures)",
    "key_algorithm": "[keys](algorithms.md#keys)",
    "key_bits": "[keys](algorithms.md#keys)",
    "curve": "[curves](algorithms.md#curves-for-ecdsa)",
    "content_algorithm": "[names](algorithms.md#encryption-and-others)",
    "algorithm": "[names](algorithms.md#encryption-and-others)",
    "signed_attributes": "[names](identifiers.md#signed-attributes)",
    "key_usage": "[names](identifiers.md#key-usage)",
    "extended_key_usage": "[names](identifiers.md#extended-key-usage)",
    "policies": "[names](identifiers.md#policies)",
    "algorithm_status": "[strength](strength.md)",
    "weak_elements": "[strength](strength.md#weak_elements)",
    "revocation": "[revocation](README.md#revocation)",
    "poe_time": "[times](README.md#times)",
    "mbox_from_date": "[times](README.md#times)",
    "time_evidence": "[time-stamps](README.md#time-stamps-and-countersignatures)",
    "date": "[times](README.md#times)",
    "control_time": "[times](README.md#times)",
    "signing_time_claim": "[times](README.md#times)",
}
"""Where the values of a column are explained that no vocabulary lists."""
ENCRYPTIONS_KEY_BITS = ("encryptions", "key_bits")
WORDS = {
    "Utf8": "string",
    "Binary": "binary",
    "Boolean": "bool",
    "Int32": "int32",
    "Int64": "int64",
}


def plain_type(kind: str) -> str:
    """An Arrow type as the contract spells it."""
    kind = re.sub(r'Timestamp\(µs, "UTC"\)', "timestamp", kind)
    for arrow, word in WORDS.items():
        kind = re.sub(rf"\b{arrow}\b", word, kind)
    kind = re.sub(r'"(\w+)": ', r"\1 ", kind)
    return kind.replace("List(", "list<").replace("Struct(", "struct<").replace(")", ">")


def columns_page() -> str:
    lines = [COLUMNS_HEAD]
    for dataset, sentence, columns in _native.datasets():
        lines += [f"## {dataset}\n", f"{sentence}\n"]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        for name, kind, said in columns:
            lines.append(f"| {name} | `{plain_type(kind)}` | {said}{link_of(dataset, name)} |")
        lines.append("")
    return "\n".join([*lines, *mail_sections()])


def link_of(dataset: str, column: str) -> str:
    """The link to what a column may hold, behind a blank; nothing where its sentence says it."""
    if vocabulary := vocabulary_of(dataset, column):
        return f" [{vocabulary}](codes.md#{vocabulary})"
    page = PAGES_OF_COLUMNS.get(column)
    return f" {page}" if page and (dataset, column) != ENCRYPTIONS_KEY_BITS else ""


def identifiers_page() -> str:
    lines = [IDENTIFIERS_HEAD]
    for title, said, names in IDENTIFIER_TABLES:
        lines += [f"## {title}\n", f"{said}\n", "| identifier | meaning |", "|---|---|"]
        lines += [f"| {identifier} | {name} |" for identifier, name in names.items()]
        lines.append("")
    return "\n".join(lines)


def algorithms_page() -> str:
    lines = [ALGORITHMS_HEAD]
    known = _native.algorithms()
    for group, title in GROUPS.items():
        lines += [
            f"## {title}\n",
            "| name | object identifier | by | standard |",
            "|---|---|---|---|",
        ]
        mine = [entry[1:] for entry in known if entry[0] == group and entry[3]]
        lines += [f"| {name} | {oid} | {by} | {said} |" for name, oid, by, said in mine]
        lines.append("")
    lines += ["## Not offered\n", "| name | object identifier | why |", "|---|---|---|"]
    lacking = [entry[1:] for entry in known if entry[0] in GROUPS and not entry[3]]
    lines += [f"| {name} | {oid} | {why} |" for name, oid, _, why in lacking]
    lines.append(NAMED_HEAD)
    named = [entry[1:] for entry in known if entry[0] not in GROUPS]
    named += [
        (name, oid, by, USES_BESIDE_SIGNATURES[name])
        for _, name, oid, by, _ in known
        if name in USES_BESIDE_SIGNATURES
    ]
    lines += [f"| {name} | {oid} | {use} | {opened(name)} |" for name, oid, _, use in sorted(named)]
    return "\n".join(lines)


def opened(name: str) -> str:
    """Whether envelopes are opened with an algorithm."""
    if DECIDES_NOTHING.fullmatch(name):
        return ""
    return "no" if NOT_OPENED.fullmatch(name) else "yes"


def interop_page() -> str:
    entries = tomllib.loads((INTEROP / "expected.toml").read_text(encoding="utf-8"))
    not_offered = tomllib.loads((INTEROP / "not_offered.toml").read_text(encoding="utf-8"))
    cells = list(entries.values())
    judges = [cell["judge"] for cell in cells if "judge" in cell]
    lines = [
        INTEROP_HEAD.format(
            count=len(cells),
            judged=len(judges),
            disputed=sum("disagrees" in judge for judge in judges),
            unjudged=len(cells) - len(judges),
        )
    ]
    for tool in dict.fromkeys(cell["tool"] for cell in cells):
        lines += [f"## {tool}\n", "| algorithm | forms |", "|---|---|"]
        of_tool = [cell for cell in cells if cell["tool"] == tool]
        for algorithm in dict.fromkeys(cell["algorithm"] for cell in of_tool):
            row = [cell for cell in of_tool if cell["algorithm"] == algorithm]
            by_result = groupby(
                sorted(row, key=lambda cell: result_of(cell, not_offered)),
                key=lambda cell: result_of(cell, not_offered),
            )
            said = (
                f"{result}: {'; '.join(cell['form'] for cell in same)}"
                for result, same in by_result
            )
            lines.append(f"| {'any' if algorithm == '-' else algorithm} | {'<br>'.join(said)} |")
        lines.append("")
    return "\n".join(lines)


def result_of(cell: dict[str, Any], not_offered: dict[str, list[str]]) -> str:
    """What becomes of the mail of a cell, in a word."""
    if cell["algorithm"] in not_offered["algorithms"] or cell["form"] in not_offered["forms"]:
        return "*not offered*"
    signatures = cell.get("signatures", [])
    if any(row.get("crypto_result") == "signer_certificate_missing" for row in signatures):
        return "no certificate"
    return "**verified**" if signatures else "recognised"


REFERENCE = "docs/reference"
PAGES = {
    f"{REFERENCE}/columns.md": columns_page,
    f"{REFERENCE}/codes.md": codes_page,
    f"{REFERENCE}/identifiers.md": identifiers_page,
    f"{REFERENCE}/algorithms.md": algorithms_page,
    f"{REFERENCE}/strength.md": strength_page,
    f"{REFERENCE}/options.md": options_page,
    f"{REFERENCE}/interop.md": interop_page,
    f"{REFERENCE}/wycheproof.md": wycheproof_page,
    "tests/mutants/rules.md": rules_page,
}


def main(root: str) -> None:
    for name, page in PAGES.items():
        with open(os.path.join(root, name), "w", encoding="utf-8") as file:
            file.write(page().rstrip("\n") + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
