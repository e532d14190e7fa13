"""What is wrong with a file from outside: where, what, and what would be right."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file or with a row of it; row 0 is the file as a whole."""

    row: int
    code: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}"


class RefusedFileError(Exception):
    """
    A file cannot be taken in at all, and nothing of it has been.

    Its text has a line for each problem, in the form `file:line: what is wrong; what would be
    right`.
    """

    def __init__(self, file_name: str, problems: Sequence[Problem]) -> None:
        self.file_name = file_name
        self.problems = tuple(problems)
        super().__init__("\n".join(_line(shown(file_name), problem) for problem in self.problems))

    @property
    def code(self) -> str:
        """The code of the first problem, which is the one to mend first."""
        return self.problems[0].code


def shown(name: str) -> str:
    """Return a file's name as it may be printed: whatever cannot be seen is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _line(name: str, problem: Problem) -> str:
    return f"{name}:{problem.row}: {problem}" if problem.row else f"{name}: {problem}"
