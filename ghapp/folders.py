"""Folders that nobody else on the machine may look into."""

from pathlib import Path


def private_folder(path: Path) -> None:
    """Make a folder with those above it that are missing, all of them for this user alone.

    Raises:
        OSError: It cannot be made.
    """
    for one in reversed([one for one in (path, *path.parents) if not one.exists()]):
        one.mkdir(mode=0o700, exist_ok=True)
