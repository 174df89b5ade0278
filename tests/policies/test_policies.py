"""Policy files: what is shipped, what is refused, and the name and hash that every result has."""

import datetime as dt
import hashlib
import pathlib

import pytest

from smimebatch import policies
from smimebatch.errors import OptionError
from smimebatch.options import Policy
from smimebatch.policies import AlgorithmPolicy, default_policy

SHIPPED = pathlib.Path(policies.__file__).with_name(policies.DEFAULT_FILE)
HEAD = 'format = 1\nname = "own"\ndate = 2020-01-01\n'
MD5 = '[[digest]]\nnames = ["md5"]\ngood_until = 2004-12-31\n'
RSA = '[[key]]\nalgorithms = ["rsa"]\nbelow_bits = 1024\ngood_until = 2009-12-31\n'


def unix_s(year: int, month: int, day: int) -> int:
    return int(dt.datetime(year, month, day, tzinfo=dt.UTC).timestamp())


def test_shipped_policy_holds_every_digest_that_is_broken_and_every_short_key():
    policy = default_policy()
    assert policy.name == "smimebatch-2026"
    assert policy.sha256 == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    until = dict(policy.digests)
    assert until["md5"] == unix_s(2005, 1, 1) - 1
    assert until["sha1"] == unix_s(2014, 1, 1) - 1
    assert "sha256" not in until
    for algorithm in ("rsa", "rsassa-pss", "dsa"):
        sizes = {bits: last for name, bits, last in policy.keys if name == algorithm}
        assert sizes[1024] == unix_s(2010, 1, 1) - 1
        assert sizes[2048] == unix_s(2014, 1, 1) - 1


def test_every_date_that_is_shipped_has_its_source():
    text = SHIPPED.read_text()
    assert text.count("good_until = ") == text.count("source = ") > 8


def test_policy_file_gives_its_dates_to_the_last_second_of_the_day(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(HEAD + MD5 + RSA)
    policy = AlgorithmPolicy.load(str(path))
    assert policy.digests == (("md5", unix_s(2005, 1, 1) - 1),)
    assert policy.keys == (("rsa", 1024, unix_s(2010, 1, 1) - 1),)
    assert (policy.name, policy.date) == ("own", "2020-01-01")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "date"),
        (HEAD.replace("1", "2", 1), "format = 1"),
        (HEAD.replace("own", "a name with spaces"), "a name of letters"),
        (HEAD.replace("2020-01-01", '"2020-01-01"'), "a day"),
        (HEAD.replace("2020-01-01", "2020-01-01T00:00:00Z"), "a day"),
        (HEAD + "digests = []\n", "digest"),
        (HEAD + MD5.replace("md5", "md6"), "'md6'"),
        (HEAD + MD5.replace('["md5"]', '"md5"'), "a list of names"),
        (HEAD + MD5.replace("good_until = 2004-12-31\n", ""), "good_until = …"),
        (HEAD + MD5.replace("good_until", "good_untill"), "good_untill"),
        (HEAD + RSA.replace("1024", "true"), "a number of bits"),
        (HEAD + RSA.replace("1024", "0"), "a number of bits"),
        (HEAD + RSA.replace("rsa", "md5"), "'md5'"),
        (HEAD + RSA.replace("[[key]]", "[key]"), "tables"),
        ("\xff", "TOML"),
    ],
)
def test_policy_file_with_anything_out_of_place_is_refused(tmp_path, text, said):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(OptionError) as caught:
        AlgorithmPolicy.load(str(path))
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_policy_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(OptionError, match="No such file"):
        AlgorithmPolicy.load(str(tmp_path / "none.toml"))


def test_identity_of_the_policy_changes_with_any_date(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(HEAD + MD5)
    own = Policy(algorithms=AlgorithmPolicy.load(str(path))).identity
    path.write_text(HEAD + MD5.replace("2004-12-31", "2004-12-30"))
    other = Policy(algorithms=AlgorithmPolicy.load(str(path))).identity
    assert own != other
    assert own.startswith("own:")
    assert Policy().identity.startswith("smimebatch-2026:")
