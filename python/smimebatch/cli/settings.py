"""Options from a configuration file and the environment, below those of the command line.

`smimebatch.toml` of the current directory, or what --config names, holds options by their long
names: at the top for every command, in a table of its own for one. The environment has each as
SMIMEBATCH_ and its name in capitals. A name that no command has is an error in the file, so that a
typing error does not quietly change what is judged.

A file that nobody named may have come with the archive. So it gives only options that are marked
with `MAY_BE_FOUND`: how work is done and shown, and what makes a judgement stricter. Keys,
recipients, trust, places to write to and commands to run are refused there.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, get_type_hints

from smimebatch.cli.saying import DEBUG_VARIABLE, say
from smimebatch.errors import OptionError
from smimebatch.options import LANES_VARIABLE, check_lanes
from smimebatch.sources.reading import MAIL_HELD_VARIABLE

PREFIX = "SMIMEBATCH_"
DEFAULT_FILE = "smimebatch.toml"
NOT_SETTINGS = frozenset({"help", "config", "version", "install_completion", "show_completion"})
OTHER_VARIABLES = frozenset(
    {
        LANES_VARIABLE,
        MAIL_HELD_VARIABLE,
        DEBUG_VARIABLE,
        "SMIMEBATCH_SHARED",
        "SMIMEBATCH_FIXTURES",
    }
)
"""Of the native core, of how much is held, of who debugs, and of the tests."""
WITH_COLONS = frozenset({"vouch", "allow"})
"""Repeatable options whose values have colons; those of all others are paths or names."""


class MayBeFound:
    """Marks an option that a file may give which nobody named; beside `typer.Option`."""


MAY_BE_FOUND: Final = MayBeFound()
OF_ANOTHER = dict.fromkeys(("inner-facts", "keys", "pkcs11"), "smimebatch decrypt")
"""Options that one may look for where they mean nothing, refused for what they are."""


def is_option(parameter: Any) -> bool:
    """Whether a parameter of a command is an option that settings may give."""
    return parameter.param_type_name == "option" and parameter.name not in NOT_SETTINGS


def name_in_file(parameter: Any) -> str:
    """Return the name of an option in the file: the long one of the command line."""
    longest = max(parameter.opts, key=len)
    return str(longest).removeprefix("--")


def add_environment(parameters: Sequence[Any]) -> None:
    """Give every option its variable, which its help then shows."""
    for parameter in parameters:
        if is_option(parameter):
            parameter.envvar = PREFIX + name_in_file(parameter).replace("-", "_").upper()
            parameter.show_envvar = True
            has_colons = name_in_file(parameter) in WITH_COLONS
            parameter.split_envvar_value = partial(entries_of, has_colons=has_colons)


def entries_of(text: str, *, has_colons: bool) -> list[str]:
    """Return the values in a variable: lines if there are several, else as in PATH."""
    if has_colons or "\n" in text:
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text.split(os.pathsep)


def check_arguments(arguments: Sequence[str], parameters: Sequence[Any]) -> None:
    """Refuse options of other commands by name."""
    own = {name for parameter in parameters for name in getattr(parameter, "opts", ())}
    for argument in arguments:
        if argument == "--":
            return
        name = argument.partition("=")[0]
        if name.startswith("--") and name not in own:
            check_exists(name.removeprefix("--"), name)


def check_exists(name: str, subject: str) -> None:
    """Refuse an option of another command."""
    if name in OF_ANOTHER:
        found = f"one of {OF_ANOTHER[name]}"
        raise OptionError(subject, expected="an option of this command", found=found)


def read_config(context: Any, path: str | None) -> str | None:
    """Take options from the file, as what they are when neither said nor in the environment."""
    if context.resilient_parsing:
        return path
    warn_about_environment(context)
    check_lanes()
    is_named = path is not None
    if path is None:
        if not os.path.isfile(DEFAULT_FILE):
            return None
        path = DEFAULT_FILE
    settings = settings_for(context, parse_config(path), path)
    if not is_named:
        refuse_what_must_be_named(context.command, settings)
        tell_what_was_found(settings)
    context.default_map = settings
    return path


def refuse_what_must_be_named(command: Any, settings: Mapping[str, Any]) -> None:
    """Refuse what a file may not decide that nobody named."""
    may_be_found = found_options(command)
    for parameter in command.params:
        if parameter.name in settings and parameter.name not in may_be_found:
            raise OptionError(
                f"{DEFAULT_FILE} of this folder: {name_in_file(parameter)}",
                expected="no option that a file may give only where it is named",
                found="one, and a file that may have come with the archive",
                remedy=f"pass --config {DEFAULT_FILE} if it is yours",
            )


def found_options(command: Any) -> frozenset[str]:
    """Return the parameters of a command that are marked with MAY_BE_FOUND."""
    hints = get_type_hints(command.callback, include_extras=True)
    return frozenset(
        name for name, hint in hints.items() if MAY_BE_FOUND in getattr(hint, "__metadata__", ())
    )


def tell_what_was_found(settings: Mapping[str, Any]) -> None:
    """Say what a file that nobody named changes: it may have come with the archive."""
    given = [
        f"{name.replace('_', '-')} = {', '.join(value) if isinstance(value, list) else value}"
        for name, value in settings.items()
    ]
    found = "; ".join(given) or "none for this command"
    say(f"smimebatch: options from {DEFAULT_FILE} of this folder: {found}")


def parse_config(path: str) -> dict[str, Any]:
    """Read a configuration file."""
    subject = f"--config {path}"
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise OptionError(subject, expected="a file", found=str(error.strerror)) from error
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise OptionError(subject, expected="TOML", found=str(error)) from error
    except RecursionError as error:
        raise OptionError(subject, expected="TOML", found="values nested too deep") from error


def settings_for(context: Any, config: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the settings of one command: those at the top, overridden by those of its table."""
    commands = dict(all_commands(context.find_root().command))
    everywhere = {
        name_in_file(parameter)
        for command in commands.values()
        for parameter in command.params
        if is_option(parameter)
    }
    tables = {name: value for name, value in config.items() if isinstance(value, dict)}
    for name in config:
        known = commands if name in tables else everywhere
        check_known(name, sorted(known), path)
    for name, table in tables.items():
        its = sorted(name_in_file(it) for it in commands[name].params if is_option(it))
        for key in table:
            check_known(key, its, f"{path}: {name}")
    own = {name_in_file(it): it for it in context.command.params if is_option(it)}
    found: dict[str, Any] = {}
    for name, value in config.items():
        if name in own:
            found[own[name].name] = checked_value(own[name], value, name, path)
    for name, value in tables.get(command_name(context), {}).items():
        found[own[name].name] = checked_value(own[name], value, name, path)
    return found


