"""The options of a verify run, checked before anything is read.

Names and values are those of the command line (OUTPUT.md). What changes a verdict is separate from
what only changes how the work is done: the first makes the policy whose hash every file carries.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from smimebatch import _native
from smimebatch.errors import OptionError
from smimebatch.instants import unix_us
from smimebatch.job.shard import UNIT_MESSAGES, Shard
from smimebatch.path_rules import PathRules
from smimebatch.policies import AlgorithmPolicy, default_policy
from smimebatch.schema import codes_of
from smimebatch.sources.reading import DEFAULT_BATCH_BYTES, MESSAGE_HELD_BYTES, ReadingOptions
from smimebatch.vouching import Vouches

CONTROL_TIMES = ("evidence", "now", "claimed", "date")
BINDS = ("from", "from-or-sender", "off")
BINDS_MISSING = ("refuse", "allow")
REVOCATIONS = ("off", "if-available", "required")
FAIL_ON_VOCABULARIES = ("indication", "sub_indication", "reason", "flag")
SIZE = re.compile(r"(?P<number>\d+)\s*(?P<unit>[kKmMgG]?)(?:i?[bB])?")
UNIT_BYTES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
MAX_JOBS = 1024
LANES_VARIABLE = "SMIMEBATCH_LANES"
MAX_UNIT_MESSAGES = 1 << 20
"""More would not fit into memory beside each other when their certificates are all different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a verdict depends on, beside the message, the trust store and the time of the run."""

    at: str = "evidence"
    bind: str = "from"
    bind_missing: str = "refuse"
    strict: bool = False
    revocation: str = "if-available"
    vouches: Vouches = field(default_factory=Vouches)
    algorithms: AlgorithmPolicy = field(default_factory=default_policy)
    """Until when algorithms were strong enough (`--policy`)."""
    path: PathRules = field(default_factory=PathRules)

    def __post_init__(self) -> None:
        check_control_time(self.at)
        check_choice("--bind", self.bind, BINDS)
        check_choice("--bind-missing", self.bind_missing, BINDS_MISSING)
        check_choice("--revocation", self.revocation, REVOCATIONS)

    @classmethod
    def given(
        cls,
        *,
        vouch: Iterable[str] = (),
        policy: str | os.PathLike[str] | None = None,
        initial_policies: Sequence[str] = (),
        require_explicit_policy: bool = False,
        inhibit_policy_mapping: bool = False,
        inhibit_any_policy: bool = False,
        chain_model: str = "shell",
        **others: Any,
    ) -> Policy:
        """Make the policy of options as callers give them; `others` have the names of fields."""
        path = PathRules(
            initial_policies=initial_policies,
            require_explicit_policy=require_explicit_policy,
            inhibit_policy_mapping=inhibit_policy_mapping,
            inhibit_any_policy=inhibit_any_policy,
            chain_model=chain_model,
        )
        algorithms = default_policy() if policy is None else AlgorithmPolicy.load(os.fspath(policy))
        return cls(vouches=Vouches.parse(vouch), algorithms=algorithms, path=path, **others)

    @property
    def without_vouches(self) -> Policy:
        """The same, where nobody vouches for anything."""
        return replace(self, vouches=Vouches())

    @property
    def native_at(self) -> str:
        """The control time as the core takes it."""
        return self.at if self.at in CONTROL_TIMES else f"instant:{unix_us(parse_instant(self.at))}"

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Every option by its name on the command line, with its value, as the core takes them."""
        return [
            ("at", self.native_at),
            ("bind", self.bind),
            ("bind-missing", self.bind_missing),
            *([("strict", "")] if self.strict else []),
            ("revocation", self.revocation),
            *(("vouch", word) for word in self.vouches.texts),
            *self.algorithms.texts,
            *self.path.texts,
        ]

    @property
    def identity(self) -> str:
        """Name and hash of the policy, as the metadata of every file carry it."""
        rules = {
            "at": self.native_at,
            "bind": self.bind,
            "bind_missing": self.bind_missing,
            "strict": self.strict,
            "revocation": self.revocation,
            "vouch": list(self.vouches.words),
            "algorithms": self.algorithms.sha256,
            "path": self.path.given,
        }
        text = json.dumps(rules, sort_keys=True, separators=(",", ":"))
        return f"{self.algorithms.name}:" + hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """Everything that a verify run can be told, beside its inputs, trust and output."""

    policy: Policy = field(default_factory=Policy)
    now: datetime | None = None
    """The time of the run; the clock's when not given."""
    jobs: int | None = None
    """Threads; as many as this process may use when not given."""
    batch_bytes: int = DEFAULT_BATCH_BYTES
    input_format: str | None = None
    mbox_variant: str | None = None
    files_from: str | None = None
    """A file that lists further inputs, or `-`."""
    column: str | None = None
    limit: int | None = None
    fail_on: tuple[str, ...] = ()
    debian_weak_keys: str | None = None
    """Blacklists of weak keys: a file or a directory."""
    unit_messages: int = UNIT_MESSAGES
    """Messages that are committed together."""
    shard: Shard = field(default_factory=Shard)
    """Which of several processes this one is."""

    def __post_init__(self) -> None:
        check_range("--jobs", self.jobs, 1, MAX_JOBS)
        check_range("--batch-bytes", self.batch_bytes, 1, MESSAGE_HELD_BYTES)
        check_range("--limit", self.limit, 0, None)
        check_range("--unit-messages", self.unit_messages, 1, MAX_UNIT_MESSAGES)
        check_mbox_variant(self.mbox_variant)
        check_fail_on(self.fail_on)
        if self.now is not None and getattr(self.now, "tzinfo", None) is None:
            raise OptionError("--now", expected="a datetime with its zone", found=repr(self.now))

    @property
    def thread_count(self) -> int:
        """Threads to use."""
        return self.jobs if self.jobs is not None else len(os.sched_getaffinity(0))

    @property
    def reading(self) -> ReadingOptions:
        """What the sources need to know."""
        return ReadingOptions(
            batch_bytes=self.batch_bytes,
            input_format=self.input_format,
            mbox_variant=self.mbox_variant,
            column=self.column,
            vouched_column=self.policy.vouches.column,
            limit=self.limit,
            jobs=self.thread_count,
        )

    def believed(self, rows: Any) -> Any:
        """Return messages with what is to be believed of them."""
        return self.policy.vouches.believed(rows, self.input_format)


