"""The tools that look at all of the code agree, and the wheel is whole."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house import code

LAYERS = "from importlinter.cli import lint_imports_command as lint; lint()"


@pytest.mark.slow
@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(("-m", "ruff", "check", "."), id="lint"),
        pytest.param(("-m", "ruff", "format", "--check", "."), id="form"),
        pytest.param(("-m", "mypy"), id="types"),
        pytest.param(("-c", LAYERS), id="layers"),
    ],
)
def test_the_tools_agree(tool: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, *tool], cwd=code.ROOT, capture_output=True, encoding="utf-8", check=False
    )

    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}", pytrace=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel as a release would, and return the names of the files in it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=code.ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


@pytest.mark.slow
def test_the_wheel_holds_everything_the_program_reads(wheel: set[str]) -> None:
    needed = {
        path.as_posix() for path in code.files() if path.parts[0] in (*code.ROOMS, "migrations")
    }

    assert sorted(needed - wheel) == []


@pytest.mark.slow
def test_the_wheel_holds_nothing_but_the_program(wheel: set[str]) -> None:
    folders = {Path(name).parts[0] for name in wheel}

    assert folders - {*code.ROOMS, "migrations"} == {
        folder for folder in folders if folder.endswith(".dist-info")
    }
    assert not [name for name in wheel if "__pycache__" in name or name.endswith(".db")]
