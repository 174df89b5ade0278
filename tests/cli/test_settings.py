"""smimebatch.toml < environment < flags, and what of them run.json keeps."""

import json

import pytest
from typer.main import get_command

from smimebatch.cli import app
from smimebatch.cli.settings import all_commands, name_in_file


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def settled(run, archive, here):
    """The options of a verify run, as its record tells them."""

    def command(*arguments):
        code, _, err = run("verify", archive, "-o", here / "out", "--overwrite", *arguments)
        assert code == 0, err
        record = json.loads((here / "out/_smimebatch/run.json").read_text())
        return record["options"], record["settings"]

    return command


def test_file_of_the_directory_is_read_and_told(run, archive, here, settled):
    (here / "smimebatch.toml").write_text("jobs = 1\nstrict = true\n")
    options, settings = settled()
    assert (options["jobs"], options["strict"]) == (1, True)
    assert settings["config_file"] == "smimebatch.toml"
    assert settings["given_by"]["jobs"] == "config"
    assert settings["given_by"]["output"] == "flag"
    assert "bind" not in settings["given_by"]
    told = run("verify", archive)[2]
    assert "options from smimebatch.toml of this folder: jobs = 1; strict = True" in told


def test_file_below_environment_below_flags(here, settled, monkeypatch):
    (here / "mine.toml").write_text('at = "date"\nbind = "off"\nbind-missing = "allow"\n')
    monkeypatch.setenv("SMIMEBATCH_AT", "claimed")
    monkeypatch.setenv("SMIMEBATCH_BIND", "from-or-sender")
    options, settings = settled("--config", "mine.toml", "--at", "now")
    assert [options[name] for name in ("at", "bind", "bind_missing")] == [
        "now",
        "from-or-sender",
        "allow",
    ]
    given = settings["given_by"]
    assert [given[name] for name in ("at", "bind", "bind-missing")] == [
        "flag",
        "environment",
        "config",
    ]


def test_rules_of_chains_are_taken_from_the_file(here, settled):
    (here / "mine.toml").write_text(
        'initial-policy = ["1.2.4", "1.2.3"]\nrequire-explicit-policy = true\n'
        'chain-model = "hybrid"\n[verify]\ninhibit-any-policy = true\n'
    )
    options, settings = settled("--inhibit-policy-mapping", "--config", "mine.toml")
    assert options["initial_policies"] == ["1.2.3", "1.2.4"]
    assert options["chain_model"] == "hybrid"
    for name in ("require_explicit_policy", "inhibit_any_policy", "inhibit_policy_mapping"):
        assert options[name] is True
    assert settings["given_by"]["initial-policy"] == "config"


def test_table_of_a_command_is_for_it_alone(here, settled, run, archive):
    (here / "smimebatch.toml").write_text("strict = true\njobs = 4\n[verify]\njobs = 1\n")
    options, _ = settled()
    assert (options["jobs"], options["strict"]) == (1, True)
    assert run("inspect", archive)[0] == 0


def test_key_of_another_command_is_passed_over(here, run, archive):
    (here / "smimebatch.toml").write_text("jobs = 1\n")
    assert run("inspect", archive)[0] == 0


def test_repeatable_options_are_lists_and_one_may_stand_alone(here, run, archive, mail_folder):
    root = mail_folder / "root.pem"
    (here / "mine.toml").write_text(f'trust = "{root}"\nintermediates = ["{root}"]\n')
    assert run("verify", archive, "--config", "mine.toml")[0] == 0
    (here / "mine.toml").write_text('trust = ["absent.pem"]\n')
    assert run("verify", archive, "--config", "mine.toml")[0] == 4


DECIDES = [
    *("to", "escrow", "recipients", "to-secret-key", "to-password-file", "content"),
    *("keys", "signer", "secret-key", "mail-password-file", "password-file", "password-env"),
    *("password-command", "pkcs11", "token", "pin-file", "pin-env", "pin-command", "sign-as"),
    *("trust", "intermediates", "crls", "ocsp", "tsa-trust", "vouch", "policy", "at", "bind"),
    *("bind-missing", "revocation", "chain-model", "now", "debian-weak-keys", "files-from"),
    *("output", "metrics-file", "sign-with", "stamp-with", "scan", "allow"),
]


@pytest.mark.parametrize("name", DECIDES)
def test_found_file_that_decides_who_reads_signs_or_runs_is_refused(here, run, archive, name):
    commands = dict(all_commands(get_command(app)))
    takes = {it: [name_in_file(p) for p in of.params] for it, of in commands.items()}
    command = next(it for it in takes if name in takes[it] and "config" in takes[it])
    for text in (f'{name} = "x"\n', f'["{command}"]\n{name} = "x"\n'):
        (here / "smimebatch.toml").write_text(text)
        code, out, err = run(*command.split(), archive)
        assert (code, out) == (2, "")
        assert f"smimebatch.toml of this folder: {name};" in err
        assert "--config smimebatch.toml" in err


def test_found_file_replaces_nothing_unless_named(here, run, archive):
    (here / "smimebatch.toml").write_text("overwrite = true\n")
    assert run("verify", archive, "-o", "out")[0] == 2
    assert not (here / "out").exists()
    named = run("verify", archive, "-o", "out", "--config", "smimebatch.toml")
    assert named[0] == 0, named[2]


def test_command_of_a_found_file_never_runs(here, run, archive):
    (here / "k.p12").write_bytes(b"0")
    text = '[decrypt]\nkeys = "k.p12"\npassword-command = "touch ran"\n'
    (here / "smimebatch.toml").write_text(text)
    assert run("decrypt", archive, "-o", "out")[0] == 2
    assert not (here / "ran").exists()


