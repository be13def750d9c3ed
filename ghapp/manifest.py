"""`app.yml`, the App's manifest: which permissions and events it asks for."""

from pathlib import Path
from typing import Any

import yaml

#: Beside the package in a clone, inside of it when installed.
PLACES = (Path(__file__).parent.parent / "app.yml", Path(__file__).parent / "app.yml")


def manifest() -> dict[str, Any]:
    """The manifest as the file has it, with the addresses of nobody's server.

    https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
    """
    path = next(path for path in PLACES if path.exists())
    return yaml.safe_load(path.read_text(encoding="utf-8"))
