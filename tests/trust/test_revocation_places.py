"""Places of certificate lists: what was not looked into is said, as it may revoke somebody."""

import errno
import os

import pytest

from smimebatch.errors import TrustError
from smimebatch.trust.revocation import Revocation


@pytest.fixture
def closed(monkeypatch):
    """Close every directory of this name."""
    listing = os.scandir

    def scandir(path="."):
        if os.path.basename(path) == "closed":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_revocation_directory_that_may_not_be_listed_is_refused(tmp_path, closed):
    (tmp_path / "closed").mkdir()
    with pytest.raises(TrustError, match="Permission denied"):
        Revocation.load(crls=tmp_path / "closed")


def test_revocation_what_was_not_looked_into_is_told(tmp_path, closed):
    (tmp_path / "lists/closed").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "lists/link").symlink_to("../elsewhere")
    os.mkfifo(tmp_path / "lists/pipe")
    found = Revocation.load(crls=tmp_path / "lists")
    assert found.skipped == 3
    told = "\n".join(found.warnings)
    for words in ("closed: ", "Permission denied", "linked directory", "pipe: ", "no regular file"):
        assert words in told
