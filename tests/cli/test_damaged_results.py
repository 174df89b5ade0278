"""What reads a result directory and finds it damaged says which file, and never fails itself."""

import fcntl
import json
import os
import pathlib
import shutil

import pytest

DATA = pathlib.Path(__file__).parents[1] / "data"
MAILS = ("mail/plain-signed", "mail/signer-certificate-absent", "envelopes/encrypted")
NOW = ("--now", "2026-01-01T00:00:00Z")
DEEP = b"[" * 100_000
WAYS = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "null": lambda content: b"null",
    "list": lambda content: b"[]",
    "number": lambda content: b"3\n",
    "deep": lambda content: DEEP,
    "no-utf-8": lambda content: b"\xff\xfe" + content,
    "flipped-first": lambda content: flipped(content, 0),
    "flipped-middle": lambda content: flipped(content, len(content) // 2),
    "flipped-end": lambda content: flipped(content, len(content) - 7),
}
RECORDS = ("run.json", "manifest.json", "ledger.jsonl", "units.jsonl", "commits/all.json")
READ_BY = {
    "certs list": ("certificates", "manifest.json"),
    "certs list --format jsonl": ("certificates", "manifest.json"),
    "certs gaps": ("certificates", "signatures", "encryptions", "manifest.json", "run.json"),
    "revocation fetch --dry-run": ("certificates", "manifest.json"),
    "audit verify": (*RECORDS, "certificates", "signatures", "encryptions"),
    "audit prove --message-id x": (*RECORDS, "certificates", "signatures", "encryptions"),
    "audit checkpoint": ("ledger.jsonl",),
    "status": (),
    "status --format json": (),
}
"""Of each command what it must not pass over; `audit prove` says the first place that it finds, as
one may speak for another. `status` is for runs that go on, and passes over
what it cannot read."""
BYTES_ALONE = {"no-utf-8", "flipped-first", "flipped-middle", "flipped-end"}
"""Ways that only `audit` need see: other bytes may say nothing else."""


OF_PARTS = ("empty", "half", "null", "no-utf-8", "flipped-middle", "flipped-end")


