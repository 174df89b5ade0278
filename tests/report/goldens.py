"""What `inspect` shows of some fixture mails.

usage: python -m tests.report.goldens     writes tests/data/inspect anew; read the difference
"""

from __future__ import annotations

import io
import pathlib

from rich.console import Group

from smimebatch import Trust
from smimebatch.batch import new_engine
from smimebatch.options import Policy, parse_instant
from smimebatch.report.console import print_to
from smimebatch.report.inspect import inspected, report
from smimebatch.sources import Archive, InputBatch, Inputs, ReadingOptions

DATA = pathlib.Path(__file__).parents[1] / "data"
GOLDENS = DATA / "inspect"
MAILS = {
    "good": "plain-signed",
    "broken": "tampered-body",
    "expired": "chain-expired",
    "list-footer": "list-footer",
    "triple-wrapped": "openssl-triple-wrapped",
    "encrypted": "openssl-enveloped-aes256",
    "repaired": "part-blank-line-more-than-signed",
    "protected-header": "header-wrapped-other-from",
}
NOW = parse_instant("2026-01-01T00:00:00Z")


def shown(name: str) -> str:
    """Return what inspect shows of a fixture mail."""
    trust = Trust.load(DATA / "mail" / "root.pem")
    engine = new_engine(trust, Policy(), NOW, jobs=1)
    (item,) = Archive(Inputs([DATA / "mail" / f"{name}.eml"]), ReadingOptions())
    assert isinstance(item, InputBatch)
    stream = io.StringIO()
    print_to(stream, Group(*report(inspected(engine.inspect(item.rows), trust, NOW))))
    return stream.getvalue()


def main() -> None:
    GOLDENS.mkdir(exist_ok=True)
    for title, name in MAILS.items():
        (GOLDENS / f"{title}.txt").write_text(shown(name), encoding="utf-8")


if __name__ == "__main__":
    main()
