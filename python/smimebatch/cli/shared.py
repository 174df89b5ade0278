"""Commands that take the options of another function beside their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


def with_options_of(
    *takers: Callable[..., Any],
) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Give a command the parameters of every taker, whose results become its first arguments.

    Its own parameters come after those, and are keywords. What is extended may be a taker itself.
    """

    def extended(command: Callable[..., T]) -> Callable[..., T]:
        taken = [inspect.signature(taker).parameters for taker in takers]
        own = list(inspect.signature(command).parameters.values())[len(takers) :]

        @wraps(command)
        def run(**given: Any) -> T:
            first = [
                taker(**{name: given.pop(name) for name in names})
                for taker, names in zip(takers, taken, strict=True)
            ]
            return command(*first, **given)

        hints: dict[str, Any] = {}
        for taker in takers:
            hints |= get_type_hints(taker, include_extras=True)
        hints |= own_hints(command, {parameter.name for parameter in own})
        hints["return"] = get_type_hints(command)["return"]
        parameters = [
            it.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[it.name])
            for it in (*(it for names in taken for it in names.values()), *own)
        ]
        run.__annotations__ = hints
        del run.__wrapped__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return run

    return extended


def own_hints(command: Callable[..., Any], own: set[str]) -> dict[str, Any]:
    """Return the types of a command's own parameters."""
    hints = get_type_hints(command, include_extras=True)
    return {name: hint for name, hint in hints.items() if name in own}
