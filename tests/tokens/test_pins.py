"""PINs and tokens that cannot be used: told once, tried once, and never shown."""

from __future__ import annotations

import os
import pathlib
import pickle
import subprocess
import sys
import traceback

import pytest
from tests.sealing.keyring import ENTITY, HEADER, as_parquet, written
from tests.tokens.hsm import PIN, SPY
from tests.tokens.test_tokens import cms, mail_of

import smimebatch as sb
from smimebatch.errors import KeysError, OptionError
from smimebatch.keys import Token, Vault

WRONG = "planted-wrong-71192"


@pytest.fixture
def archive(keyring, tmp_path) -> pathlib.Path:
    return as_parquet(
        [mail_of(cms(keyring, name)) for name in ("rsa", "p256")], tmp_path / "a.parquet"
    )


def options(hsm, label="mail", *, pin_file=None):
    """Return the options of a token."""
    named = ("--pkcs11", hsm.module, "--token", label)
    return (*named, "--pin-file", str(pin_file or hsm.pin_file()))


def wrong_pin(tmp_path) -> pathlib.Path:
    file = tmp_path / "wrong"
    file.write_text(WRONG)
    return file


def test_command_opens_with_a_token_and_its_pin_is_in_nothing_that_it_leaves(
    hsm, archive, tmp_path, run
):
    out = tmp_path / "run"
    code, stdout, stderr = run("decrypt", archive, "-o", out, *options(hsm))
    assert code == 0, stderr
    assert {row["raw"] for row in written(out)} == {HEADER + ENTITY}
    files = [path for path in out.rglob("*") if path.is_file()]
    assert files
    assert not any(PIN.encode() in path.read_bytes() for path in files)
    assert PIN not in stdout + stderr


@pytest.mark.parametrize("source", ["fd", "env", "command"])
def test_pin_comes_from_where_passwords_come_from(source, hsm, archive, tmp_path, run, monkeypatch):
    if source == "fd":
        read, write = os.pipe()
        os.write(write, PIN.encode() + b"\n")
        os.close(write)
        value = read
    elif source == "env":
        monkeypatch.setenv("THE_PIN", PIN)
        value = "THE_PIN"
    else:
        value = f"cat {hsm.pin_file()}"
    named = ("--pkcs11", hsm.module, "--token", "mail", f"--pin-{source}", value)
    code, _, stderr = run("decrypt", archive, "-o", tmp_path / "run", *named)
    assert code == 0, stderr


