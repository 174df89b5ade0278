"""One request at a time: bounded in bytes and time, to an address that was checked.

No proxy, no cookie, no credential, no compression; a redirect is a new place and is checked as one.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urljoin

from smimebatch import _native
from smimebatch.revocation.hosts import Address, AllowList, Place, RefusedError

USER_AGENT = f"smimebatch/{_native.version} (revocation fetch)"
MAX_BYTES = 2 << 30
"""Of one list (RULES, Budgets)."""
MAX_REDIRECTS = 5
TIMEOUT_S = 30.0
"""Without a byte."""
TOTAL_TIMEOUT_S = 900.0
"""For one answer: 2 GiB at 2.4 MB/s, and an end to servers that drip."""
PIECE_BYTES = 1 << 16
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long."""

    max_bytes: int = MAX_BYTES
    timeout_s: float = TIMEOUT_S
    total_timeout_s: float = TOTAL_TIMEOUT_S


class FailedError(Exception):
    """No answer that can be used; `code` says why, `again` whether a later try may help."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.again = again


def fetch(
    url: str, body: bytes, allowed: AllowList, into: Callable[[], BinaryIO], limits: Limits
) -> None:
    """Write what is at a URL to a new file of `into`; RefusedError or FailedError otherwise."""
    deadline = time.monotonic() + limits.total_timeout_s
    for _ in range(MAX_REDIRECTS + 1):
        place = allowed.place(url)
        connection = connected(place, allowed.addresses(place), limits)
        try:
            response = answer(connection, place, body)
            if response.status not in REDIRECTS:
                check_status(response)
                copy(response, into(), limits.max_bytes, deadline)
                return
            location = response.getheader("Location") or ""
            url = urljoin(url, location)
        except TimeoutError as error:
            raise FailedError("timeout", again=True) from error
        except (OSError, http.client.HTTPException) as error:
            raise FailedError("connection", again=True) from error
        finally:
            connection.close()
        if body and response.status in (301, 302, 303):
            raise FailedError("redirected_question")
    raise FailedError("too_many_redirects")


def connected(place: Place, addresses: list[Address], limits: Limits) -> http.client.HTTPConnection:
    """Connect to one of the checked addresses, and to no other."""
    for address in addresses:
        try:
            sock = socket.create_connection((str(address), place.port), limits.timeout_s)
        except OSError:
            continue
        connection = http.client.HTTPConnection(place.host, place.port, timeout=limits.timeout_s)
        try:
            connection.sock = encrypted(sock, place.host) if place.scheme == "https" else sock
        except OSError as error:
            sock.close()
            raise FailedError("tls") from error
        return connection
    raise FailedError("connection", again=True)


def encrypted(sock: socket.socket, host: str) -> socket.socket:
    """Speak TLS, with the system's roots."""
    return ssl.create_default_context().wrap_socket(sock, server_hostname=host)


def answer(
    connection: http.client.HTTPConnection, place: Place, body: bytes
) -> http.client.HTTPResponse:
    """Send the request and return the head of the answer."""
    head = {
        "Host": place.authority,
        "User-Agent": USER_AGENT,
        "Accept": "application/ocsp-response" if body else "application/pkix-crl, */*;q=0.5",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if body:
        head["Content-Type"] = "application/ocsp-request"
    connection.request("POST" if body else "GET", place.target, body or None, head)
    return connection.getresponse()


def check_status(response: http.client.HTTPResponse) -> None:
    """Refuse everything but 200; a busy server may be asked again."""
    if response.status != http.client.OK:
        again = response.status == 429 or response.status >= 500
        raise FailedError(f"http_{response.status}", again=again)
    if response.getheader("Content-Encoding", "identity") != "identity":
        raise FailedError("encoded")


def copy(
    response: http.client.HTTPResponse, into: BinaryIO, max_bytes: int, deadline: float
) -> None:
    """Copy the body, within bytes and time."""
    declared = response.length
    if declared is not None and declared > max_bytes:
        raise FailedError("too_large")
    written = 0
    while piece := response.read1(PIECE_BYTES):
        written += len(piece)
        if written > max_bytes:
            raise FailedError("too_large")
        if time.monotonic() > deadline:
            raise FailedError("timeout")
        into.write(piece)
    if declared is not None and written != declared:
        raise FailedError("connection", again=True)


__all__ = ["FailedError", "Limits", "RefusedError", "fetch"]
