"""The demo's SMS provider: `python -m web.demo.provider` plays it until its input ends."""

import subprocess
import sys
from typing import Self

from notices.simulator import Simulator
from web import clock

# Nobody's: the simulator is given the same, and nobody else is asked.
ACCOUNT = f"AC{'0' * 32}"
TOKEN = "nobody's"  # noqa: S105
SENDER = f"MG{'1' * 32}"


class Provider:
    """The provider in a process of its own, as a real one is; `origin` is where it answers."""

    def __init__(self) -> None:
        # -P: a folder of ours in which the demo is run may have a `web` of somebody else's.
        self._process = subprocess.Popen(  # noqa: S603  Our own words only.
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self._process.stdout is not None, "it was asked for"
        self.origin = self._process.stdout.readline().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close its input, and wait until it has reported what was left to report."""
        self._process.communicate()


def main() -> None:
    """Play the provider; whatever becomes of who started it, its input ends, and so does this."""
    with Simulator(ACCOUNT, TOKEN, clock=clock.now) as simulator:
        print(simulator.origin, flush=True)  # noqa: T201
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
