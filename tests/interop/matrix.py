"""Makes the interoperability mails: tool × form × algorithm, each judged by OpenSSL.

usage: matrix.py OUT_DIR [OPENSSL_4]        (the committed set: tests/data/interop)

Needs what generate.py needs, and OpenSSL 4.0.3 as build_openssl.sh builds it: named, or built now.
Every mail is a cell of docs/reference/interop.md: `tool`, `form` and `algorithm` of its entry.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

import matrix_algorithms
import matrix_openssl
import matrix_tools
import tools
from case import CASES
from generate import NOW, entry, judge
from judge import OpenSsl
from matrix_openssl import Tool
from world import World

README = """# Interoperability mails

{count} small mails in every form that {versions} make, with their
expected results in `expected.toml`, judged with `root.pem` as the only anchor at `--now {now}`.
Made by `tests/interop/matrix.py`; the table they make is docs/reference/interop.md.

- Names, keys and addresses are invented (example.org); the private keys were thrown away.
  Licence: as the project.
- `tool`, `form` and `algorithm` name the cell of the table, `origin` the command.
- Expectations are written by hand in the generator, from the contract; smimebatch had no part in
  them. `judge` is what OpenSSL says, as in ../mail.
- `not_offered.toml` is the one list of algorithms that this build does not offer: their mails are
  expected as `unsupported_algorithm` (compression: as not opened), whatever `expected.toml` says.
"""


def main() -> None:
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    world = World()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        files = tools.Files(folder)
        judges = {
            "OpenSSL 3": OpenSsl(folder),
            "OpenSSL 4": OpenSsl(folder, openssl_4(), legacy=False),
        }
        openssl_cases(world, files, judges)
        matrix_tools.all_cases(world, files, judges["OpenSSL 3"])
        root = files.certificate(world.root)
        judged = {case.name: judge(case, judges[case.judged_by], root) for case in CASES.values()}
    for old in out.glob("*.eml"):
        old.unlink()
    for case in CASES.values():
        (out / f"{case.name}.eml").write_bytes(case.mail)
    (out / "root.pem").write_bytes(world.root.pem)
    (out / "expected.toml").write_text(
        "\n".join(entry(case, judged[case.name]) for case in CASES.values())
    )
    versions = ", ".join(sorted({case.cell["tool"] for case in CASES.values()}))
    (out / "README.md").write_text(README.format(count=len(CASES), now=NOW, versions=versions))


def openssl_cases(world: World, files: tools.Files, judges: dict[str, OpenSsl]) -> None:
    """Debian's 3.0 and the 4.0.3 built here."""
    three = Tool(world, files, judges["OpenSSL 3"], "OpenSSL 3")
    four = Tool(world, files, judges["OpenSSL 4"], "OpenSSL 4")
    for tool in (three, four):
        for algorithm in matrix_algorithms.common_algorithms(tool):
            tool.sign(algorithm)
        matrix_openssl.other_forms(tool)
        matrix_openssl.encrypted_forms(tool)
    for algorithm in matrix_algorithms.old_algorithms(three):
        three.sign(algorithm)
    for algorithm in matrix_algorithms.new_algorithms(four):
        four.sign(algorithm)
    matrix_openssl.compressed_forms(four)


def openssl_4() -> pathlib.Path:
    if len(sys.argv) > 2:
        return pathlib.Path(sys.argv[2])
    command = [str(pathlib.Path(__file__).parent / "build_openssl.sh")]
    built = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return pathlib.Path(built) / "apps" / "openssl"


if __name__ == "__main__":
    main()
