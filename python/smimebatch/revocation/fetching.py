"""Fetching: each host by one thread, one request after another, with a pause between.

What was answered before is not asked again. A server that is busy or gone is tried again, a little
later each time. What came is looked at only so far that an error page is not kept as a list.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.x509 import ocsp

from smimebatch.batch import current_time
from smimebatch.revocation.hosts import AllowList, RefusedError
from smimebatch.revocation.http import FailedError, Limits, fetch
from smimebatch.revocation.places import CRL, Wanted
from smimebatch.revocation.store import STORED, Store, new_file
from smimebatch.trust.roots import in_iso

HOSTS_AT_ONCE = 8
TRIES = 3
DELAY_S = 1.0
"""Between two requests to one host."""
BACKOFF_S = 2.0
"""Before the second try of a request; twice as long before each further one."""
MAX_RESPONSE_BYTES = 1 << 20
"""Of an OCSP response about one certificate."""
MAX_LOOK_BYTES = 64
PEM_CRL = b"-----BEGIN X509 CRL-----"


@dataclass(frozen=True, slots=True)
class Manners:
    """How often and how long to ask."""

    limits: Limits = field(default_factory=Limits)
    delay_s: float = DELAY_S
    backoff_s: float = BACKOFF_S
    tries: int = TRIES
    sleep: Callable[[float], object] = time.sleep


def status_before(wanted: Wanted, allowed: AllowList, answered: set[str]) -> str:
    """Return what becomes of a thing before any host is asked: `to_fetch`, or why not."""
    try:
        allowed.place(wanted.url)
    except RefusedError as refused:
        return refused.code
    return "already_stored" if wanted.key in answered else "to_fetch"


class Fetcher:
    """Fetches into a store."""

    def __init__(self, store: Store, allowed: AllowList, manners: Manners) -> None:
        self._store = store
        self._allowed = allowed
        self._manners = manners
        self._noting = threading.Lock()
        self._numbers = itertools.count()
        self.statuses: Counter[str] = Counter()

    def fetch(self, wanted: Sequence[Wanted]) -> None:
        """Fetch everything that may and need be fetched."""
        answered = self._store.answered()
        by_host: dict[str, list[Wanted]] = defaultdict(list)
        for one in wanted:
            status = status_before(one, self._allowed, answered)
            if status == "to_fetch":
                by_host[self._allowed.place(one.url).authority].append(one)
            elif status == "already_stored":
                self.statuses[status] += 1
            else:
                self._note(one, status)
        with ThreadPoolExecutor(HOSTS_AT_ONCE, "smimebatch-fetch") as threads:
            list(threads.map(self._fetch_from_host, by_host.values()))

    def _fetch_from_host(self, wanted: Sequence[Wanted]) -> None:
        for number, one in enumerate(wanted):
            if number:
                self._manners.sleep(self._manners.delay_s)
            self._fetch_one(one)

    def _fetch_one(self, wanted: Wanted) -> None:
        with self._noting:
            staged = self._store.staged(next(self._numbers))
        try:
            self._tried(wanted, staged)
            check_content(wanted, staged)
        except (RefusedError, FailedError) as error:
            with suppress(FileNotFoundError):
                os.unlink(staged)
            self._note(wanted, error.code)
            return
        sha256, length = self._store.put(staged, wanted)
        self._note(wanted, STORED, sha256=sha256, bytes=length)

    def _tried(self, wanted: Wanted, staged: str) -> None:
        """Ask until there is an answer, or trying again is of no use."""
        manners = self._manners
        for number in range(manners.tries):
            try:
                self._ask(wanted, staged)
            except FailedError as error:
                if not error.again or number + 1 == manners.tries:
                    raise
                manners.sleep(manners.backoff_s * 2**number)
            else:
                return

    def _ask(self, wanted: Wanted, staged: str) -> None:
        limits = self._manners.limits
        if wanted.kind != CRL:
            most = min(limits.max_bytes, MAX_RESPONSE_BYTES)
            limits = Limits(most, limits.timeout_s, limits.total_timeout_s)
        opened: list[BinaryIO] = []

        def into() -> BinaryIO:
            opened.append(new_file(staged))
            return opened[-1]

        try:
            fetch(wanted.url, wanted.body, self._allowed, into, limits)
        finally:
            for file in opened:
                file.close()

    def _note(self, wanted: Wanted, status: str, **more: object) -> None:
        with self._noting:
            self._store.note(wanted, in_iso(current_time()), status, **more)
            self.statuses[status] += 1


def check_content(wanted: Wanted, path: str) -> None:
    """Refuse what is no list or no answer; whether it can be believed is asked by verify."""
    if wanted.kind == CRL:
        with open(path, "rb") as file:
            head = file.read(MAX_LOOK_BYTES)
        if not (head.lstrip().startswith(PEM_CRL) or is_one_element(head, os.stat(path).st_size)):
            raise FailedError("not_a_crl")
        return
    with open(path, "rb") as file:
        content = file.read(MAX_RESPONSE_BYTES)
    try:
        status = ocsp.load_der_ocsp_response(content).response_status
    except ValueError as error:
        raise FailedError("not_an_ocsp_response") from error
    if status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise FailedError(f"ocsp_{status.name.lower()}")


def is_one_element(head: bytes, length: int) -> bool:
    """Whether a file is one SEQUENCE from end to end, or of indefinite length."""
    if len(head) < 2 or head[0] != 0x30:
        return False
    first = head[1]
    if first == 0x80:
        return True
    octets = first & 0x7F if first & 0x80 else 0
    if octets > 8:
        return False
    declared = int.from_bytes(head[2 : 2 + octets], "big") if octets else first
    return 2 + octets + declared == length
