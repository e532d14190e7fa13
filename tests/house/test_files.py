"""The rules for files that are not code: settings that ship, translations, words that must not."""

import re
import tomllib
from decimal import Decimal
from importlib import metadata
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house import code
from tests.house.test_code import refuse

TOML = [path for path in code.files() if path.suffix == ".toml" and path.parts[0] in code.ROOMS]
CATALOGS = [path for path in code.files() if path.suffix == ".po"]
# Written apart, so that this file may be searched as well.
HOSTS = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(?:org|com)"))
)
MACHINES = re.compile(r"(?<![\w./~-])/(?:root|work|home/\w+|Users/\w+)/|[A-Z]:\\Users\\")
OTHERS = ("web/static/vendor/", "notices/fonts/", "tests/cases/")


@pytest.mark.parametrize("path", TOML, ids=Path.as_posix)
def test_a_shipped_file_is_toml_with_exact_numbers(path: Path) -> None:
    tomllib.loads((code.ROOT / path).read_text("utf-8"), parse_float=Decimal)


@pytest.mark.parametrize("path", CATALOGS, ids=Path.as_posix)
def test_a_catalog_is_complete_and_compiled(path: Path) -> None:
    with (code.ROOT / path).open("rb") as file:
        catalog = read_po(file)
    missing = [message.id for message in catalog if message.id and _is_missing(message.string)]
    doubtful = [message.id for message in catalog if message.id and message.fuzzy]
    assert not missing, f"{path}: translate these: {missing[:10]}"
    assert not doubtful, f"{path}: look at these and take the mark `fuzzy` away: {doubtful[:10]}"

    compiled = code.ROOT / path.with_suffix(".mo")
    assert compiled.is_file(), f"compile {path} with pybabel"
    with compiled.open("rb") as file:
        ready = read_mo(file)
    said = {_first(message.id): _forms(message.string) for message in ready}
    stale = [m.id for m in catalog if m.id and said.get(_first(m.id)) != _forms(m.string)]
    assert not stale, f"{compiled.name} is older than {path.name}; compile it: {stale[:10]}"


def _first(identity: str | tuple[str, ...] | list[str]) -> str:
    return identity if isinstance(identity, str) else identity[0]


def _forms(translation: str | tuple[str, ...] | list[str]) -> list[str]:
    return [translation] if isinstance(translation, str) else list(translation)


def _is_missing(translation: str | tuple[str, ...] | list[str]) -> bool:
    return not translation if isinstance(translation, str) else not all(translation)


def test_nothing_names_a_machine_or_a_package_index() -> None:
    offenses = []
    for path in code.files():
        if path.as_posix().startswith(OTHERS):
            continue
        try:
            text = (code.ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue  # A picture, a font.
        offenses += [
            f"{path.as_posix()}:{number}: {found[0]}"
            for number, line in enumerate(text.splitlines(), 1)
            if (found := HOSTS.search(line) or MACHINES.search(line))
        ]
    refuse(offenses, "Say it without the name of a machine's folder or a package index:")


def test_the_lock_pins_everything_that_is_installed() -> None:
    pins = dict(
        line.split("==")
        for line in (code.ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if "==" in line and not line.startswith("#")
    )
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    offenses = [
        f"{name} {version}: the lock says {pinned.get(name, 'nothing')}"
        for name, version in sorted(_needed().items())
        if pinned.get(name) != version
    ]
    refuse(offenses, "What is installed is not what is locked; run `python3 run.py setup` or lock:")


def _needed() -> dict[str, str]:
    """Return what the project needs on this machine, direct or not, and the version it has."""
    needed: dict[str, str] = {}
    asked = [Requirement("wattledger[dev,postgres]")]
    while asked:
        requirement = asked.pop()
        name = canonicalize_name(requirement.name)
        if name in needed:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # A PostgreSQL in a wheel isn't to be had everywhere.
        needed[name] = distribution.version
        for line in distribution.requires or ():
            further = Requirement(line)
            marker = further.marker
            extras = requirement.extras or {""}
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                asked.append(further)
    del needed["wattledger"]
    return needed
