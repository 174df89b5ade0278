"""Passwords from files, descriptors, the environment and commands."""

from __future__ import annotations

import dataclasses
import importlib
import os
import pathlib
import pkgutil
import re
import shlex
import sys

import pytest

import smimebatch
from smimebatch.envelopes import Envelopes
from smimebatch.errors import KeysError
from smimebatch.keys import Password
from smimebatch.keys.passwords import (
    MAX_BYTES,
    password_of_command,
    password_of_environment,
    passwords_of_descriptor,
    passwords_of_file,
)
from smimebatch.sealing import NewEnvelopes


def octets(passwords: list[Password]) -> list[bytes]:
    return [password.octets for password in passwords]


def test_file_gives_one_password_a_line(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "passwords"
    path.write_bytes(b"\xef\xbb\xbffirst\r\n\nse cond \nl\xe4st")
    assert octets(passwords_of_file(str(path))) == [b"first", b"se cond ", b"l\xe4st"]
    path.write_bytes(b"\n\n")
    with pytest.raises(KeysError, match="found none"):
        passwords_of_file(str(path))
    path.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(KeysError, match="at most"):
        passwords_of_file(str(path))
    with pytest.raises(KeysError, match="No such file"):
        passwords_of_file(str(tmp_path / "nowhere"))


def test_descriptor_gives_its_lines_and_is_closed() -> None:
    read, write = os.pipe()
    os.write(write, b"one\ntwo\n")
    os.close(write)
    assert octets(passwords_of_descriptor(read)) == [b"one", b"two"]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(read)
    for descriptor in (read, -1):
        with pytest.raises(KeysError, match=f"--password-fd {descriptor}"):
            passwords_of_descriptor(descriptor)


def test_environment_gives_octets_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, b"KEY_PASSWORD", b"a\nb\xff")
    assert octets(password_of_environment("KEY_PASSWORD")) == [b"a\nb\xff"]
    with pytest.raises(KeysError, match="no such variable"):
        password_of_environment("NO_SUCH_PASSWORD")


def test_command_gives_its_first_line_without_a_shell(tmp_path: pathlib.Path) -> None:
    assert octets(password_of_command("printf 'a b\\r\\nrest'")) == [b"a b"]
    assert octets(password_of_command("echo '$HOME; touch x'")) == [b"$HOME; touch x"]
    for command, found in {
        "false": "exit status 1",
        "true": "no output",
        "": "an empty command",
        "'open": "No closing quotation",
        str(tmp_path / "nowhere"): "No such file",
    }.items():
        with pytest.raises(KeysError, match=found):
            password_of_command(command)


def test_command_gets_no_descriptor_and_its_arguments_are_not_told(tmp_path: pathlib.Path) -> None:
    kept = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(kept, True)
    look = "import os; print(sorted(os.listdir('/proc/self/fd')), os.read(0, 1))"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(look)}"
    (said,) = octets(password_of_command(command))
    os.close(kept)
    # The last one is that of the listing itself.
    assert said == b"['0', '1', '2', '3'] b''"
    with pytest.raises(KeysError) as caught:
        password_of_command("false planted-t0ken")
    assert "planted" not in str(caught.value)


def test_rule_40a_password_is_never_printed() -> None:
    password = Password.of("planted-pa55word")
    assert f"{password} {password!r} {[password]}" == "<Password> <Password> [<Password>]"


SECRET_NAME = re.compile(r"password|passphrase|secret|pins?$|proof_key|command")
PLACES = {"secret_keys", "mail_passwords", "files", "shared"}
"""Paths, or values with a repr of their own that says nothing."""


def every_dataclass() -> list[type]:
    modules = [
        importlib.import_module(it.name)
        for it in pkgutil.walk_packages(smimebatch.__path__, "smimebatch.")
        if not it.name.endswith(("__main__", "_native"))
    ]
    values = [value for module in modules for value in vars(module).values()]
    return [it for it in values if isinstance(it, type) and dataclasses.is_dataclass(it)]


def test_rule_40_no_class_prints_a_field_with_a_secret() -> None:
    told = [
        f"{kind.__module__}.{kind.__qualname__}.{it.name}"
        for kind in every_dataclass()
        if kind.__dataclass_params__.repr  # type: ignore[attr-defined]
        for it in dataclasses.fields(kind)
        if it.repr and it.name not in PLACES
        if SECRET_NAME.search(it.name) or "Password" in str(it.type)
        if (kind.__name__, it.name) != ("Status", "command")  # the word: verify
    ]
    assert told == []


@pytest.mark.parametrize("given", ["open sesame", b"open sesame", ["open sesame"]])
def test_rule_40_new_envelopes_do_not_print_their_passwords(given: object) -> None:
    assert "sesame" not in repr(NewEnvelopes(passwords=given))  # type: ignore[arg-type]
    assert "sesame" not in repr(Envelopes(proof_key=b"open sesame"))
