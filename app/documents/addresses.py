"""Which addresses people may have fetched: what the form accepts, and what is on the public web."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from app.messages import N_, Message

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST = 2000
# "example.org:8080/page" names a port and "mailto:ada" a scheme.
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE)
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")
# What the older ways to write an IPv4 address end with: 2130706433, 127.1, 0x7f.0.0.1, 0177.0.0.01
NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")
# Names of inner networks. They are not looked up, so that nobody learns which of them there are.
INNER = ("localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "home.arpa")
WEB_PORTS = {80, 443, *range(8000, 10_000)}
UNICAST = ip_network("2000::/3")
CARRIES_IPV4 = ip_network("64:ff9b::/96")
# What ipaddress takes for global and is not: 6to4 in both its forms, addresses for protocols and for examples. And
# the address at which a machine in Azure asks for its own metadata.
NOT_THE_WORLD = [
    ip_network(network) for network in ("2002::/16", "192.88.99.0/24", "192.0.0.0/24", "3fff::/20", "168.63.129.16/32")
]

NO_ADDRESS = Message(N_("Give the address of a web page, such as https://example.org/page."))
NOT_AN_ADDRESS = Message(N_("This is not the address of a web page. Copy it from the address bar of your browser."))
NOT_THE_WEB = Message(N_("Only addresses that begin with https:// or http:// can be fetched."))
NO_LOGIN = Message(N_("Leave the user name and the password out of the address."))
TOO_LONG = Message(N_("This address is too long; the limit is %(most)s characters."), most=LONGEST)


class AddressError(ValueError):
    """This cannot be the address of a web page; the message tells the person why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def check_address(address: str) -> str:
    """*address* as it will be fetched: with a scheme, its host in lower case and ASCII, without the fragment.

    Nothing is looked up, so an address that passes may still be refused when it is fetched.

    :raises AddressError: when this cannot be the address of a web page.
    """
    address = address.strip()
    if not address:
        raise AddressError(NO_ADDRESS)
    if len(address) > LONGEST:
        raise AddressError(TOO_LONG)
    scheme = SCHEME.match(address)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise AddressError(NOT_THE_WEB)
    return _normalised(address if scheme else f"https://{address.removeprefix('//')}")


def _normalised(address: str) -> str:
    import httpx2

    # Browsers take a backslash for a slash, other programs for a part of a name: they would see different hosts.
    if "\\" in address:
        raise AddressError(NOT_AN_ADDRESS)
    try:
        url = httpx2.URL(address)
    except (httpx2.InvalidURL, ValueError):
        raise AddressError(NOT_AN_ADDRESS) from None
    if url.userinfo:
        raise AddressError(NO_LOGIN)
    host = url.raw_host.decode("ascii").removesuffix(".")
    if not _is_host(host) or not (url.port is None or 0 < url.port < 65_536):
        raise AddressError(NOT_AN_ADDRESS)
    return str(url.copy_with(host=host, fragment=None))


def _is_host(host: str) -> bool:
    """Whether this is a name, or an IP address written in the one usual way."""
    return is_number(host) or (NAME.fullmatch(host) is not None and NUMBER.fullmatch(host) is None)


def is_number(host: str) -> bool:
    try:
        return "%" not in host and bool(ip_address(host))
    except ValueError:
        return False


@dataclass(frozen=True)
class Allowed:
    """What may be fetched: the public web, and what the operator lets through besides."""

    names: frozenset[str]
    networks: tuple[Network, ...]

    @classmethod
    def of(cls, entries: Sequence[str]) -> Allowed:
        """:param entries: names of hosts, addresses, or networks such as ``10.1.0.0/16``."""
        networks = [(entry, _network(entry)) for entry in entries]
        names = frozenset(entry.strip().lower().rstrip(".") for entry, network in networks if network is None)
        return cls(names, tuple(network for _, network in networks if network is not None))

    def may_look_up(self, host: str) -> bool:
        return host in self.names or is_number(host) or not _is_inner(host)

    def may_connect(self, host: str, port: int, found: Address) -> bool:
        found = _plain(found)
        if host in self.names or any(found in network for network in self.networks):
            return True
        return port in WEB_PORTS and _is_public(found)


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry.strip(), strict=False)
    except ValueError:
        return None


def _is_inner(name: str) -> bool:
    return "." not in name or name.endswith(tuple(f".{suffix}" for suffix in INNER))


def _plain(address: Address) -> Address:
    """The IPv4 address that is really reached, where an IPv6 address only carries one."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    if isinstance(address, IPv6Address) and address in CARRIES_IPV4:
        return IPv4Address(address.packed[-4:])
    return address


def _is_public(address: Address) -> bool:
    """Global in the sense of IANA's registries, and a single machine.

    Of IPv6 only the part that is given out counts: whatever else there is carries other addresses, or is of the
    inside.
    """
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in NOT_THE_WORLD)