def test_found_file_that_decides_for_another_command_is_passed_over(here, run, archive):
    (here / "smimebatch.toml").write_text('[encrypt]\nescrow = "x.pem"\n')
    assert run("verify", archive)[0] == 0


def test_found_file_cannot_write_control_characters_to_the_terminal(here, run, archive):
    (here / "smimebatch.toml").write_text('output-format = "\\u001b[2J"\n')
    assert "\x1b" not in run("decrypt", archive, "-o", here / "out")[2]


def test_environment_separates_repeatable_options_like_a_path(here, run, archive, monkeypatch):
    monkeypatch.setenv("SMIMEBATCH_TRUST", "system:absent.pem")
    code, _, err = run("verify", archive)
    assert code == 4
    assert "--trust absent.pem" in err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("received:mx.example.org", "received:mx.example.org"),
        ("mbox-from\nreceived:mx.example.org\n", "received:mx.example.org"),
    ],
)
def test_environment_keeps_the_colons_of_a_vouch(here, run, archive, monkeypatch, text, found):
    monkeypatch.setenv("SMIMEBATCH_VOUCH", text)
    code, _, err = run("verify", archive, "-o", here / "out")
    assert code == 0, err
    given = json.loads((here / "out" / "_smimebatch" / "run.json").read_text())
    assert found in json.dumps(given)


def test_environment_takes_a_line_for_each_path_with_a_colon(here, run, archive, monkeypatch):
    monkeypatch.setenv("SMIMEBATCH_TRUST", "a:b.pem\n")
    code, _, err = run("verify", archive)
    assert code == 4
    assert "--trust a:b.pem" in err


def test_fail_on_may_be_a_list(here, run, archive):
    (here / "smimebatch.toml").write_text('fail-on = ["TOTAL_FAILED", "NOT_SIGNED"]\n')
    assert run("verify", archive)[0] == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('trsut = "x"', ("unknown key", "expected trust, the nearest known key", "found trsut")),
        ("[verfiy]\njobs = 1", ("expected verify, the nearest known key",)),
        ("[inspect]\njobs = 1", ("unknown key", "found jobs")),
        ("zzzzzz = 1", ("expected one of ", "zzzzzz")),
        ("jobs = true", ("smimebatch.toml: jobs", "text or a number")),
        ('strict = "yes"', ("smimebatch.toml: strict", "true or false")),
        ("jobs =", ("expected TOML",)),
        ("jobs = " + "9" * 5000, ("--config smimebatch.toml", "expected TOML")),
        ("jobs = " + "[" * 5000 + "]" * 5000, ("--config smimebatch.toml", "expected TOML")),
        ("jobs = " + "9" * 4000, ("--jobs",)),
        ('batch-bytes = "much"', ("--batch-bytes", "'much'")),
        ("config = 'x'", ("unknown key",)),
    ],
)
def test_wrong_file_is_refused_with_what_was_expected(here, run, archive, text, words):
    (here / "smimebatch.toml").write_text(text + "\n")
    code, out, err = run("verify", archive)
    assert (code, out) == (2, "")
    for word in words:
        assert word in err


def test_variable_that_is_no_option_is_told(run, archive, monkeypatch):
    monkeypatch.setenv("SMIMEBATCH_TRUSTS", "x")
    code, _, err = run("verify", archive)
    assert code == 0
    assert "SMIMEBATCH_TRUSTS is no option and was not read; is SMIMEBATCH_TRUST meant?" in err


def test_unknown_lanes_are_refused_with_what_was_expected(run, archive, monkeypatch):
    monkeypatch.setenv("SMIMEBATCH_LANES", "avx1024")
    code, out, err = run("verify", archive)
    assert (code, out) == (2, "")
    for word in ("SMIMEBATCH_LANES", "auto, avx512, avx2, portable, off", "avx1024"):
        assert word in err


def test_wrong_variable_is_refused(run, archive, monkeypatch):
    monkeypatch.setenv("SMIMEBATCH_BIND", "nobody")
    assert run("verify", archive)[0] == 2


@pytest.mark.parametrize("value", ["jsonl", "csv", "json", "text"])
@pytest.mark.parametrize("where", ["environment", "config"])
def test_format_as_a_setting_is_for_every_command_as_far_as_it_has_it(
    run, archive, tmp_path, monkeypatch, value, where
):
    out, config = tmp_path / "out", ()
    if where == "environment":
        monkeypatch.setenv("SMIMEBATCH_FORMAT", value)
    else:
        (tmp_path / "x.toml").write_text(f'format = "{value}"')
        config = ("--config", tmp_path / "x.toml")
    code, _, err = run("verify", archive, "-o", out, *config)
    assert code == 0, err
    code, rows, err = run("verify", archive, *config)
    assert (code, len(rows.splitlines())) == (0, 21 if value == "csv" else 20), err
    code, said, err = run("certs", "list", out, *config)
    assert (code, "not after" in said) == (0, value == "text"), err
    store = ("-o", tmp_path / "store", "--allow", "crl.example")
    assert run("revocation", "fetch", out, *store, *config)[0] == 0
    if where == "environment":
        code, said, err = run("status", out)
        assert (code, said.startswith("{")) == (0, value.startswith("json")), err


def test_format_as_a_flag_or_unknown_is_refused_where_it_means_nothing(
    run, archive, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    assert run("verify", archive, "-o", out, "--format", "csv")[0] == 2
    assert run("verify", archive, "--format", "json")[0] == 2
    assert run("verify", archive, "-o", out)[0] == 0
    assert run("status", out, "--format", "jsonl")[0] == 2
    monkeypatch.setenv("SMIMEBATCH_FORMAT", "jsno")
    for words in (("verify", archive), ("verify", archive, "-o", out), ("status", out)):
        code, _, err = run(*words)
        assert code == 2 and "--format" in err and "'jsno'" in err
