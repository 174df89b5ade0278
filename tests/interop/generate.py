"""Makes every fixture mail, has OpenSSL judge it, and writes mails and expectations.

usage: generate.py OUT_DIR        (the committed set: tests/data/mail)

Needs openssl 3.0 or newer, gpgsm, certutil/pk12util/cmsutil on the PATH, and the Python package
cryptography. Keys are thrown away; a second run makes other keys and signatures, and the same
expectations. The run stops when OpenSSL and an expectation differ without a reason written
beside the expectation.
"""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile
from typing import Any

import crafted_algorithms
import crafted_certificates
import crafted_content
import crafted_labels
import crafted_layers
import crafted_senders
import crafted_signers
import tools
from case import CASES, Case
from judge import CHAIN_WORDS, OpenSsl
from world import World

NOW = "2026-01-01T00:00:00Z"
CRAFTED = (
    crafted_content,
    crafted_signers,
    crafted_algorithms,
    crafted_certificates,
    crafted_senders,
    crafted_labels,
    crafted_layers,
)
README = """# Fixture mails

{count} small mails with their expected results in `expected.toml`, judged with `root.pem` as the
only trust anchor at `--now {now}`. Made by `tests/interop/generate.py` with
{versions}.

- Names, keys and addresses are invented (example.org); the private keys were thrown away.
  Licence: as the project.
- `origin` says which program signed or encrypted a mail; `crafted` means the project's own writer.
- Expectations are written by hand in the generator, from the contract and the rules for hostile
  mail, whose numbers stand in `rules`. smimebatch had no part in them.
- `judge` is what OpenSSL says: `cryptography` without, `chain` with its own validation of the
  certificates. Where it differs from the expectation the reason stands beside it (`disagrees`);
  the generator fails on any other difference.
- Mails have LF line ends, or CRLF where that is the point: never let a tool convert them.

`make interop` makes the whole set anew in a temporary folder and runs the same tests over it.
"""


def main() -> None:
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    world = World()
    with tempfile.TemporaryDirectory() as scratch:
        openssl = OpenSsl(pathlib.Path(scratch))
        files = tools.Files(pathlib.Path(scratch))
        tools.tool_cases(world, openssl, files)
        for crafted in CRAFTED:
            crafted.all_cases(world)
        root = files.certificate(world.root)
        judged = {case.name: judge(case, openssl, root) for case in CASES.values()}
    for old in out.glob("*.eml"):
        old.unlink()
    for case in CASES.values():
        (out / f"{case.name}.eml").write_bytes(case.mail)
    (out / "root.pem").write_bytes(world.root.pem)
    (out / "issuing.pem").write_bytes(world.issuing.pem + world.ec_issuing.pem)
    (out / "expected.toml").write_text(
        "\n".join(entry(case, judged[case.name]) for case in CASES.values())
    )
    origins = sorted({case.origin.partition(",")[0] for case in CASES.values()} - {"crafted"})
    (out / "README.md").write_text(
        README.format(count=len(CASES), now=NOW, versions=", ".join(origins))
    )


def judge(case: Case, openssl: OpenSsl, root: pathlib.Path) -> dict[str, str]:
    """OpenSSL's two answers; raises where one differs from the expectation without a reason."""
    if case.judge == "none":
        return {}
    mail = case.judge_input or case.mail
    answers = {
        "cryptography": openssl.verify(case.judge, mail),
        "chain": openssl.verify(case.judge, mail, root),
    }
    crypto_ok = all(row.get("crypto_result") == "ok" for row in case.signatures)
    compare(
        case.name, "cryptography", answers["cryptography"] == "ok", crypto_ok, case.judge_disagrees
    )
    if case.judge_disagrees or not crypto_ok:
        return answers | ({"disagrees": case.judge_disagrees} if case.judge_disagrees else {})
    chains = [row.get("chain_result", row.get("chain_result_any")) for row in case.signatures]
    agrees = all(
        answers["chain"] in CHAIN_WORDS.get(chain, {answers["chain"]})
        for chain in chains
        if isinstance(chain, str)
    )
    compare(
        case.name,
        f"chain: {answers['chain']} for {chains}",
        agrees,
        True,
        case.judge_chain_disagrees,
    )
    return answers | (
        {"disagrees": case.judge_chain_disagrees} if case.judge_chain_disagrees else {}
    )


def compare(name: str, what: str, judged: bool, expected: bool, reason: str | None) -> None:
    """Another OpenSSL may know what this one lacks; a difference nobody explained stops the run."""
    if judged != expected and not reason:
        raise SystemExit(f"{name}: {what}: OpenSSL {judged}, expected {expected}, no reason given")
    if judged == expected and reason:
        print(f"{name}: {what}: no longer true of this OpenSSL: {reason}", file=sys.stderr)


def entry(case: Case, judged: dict[str, str]) -> str:
    """One mail in TOML."""
    lines = [f"[{case.name}]", f"origin = {json.dumps(case.origin)}"]
    if case.rules:
        lines.append(f"rules = {value(list(case.rules))}")
    lines += columns(case.cell)
    for key, one in (("options", case.options), ("judge", judged), ("message", case.message)):
        if one or key == "message":
            lines += [f"[{case.name}.{key}]", *columns(one)]
    for key in ("signatures", "encryptions", "recipients"):
        for row in getattr(case, key):
            lines += [f"[[{case.name}.{key}]]", *columns(row)]
    return "\n".join(lines) + "\n"


def columns(row: dict[str, Any]) -> list[str]:
    return [f"{key} = {value(one)}" for key, one in row.items()]


def value(one: Any) -> str:
    return json.dumps(one, ensure_ascii=False)


if __name__ == "__main__":
    main()