def check_choice(option: str, value: str, choices: Iterable[str]) -> None:
    """Refuse a value that is not among the choices."""
    if value not in choices:
        raise OptionError(option, expected="one of " + ", ".join(choices), found=repr(value))


def check_lanes() -> None:
    """Refuse a SMIMEBATCH_LANES that names no kernels; the core reads it when it first computes."""
    if value := os.environ.get(LANES_VARIABLE):
        check_choice(LANES_VARIABLE, value, _native.lanes_choices)


def check_mbox_variant(variant: str | None) -> None:
    """Refuse what is no variant of mbox."""
    if variant is not None:
        check_choice("--mbox-variant", variant, codes_of("mbox_variant"))


def check_range(option: str, value: int | None, low: int, high: int | None) -> None:
    """Refuse a number outside its range."""
    if value is None or (value >= low and (high is None or value <= high)):
        return
    expected = f"at least {low}" if high is None else f"a number from {low} to {high}"
    raise OptionError(option, expected=expected, found=str(value))


def check_control_time(at: str) -> None:
    """Refuse what is neither a named control time nor an instant."""
    if at in CONTROL_TIMES:
        return
    try:
        parse_instant(at)
    except ValueError as error:
        expected = ", ".join(CONTROL_TIMES) + " or an instant such as 2019-06-01T00:00:00Z"
        raise OptionError("--at", expected=expected, found=repr(at)) from error


def check_fail_on(codes: Iterable[str]) -> None:
    """Refuse a code that no verdict has, so that a typing error is not a silent success."""
    known = [code for vocabulary in FAIL_ON_VOCABULARIES for code in codes_of(vocabulary)]
    for code in codes:
        if code not in known:
            expected = "an indication, sub-indication, reason or flag, such as TOTAL_FAILED"
            nearest = difflib.get_close_matches(code, known, 1)
            remedy = f"write {nearest[0]}" if nearest else ""
            raise OptionError("--fail-on", expected=expected, found=repr(code), remedy=remedy)


def parse_fail_on(text: str) -> tuple[str, ...]:
    """Return the codes of a list separated by commas."""
    return tuple(code for code in (part.strip() for part in text.split(",")) if code)


def parse_size(option: str, text: str) -> int:
    """Return the bytes that a size such as 8M or 65536 means."""
    match = SIZE.fullmatch(text.strip())
    if match is None:
        raise OptionError(option, expected="bytes, or a number with k, M or G", found=repr(text))
    return int(match["number"]) * UNIT_BYTES[match["unit"].lower()]


def parse_instant(text: str) -> datetime:
    """Return the instant of an ISO 8601 text with a zone; ValueError for anything else."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("a time without its zone is no instant")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("an instant before year 1 or after 9999") from error
