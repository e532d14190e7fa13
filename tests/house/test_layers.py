"""The core is as large as it can be: what is pure is held to it, and doors stay with their room."""

import tomllib
from functools import cache

import grimp
import pytest

from tests.house import code
from tests.house.test_code import refuse

CORE = "The core touches no file, database, network, clock or framework"
ROOMS = ("config", "meters", "billing", "arrears", "notices")
# Doors own transactions, so a door that called another's would have two.
DOORS = {
    "meters": ("intake", "exchange", "gaps", "rounds", "switching"),
    "billing": ("customers", "run", "cashier", "bank", "corrections", "deposits", "closing"),
    "arrears": ("review", "approval", "holds", "conversion", "crediting"),
}


@cache
def graph() -> grimp.ImportGraph:
    """Return who imports whom."""
    return grimp.build_graph(*ROOMS, "web", include_external_packages=True, cache_dir=None)


def contract(name: str) -> dict[str, list[str]]:
    """Return a contract of pyproject.toml."""
    settings = tomllib.loads((code.ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return next(one for one in contracts if one["name"] == name)


def test_what_is_pure_is_held_to_it() -> None:
    core = contract(CORE)
    forbidden = {name for name in core["forbidden_modules"] if name in graph().modules}
    pure = {
        module.name
        for module in code.of(*ROOMS)
        if module.path.name != "__init__.py"
        and module.name in graph().modules
        and not graph().find_upstream_modules(module.name) & forbidden
    }

    refuse(
        sorted(pure - set(core["source_modules"])),
        "These touch nothing outside; add them to the core's contract in pyproject.toml:",
    )


@pytest.mark.parametrize("room", DOORS)
def test_a_door_calls_no_door_of_a_lower_room(room: str) -> None:
    above = ROOMS[ROOMS.index(room) + 1 :]
    refuse(
        (
            f"{importer} opens {room}.{door}"
            for door in DOORS[room]
            if f"{room}.{door}" in graph().modules
            for importer in sorted(graph().find_modules_that_directly_import(f"{room}.{door}"))
            if importer.partition(".")[0] in above
        ),
        "Use the lower room's store in your own transaction; only the front doors open doors:",
    )
