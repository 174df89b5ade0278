"""Policies: until when each algorithm was strong enough, from a dated file with a source per date.

The core judges (RULES 15); here a file is read, checked and named. A mistake in it would change
verdicts silently, so anything unknown, doubled or out of place is refused.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from smimebatch import _native
from smimebatch.errors import OptionError

FORMAT = 1
DEFAULT_FILE = "2026.toml"
KEY_ALGORITHMS = ("rsa", "rsassa-pss", "dsa", "ec")
"""Algorithms whose keys come in sizes."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MAX_FILE_BYTES = 1 << 20
TOP_KEYS = {"format", "name", "date", "digest", "key"}
DIGEST_KEYS = {"names", "good_until", "source"}
KEY_KEYS = {"algorithms", "below_bits", "good_until", "source"}


@dataclass(frozen=True, slots=True)
class AlgorithmPolicy:
    """The dates of one policy file; times are Unix seconds, the last good one."""

    name: str
    date: str
    sha256: str
    digests: tuple[tuple[str, int], ...] = ()
    keys: tuple[tuple[str, int, int], ...] = ()
    """Algorithm, bits below which it is meant, last good second."""

    @property
    def texts(self) -> Iterator[tuple[str, str]]:
        """Each date as the core takes it: the kind of algorithm, and what it is and until when."""
        yield from (("digest-until", f"{name}:{until}") for name, until in self.digests)
        yield from (("key-until", f"{name}:{bits}:{until}") for name, bits, until in self.keys)

    @classmethod
    def load(cls, path: str) -> AlgorithmPolicy:
        """Read a policy file; OptionError says what is wrong with it."""
        try:
            with open(path, "rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            found = f"{path}: {error.strerror}"
            raise OptionError("--policy", expected="a policy file", found=found) from error
        return cls.parse(data, path)

    @classmethod
    def parse(cls, data: bytes, path: str) -> AlgorithmPolicy:
        """Return the policy that a file's bytes hold."""
        place = Place(path)
        if len(data) > MAX_FILE_BYTES:
            raise place.error("a policy file of at most 1 MiB", "more")
        try:
            content = tomllib.loads(data.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise place.error("a policy file in TOML", str(error)) from error
        place.check_keys(content, TOP_KEYS, {"format", "name", "date"})
        if content["format"] != FORMAT:
            raise place.error(f"format = {FORMAT}", repr(content["format"]))
        name = content["name"]
        if not isinstance(name, str) or NAME.fullmatch(name) is None:
            raise place.error("a name of letters, digits, points and dashes", repr(name))
        return cls(
            name=name,
            date=place.day(content["date"], "date").isoformat(),
            sha256=hashlib.sha256(data).hexdigest(),
            digests=tuple(place.digests(content.get("digest", []))),
            keys=tuple(place.keys(content.get("key", []))),
        )


@functools.cache
def default_policy() -> AlgorithmPolicy:
    """Return the policy that is shipped."""
    path = os.path.join(os.path.dirname(__file__), DEFAULT_FILE)
    return AlgorithmPolicy.load(path)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file something stands, for errors."""

    path: str
    table: str = ""

    def error(self, expected: str, found: str) -> OptionError:
        """Return what to raise."""
        where = f"{self.path}: {self.table}" if self.table else self.path
        return OptionError(f"--policy {where}", expected=expected, found=found)

    def check_keys(self, table: Mapping[str, Any], known: set[str], needed: set[str]) -> None:
        """Refuse a key that nothing reads, and the lack of one that is needed."""
        for key in table:
            if key not in known:
                nearest = difflib.get_close_matches(key, sorted(known), 1)
                raise self.error(nearest[0] if nearest else ", ".join(sorted(known)), key)
        for key in sorted(needed - table.keys()):
            raise self.error(f"{key} = …", "none")

    def tables(self, found: Any, known: set[str], needed: set[str]) -> Iterable[Any]:
        """Give each of a list of tables with its place."""
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            raise self.error("[[digest]] and [[key]] tables", repr(found))
        kind = "digest" if known == DIGEST_KEYS else "key"
        for number, table in enumerate(found, 1):
            place = Place(self.path, f"{kind} {number}")
            place.check_keys(table, known, needed)
            yield place, table

    def digests(self, found: Any) -> Iterable[tuple[str, int]]:
        """Give every digest with its last good second."""
        known = digest_names()
        for place, table in self.tables(found, DIGEST_KEYS, {"names", "good_until"}):
            until = place.last_second(table["good_until"])
            for name in place.words(table["names"], known):
                yield name, until

    def keys(self, found: Any) -> Iterable[tuple[str, int, int]]:
        """Give every kind of key with its size and last good second."""
        needed = KEY_KEYS - {"source"}
        for place, table in self.tables(found, KEY_KEYS, needed):
            until = place.last_second(table["good_until"])
            bits = table["below_bits"]
            if not isinstance(bits, int) or isinstance(bits, bool) or not 0 < bits < 1 << 20:
                raise place.error("below_bits: a number of bits", repr(bits))
            for algorithm in place.words(table["algorithms"], KEY_ALGORITHMS):
                yield algorithm, bits, until

    def words(self, found: Any, known: Iterable[str]) -> list[str]:
        """Return a list of known words."""
        if not isinstance(found, list) or not found:
            raise self.error("a list of names", repr(found))
        for word in found:
            if word not in known:
                raise self.error("one of " + ", ".join(known), repr(word))
        return found

    def day(self, found: Any, key: str) -> date:
        """Return a day written as one."""
        if not isinstance(found, date) or isinstance(found, datetime):
            raise self.error(f"{key}: a day such as 2013-12-31", repr(found))
        return found

    def last_second(self, found: Any) -> int:
        """Return the last second of a day, in Unix seconds."""
        day = self.day(found, "good_until")
        end = datetime.combine(day, time(), UTC) + timedelta(days=1)
        return int(end.timestamp()) - 1


@functools.cache
def digest_names() -> tuple[str, ...]:
    """Return the digests that signatures are made with, by their names in columns."""
    known = _native.algorithms()
    return tuple(sorted({name for group, name, _, by, _ in known if group == "digest" and by}))
