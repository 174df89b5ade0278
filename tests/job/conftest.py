"""An archive of files of several kinds, and one finished run over it."""

import pytest
from tests.job.jobs import verify


@pytest.fixture(scope="session")
def archive(mails, tmp_path_factory):
    """A hundred and ten messages and places that cannot be read, in files of several kinds."""
    folder = tmp_path_factory.mktemp("archive")
    found = sorted(mails)
    signed = [mails[name].raw for name in found]
    line = b"From a@example.org Mon Jan  1 00:00:00 2024\n"
    (folder / "a.mbox").write_bytes(b"".join(line + mail + b"\n" for mail in signed[:45]))
    for name in found[45:90]:
        (folder / f"m-{name}.eml").write_bytes(mails[name].raw)
    (folder / "m-broken.mbox").write_bytes(b"\1\1\1\1\n")
    (folder / "n.txt").write_bytes(b"\0")
    (folder / "z.mbox").write_bytes(b"".join(line + mail + b"\n" for mail in signed[90:110]))
    return folder


@pytest.fixture(scope="session")
def whole(archive, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    return out, verify(archive, out)
