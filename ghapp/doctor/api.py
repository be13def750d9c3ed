"""Checks of the way to GitHub: the key, the address, the API's version, the clock, and who we are to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from urllib.request import getproxies

from ghapp.doctor.check import Check, failure, good, warning
from ghapp.github import API_VERSION
from ghapp.github_probe import Probe, Said, Trouble, UnreachableError, key_fault
from ghapp.settings import Credentials

URL = "GITHUB_API_URL"
#: Seconds by which our clock may be wrong before somebody should know, and before GitHub refuses what we sign: it is
#: dated a minute back.
#: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
SKEW_KNOWN, SKEW_REFUSED = 10, 60
GONE, BAD, UNAUTHORIZED, SERVER_ERROR = 410, 400, 401, 500

_FIXES: dict[Trouble, str] = {
    "name": "{host} has no address: look for a typing error, and at this machine's DNS.",
    "connection": "No connection to {host}: look at the port, firewalls, and whether a proxy is needed (HTTPS_PROXY).",
    "certificate": "{host} has no certificate that is trusted here: install its authority's "
    "(SSL_CERT_FILE names a file), and look whether it is https or http.",
    "proxy": "The proxy does not let us to {host}: look at {proxies}.",
    "silence": "{host} does not answer within 10 s: look at firewalls, and whether a proxy is needed (HTTPS_PROXY).",
    "time": "{host} was not asked: what came before took too long.",
    "other": "Asking {host} failed: look at the address.",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """GitHub knows us.

    Attributes:
        app: `GET /app`, as it answered.
        probe: Asks on as the App.
    """

    app: Said
    probe: Probe


def keys_of(credentials: Credentials | None) -> tuple[str, ...]:
    """The App's private keys, in the order they are tried."""
    return credentials.private_keys if credentials else ()


def key_checks(credentials: Credentials | None) -> Iterator[Check]:
    """Whether each private key is one."""
    faults = [key_fault(key) for key in keys_of(credentials)]
    for number, fault in enumerate(faults, 1):
        which = f"PRIVATE_KEY {number} of {len(faults)}" if len(faults) > 1 else "PRIVATE_KEY"
        if fault:
            fix = f"It cannot sign: {fault}. Generate a new one on the App's settings page, and give the .pem whole."
            yield failure("app.key", which, fix)
        else:
            yield good("app.key", which)


def reach(url: str, credentials: Credentials | None, until: float, found: list[Check]) -> Reached | None:
    """Ask `GET /app` with each key; what is found is appended. None: GitHub is not there or does not know us."""
    identities = (
        [(credentials.app_id, key) for key in keys_of(credentials) if not key_fault(key)] if credentials else []
    )
    reached: Reached | None = None
    for number, identity in enumerate([*identities] or [None], 1):
        probe = Probe(url, identity, until)
        try:
            said = probe.get("/app" if identity else "/meta")
        except UnreachableError as error:
            found.append(failure("api.reachable", URL, unreachable(url, error.trouble)))
            return None
        if number == 1:
            found += address_checks(url, said)
        if not said.is_api:
            return None
        if identity is not None:
            found += identity_checks(said, f"PRIVATE_KEY {number}" if len(identities) > 1 else "PRIVATE_KEY")
            reached = Reached(said, probe) if said.is_good and reached is None else reached
    if reached is not None:
        # While one key replaces another, one that is taken is enough.
        found[:] = [replace(one, status="warn") if one.check == "app.identity" and one.fix else one for one in found]
    return reached


def unreachable(url: str, trouble: Trouble) -> str:
    """What to do about it."""
    proxies = " and ".join(f"{name.upper()}_PROXY" for name in getproxies() if name != "no") or "HTTPS_PROXY"
    return _FIXES[trouble].format(host=_host(url), proxies=proxies)


def address_checks(url: str, said: Said) -> Iterator[Check]:
    """Whether it is GitHub's API, in a version that we speak, and whether its clock agrees with ours."""
    if not said.is_api:
        yield failure(
            "api.reachable", URL, f"{_host(url)} answers {said.status}, but not as GitHub's API: {_hint(url)}"
        )
        return
    enterprise = said.headers.get("x-github-enterprise-version")
    yield good("api.reachable", URL, f"{_host(url)}{f', Enterprise Server {enterprise}' if enterprise else ''}")
    if said.status == GONE or (said.status == BAD and "version" in said.message.lower()):
        yield failure("api.version", f"X-GitHub-Api-Version {API_VERSION}", "GitHub no longer speaks it: update ghapp.")
    else:
        yield good("api.version", f"X-GitHub-Api-Version {API_VERSION}")
    if said.ahead is not None:
        yield clock_check(said.ahead)


def _hint(url: str) -> str:
    if _host(url).removeprefix("www.") == "github.com":
        return "for github.com set https://api.github.com, or unset it."
    if not urlsplit(url).path.endswith("/api/v3"):
        return "for Enterprise Server set https://<host>/api/v3, with that path."
    return "look at the host, and at what stands between (proxy, sign-in page)."


def clock_check(ahead: float) -> Check:
    """Whether GitHub's clock, `ahead` of ours by so many seconds, agrees with it."""
    if abs(ahead) <= SKEW_KNOWN:
        return good("api.clock", "clock")
    said = f"This machine's clock is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} GitHub's"
    if abs(ahead) > SKEW_REFUSED:
        return failure("api.clock", "clock", f"{said}, so what we sign is refused: set it, and keep it by NTP.")
    return warning("api.clock", "clock", f"{said}; from {SKEW_REFUSED} s on we are refused: keep it by NTP.")


def identity_checks(said: Said, key: str) -> Iterator[Check]:
    """Whether GitHub takes what we sign as the App's."""
    check, message = "app.identity", said.message.lower()
    if said.is_good:
        yield good(check, f"APP_ID, {key}", str(said.body.get("slug") or ""))
    elif "claim" in message:
        yield failure(check, "clock", "GitHub finds our signature's dates wrong: set this machine's clock (NTP).")
    elif "integration" in message:
        yield failure(
            check, "APP_ID", "GitHub has no App of this number: set it to the App ID on the App's settings page."
        )
    elif said.status == UNAUTHORIZED:
        fix = "GitHub refuses its signature: it belongs to another App than APP_ID, or was deleted. Generate a new one."
        yield failure(check, key, fix)
    elif said.status >= SERVER_ERROR:
        yield failure(check, URL, f"GitHub answers {said.status}: look at its status page, and try again.")
    else:
        yield failure(check, "APP_ID", f"GitHub answers {said.status} to GET /app: look at APP_ID and {key}.")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"
