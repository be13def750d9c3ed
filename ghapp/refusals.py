"""What GitHub's refusals mean for a job: the errors that `ghapp.github` raises, made from githubkit's."""

from githubkit.exception import GitHubException, RequestError, RequestFailed

from ghapp.limits import Limit

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, GONE, SERVER_ERROR = 401, 403, 404, 410, 500
#: Requests that do no harm when they are sent twice.
REPEATABLE = ("GET", "PATCH", "PUT", "DELETE")
#: Stands in the answer to whatever is asked as an installation that is suspended.
SUSPENDED = "installation has been suspended"


class MissingError(Exception):
    """GitHub answered 404 or 410: it is gone, or this installation may not see it."""


class InstallationGoneError(Exception):
    """The App is uninstalled or suspended: there is nothing to read or write."""


class RefusedError(Exception):
    """GitHub refused a request that we meant to be right; the message holds status and route, no body."""


class LimitedError(Exception):
    """GitHub refused because of a rate limit. Never leaves `ghapp.github`."""

    def __init__(self, limit: Limit) -> None:
        """Keep what GitHub said of it."""
        super().__init__(limit)
        self.limit = limit


def unwrapped(error: GitHubException) -> BaseException:
    """What githubkit wrapped: a limit, or the error of minting a token."""
    inner = getattr(error, "exc", None)
    return inner if isinstance(inner, GitHubException | LimitedError) else error


def may_repeat(error: GitHubException, method: str) -> bool:
    """Whether it is a fault that may pass, of a request that does no harm when it is done twice."""
    inner = unwrapped(error)
    if isinstance(inner, RequestFailed):
        passing = inner.response.status_code >= SERVER_ERROR
    else:
        passing = isinstance(inner, RequestError)
    # When no token was minted, nothing was sent yet.
    return passing and (inner is not error or method in REPEATABLE)


def is_stale_token(error: GitHubException) -> bool:
    """A 401 for a request, not for the minting of its token (that would be a wrong key)."""
    return isinstance(error, RequestFailed) and error.response.status_code == UNAUTHORIZED


def meaning(error: GitHubException, method: str, path: str) -> Exception:
    """What a failure means for the job."""
    inner = unwrapped(error)
    if not isinstance(inner, RequestFailed):
        return error
    status = inner.response.status_code
    if inner is not error and status in (FORBIDDEN, NOT_FOUND):
        return InstallationGoneError(f"no token is given: {status}")
    if status == FORBIDDEN and SUSPENDED in inner.response.text:
        # Its tokens live on, and are refused.
        return InstallationGoneError("it is suspended")
    if status in (NOT_FOUND, GONE):
        return MissingError(f"{method} {path}: {status}")
    return RefusedError(f"{method} {path}: {status}")
