"""What the demo has done so far, kept beside its files, so that it goes on where it was stopped."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class OtherDemoError(Exception):
    """The folder holds a demo of another seed, size or span."""


class Diary:
    """
    The acts that are done, one a line, in the order in which they were.

    An act is written down after it was done; one that a crash interrupted is done again, and every
    act of the demo may be done twice, for the doors it goes through may.
    """

    def __init__(self, path: Path, heading: Mapping[str, Any]) -> None:
        """
        Open the diary of the demo with the heading, or begin it.

        :raises OtherDemoError: if it is another demo's.
        """
        self._path = path
        first = json.dumps(dict(heading), sort_keys=True)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        if lines and lines[0] != first:
            raise OtherDemoError(
                f"{path.parent} holds another demo ({lines[0]}); choose another folder, or empty it"
            )
        # A line that a crash cut short was not yet an act done.
        self._done = set(lines[1:])
        if not lines:
            self._write(first)

    def has(self, act: str) -> bool:
        """Say whether the act is done."""
        return act in self._done

    def note(self, act: str) -> None:
        """Write down that the act is done."""
        self._done.add(act)
        self._write(act)

    def _write(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            # Not forced onto the disk: what a power cut takes away is only done again.
            file.write(f"{line}\n")


def write_once(path: Path, content: bytes) -> Path:
    """
    Write a file unless it is there, all of it or nothing.

    What was once handed to a door is handed to it again unchanged after a crash.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name}.part")
        scratch.write_bytes(content)
        scratch.replace(path)
    return path
