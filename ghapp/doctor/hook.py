"""Checks of the webhook: where GitHub sends deliveries, and how the last ones were answered."""

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ghapp.doctor.check import Check, failure, good, warning

PAGE = "on the App's settings page"
#: What to do about an answer, by its status; 0: there was none.
FIXES = {
    0: (
        "webhook URL",
        "no answer within 10 s: look whether the server runs and GitHub reaches it (DNS, TLS, firewall)",
    ),
    400: ("webhook content type", f"the body was not understood: set the content type to application/json {PAGE}"),
    401: ("WEBHOOK_SECRET", f"it differs from the secret {PAGE}: set both to the same"),
    404: ("webhook URL", f"its path is not ours: it ends in /webhook {PAGE}"),
    405: ("webhook URL", f"its path is not ours: it ends in /webhook {PAGE}"),
    413: ("webhook URL", "something before the server takes no bodies of 25 MB: raise its limit"),
    502: ("webhook URL", "the proxy before it found no server: look whether `ghapp web` runs, and on which port"),
    503: ("REDIS_URL", "the server had no Redis, or no credentials: look at both above"),
    504: ("webhook URL", "the proxy before it waited in vain: look whether `ghapp web` runs"),
}


def config_checks(config: Mapping[str, Any], api_url: str) -> Iterator[Check]:
    """Whether the webhook's settings (`GET /app/hook/config`) can work.

    Args:
        config: As GitHub shows it.
        api_url: Of GitHub. One on this machine reaches what others do not.
    """
    yield _address(str(config.get("url") or ""), is_near=_is_local(_parts(api_url)))
    if not config.get("url"):
        return
    if config.get("content_type") == "json":
        yield good("hook.content-type", "webhook content type", "json")
    else:
        fix = f"It is {config.get('content_type')!r} and would be answered 400: set it to application/json {PAGE}."
        yield failure("hook.content-type", "webhook content type", fix)
    if str(config.get("insecure_ssl") or "0") == "0":
        yield good("hook.ssl", "webhook SSL verification", "on")
    else:
        yield warning("hook.ssl", "webhook SSL verification", f"Anybody could receive deliveries: enable it {PAGE}.")


def _address(url: str, *, is_near: bool) -> Check:
    check, name, parts = "hook.url", "webhook URL", _parts(url)
    if not url:
        return failure(
            check, name, f"There is none, so nothing is sent: set https://<your host>/webhook {PAGE}, Active."
        )
    if parts is None or not parts.hostname:
        return failure(check, name, f"It is no address: set https://<your host>/webhook {PAGE}.")
    if _is_local(parts) and not is_near:
        fix = f"GitHub cannot reach {parts.hostname}: set a public address {PAGE}, or forward (gh webhook forward)."
        return failure(check, name, fix)
    if not parts.path.endswith("/webhook"):
        return failure(check, name, f"Its path is {parts.path or '/'!r}: it must end in /webhook {PAGE}.")
    if parts.scheme != "https" and not is_near:
        return warning(
            check, name, f"Deliveries are sent in the clear: serve {parts.hostname} by https, and set that {PAGE}."
        )
    return good(check, name, f"{parts.scheme}://{parts.hostname}{parts.path}")


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _is_local(parts: SplitResult | None) -> bool:
    host = (parts.hostname if parts else None) or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))
    return address.is_loopback or address.is_link_local or address.is_unspecified


def delivery_checks(rows: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """How the last deliveries (`GET /app/hook/deliveries`, newest first) were answered.

    What failed once and was taken later is done. What failed while newer ones were taken is asked for again by itself.
    """
    if not rows:
        fix = (
            f"None in the last days, not even a failed one: look whether Active is ticked {PAGE}, then push something."
        )
        yield warning("hook.deliveries", "webhook", fix)
        return
    taken = {row["guid"] for row in rows if _status(row) // 100 == 2}  # noqa: PLR2004 - HTTP
    guids = {row["guid"] for row in rows}
    last = {row["guid"]: _status(row) for row in reversed(rows) if row["guid"] not in taken}
    newest_fails = rows[0]["guid"] not in taken
    for status, count in Counter(last.values()).most_common():
        name, fix = FIXES.get(status, ("webhook URL", "look at the App's Advanced page for what answered"))
        said = f"{count} of the last {len(guids)} deliveries were answered {status or 'by nobody'}: {fix}."
        if newest_fails and status == _status(rows[0]):
            yield failure("hook.deliveries", name, said)
        else:
            yield warning("hook.deliveries", name, f"{said} Newer ones arrived; these are asked for again.")
    if not last:
        yield good("hook.deliveries", "webhook", f"{len(guids)}, all answered")


def _status(row: Mapping[str, Any]) -> int:
    return int(row.get("status_code") or 0)
