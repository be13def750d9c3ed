"""Where GitHub's pages and its REST API are: the one follows from the other. Pure.

github.com, GHE.com (`api.<name>.ghe.com`), Enterprise Server (`https://<host>/api/v3`); under any other base, which is
a stand-in, pages and API share it.
"""

from urllib.parse import quote, urlsplit

GITHUB_API = "https://api.github.com"
GITHUB = "https://github.com"
_GHE_COM = ".ghe.com"
_ENTERPRISE_API = "/api/v3"


def web_url(api_url: str) -> str:
    """The address of GitHub's pages, without a final slash, for a value of `GITHUB_API_URL`."""
    base = api_url.rstrip("/")
    if base == GITHUB_API:
        return GITHUB
    host = urlsplit(base).netloc
    if host.startswith("api.") and host.endswith(_GHE_COM):
        return f"https://{host.removeprefix('api.')}"
    return base.removesuffix(_ENTERPRISE_API)


def api_url(address: str) -> str:
    """The value of `GITHUB_API_URL` for the address of a GitHub's pages, as people type it."""
    base = address.strip().rstrip("/").removesuffix(_ENTERPRISE_API)
    parts = urlsplit(base)
    if parts.netloc in {"github.com", "www.github.com", "api.github.com"}:
        return GITHUB_API
    if parts.netloc.endswith(_GHE_COM):
        return f"https://api.{parts.netloc.removeprefix('api.')}"
    return base + _ENTERPRISE_API


def is_enterprise_server(api_url: str) -> bool:
    """Whether it is somebody's own server, which may reach addresses that github.com cannot."""
    return api_url.rstrip("/").endswith(_ENTERPRISE_API)


def new_app_url(api_url: str, organisation: str) -> str:
    """Where a manifest is posted to; `organisation` "": the person's own account.

    https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
    """
    folder = f"/organizations/{quote(organisation, safe='')}" if organisation else ""
    return f"{web_url(api_url)}{folder}/settings/apps/new"


def installation_url(api_url: str, slug: str) -> str:
    """Where an App is installed."""
    folder = "github-apps" if is_enterprise_server(api_url) else "apps"
    return f"{web_url(api_url)}/{folder}/{quote(slug, safe='')}/installations/new"


def apps_url(api_url: str, organisation: str) -> str:
    """Where the Apps of an account are listed."""
    return new_app_url(api_url, organisation).removesuffix("/new")
