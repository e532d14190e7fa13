"""
A real browser for the tests: Chromium or one of its kin, found or installed.

`CHROMIUM` names the program to use. Without it the PATH and the usual places are searched, then
what Playwright has downloaded. `python3 run.py test` installs one where none is found.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ADDRESS = "CHROMIUM"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
USUAL_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
REMEDY = (
    f"Install Chromium (`python3 run.py test` does), or set {ADDRESS} to the path of a browser of "
    "its family."
)


class NoBrowserError(Exception):
    """No browser could be had; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's program, and where it was found."""

    path: Path
    source: str


def find() -> Browser:
    """
    Return the browser the tests will use.

    :raises NoBrowserError: if there is none.
    """
    named = os.environ.get(ADDRESS)
    if named and not Path(named).is_file():
        raise NoBrowserError(f"{ADDRESS} names {named}, which is not a file. {REMEDY}")
    browser = next(_candidates(), None)
    if browser is None:
        raise NoBrowserError(f"no browser was found. {REMEDY}")
    return browser


def describe() -> str:
    """Say in one line which browser the tests will use, without starting it."""
    try:
        browser = find()
    except NoBrowserError as trouble:
        return f"{trouble} The tests that need one will fail."
    return f"{browser.path} from {browser.source}"


def launch_arguments() -> list[str]:
    """Return the switches a browser needs on this machine."""
    # Chromium's sandbox refuses to run as root, as in a container.
    is_root = sys.platform != "win32" and os.geteuid() == 0
    return ["--no-sandbox"] if is_root else []


def _candidates() -> Iterator[Browser]:
    named = os.environ.get(ADDRESS)
    if named:
        yield Browser(Path(named), ADDRESS)
    for name in NAMES:
        path = shutil.which(name)
        if path:
            yield Browser(Path(path), "the PATH")
    for place in USUAL_PLACES:
        if Path(place).is_file():
            yield Browser(Path(place), "the system")
    downloaded = _downloaded()
    if downloaded is not None:
        yield Browser(downloaded, "Playwright's download")


def _downloaded() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def starts(browser: Browser) -> bool:
    """Tell whether the browser really runs on this machine, and isn't a stub that only says so."""
    command = [browser.path, *launch_arguments(), "--headless", "--dump-dom", "about:blank"]
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    try:
        find()
        one = next(browser for browser in _candidates() if starts(browser))
    except NoBrowserError as trouble:
        sys.exit(str(trouble))
    except StopIteration:
        sys.exit(f"a browser was found, but none starts. {REMEDY}")
    print(one.path, one.source, sep="\t")
