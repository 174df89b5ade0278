"""A command whose help shows an example first."""

from __future__ import annotations

import sys
from typing import Any

from typer.core import TyperCommand

EXAMPLES = {
    "verify": (
        "smimebatch verify archive.mbox --trust roots.pem -o results/",
        "smimebatch verify mail/ more.mbox.xz --trust system --at date",
    ),
    "inspect": (
        "smimebatch inspect archive.mbox --index 17 --trust roots.pem",
        "smimebatch inspect letter.eml",
    ),
}


class ExampleFirst(TyperCommand):
    """Puts the command's examples above everything else in its help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write examples, then usage and options."""
        lines = ["Example:", *(f"  {line}" for line in EXAMPLES[str(self.name)])]
        sys.stdout.write("\n".join(lines) + "\n")
        super().format_help(ctx, formatter)
