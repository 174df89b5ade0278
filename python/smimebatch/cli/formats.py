"""What --format of the environment or a file comes to in a command that has other words for it.

As a flag it is about one command, and what that lacks is an error. As a setting it is about all of
them: each takes what it can of it, and a command whose rows go to files takes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from smimebatch.errors import OptionError
from smimebatch.sinks.lines import FORMATS

TEXT, JSON = STATUS_FORMATS = ("text", "json")
ALIKE = {"json": "jsonl", "jsonl": "json"}
"""One object is a line of objects, and the other way round."""
EVERY = frozenset({*FORMATS, *STATUS_FORMATS})


def taken_by(formats: Sequence[str], otherwise: str | None) -> Callable[[Any, Any], Any]:
    """Return the callback of an option that knows these formats."""

    def taken(context: Any, value: Any) -> Any:
        if value is None or value in formats:
            return value
        if value not in EVERY or is_flag(context, "form"):
            expected = "one of " + ", ".join(formats)
            raise OptionError("--format", expected=expected, found=repr(value))
        return ALIKE[value] if ALIKE.get(value) in formats else otherwise

    return taken


def is_flag(context: Any, name: str) -> bool:
    """Whether a parameter was given on the command line, not as a setting or not at all."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
