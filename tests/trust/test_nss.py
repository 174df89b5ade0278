"""An NSS that is installed, and databases that its certutil makes."""

import datetime as dt
import shutil
import subprocess

import pytest
from tests.trust.made import DER

from smimebatch import Trust, TrustError
from smimebatch.trust.nss import built_in_roots, database_roots
from smimebatch.trust.pkcs11 import installed_module
from smimebatch.trust.roots import DISTRUSTED, NOT_TRUSTED, TRUSTED

CERTUTIL = shutil.which("certutil")


@pytest.fixture
def module():
    try:
        return installed_module()
    except TrustError:
        pytest.skip("no NSS here; install libnss3")


@pytest.fixture
def database(tmp_path, roots):
    """Four roots: trusted for e-mail, for servers only, prohibited, and known without trust."""
    if CERTUTIL is None:
        pytest.skip("no certutil here; install libnss3-tools")
    directory = tmp_path / "nssdb"
    directory.mkdir()
    where = ["-d", f"sql:{directory}"]
    subprocess.run([CERTUTIL, "-N", "--empty-password", *where], check=True)
    for number, (root, flags) in enumerate(zip(roots, (",C,", "CT,,", ",p,", ",,"), strict=True)):
        (tmp_path / "one.der").write_bytes(root.public_bytes(DER))
        adding = ["-A", "-n", f"my root, {number}", "-t", flags, "-i", tmp_path / "one.der"]
        subprocess.run([CERTUTIL, *adding, *where], check=True)
    return directory


def test_database_tells_trust_for_email(database, roots):
    found = {root.der: root.email_trust for root in database_roots(str(database)).roots}
    expected = (TRUSTED, NOT_TRUSTED, DISTRUSTED, NOT_TRUSTED)
    ders = [root.public_bytes(DER) for root in roots]
    assert found == dict(zip(ders, expected, strict=True))


def test_database_gives_anchors_trusted_for_email_only(database, roots):
    assert Trust.load(database).anchors == (roots[0].public_bytes(DER),)


def test_database_that_is_none_is_refused(tmp_path, database):
    (database / "cert9.db").write_bytes(b"not a database")
    with pytest.raises(TrustError, match="nssdb"):
        Trust.load(database)


def test_database_without_certutil_says_what_to_install(database, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(TrustError, match="libnss3-tools"):
        Trust.load(database)


def test_module_has_roots_for_email_and_others(module):
    roots = built_in_roots(module).roots
    kinds = {root.email_trust for root in roots}
    assert {TRUSTED, NOT_TRUSTED} <= kinds
    assert len(roots) > 50
    trust = Trust.load("nss")
    assert trust.native.skipped == []
    assert len(trust.anchors) == sum(root.email_trust == TRUSTED for root in roots)
    assert Trust.load(module) == trust


def test_module_dates_are_those_of_the_list(module):
    """NSS 3.86 to 3.9x distrust TrustCor from 2022-11-30 on, servers and e-mail (its notes)."""
    dates = {root.limits.distrust_after for root in built_in_roots(module).roots} - {None}
    if not dates:
        pytest.skip("this NSS has no distrust dates")
    assert all(dt.datetime(2019, 1, 1, tzinfo=dt.UTC) < date for date in dates)


def test_module_that_is_none_is_refused(tmp_path):
    path = tmp_path / "x.so"
    path.write_bytes(b"\x7fELF and nothing else")
    with pytest.raises(TrustError, match="PKCS#11"):
        Trust.load(path)


def test_certutil_that_does_not_answer_is_refused(tmp_path, monkeypatch):
    def run(words, **named):
        raise subprocess.TimeoutExpired(words, named["timeout"])

    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(TrustError, match="certutil"):
        database_roots(str(tmp_path))
