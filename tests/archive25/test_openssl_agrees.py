"""That the archive is made well: OpenSSL takes its honest mail too, at the time it was made."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import mime
import pytest

from archive25.case import Case
from archive25.cases import YEARS, Maker
from archive25.house import House
from archive25.mails import message

KINDS = ("plain", "stamped", "carries-lists", "cross")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


@pytest.fixture(scope="module")
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def roots(house: House, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("openssl") / "roots.pem"
    path.write_bytes(b"".join(it.certificate.pem for it in house.anchors))
    return path


def verified(case: Case, roots: pathlib.Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [
            *("openssl", "cms", "-verify", "-CAfile", str(roots), "-partial_chain"),
            *("-auth_level", "0", "-attime", str(int(case.signed_at.timestamp()))),
        ],
        input=mime.crlf(message(case)),
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("year", YEARS)
def test_openssl_takes_honest_mail_at_its_time_and_no_altered_one(
    house: House, roots: pathlib.Path, year: int
) -> None:
    cases = list(Maker(house, year).all())
    honest = [it for it in cases if it.kind in KINDS and it.trust == "ok"]
    for case in honest:
        said = verified(case, roots)
        assert said.returncode == 0, f"{case.name}: {said.stderr.decode()}"
    broken = [it for it in cases if it.kind in ("altered", "wrong-key", "own-ca", "leaf-as-ca")]
    assert all(verified(case, roots).returncode != 0 for case in broken)
