"""The code of the house, read once, for the rules that look at it."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "meters", "billing", "arrears", "notices", "web")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """Return the top folder that the file is in."""
        return self.path.parts[0] if len(self.path.parts) > 1 else ""

    @property
    def name(self) -> str:
        """Return the name by which the file is imported."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def functions(self) -> Iterator[Function]:
        """Yield every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def at(self, node: ast.expr | ast.stmt) -> str:
        """Return where the node stands, as an editor understands it."""
        return f"{self.path.as_posix()}:{node.lineno}"


@cache
def files() -> tuple[Path, ...]:
    """Return the files of the project: those git keeps, or would if they were added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if listed.returncode == 0:
        names = [Path(name) for name in listed.stdout.split("\0") if name]
    else:  # A source archive: all of it is the project's.
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


@cache
def modules() -> tuple[Module, ...]:
    """Return every Python file of the project."""
    return tuple(_read(path) for path in files() if path.suffix == ".py")


def of(*rooms: str) -> tuple[Module, ...]:
    """Return the Python files of the rooms."""
    return tuple(module for module in modules() if module.room in rooms)


def _read(path: Path) -> Module:
    text = (ROOT / path).read_text("utf-8")
    return Module(path, text, ast.parse(text, str(path)))
