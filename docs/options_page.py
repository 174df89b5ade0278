"""The page of options: every option of every command, as the parser of the command line has it."""

from __future__ import annotations

from itertools import chain
from typing import Any

from typer.main import get_command

from smimebatch.cli import app
from smimebatch.cli.settings import all_commands, found_options
from smimebatch.path_rules import CHAIN_MODELS

HEAD = """# Options

Made by `make docs` from the parser of the command line. Each option may also stand in a
configuration file, by its long name, or in the environment, by the name in the last column:
[how](../guide/output.md#configuration). A `smimebatch.toml` that nobody named with `--config` gives
only those with a `†` before their meaning. The commands of a row are those that take the option;
without a default, nothing is given. In Python they are arguments of `verify` and `verify_batch`,
most of them of the same name ([from Python](../guide/python.md)).

## Commands

`smimebatch COMMAND --help` shows examples first. What the arguments may be:
"""
COMMANDS = dict(all_commands(get_command(app)))
ONE_COMMAND = "Of single commands"
WORDS_OF_VALUES = {"MODEL": "|".join(CHAIN_MODELS)}
"""What `--help` has no room for."""
MORE = {
    "--at": "[times](README.md#times)",
    "--bind": "[the sender](README.md#the-sender)",
    "--bind-missing": "[the sender](README.md#the-sender)",
    "--chain-model": "[which chains](../guide/verify.md#which-chains)",
    "--config": "[configuration](../guide/output.md#configuration)",
    "--crls": "[revocation](README.md#revocation)",
    "--debian-weak-keys": "[weak keys](../guide/certificates.md#weak-keys)",
    "--fail-on": "[codes](codes.md)",
    "--mbox-variant": "[variants](codes.md#mbox_variant)",
    "--ocsp": "[revocation](README.md#revocation)",
    "--policy": "[strength](strength.md)",
    "--revocation": "[revocation](README.md#revocation)",
    "--stamp-with": "[long jobs](../guide/long-jobs.md#one-time-stamp-for-a-whole-archive)",
    "--strict": "[quirks](codes.md#quirk)",
    "--trust": "[whom to trust](../guide/trust.md)",
    "--tsa-trust": "[time-stamps](README.md#time-stamps-and-countersignatures)",
    "--vouch": "[at which time](../guide/verify.md#at-which-time)",
}
"""Where more is said of an option."""
Row = tuple[str, str, str, str, str]


def options_page() -> str:
    lines = [HEAD, "| command | does | arguments |", "|---|---|---|"]
    for name, command in COMMANDS.items():
        arguments = [it for it in command.params if it.param_type_name == "argument"]
        said = (f"{cell(it.metavar)}: {cell(it.help)}" for it in arguments)
        lines.append(f"| `{name}` | {cell(command.help)} | {'<br>'.join(said)} |")
    for panel, rows in rows_by_panel().items():
        lines += [f"\n## {panel}\n"]
        lines += ["| option | values | default | meaning | commands | environment |"]
        lines += ["|---|---|---|---|---|---|"]
        for (option, values, default, meaning, environment), commands in rows.items():
            takers = "<br>".join(f"`{name}`" for name in commands)
            cells = (option, values, default, meaning, takers, environment)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def rows_by_panel() -> dict[str, dict[Row, list[str]]]:
    """Every option once with the commands that take it, under the headings of `--help`."""
    panels: dict[str, dict[Row, list[str]]] = {}
    every = chain.from_iterable(
        ((name, it) for it in command.params) for name, command in COMMANDS.items()
    )
    for name, parameter in every:
        if parameter.param_type_name == "option" and parameter.name != "help":
            panel = getattr(parameter, "rich_help_panel", None) or ONE_COMMAND
            rows = panels.setdefault(panel, {})
            rows.setdefault(row(parameter, is_found(name, parameter)), []).append(name)
    return {name: rows for name, rows in panels.items() if name != ONE_COMMAND} | {
        ONE_COMMAND: panels[ONE_COMMAND]
    }


def is_found(command: str, parameter: Any) -> bool:
    """Whether a file may give an option that nobody named."""
    return parameter.name in found_options(COMMANDS[command])


def row(parameter: Any, is_found: bool) -> Row:
    """What is to be said of an option."""
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    switches_off = ", ".join(f"`{name}`" for name in parameter.secondary_opts)
    is_flag = parameter.is_flag
    metavar = WORDS_OF_VALUES.get(parameter.metavar, parameter.metavar or "")
    values = ", ".join(f"`{value}`" for value in metavar.split("|"))
    default = f"`{parameter.default}`" if parameter.default and not is_flag else ""
    more = f" {MORE[parameter.opts[-1]]}" if parameter.opts[-1] in MORE else ""
    return (
        f"{names} or {switches_off}" if switches_off else names,
        "on" if is_flag else values,
        "off" if is_flag else default,
        "† " * is_found + cell(parameter.help) + more,
        f"`{parameter.envvar}`" if parameter.envvar else "",
    )


def cell(text: str) -> str:
    """Text as a cell of a table holds it."""
    return text.replace("|", "\\|")
