"""Read a form: every field by what it means, all its problems gathered and shown at once."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from flask import request
from flask_babel import gettext as _
from werkzeug.utils import secure_filename

from billing.money import LARGEST, MINOR, Unfit, UnfitAmountError, show, written

Choice = TypeVar("Choice")
Again = Callable[[list[str]], Any]
"""Shows the page once more, with the problems on it."""
TEXT_MAX = 500
DAYS = range(date(2000, 1, 1).toordinal(), date(2100, 1, 1).toordinal())


class BadInputError(Exception):
    """A form holds what can't be; `again` shows the page with the problems on it."""

    def __init__(self, problems: list[str], again: Again | None = None, status: int = 400) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
        self.again = again
        self.status = status


class Form:
    """The fields that were sent. Ask for each by its kind, then `finish`."""

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self._fields = request.form if fields is None else fields
        self.problems: list[str] = []

    def text(self, name: str, label: str, *, required: bool = True, most: int = TEXT_MAX) -> str:
        """Return a text without the blanks around it."""
        value = self._fields.get(name, "").strip()
        if required and not value:
            self.problems.append(_("%(field)s: fill this in.", field=label))
        if len(value) > most:
            self.problems.append(
                _("%(field)s: at most %(most)s characters.", field=label, most=most)
            )
        if any(ord(one) < 32 and one not in "\r\n\t" for one in value):
            self.problems.append(
                _("%(field)s: holds a character that can't be printed.", field=label)
            )
        return value

    def day(self, name: str, label: str, *, default: date | None = None) -> date:
        """Return a day."""
        value = self._fields.get(name, "").strip()
        if not value and default is not None:
            return default
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if day.toordinal() not in DAYS:
            self.problems.append(
                _("%(field)s: write a day as year-month-day, such as 2026-03-31.", field=label)
            )
        return day

    def money(self, name: str, label: str) -> int:
        """Return a positive amount in whole minor units."""
        try:
            return written(self._fields.get(name, ""))
        except UnfitAmountError as unfit:
            self.problems.append(_unfit(unfit.why, label))
            return 0

    def choice(self, name: str, label: str, among: Mapping[str, Choice]) -> Choice | None:
        """Return one of the choices."""
        value = self._fields.get(name, "")
        if value not in among:
            self.problems.append(_("%(field)s: choose one of those offered.", field=label))
            return None
        return among[value]

    def choices(self, name: str, label: str, among: Collection[str]) -> list[str]:
        """Return those of the choices that were ticked."""
        values = request.form.getlist(name)
        if any(value not in among for value in values):
            self.problems.append(_("%(field)s: choose from those offered.", field=label))
        return [value for value in values if value in among]

    def finish(self, again: Again | None = None) -> None:
        """
        Say whether all is well.

        :raises BadInputError: with every problem, if there are any.
        """
        if self.problems:
            raise BadInputError(self.problems, again)


def _unfit(why: Unfit, label: str) -> str:
    """Return what to say of an amount that can't be taken."""
    if why is Unfit.UNREADABLE:
        return _(
            "%(field)s: write an amount such as 1,234.50, with commas only between thousands.",
            field=label,
        )
    if why is Unfit.DECIMALS:
        return _("%(field)s: write at most %(most)s decimals.", field=label, most=MINOR)
    if why is Unfit.TOO_MUCH:
        return _(
            "%(field)s: at most %(most)s can be kept; look for a digit too many.",
            field=label,
            most=show(LARGEST),
        )
    return _("%(field)s: write an amount above zero, such as 120.50.", field=label)


@contextmanager
def uploaded(name: str = "file", *, again: Again | None = None) -> Iterator[Path]:
    """
    Keep the file that was sent, under its own name, in a folder that goes away afterwards.

    :raises BadInputError: if no file was sent.
    """
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        raise BadInputError([_("Choose a file first.")], again)
    with TemporaryDirectory(prefix="wattledger-upload-") as folder:
        path = Path(folder) / _file_name(sent.filename)
        sent.save(path)
        yield path


def _file_name(sent: str) -> str:
    """Return a name that is safe in our folder and still the file's own as far as can be."""
    base = sent.replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, suffix = base.rpartition(".")
    safe_suffix = secure_filename(suffix)[:12]
    safe_stem = "".join(one for one in (stem or base) if one.isalnum() or one in " ._-()")[:100]
    return f"{safe_stem.strip(' .') or 'file'}{dot and '.'}{safe_suffix}"
