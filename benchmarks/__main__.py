"""Run the benchmarks that are named, or all of them; options go to each: `walk --accounts 500`."""

import argparse
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("[a-z]*.py"))


def main() -> int:
    """Run each benchmark in a process of its own, so that each has its memory to itself."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    cut = next((at for at, word in enumerate(sys.argv) if word.startswith("--")), len(sys.argv))
    own = sys.argv[1:cut] if cut > 1 else []
    is_help = not own and sys.argv[1:2] in (["--help"], ["-h"])
    known = parser.parse_args(sys.argv[1:] if is_help else own)
    unknown = sorted(set(known.names) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    print(f"{platform.platform()}, Python {platform.python_version()}", flush=True)
    return max(_run(name, sys.argv[cut:]) for name in known.names or NAMES)


def _run(name: str, options: list[str]) -> int:
    print(f"\n== {name}", flush=True)
    return subprocess.call([sys.executable, "-m", f"benchmarks.{name}", *options])


if __name__ == "__main__":
    sys.exit(main())
