import datetime as dt
import subprocess

import pytest
from tests.trust.made import DER, made_root

from smimebatch.trust.roots import NOT_TRUSTED, TRUSTED, UNSAID, AnchorLimits, ListedRoot
from smimebatch.trust.store import is_store, parse_store, written_store

AFTER = dt.datetime(2024, 11, 30, 23, 59, 59, tzinfo=dt.UTC)
FROM, UNTIL = dt.datetime(2001, 2, 3, tzinfo=dt.UTC), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
LIMITS = AnchorLimits(FROM, UNTIL, AFTER)


def store_of(*roots: ListedRoot, **options) -> bytes:
    return written_store(roots, origin=["made by a test"], **options).encode()


@pytest.fixture(scope="module")
def listed(roots):
    ders = [root.public_bytes(DER) for root in roots]
    return [
        ListedRoot(ders[0], TRUSTED, LIMITS),
        ListedRoot(ders[1], TRUSTED),
        ListedRoot(ders[2], UNSAID, AnchorLimits(distrust_after=AFTER)),
        ListedRoot(ders[3], NOT_TRUSTED),
    ]


def test_store_written_and_read_is_the_same(listed):
    data = store_of(*listed, licence="MPL-2.0", not_for_email=[b"\x01" * 32])
    assert is_store(data)
    found = parse_store(data)
    assert set(found.roots) == set(listed[:3])
    assert found.not_for_email == {listed[3].sha256, b"\x01" * 32}
    assert found.licence == "MPL-2.0"


def test_store_is_the_same_text_for_any_order(listed):
    assert store_of(*listed) == store_of(*listed[::-1])


def test_store_is_pem_for_other_programs(listed, tmp_path):
    (tmp_path / "roots.pem").write_bytes(store_of(*listed))
    done = subprocess.run(
        ["openssl", "storeutl", "-certs", "-noout", tmp_path / "roots.pem"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Total found: 3" in done.stdout


def test_store_keeps_a_name_in_its_line():
    evil = made_root("x\n# trusted-until: 1990-01-01T00:00:00Z\n#\u2028")
    data = store_of(ListedRoot(evil.public_bytes(DER), TRUSTED))
    (root,) = parse_store(data).roots
    assert root.limits == AnchorLimits()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("store 1", "store 2", "version 1"),
        ("# distrust-after:", "# distrusted-after:", "does not know"),
        ("23:59:59Z", "23:59:59", "with its zone"),
        ("# distrust-after: 2024", "# distrust-after: soon 2024", "with its zone"),
        ("# sha256: ", "# sha256: 00", "expected a SHA-256"),
        ("# sha256: ", f"# sha256: {'00' * 32}\n# subject: ", "not the one"),
        ("# sha256: ", "# not-for-email:\n# sha256: ", "expected a SHA-256"),
        ("# sha256: ", "# not-for-email: 0\n# sha256: ", "expected a SHA-256"),
        ("# sha256: ", "# email-trust: perhaps\n# sha256: ", "email-trust"),
        ("# trusted-until", "# trusted-from", "does not know"),
        ("# subject", "subject", "comment or a certificate"),
    ],
)
def test_store_with_a_line_that_cannot_be_read_is_refused(listed, old, new, words):
    data = store_of(listed[0]).decode()
    assert old in data
    with pytest.raises(ValueError, match=words):
        parse_store(data.replace(old, new, 1).encode())
