"""The same mail held and piece by piece: its end is the same, but for what is documented."""

from __future__ import annotations

import collections
import pathlib
import shutil

import pyarrow.parquet as pq
import pytest
from tests.sealing.keyring import HEADER, NOW, Keyring, objects
from tests.sealing.mixed_mail import EXPECTED, mixed_mail

import smimebatch as sb

DATA = pathlib.Path(__file__).parents[1] / "data"
SAME = (
    "source_sha256",
    "state",
    "reason",
    "content_equal",
    "missing_recipients",
    "recipients_before",
    "recipients_after",
    "algorithms_before",
    "algorithms_after",
    "original_integrity",
    "key_id",
)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    keyring = Keyring(tmp_path_factory.mktemp("keyring"))
    for name in ("rsa", "p256", "p384", "p521"):
        keyring.add(name)
    return keyring


class Twice:
    """Runs jobs on mail that is held, and on the same that is not."""

    def __init__(self, keyring: Keyring, folder: pathlib.Path, patch: pytest.MonkeyPatch) -> None:
        self._keyring, self._folder, self._patch = keyring, folder, patch

    def run(self, job: str, source: pathlib.Path, *keys: str, **options: object) -> list[dict]:
        """Return the objects of both runs, by source."""
        found = []
        for name in ("held", "pieces"):
            with self._patch.context() as patch:
                if name == "pieces":
                    patch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", "0")
                run = getattr(sb, job)(
                    source,
                    output=self.output(job, name),
                    output_format="eml",
                    vault=self._keyring.vault(*keys),
                    now=NOW,
                    jobs=2,
                    **options,
                )
            rows = objects(run) if job != "decrypt" else []
            found.append({row["source"]: row for row in rows})
        return found

    def output(self, job: str, name: str) -> pathlib.Path:
        """Return where a run writes."""
        return self._folder / f"{job}-{name}"

    def mail(self, job: str, name: str) -> dict[str, bytes]:
        """Return the messages of a run."""
        folder = self.output(job, name) / "mail"
        return {str(it.relative_to(folder)): it.read_bytes() for it in folder.rglob("*.eml")}


@pytest.fixture
def twice(keyring, tmp_path, monkeypatch) -> Twice:
    return Twice(keyring, tmp_path, monkeypatch)


def differences(held: dict[str, dict], pieces: dict[str, dict]) -> collections.Counter:
    """Return what is not the same, and how often."""
    assert list(held) == list(pieces)
    return collections.Counter(
        (name, str(row[name]), str(pieces[source][name]))
        for source, row in held.items()
        for name in SAME
        if row[name] != pieces[source][name]
    )


def test_every_message_in_clear_of_the_tests_is_encrypted_alike(keyring, twice, tmp_path):
    """Signatures are not compared piece by piece, which is said of every one."""
    (tmp_path / "in").mkdir()
    for path in DATA.rglob("*.eml"):
        if path.stat().st_size < 300_000:
            shutil.copy(path, tmp_path / "in" / f"{path.parent.name}-{path.name}")
    held, pieces = twice.run("encrypt", tmp_path / "in", "rsa", to=keyring.certificate("rsa"))
    found = differences(held, pieces)
    assert {(name, after) for name, _, after in found} == {
        ("state", "COMMITTED_UNVERIFIED"),
        ("reason", "not_compared"),
    }
    committed = found["state", "COMMITTED", "COMMITTED_UNVERIFIED"]
    changed = found["state", "REFUSED", "COMMITTED_UNVERIFIED"]
    assert committed > 600 and changed == found["reason", "signature_changed", "not_compared"]
    opened = [
        decrypted(keyring, twice.output("encrypt", name) / "mail", tmp_path / name)
        for name in ("held", "pieces")
    ]
    assert set(opened[0].items()) <= set(opened[1].items())
    assert len(opened[1]) - len(opened[0]) == changed


def decrypted(keyring: Keyring, folder: pathlib.Path, output: pathlib.Path) -> dict[str, bytes]:
    """Return the messages of a folder without their envelopes, by the name of the file."""
    sb.decrypt(
        folder, output=output, output_format="parquet", vault=keyring.vault("rsa", "p521"), now=NOW
    )
    rows = pq.read_table(output / "mail").to_pylist()
    return {row["source"]: row["raw"] for row in rows}


@pytest.mark.parametrize("job", ["reencrypt", "rewrap", "decrypt"])
def test_every_kind_of_encrypted_message_has_the_same_end(keyring, twice, tmp_path, job):
    (tmp_path / "in").mkdir()
    for name, entity in mixed_mail(keyring).items():
        (tmp_path / "in" / f"{name}.eml").write_bytes(HEADER + entity)
    to = {} if job == "decrypt" else {"to": keyring.certificate("p521")}
    held, pieces = twice.run(job, tmp_path / "in", "rsa", "p256", "p521", **to)
    found = differences(held, pieces)
    if job != "reencrypt":
        assert not found
    else:  # What lies in an envelope inside was opened and compared, and is not now.
        assert found == {
            ("state", "COMMITTED", "COMMITTED_UNVERIFIED"): 3,
            ("reason", "None", "inner_envelope"): 1,
        }
        assert {
            name.removesuffix(".eml"): (row["state"], row["reason"]) for name, row in held.items()
        } == EXPECTED
    mails = [twice.mail(job, name) for name in ("held", "pieces")]
    if job == "decrypt":
        nested = [it for it in mails[0] if mails[0][it] != mails[1][it]]
        assert len(nested) == 1
        assert b"enveloped-data" in mails[1][nested[0]]
    assert list(mails[0]) == list(mails[1])
