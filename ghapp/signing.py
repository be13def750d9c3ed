"""Signs as the App, with the first of its private keys that GitHub takes: one key can so replace another.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
"""

import functools
import hashlib
import logging
from collections.abc import Generator
from typing import Any

import httpx
from githubkit.auth.app import AppAuth, AppInstallationAuthStrategy
from githubkit.core import GitHubCore

UNAUTHORIZED = 401

log = logging.getLogger("ghapp.signing")


class Keyring:
    """The App's private keys, and which of them signs; one for all requests of a process."""

    def __init__(self, private_keys: tuple[str, ...]) -> None:
        """Begin with the first of them (PEM texts, at least one)."""
        self._keys, self._at = private_keys, 0
        self._warned: set[int] = set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._keys)

    @property
    def current(self) -> str:
        """The key that signs."""
        return self._keys[self._at]

    def refuse(self, private_key: str) -> None:
        """GitHub refused this key: from now on the one after it signs, if no other does already."""
        if private_key != self.current or len(self) == 1:
            return
        if self._at not in self._warned:
            self._warned.add(self._at)
            log.warning("private key %d of %d is refused by GitHub: the next one is tried", self._at + 1, len(self))
        self._at = (self._at + 1) % len(self)


@functools.cache
def keyring(private_keys: tuple[str, ...]) -> Keyring:
    """The process's one keyring of these keys: what was refused is remembered as long as the process lives."""
    return Keyring(private_keys)


class InstallationAuth(AppInstallationAuthStrategy):
    """Access as one installation, by tokens that any of the App's keys may ask for."""

    def __init__(self, app_id: int, keys: Keyring, installation: int) -> None:
        """Prepare; nothing is sent."""
        super().__init__(str(app_id), keys.current, installation)
        self._keys = keys

    def get_auth_flow(self, github: GitHubCore[Any]) -> httpx.Auth:
        """What adds the Authorization header to each request."""
        flow = _Auth(github, self.app_id, self.private_key, installation_id=self.installation_id)
        flow.keys = self._keys
        return flow


class _Auth(AppAuth):
    """githubkit's, with the next key in turn when GitHub does not take what the current one signed."""

    keys: Keyring

    def _get_jwt_cache_key(self) -> str:
        # What one key signed is not to be found by a process that signs with another.
        name = hashlib.sha256(self.private_key.encode()).hexdigest()[:16]
        return f"{super()._get_jwt_cache_key()}:{name}"

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, and before it what it takes to get a token.

        An answer 401 to a JSON web token is passed on only when every key had its turn.
        """
        for left in reversed(range(len(self.keys))):
            self.private_key = self.keys.current
            if not (yield from self._refused(super().sync_auth_flow(request), is_last=left == 0)):
                return

    def _refused(
        self, flow: Generator[httpx.Request, httpx.Response, None], *, is_last: bool
    ) -> Generator[httpx.Request, httpx.Response, bool]:
        """Go through one key's requests; whether GitHub refused its signature and another key is to be tried."""
        sent = next(flow)
        while True:
            response = yield sent
            if response.status_code == UNAUTHORIZED and sent.headers["Authorization"].startswith("Bearer "):
                self.keys.refuse(self.private_key)
                if not is_last:
                    flow.close()
                    return True
            try:
                sent = flow.send(response)
            except StopIteration:
                return False
