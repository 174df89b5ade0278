"""Whom to ask: the allow-list of `--allow`, by name and by address.

Certificates come out of mail, so their URLs are an attacker's. A host is asked only if an entry
names it, on the port of its scheme unless the entry names another. An address that is not of the
public internet is used only if an entry *is* that address or a network around it, whatever name
led there.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from smimebatch.errors import OptionError

DEFAULT_PORTS = {"http": 80, "https": 443}
NAME = re.compile(r"\.?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RefusedError(Exception):
    """A place that is not asked; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """One `--allow`: a host name, `.name` for all below it, an address, or a network."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    def admits(self, host: str, port: int, scheme: str) -> bool:
        """Whether the entry names this host and port."""
        if port != (self.port or DEFAULT_PORTS[scheme]):
            return False
        if self.network is not None:
            address = address_of(host)
            return address is not None and address in self.network
        return host.endswith(self.name) if self.name.startswith(".") else host == self.name


def parse_entry(text: str) -> Entry:
    """Return the entry that a text spells; OptionError for what is none."""
    host, colon, digits = text.strip().lower().rpartition(":")
    port = int(digits) if colon and digits.isdecimal() and len(digits) < 6 else None
    if port is None or (":" in host and not host.endswith("]")):
        host, port = text.strip().lower(), None
    host = host.removeprefix("[").removesuffix("]").rstrip(".")
    try:
        return Entry(network=ipaddress.ip_network(host), port=port)
    except ValueError:
        pass
    if not NAME.fullmatch(host) or (port is not None and not 0 < port < 65536):
        expected = "a host, .domain, address or network such as 10.0.0.0/8, each also with :port"
        raise OptionError("--allow", expected=expected, found=repr(text))
    return Entry(name=host, port=port)


def address_of(host: str) -> Address | None:
    """Return the address that a host is, if it is one and no name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Place:
    """A URL that may be asked."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, as a request line has them."""

    @property
    def authority(self) -> str:
        """Host and port, as the Host field has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class AllowList:
    """The entries of `--allow`."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._entries = tuple(map(parse_entry, entries))

    def place(self, url: str) -> Place:
        """Return the place of a URL; RefusedError for one that is not to be asked."""
        parts = split(url)
        try:
            host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
        except ValueError as error:
            raise RefusedError("bad_url") from error
        host = host.rstrip(".")
        if parts.username is not None or not host:
            raise RefusedError("bad_url")
        if not any(entry.admits(host, port, parts.scheme) for entry in self._entries):
            raise RefusedError("not_allowed")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Place(parts.scheme, host, port, target)

    def addresses(self, place: Place) -> list[Address]:
        """Resolve a place; RefusedError where any address is one that no entry allows.

        The caller connects to what this returns: asked again, a name could lead elsewhere.
        """
        literal = address_of(place.host)
        found = [literal] if literal is not None else resolved(place)
        for address in found:
            if not is_public(address) and not self._names(address):
                raise RefusedError("private_address")
        return found

    def _names(self, address: Address) -> bool:
        networks = (entry.network for entry in self._entries)
        return any(network is not None and address in network for network in networks)


def split(url: str) -> SplitResult:
    """Split a URL; RefusedError for one that is no http."""
    # RFC 3986 §2: nothing else can stand in one, and a line end would be a second request.
    if not url.isascii() or any(not "!" <= character <= "~" for character in url):
        raise RefusedError("bad_url")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise RefusedError("bad_url") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise RefusedError("unsupported_scheme")
    return parts


def resolved(place: Place) -> list[Address]:
    """Return the addresses of a name, in the order of the resolver."""
    try:
        entries = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RefusedError("unknown_host") from error
    found = (ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries)
    return list(dict.fromkeys(found))


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet, also where IPv6 wraps one of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        teredo = address.teredo
        inner = address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