def test_rule_40a_wrong_pin_is_tried_once_and_shown_nowhere(hsm, archive, tmp_path):
    logged = tmp_path / "spied"
    environment = {**os.environ, "PKCS11SPY": hsm.module, "PKCS11SPY_OUTPUT": str(logged)}
    command = (sys.executable, "-m", "smimebatch", "decrypt", archive, "-o", tmp_path / "run")
    named = ("--pkcs11", SPY, "--token", "mail", "--pin-file", wrong_pin(tmp_path))
    done = subprocess.run(
        (*command, *named), env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4, done.stderr
    assert "tried once" in done.stderr
    assert WRONG not in done.stdout + done.stderr
    spied = logged.read_text(errors="replace")
    assert spied.count("C_Login\n") == 1
    assert not (tmp_path / "run").exists()


def test_rule_40a_pin_is_in_no_error_traceback_repr_or_pickle(hsm):
    try:
        hsm.open("mail", WRONG)
    except KeysError as error:
        told = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
        chained = error.__cause__ or error.__context__
    assert WRONG not in told
    assert chained is None
    token = hsm.open("mail")
    vault = Vault.load(tokens=token)
    for shown in (token, vault, token.native, vault.native, token.native.file):
        assert PIN not in f"{shown!r} {shown}"
        with pytest.raises(TypeError):
            pickle.dumps(shown)
    assert repr(token) == "<Token 'mail': 4 keys>"
    assert repr(vault) == "<Vault: 4 keys, 4 certificates>"


def test_rule_40a_wrong_pin_opens_nothing_beside_a_token_that_is_open(hsm):
    """PKCS#11 logs in whole processes."""
    first = hsm.open("mail")
    with pytest.raises(KeysError):
        hsm.open("mail", WRONG)
    second = hsm.open("mail")
    assert repr(first) == repr(second)


def test_rule_40a_no_second_pin_is_tried(hsm, archive, tmp_path, run):
    several = tmp_path / "several"
    several.write_text(f"{WRONG}\n{PIN}\n")
    for given in (
        ("--pin-file", several),
        ("--pin-file", hsm.pin_file(), "--pin-command", f"cat {hsm.pin_file()}"),
    ):
        named = ("--pkcs11", hsm.module, "--token", "mail", *given)
        code, _, stderr = run("decrypt", archive, "-o", tmp_path / "run", *named)
        assert (code, WRONG in stderr) == (4, False)
        assert "one PIN" in stderr


def test_token_that_cannot_be_used_is_told_before_anything_is_done(hsm, archive, tmp_path, run):
    no_module = tmp_path / "libnone.so"
    other = tmp_path / "text.so"
    other.write_text("no library")
    pin = ("--pin-file", hsm.pin_file())
    module = ("--pkcs11", hsm.module)
    cases = [
        (("--pkcs11", no_module, *pin), 4, ["--pkcs11", "libnone.so"]),
        (("--pkcs11", other, *pin), 4, ["--pkcs11", "text.so"]),
        ((*module, "--token", "none", *pin), 4, ["--token none", '"empty"', '"mail"']),
        ((*module, *pin), 4, ["--token", "one token", '"mail"']),
        ((*module, "--token", "twin", *pin), 4, ["--token twin", "one token"]),
        ((*module, "--token", "mail"), 4, ["--pin-file", "found none"]),
        ((*module, "--token", "mail", "--pin-file", tmp_path / "no"), 4, ["--pin-file"]),
        ((*module, "--token", "empty", *pin), 4, ["'empty'", "no private key"]),
        (("--token", "mail"), 2, ["--pkcs11", "found none"]),
        (pin, 2, ["--pkcs11"]),
        ((), 2, ["--keys", "--pkcs11"]),
    ]
    for given, expected, words in cases:
        code, _, stderr = run("decrypt", archive, "-o", tmp_path / "run", *given)
        assert code == expected, (given, stderr)
        assert all(word in stderr.replace("\n", " ") for word in words), (given, stderr)
        assert not (tmp_path / "run").exists()
    with pytest.raises(KeysError):
        Token.open(no_module, pin=PIN)


def test_keys_that_a_token_does_not_lend_are_left_out_with_a_reason(hsm, keyring):
    hsm.add_token("odd")
    hsm.add_key("odd", keyring.folder / "rsa.key")
    # A curve whose public half nobody has, and a key of a kind that opens nothing.
    hsm.add_key("odd", keyring.folder / "p256.key", has_public_half=False)
    hsm.tool("odd", "--keypairgen", "--key-type", "EC:edwards25519", "--id", "0e", "--label", "ed")
    script = (
        "import sys, smimebatch as sb\n"
        "token = sb.Token.open(sys.argv[1], 'odd', pin=sys.stdin.read())\n"
        "vault = sb.Vault.load(tokens=token)\n"
        "print(len(vault.keys), *vault.warnings, sep='\\n')\n"
    )
    # Another process: SoftHSM looks for new tokens when it is initialised.
    command = (sys.executable, "-c", script, hsm.module)
    done = subprocess.run(command, input=PIN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, *warnings = done.stdout.splitlines()
    assert count == "1"
    assert any("no public key and no certificate of its id" in it for it in warnings)
    assert any("neither RSA nor of a named curve" in it for it in warnings)


def test_process_that_was_forked_computes_nothing_with_the_token(hsm, archive, tmp_path):
    script = (
        "import os, sys, smimebatch as sb\n"
        "module, archive, out = sys.argv[1:]\n"
        "vault = sb.Vault.load(tokens=sb.Token.open(module, 'mail', pin=sys.stdin.read()))\n"
        "if os.fork() == 0:\n"
        "    try:\n"
        "        sb.decrypt(archive, vault=vault, output=out + 'child')\n"
        "    except sb.StoppedError as error:\n"
        "        os._exit(error.exit_code)\n"
        "    os._exit(0)\n"
        "_, status = os.wait()\n"
        "sb.decrypt(archive, vault=vault, output=out)\n"
        "print(os.waitstatus_to_exitcode(status))\n"
    )
    out = tmp_path / "run"
    command = (sys.executable, "-c", script, hsm.module, archive, out)
    done = subprocess.run(command, input=PIN, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "5\n"), done.stderr
    assert {row["raw"] for row in written(out)} == {HEADER + ENTITY}


def test_what_is_no_token_is_refused():
    with pytest.raises((AttributeError, TypeError, OptionError)):
        Vault.load(tokens="mail")
    with pytest.raises(TypeError):
        sb.Token.open(None)  # type: ignore[arg-type]
