import re
from datetime import UTC, datetime

import pytest

from smimebatch import _native
from smimebatch.errors import OptionError, SmimeBatchError
from smimebatch.options import (
    Policy,
    VerifyOptions,
    check_lanes,
    parse_fail_on,
    parse_size,
    unix_us,
)
from smimebatch.path_rules import PathRules
from smimebatch.trust import Trust
from smimebatch.vouching import Vouches


@pytest.mark.parametrize("at", ["evidence", "now", "claimed", "date"])
def test_policy_named_control_time_is_passed_on(at):
    assert Policy(at=at).native_at == at


def test_policy_instant_is_passed_on_in_microseconds():
    assert Policy(at="2019-06-01T00:00:00Z").native_at == "instant:1559347200000000"
    assert Policy(at="2019-06-01T02:00:00.000001+02:00").native_at == "instant:1559347200000001"


def test_policy_texts_are_what_the_core_takes_and_name_all_of_its_options():
    path = PathRules(
        initial_policies=["1.2.3"],
        require_explicit_policy=True,
        inhibit_policy_mapping=True,
        inhibit_any_policy=True,
    )
    policy = Policy(strict=True, vouches=Vouches.parse(["mbox-from"]), path=path)

    def engine(options):
        trust = Trust()
        native = (trust.native, trust.revocation.native)
        return _native.Engine(*native, now_unix_us=0, options=options)

    engine(policy.texts)
    with pytest.raises(ValueError, match="expected an option") as caught:
        engine([("binds", "from")])
    known = re.search("one of (.*);", str(caught.value))[1].split(", ")
    of_keys = {"inner-facts", "write-mail", "hash-mail", "prove-mail"}
    assert {name for name, _ in policy.texts} | of_keys == set(known)
    without_switches = {"at", "bind", "bind-missing", "revocation", "digest-until", "key-until"}
    assert {name for name, _ in Policy().texts} == without_switches | {"chain-model"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "yesterday"},
        {"at": "2019-06-01T00:00:00"},
        {"at": ""},
        {"bind": "reply-to"},
        {"bind_missing": "yes"},
    ],
)
def test_policy_wrong_value_is_refused_with_what_was_expected_and_found(wrong):
    with pytest.raises(OptionError) as caught:
        Policy(**wrong)
    (value,) = wrong.values()
    assert caught.value.exit_code == 2
    assert caught.value.expected
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"jobs": 0},
        {"jobs": 100_000},
        {"batch_bytes": 0},
        {"limit": -1},
        {"fail_on": ("TOTAL_NONSENSE",)},
        {"now": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)
def test_options_wrong_value_is_refused(wrong):
    with pytest.raises(OptionError):
        VerifyOptions(**wrong)


def test_options_fail_on_takes_indications_sub_indications_and_reasons():
    codes = parse_fail_on("TOTAL_FAILED, HASH_FAILURE,digest_mismatch,")
    assert VerifyOptions(fail_on=codes).fail_on == codes
    assert len(codes) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), ("8M", 8 << 20), ("64 KiB", 64 << 10), ("2g", 2 << 30), ("10kB", 10 << 10)],
)
def test_parse_size_number_with_or_without_unit(text, expected):
    assert parse_size("--batch-bytes", text) == expected


@pytest.mark.parametrize("text", ["", "-1", "1.5M", "8T", "many"])
def test_parse_size_anything_else_is_refused(text):
    with pytest.raises(OptionError, match="--batch-bytes"):
        parse_size("--batch-bytes", text)


def test_policy_identity_changes_with_every_rule_and_with_nothing_else():
    policies = [
        Policy(),
        Policy(at="now"),
        Policy(bind="off"),
        Policy(bind_missing="allow"),
        Policy(strict=True),
    ]
    assert len({policy.identity for policy in policies}) == len(policies)
    assert (
        Policy(at="2019-06-01T00:00:00Z").identity
        == Policy(at="2019-06-01T01:00:00+01:00").identity
    )


def test_unix_us_is_exact():
    assert unix_us(datetime(2026, 11, 24, 12, 0, 0, 123457, tzinfo=UTC)) == 1795521600123457
    assert unix_us(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)) == -1


def test_error_says_what_was_expected_and_found_and_what_to_do():
    error = SmimeBatchError("--x", expected="a", found="b", remedy="c")
    assert str(error) == "--x; expected a; found b; do: c"


def test_lanes_unknown_value_is_refused_by_the_library_and_the_core(monkeypatch):
    monkeypatch.setenv("SMIMEBATCH_LANES", "avx1024")
    with pytest.raises(OptionError):
        check_lanes()
    with pytest.raises(ValueError, match="avx1024"):
        _native.kernels()
    for choice in ("", *_native.lanes_choices):
        monkeypatch.setenv("SMIMEBATCH_LANES", choice)
        check_lanes()
        assert {"rsa", "sha256"} <= {job for job, _, _ in _native.kernels()}
