"""The command line: a shell over the library, one file per command.

Data goes to stdout or `-o`, everything else to stderr. Exit codes are those of OUTPUT.md: 0
finished, 1 something of `--fail-on`, 2 usage, 3 some inputs unreadable, 4 trust unusable, 5 stopped
early, 130 and 143 interrupted.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from smimebatch import _native
from smimebatch.cli import audit, certs, revocation, trust
from smimebatch.cli.bench import bench
from smimebatch.cli.command import ExampleFirst
from smimebatch.cli.decrypt import decrypt
from smimebatch.cli.encrypt import encrypt, reencrypt, rewrap
from smimebatch.cli.import_mail import import_mail
from smimebatch.cli.inspect import inspect
from smimebatch.cli.memory import keep_freed_memory
from smimebatch.cli.merge import merge
from smimebatch.cli.saying import prepare_stderr, say, say_what_is_logged
from smimebatch.cli.sign import sign
from smimebatch.cli.status import status
from smimebatch.cli.verify import verify
from smimebatch.errors import OutputClosedError, RowsStoppedError, SmimeBatchError, stopped_rows

STOPPED_EARLY = 5
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM

app = typer.Typer(
    name="smimebatch",
    help="Verify, decrypt, encrypt and sign whole archives of S/MIME mail.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=ExampleFirst)(verify)
app.command(cls=ExampleFirst)(decrypt)
app.command(cls=ExampleFirst)(encrypt)
app.command(cls=ExampleFirst)(reencrypt)
app.command(cls=ExampleFirst)(rewrap)
app.command(cls=ExampleFirst)(sign)
app.command(cls=ExampleFirst)(inspect)
app.command(cls=ExampleFirst)(merge)
app.command(cls=ExampleFirst)(status)
app.command("import", cls=ExampleFirst)(import_mail)
app.command(cls=ExampleFirst)(bench)
app.add_typer(audit.app)
app.add_typer(certs.app)
app.add_typer(revocation.app)
app.add_typer(trust.app)


def print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        sys.stdout.write(f"smimebatch {_native.version}\n")
        raise typer.Exit


@app.callback()
def smimebatch(
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Verify the S/MIME signatures of whole mail archives."""


class Interrupted(BaseException):
    """A signal came; like KeyboardInterrupt it unwinds everything that is open.

    It is none: typer would take it for its own, with all that was noted on it.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.exit_code = code


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """End what is going on: units that are whole are still committed. A second time: at once."""
    for again in (signal.SIGINT, signal.SIGTERM):
        signal.signal(again, leave_at_once)
    raise Interrupted(128 + number)


def leave_at_once(number: int, frame: FrameType | None) -> NoReturn:
    """Leave without finishing anything; the next run finds what a kill would leave."""
    os._exit(128 + number)


def handle_interrupts() -> None:
    """Let SIGINT and SIGTERM end a run; one that is ignored, as nohup asks, stays ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    keep_freed_memory()
    handle_interrupts()
    prepare_stderr()
    say_what_is_logged()
    prepare_stdout()
    sys.exit(exit_code_of_command())


def exit_code_of_command() -> int:
    """Run the command; every way in which it can end has its exit code."""
    try:
        code = int(app(prog_name="smimebatch", standalone_mode=False) or 0)
        sys.stdout.flush()
        return told(code)
    except OutputClosedError as error:
        forget_stdout()
        return error.exit_code
    except SmimeBatchError as error:
        if isinstance(error, RowsStoppedError):
            forget_stdout()
        say("; ".join([f"smimebatch: {error}", *notes_of(error)]))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return told(INTERRUPTED)
    except Interrupted as ended:
        return told(ended.exit_code, ended)
    except SystemExit as left:
        # How typer ends when nobody reads stdout any more: not a verdict.
        if isinstance(left.__context__, BrokenPipeError):
            forget_stdout()
            return 0
        return int(left.code or 0)
    except BrokenPipeError:
        forget_stdout()
        return STOPPED_EARLY
    except Exception as error:  # a bug of ours must not look like a verdict (exit 1)
        if hasattr(error, "exit_code") and hasattr(error, "show"):
            error.show()
            return int(error.exit_code)
        traceback.print_exc()
        say("smimebatch: stopped by an error in this program; please report it")
        return STOPPED_EARLY


class Stdout(io.FileIO):
    """Stdout that tells why it takes no more, whoever writes to it."""

    def write(self, data: Any, /) -> int:
        """Write bytes."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise stopped_rows(error) from error


def prepare_stdout() -> None:
    """Let stdout take any text in any locale, and tell where it is full or closed."""
    there = sys.stdout
    number = os.open(os.devnull, os.O_RDONLY) if there is None else there.fileno()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(Stdout(number, "w", closefd=False)),
        encoding="utf-8" if there is None else there.encoding,
        errors="backslashreplace",
        line_buffering=there is not None and there.isatty(),
    )


def forget_stdout() -> None:
    """Let nothing complain at the end that stdout cannot be flushed, closed or full."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def told(code: int, ended: BaseException | None = None) -> int:
    """Say what an exit code means that no error explained."""
    how = {INTERRUPTED: "interrupted", TERMINATED: "terminated"}.get(code)
    if how is not None:
        said = f"smimebatch: {how}; with -o the same command goes on where it stopped"
        say("; ".join([said, *notes_of(ended)]))
    return code


def notes_of(ended: BaseException | None) -> list[str]:
    """Return what the run added to what ended it."""
    return list(getattr(ended, "__notes__", ()))