def command_name(context: Any) -> str:
    """Return the words of a command after the program's name."""
    return str(context.command_path).partition(" ")[2]


def all_commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Give every command by its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from all_commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def check_known(name: str, known: Sequence[str], path: str) -> None:
    """Refuse a key that nothing is called, naming the nearest that there is."""
    if name in known:
        return
    check_exists(name, f"{path}: {name}")
    nearest = difflib.get_close_matches(name, known, 1, 0.5)
    expected = f"{nearest[0]}, the nearest known key" if nearest else "one of " + ", ".join(known)
    raise OptionError(f"{path}: unknown key", expected=expected, found=name)


def checked_value(parameter: Any, value: Any, name: str, path: str) -> Any:
    """Return a value of the file as the command line would give it."""
    if parameter.multiple:
        entries = value if isinstance(value, list) else [value]
        return [text_of(entry, name, path) for entry in entries]
    if getattr(parameter, "is_flag", False):
        if not isinstance(value, bool):
            raise OptionError(f"{path}: {name}", expected="true or false", found=repr(value))
        return value
    return text_of(value, name, path)


def text_of(value: Any, name: str, path: str) -> str:
    """Return one value as text; of a list separated by commas, also a list."""
    if isinstance(value, bool | dict):
        raise OptionError(f"{path}: {name}", expected="text or a number", found=repr(value))
    if isinstance(value, list):
        return ",".join(text_of(entry, name, path) for entry in value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def warn_about_environment(context: Any) -> None:
    """Say which variables of our prefix nothing reads."""
    root = context.find_root().command
    known = {it.envvar for _, command in all_commands(root) for it in command.params if it.envvar}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and name not in OTHER_VARIABLES:
            nearest = difflib.get_close_matches(name, sorted(known), 1)
            hint = f"; is {nearest[0]} meant?" if nearest else ""
            say(f"smimebatch: {name} is no option and was not read{hint}")


def given_settings(context: Any, config: str | None) -> dict[str, Any]:
    """Return where each option came from that was not left as it is, for run.json."""
    words = {"COMMANDLINE": "flag", "ENVIRONMENT": "environment", "DEFAULT_MAP": "config"}
    sources = {
        name_in_file(parameter): words[source.name]
        for parameter in context.command.params
        if is_option(parameter)
        and (source := context.get_parameter_source(parameter.name)) is not None
        and source.name in words
    }
    return {"config_file": config, "given_by": dict(sorted(sources.items()))}
