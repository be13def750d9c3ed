"""Which addresses GitHub can send webhooks to. Pure: no name is looked up."""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from ghapp.web_links import is_enterprise_server

#: Names that mean this machine or this network, whatever a resolver says.
LOCAL_NAMES = ("localhost", "local", "internal", "lan", "home.arpa", "test", "invalid")
#: https://www.rfc-editor.org/rfc/rfc3986#section-2
NOT_IN_URLS = '"<>\\^`{|}'
NO_ADDRESS = "Give a complete address, such as https://ghapp.example.com/webhook, without user name and fragment."
NOT_ENCRYPTED = "Give an address that begins with https://: what arrives there is your code's."
LOCAL = "GitHub cannot reach this address: it is of this machine or of a private network."


def webhook_url(typed: str) -> str:
    """The webhook's address of what was typed: a server alone gets the receiver's path."""
    text = typed.strip()
    parts = _split(text)
    return f"{text.rstrip('/')}/webhook" if parts is not None and parts.path in ("", "/") and not parts.query else text


def refusal(url: str, api_url: str) -> str:
    """Why GitHub would refuse a webhook's address; "" when it would not.

    An Enterprise Server may be in the private network itself, and a GitHub on this machine reaches this machine.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("https", "http") or parts.username is not None or parts.fragment:
        return NO_ADDRESS
    github = _split(api_url)
    near = github is not None and is_local(github.hostname or "")
    if near:
        return ""
    if is_enterprise_server(api_url):
        return LOCAL if is_this_machine(parts.hostname or "") else ""
    if is_local(parts.hostname or ""):
        return LOCAL
    return "" if parts.scheme == "https" else NOT_ENCRYPTED


def is_local(host: str) -> bool:
    """Whether a host is this machine or of a private network."""
    address = _ip(host)
    if address is not None:
        return not address.is_global
    name = host.lower().rstrip(".")
    return "." not in name or any(name.endswith(f".{one}") for one in LOCAL_NAMES)


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine, seen from itself."""
    address = _ip(host)
    name = host.lower().rstrip(".")
    named = name == "localhost" or name.endswith(".localhost")
    return named or (address is not None and (address.is_loopback or address.is_unspecified))


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        # The short and hexadecimal forms that browsers and servers take, too: 127.1, 0x7f000001.
        found = ipaddress.ip_address(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, UnicodeEncodeError):
        try:
            found = ipaddress.ip_address(host)
        except ValueError:
            return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _split(url: str) -> SplitResult | None:
    """Its parts; None when it names no host."""
    try:
        parts = urlsplit(url)
        # Reading it is what checks it.
        _ = parts.port
    except ValueError:
        return None
    whole = parts.hostname and not any(one in NOT_IN_URLS or one.isspace() or not one.isprintable() for one in url)
    return parts if whole else None
