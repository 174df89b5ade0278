"""Commands that take the options of another function beside their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints


def with_options_of(
    taker: Callable[..., Any],
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the parameters of `taker`, whose result becomes its first argument.

    Its own parameters come after those, and are keywords.
    """

    def extended(command: Callable[..., int]) -> Callable[..., int]:
        taken = inspect.signature(taker).parameters
        _, *own = inspect.signature(command).parameters.values()

        @wraps(command)
        def run(**given: Any) -> int:
            first = taker(**{name: given.pop(name) for name in taken})
            return command(first, **given)

        hints = get_type_hints(taker, include_extras=True)
        hints |= own_hints(command)
        hints["return"] = int
        parameters = [
            it.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[it.name])
            for it in (*taken.values(), *own)
        ]
        run.__annotations__ = hints
        del run.__wrapped__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return run

    return extended


def own_hints(command: Callable[..., int]) -> dict[str, Any]:
    """Return the types of a command's own parameters."""
    hints = get_type_hints(command, include_extras=True)
    first, *_ = inspect.signature(command).parameters
    return {name: hint for name, hint in hints.items() if name not in (first, "return")}
