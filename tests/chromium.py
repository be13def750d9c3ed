"""Chromium, driven through its own pipes: JSON that ends with a NUL byte, over file descriptors 3 and 4."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: Puts the two ends in their places and becomes Chromium; the child of a process with threads may run nothing else.
LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-pipe",
)


def chromium():
    """Its path, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)


class Browser:
    """One page, `width` by `height` pixels; a context manager."""

    def __init__(self, width=900, height=700):
        self.size = width, height
        self.folder = Path(tempfile.mkdtemp(prefix="ghapp-chromium-"))
        self.asked, self.session, self.unread = 0, None, b""

    def __enter__(self):
        theirs_in, self.out = os.pipe()
        self.back, theirs_out = os.pipe()
        # Above 4, so that neither is overwritten before it is in its place.
        ends = [os.dup2(one, 90 + place) for place, one in enumerate((theirs_in, theirs_out))]
        size = f"--window-size={self.size[0]},{self.size[1]}"
        command = [sys.executable, "-c", LAUNCH, *map(str, ends), chromium(), *OPTIONS, size]
        self.process = subprocess.Popen(
            [*command, f"--user-data-dir={self.folder}", "about:blank"],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for one in (theirs_in, theirs_out, *ends):
            os.close(one)
        targets = self.wait(lambda: [t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page"])
        attached = self.ask("Target.attachToTarget", targetId=targets[0]["targetId"], flatten=True)
        self.session = attached["sessionId"]
        metrics = {"width": self.size[0], "height": self.size[1], "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **metrics)
        return self

    def __exit__(self, *_):
        os.close(self.out)
        self.process.terminate()
        self.process.wait(20)
        os.close(self.back)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, method, **params):
        """The result of one command; events meanwhile are passed over."""
        self.asked += 1
        sent = {"id": self.asked, "method": method, "params": params}
        if self.session:
            sent["sessionId"] = self.session
        os.write(self.out, json.dumps(sent).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.asked:
                assert "result" in answer, answer
                return answer["result"]

    def read(self):
        while b"\0" not in self.unread:
            part = os.read(self.back, 1 << 20)
            assert part, "Chromium ended"
            self.unread += part
        one, _, self.unread = self.unread.partition(b"\0")
        return json.loads(one)

    def wait(self, condition, seconds=40):
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, (
                f"not within {seconds} s, at {self.session and self.js('location.href')}"
            )
            time.sleep(0.1)
        return value

    def js(self, expression):
        """The value of an expression in the page; None while it is being left."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    def open(self, url):
        self.ask("Page.navigate", url=url)
        self.loaded()

    def loaded(self):
        self.wait(lambda: self.js("document.readyState") == "complete" and self.js("location.href") != "about:blank")

    def heading(self, words):
        """Wait for the page whose first heading has these words."""
        self.wait(lambda: words in (self.js("document.querySelector('h1')?.innerText") or ""))
        self.loaded()

    def fill(self, name, value):
        self.js(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")

    def choose(self, name, value):
        self.js(f"document.querySelector('[name={name}][value={json.dumps(value)}]').click()")

    def press(self, selector="button, a.button"):
        """Click like a person: where the element is on the screen."""
        self.js(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        middle = "(b => [b.x + b.width / 2, b.y + b.height / 2])"
        box = self.js(f"{middle}(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def picture(self, path):
        """What is on the screen from the top, without the empty part below."""
        self.js("scrollTo(0, 0)")
        end = self.js("Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)")
        clip = {"x": 0, "y": 0, "width": self.size[0], "height": min(self.size[1], end), "scale": 1}
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png", clip=clip)["data"]))
