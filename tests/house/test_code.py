"""The rules of the house that no linter knows. Each failure says what to do."""

import ast
from collections.abc import Iterable, Iterator

import pytest

from tests.house import code
from tests.house.code import Function, Module

LINES_OF_A_FUNCTION = 40
LINES_OF_A_MODULE = 400
# Money and energy are reckoned in these rooms; `notices` and `web` place ink and pixels.
EXACT_ROOMS = ("config", "meters", "billing", "arrears")
# A module is named by what it holds; these names hold anything.
EMPTY_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "managers", "misc"}
EMPTY_ENDINGS = ("Service", "Manager", "Helper", "Helpers", "Util", "Utils", "Mixin")
CLOCKS = {
    ("date", "today"),
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("func", "now"),
    ("func", "current_date"),
    ("func", "current_timestamp"),
    ("time", "localtime"),
    ("time", "time"),
}
CLOCK_MODULE = "web.clock"


def refuse(offenses: Iterable[str], rule: str) -> None:
    """Fail with every offense, and say what to do."""
    found = list(offenses)
    if found:
        pytest.fail("\n".join([rule, *(f"  {offense}" for offense in found)]), pytrace=False)


def test_the_six_rooms_are_there() -> None:
    refuse(
        (room for room in code.ROOMS if not (code.ROOT / room / "__init__.py").is_file()),
        "A room of the house is missing; the order of the rooms is the order of the bill:",
    )


def test_a_function_fits_on_a_screen() -> None:
    refuse(
        (
            f"{module.at(function)}: {function.name} is {lines} lines"
            for module in code.of(*code.ROOMS, "migrations", "")
            if "versions" not in module.path.parts
            for function in module.functions()
            if (lines := _lines(function)) > LINES_OF_A_FUNCTION
        ),
        f"A function is at most {LINES_OF_A_FUNCTION} lines; split it where its thought turns:",
    )


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_a_module_holds_one_idea() -> None:
    refuse(
        (
            f"{module.path}: {lines} lines"
            for module in code.modules()
            if "versions" not in module.path.parts
            and (lines := module.text.count("\n")) > LINES_OF_A_MODULE
        ),
        f"A module is at most {LINES_OF_A_MODULE} lines; give its second idea a file of its own:",
    )


def test_a_module_says_what_it_is_for() -> None:
    refuse(
        (
            str(module.path)
            for module in code.of(*code.ROOMS, "migrations", "")
            if module.tree.body and not ast.get_docstring(module.tree)
        ),
        "Begin the module with one line that says what it is for:",
    )


def test_every_public_function_and_class_says_what_it_does() -> None:
    refuse(
        (
            f"{module.at(node)}: {node.name}"
            for module in code.of(*code.ROOMS, "migrations", "")
            for node in _public(module)
            if not ast.get_docstring(node)
        ),
        'Give it a docstring of one line that completes "This function will ...":',
    )


def _public(module: Module) -> Iterator[Function | ast.ClassDef]:
    for node in module.tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
        # A method that a library calls is explained by the library.
        if isinstance(node, ast.ClassDef) and not node.bases:
            for method in node.body:
                if isinstance(method, Function) and not method.name.startswith("_"):
                    yield method


def test_no_number_of_money_or_energy_is_a_float() -> None:
    refuse(
        (
            f"{module.at(node)}: {ast.unparse(node)}"
            for module in code.of(*EXACT_ROOMS)
            for node in ast.walk(module.tree)
            if _is_float(node)
        ),
        'No float touches money or energy; write Decimal("0.1"), or count in whole minor units:',
    )


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    )


def test_only_the_front_door_reads_the_clock() -> None:
    refuse(
        (
            f"{module.at(node)}: {ast.unparse(node)}"
            for module in code.of(*code.ROOMS, "migrations")
            if module.name != CLOCK_MODULE
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Call) and _reads_clock(node.func)
        ),
        "The day and the moment come in by the front door: take `today` or `now` as an argument "
        f"(in web, ask {CLOCK_MODULE}):",
    )


def _reads_clock(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute):
        return False
    owner = called.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return (name, called.attr) in CLOCKS


def test_names_say_what_is_inside() -> None:
    offenses = [
        f"{module.path}"
        for module in code.modules()
        if EMPTY_NAMES & set(module.path.with_suffix("").parts)
    ]
    offenses += [
        f"{module.at(node)}: {node.name}"
        for module in code.modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_ENDINGS)
    ]
    refuse(offenses, "A name says what is inside; these could hold anything:")


def test_a_store_never_commits() -> None:
    refuse(
        (
            f"{module.at(node)}: {ast.unparse(node)}"
            for module in code.of(*code.ROOMS)
            if module.name.endswith((".store", ".books"))
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("commit", "rollback", "begin")
        ),
        "Doors own the transactions; a store takes a session and leaves the end to them:",
    )


def test_the_house_speaks_no_sql_that_only_one_database_knows() -> None:
    refuse(
        (
            f"{module.at(node)}: from {node.module}"
            for module in code.of(*code.ROOMS)
            if module.name != "config.database"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("sqlalchemy.dialects")
        ),
        "What only one database knows belongs into config/database.py:",
    )


def test_no_test_mocks_our_own_code() -> None:
    refuse(
        (
            f"{module.at(node)}: {ast.unparse(node)}"
            for module in code.of("tests")
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and "mock" in ast.unparse(node).lower().split()[1]
        ),
        "Drive the door with a file, and the outside world with a simulator, instead of mocks:",
    )
