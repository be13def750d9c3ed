"""What is asked of GitHub, in which order, and which checks look at the answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ghapp.doctor import api, grants, hook
from ghapp.doctor.check import MOST_LINES, Check, failure, good, warning
from ghapp.doctor.settings import Environment
from ghapp.doctor.wanted import wanted
from ghapp.github_probe import Probe, Said, UnreachableError
from ghapp.settings import Settings

#: How many installations are looked at: two requests each are made for their limits.
MOST_INSTALLATIONS = 20
#: A tenth of an hour's requests.
LOW_SHARE = 0.1
DELIVERIES = 50
#: Also what Enterprise Server answers where rate limits are off.
MISSING = 404


def site_checks(environment: Environment, until: float) -> Iterator[Check]:
    """Everything that GitHub knows.

    Args:
        environment: Checks that would need a wrong variable are left out.
        until: When the last answer must be there, by `time.monotonic`.
    """
    settings = environment.settings
    credentials = None if environment.is_wrong("APP_ID", "PRIVATE_KEY") else settings.credentials
    yield from api.key_checks(credentials)
    if environment.is_wrong("GITHUB_API_URL"):
        return
    found: list[Check] = []
    reached = api.reach(settings.github_api_url, credentials, until, found)
    yield from found
    if reached is not None:
        yield from _Visit(reached.probe, settings).checks(reached.app)


@dataclass(frozen=True, slots=True)
class _Visit:
    """As the App, where GitHub knows it."""

    probe: Probe
    settings: Settings

    def checks(self, app: Said) -> Iterator[Check]:
        yield from grants.app_checks(app.body, wanted())
        try:
            listed = self.probe.get("/app/installations", {"per_page": 100})
            if listed.is_good:
                places = [grants.place_of(row) for row in listed.body]
                more = "next" in listed.headers.get("link", "")
                yield from grants.installation_checks(app.body, places, wanted(), more=more)
                yield from grants.served_checks(places, self.settings.allowed_accounts, more=more)
            else:
                yield _odd("installations.present", listed)
                places = []
            yield from self._hook()
            yield from self._limits([place for place in places if not place.suspended][:MOST_INSTALLATIONS])
        except UnreachableError as error:
            yield failure("api.answers", api.URL, api.unreachable(self.settings.github_api_url, error.trouble))

    def _hook(self) -> Iterator[Check]:
        config = self.probe.get("/app/hook/config")
        if config.is_good or config.status == MISSING:
            yield from hook.config_checks(config.body if config.is_good else {}, self.settings.github_api_url)
        else:
            yield _odd("hook.url", config)
        deliveries = self.probe.get("/app/hook/deliveries", {"per_page": DELIVERIES})
        if deliveries.is_good:
            yield from hook.delivery_checks(deliveries.body)
        else:
            yield _odd("hook.deliveries", deliveries)

    def _limits(self, places: Sequence[grants.Place]) -> Iterator[Check]:
        low: list[Check] = []
        for place in places:
            said = self.probe.get("/rate_limit", installation=place.id)
            if said.is_good:
                low += _low(place.account, said.body["resources"]["core"])
            elif said.status != MISSING:
                low.append(_odd("limits.requests", said, place.account))
        yield from low[:MOST_LINES]
        if places and not low:
            yield good("limits.requests", "installation", "enough left")


def _low(account: str, core: Mapping[str, int]) -> list[Check]:
    left, limit = core["remaining"], core["limit"]
    if left > limit * LOW_SHARE:
        return []
    fix = f"{left} of {limit} requests are left in this hour: at 0 work there waits. Raise GHAPP_REPAIR_INTERVAL."
    return [warning("limits.requests", account, fix)]


def _odd(check: str, said: Said, name: str = api.URL) -> Check:
    return failure(check, name, f"GitHub answers {said.status} ({said.message or 'no reason'}): try again later.")