def flipped(content, at):
    changed = bytearray(content)
    changed[at] ^= 0x55
    return bytes(changed)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished run that opened envelopes; one with the key that it lacked is not needed."""
    from smimebatch import Trust, decrypt
    from smimebatch.keys import Vault
    from smimebatch.options import parse_instant

    folder = tmp_path_factory.mktemp("result")
    (folder / "mail").mkdir()
    for name in MAILS:
        shutil.copy(DATA / f"{name}.eml", folder / "mail")
    vault = Vault.load(DATA / "envelopes" / "p256.key", DATA / "envelopes" / "p256.crt")
    trust = Trust.load(DATA / "mail" / "root.pem")
    decrypt(
        folder / "mail",
        output=folder / "out",
        vault=vault,
        trust=trust,
        now=parse_instant(NOW[1]),
    )
    return folder / "out"


@pytest.fixture
def out(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "out")
    return tmp_path / "out"


def file_of(out, name):
    if (out / name).is_dir():
        (part,) = (out / name).iterdir()
        return part
    return out / "_smimebatch" / name


def commands(out, name=""):
    """Give the commands that read a file, each as it is known and as it is given."""
    for command, names in READ_BY.items():
        if name and name not in names and not command.startswith("status"):
            continue
        first, *options = command.split(" --")
        words = [word for option in options for word in f"--{option}".split()]
        yield command, [*first.split(), out, *words]


def must_tell(command, name, way):
    if way in ("missing", "link") and name in ("run.json", "manifest.json"):
        return command.startswith("audit verify")  # without a manifest no run is finished
    if command == "audit checkpoint" and way in ("half", "flipped-end"):
        return False  # the last line of a ledger may break off while its run goes on
    return name in READ_BY[command] and (command.startswith("audit") or way not in BYTES_ALONE)


def look(run, out, file, name, way):
    for command, words in commands(out, name):
        code, said, err = run(*words)
        assert "Traceback" not in err, (command, err)
        assert code in (0, 1, 2), (command, err)
        if must_tell(command, name, way):
            assert code, (command, said)
            named = str(out) if command.startswith("audit prove") else file.name
            assert named in said + err, (command, said + err)


CASES = [
    *((name, way) for name in RECORDS for way in WAYS),
    *((name, way) for name in ("certificates", "encryptions") for way in OF_PARTS),
]


@pytest.mark.parametrize(("name", "way"), CASES)
def test_damaged_file_is_named_by_whoever_reads_it(run, out, name, way):
    file = file_of(out, name)
    file.write_bytes(WAYS[way](file.read_bytes()))
    look(run, out, file, name, way)


@pytest.mark.parametrize("way", ["missing", "directory", "pipe", "link"])
@pytest.mark.parametrize("name", [*RECORDS[:3], "certificates"])
def test_other_than_a_file_is_named_by_whoever_reads_it(run, out, name, way):
    file = file_of(out, name)
    file.unlink()
    if way == "directory":
        file.mkdir()
    elif way == "pipe":
        os.mkfifo(file)
    elif way == "link":
        file.symlink_to("nowhere")
    look(run, out, file, name, way)


WRONG = {
    "keys": ({"keys": 3}, [1], "x"),
    "sealing": ([], "x", {"certificates": 3}, {"certificates": [{}]}, {"certificates": [3]}),
    "now": (None, [], 3, "x", "2026-01-01"),
    "command": ([], {}),
}


@pytest.mark.parametrize("name", WRONG)
def test_record_with_other_types_is_named_or_of_no_account(run, out, name):
    path = file_of(out, "run.json")
    record = json.loads(path.read_bytes())
    for value in WRONG[name]:
        sealing = {"certificates": [{"subject": "x", "not_after": "2026-01-02T00:00:00+00:00"}]}
        changed = {**record, "sealing": sealing, name: value}
        path.write_text(json.dumps(changed))
        for command, words in commands(out):
            code, said, err = run(*words)
            assert "Traceback" not in err, (command, value, err)
            assert code in (0, 1, 2), (command, err)
            if code and not command.startswith("audit"):
                assert "run.json" in err, (command, said + err)


def test_manifest_with_other_types_is_named(run, out):
    path = file_of(out, "manifest.json")
    record = json.loads(path.read_bytes())
    for files in (None, 3, "x", [3], [{}], [{"path": 3, "size": 1}], [{"path": "certificates/x"}]):
        path.write_text(json.dumps({**record, "files": files}))
        for command, words in commands(out):
            code, _, err = run(*words)
            assert "Traceback" not in err, (command, files, err)
            if command.startswith("certs"):
                assert code == 2, (command, files)
                assert "manifest.json" in err


def test_path_of_the_manifest_with_nul_is_told(run, out):
    path = file_of(out, "manifest.json")
    record = json.loads(path.read_bytes())
    files = [{"path": "certificates/x\0", "size": 1}]
    path.write_text(json.dumps({**record, "files": files}))
    for command, words in commands(out):
        code, said, err = run(*words)
        assert "Traceback" not in err, (command, err)
        if command.startswith("certs"):
            assert (code, "certificates/x" in err) == (2, True), (command, said + err)


def test_damaged_progress_of_a_run_that_goes_on_does_not_stop_status(run, out):
    room = out / "_smimebatch"
    with (room / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for content in (b"", b"[]", DEEP, b"{}", b'{"messages":"x","fraction":[],"left_s":NaN}'):
            (room / "progress.json").write_bytes(content)
            for form in ("text", "json"):
                code, said, err = run("status", out, "--format", form)
                assert (code, err) == (0, ""), content
                assert "running" in said


@pytest.mark.parametrize("name", ["run.json", "ledger.jsonl", "units.jsonl", "commits/all.json"])
def test_directory_in_place_of_a_record_is_named_by_a_run_that_goes_on(run, out, whole, name):
    path = file_of(out, name)
    path.unlink()
    path.mkdir()
    key = ("--keys", DATA / "envelopes" / "p256.key", "--keys", DATA / "envelopes" / "p256.crt")
    trust = ("--trust", DATA / "mail" / "root.pem")
    code, _, err = run("decrypt", whole.parent / "mail", *key, *trust, *NOW, "-o", out)
    assert (code, path.name in err, "Traceback" in err) == (2, True, False), err


def test_mail_that_cannot_be_read_is_named_by_inspect(run, tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    code, _, err = run("inspect", tmp_path)
    assert code == 2 and "a.parquet: " in err


def test_damaged_intermediates_make_the_exit_code_4(run, out, tmp_path):
    file = file_of(out, "certificates")
    whole = file.read_bytes()
    for content in (whole[: len(whole) // 2], flipped(whole, len(whole) - 7), b"\xff" + whole):
        file.write_bytes(content)
        code, _, err = run("verify", DATA / "mail" / "plain-signed.eml", "--intermediates", out)
        assert "Traceback" not in err
        assert (code, file.name in err) == (4, True), err
