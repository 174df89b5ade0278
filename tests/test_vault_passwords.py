"""Passwords from files, descriptors, the environment and commands."""

from __future__ import annotations

import os
import pathlib
import shlex
import sys

import pytest

from smimebatch.errors import KeysError
from smimebatch.keys import Password
from smimebatch.keys.passwords import (
    MAX_BYTES,
    password_of_command,
    password_of_environment,
    passwords_of_descriptor,
    passwords_of_file,
)


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
