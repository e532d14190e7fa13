"""A demo that says what it is at, to be killed: python -m tests.journeys.killed_demo FOLDER N M."""

import sys
from pathlib import Path

from web.demo import driver

if __name__ == "__main__":
    driver.run(
        Path(sys.argv[1]),
        accounts=int(sys.argv[2]),
        months=int(sys.argv[3]),
        progress=lambda what, *_: print(what, flush=True),
    )
