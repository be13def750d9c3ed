"""Makes docs/card.png and docs/digest.png from what `make demo` wrote, with Chromium: `make pictures`."""

import subprocess
import sys
import tempfile
from pathlib import Path

from ghapp.markdown import Part, page

#: Picture, the Markdown it shows, its heading, width and height in pixels.
PICTURES = (
    ("card.png", "card.md", "ghapp commented", 900, 690),
    ("digest.png", "digest.md", "ghapp opened an issue", 900, 1100),
)
DOCS = Path(__file__).parent
DEMO = DOCS.parent / "build" / "demo"


def main() -> None:
    """Write each picture."""
    for picture, source, heading, width, height in PICTURES:
        text = (DEMO / source).read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            shown = Path(folder) / "page.html"
            shown.write_text(page("", [Part(heading, text)]), encoding="utf-8")
            options = (
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--no-first-run",
                "--virtual-time-budget=2000",
            )
            size = (f"--window-size={width},{height}", f"--screenshot={DOCS / picture}", f"--user-data-dir={folder}/c")
            subprocess.run([sys.argv[1], *options, *size, shown.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
