"""What notices are written on and with: the supplier's file and the wordings, both languages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from config.dated import PACKAGED
from notices.figures import LANGUAGES
from notices.notice import NAMES, PLACES, Sender
from notices.sheets import BILL_NAMES, RECEIPT_NAMES
from notices.supplier import BadSupplierError, Supplier, parse_supplier
from notices.wording import BadWordingError, Wording, Words, fill, parse_wording

BILL, RECEIPT = "bill", "receipt"
_NAMES = {str(kind): names for kind, names in NAMES.items()} | {
    BILL: BILL_NAMES,
    RECEIPT: RECEIPT_NAMES,
}
_PLACES = {str(kind): places for kind, places in PLACES.items()}


class BadStationeryError(Exception):
    """The supplier's file or a wording can't be used; the message lists every problem."""


@dataclass(frozen=True, slots=True)
class Stationery:
    """The supplier, and the wording of each kind of paper in each language."""

    supplier: Supplier
    wordings: Mapping[tuple[str, str], Wording]

    def wording(self, language: str, kind: str) -> Wording:
        """Return the wording of a kind of notice, of the bill or the receipt, in a language."""
        return self.wordings[language, kind]

    def words(self, language: str, kind: str, facts: Mapping[str, str]) -> Words:
        """
        Return the words of a paper, with its title in the other language.

        :raises MissingFactsError: if the wording can't do without a fact that is absent.
        """
        other = next(one for one in LANGUAGES if one != language)
        words = fill(self.wordings[language, kind], facts)
        return replace(words, other_title=self.wordings[other, kind].title)

    def sender(self, language: str) -> Sender:
        """Return what a notice says of the supplier in a language."""
        head = self.supplier.letterhead(language)
        return Sender(
            name=head.name,
            short_name=head.short_name,
            address=head.address,
            hotline=self.supplier.hotline,
            complaints=self.supplier.complaints,
        )


def read(folder: Path | None = None) -> Stationery:
    """
    Read the supplier's file and every wording, each from the folder or, if absent, the package.

    :param folder: the supplier's own configuration folder.
    :raises BadStationeryError: with every problem of every file; nothing is half taken.
    """
    problems: list[str] = []
    supplier = _supplier(folder, problems)
    wordings = {}
    for language in LANGUAGES:
        for kind in _NAMES:
            wording = _wording(folder, language, kind, problems)
            if wording is not None:
                wordings[str(language), str(kind)] = wording
    problems += _strangers(folder)
    if problems or supplier is None:
        raise BadStationeryError("\n".join(problems))
    return Stationery(supplier, wordings)


def _found(folder: Path | None, name: str) -> Path | None:
    roots = (PACKAGED,) if folder is None else (folder, PACKAGED)
    return next((root / name for root in roots if (root / name).is_file()), None)


def _text(path: Path | None, name: str, problems: list[str]) -> str | None:
    if path is None:
        problems.append(f"{name}: there is no such file; copy the shipped one and change it")
        return None
    try:
        return path.read_text("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        problems.append(f"{name}: not UTF-8 text ({problem.reason}); save it as UTF-8")
        return None


def _supplier(folder: Path | None, problems: list[str]) -> Supplier | None:
    name = "supplier.toml"
    text = _text(_found(folder, name), name, problems)
    if text is None:
        return None
    try:
        # Decimal, not float: a balance read as 0.1 must stay 0.1.
        return parse_supplier(name, tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as problem:
        problems.append(f"{name}: {problem}; see the shipped file as an example")
    except BadSupplierError as problem:
        problems.append(str(problem))
    return None


def _wording(folder: Path | None, language: str, kind: str, problems: list[str]) -> Wording | None:
    name = f"wording/{language}/{kind}.txt"
    text = _text(_found(folder, name), name, problems)
    if text is None:
        return None
    try:
        return _parsed(name, kind, text)
    except BadWordingError as problem:
        problems.append(str(problem))
    return None


# The files are read anew each time, for somebody may have changed one; few of them ever do.
@lru_cache(maxsize=128)
def _parsed(name: str, kind: str, text: str) -> Wording:
    return parse_wording(name, text, names=_NAMES[kind], places=_PLACES.get(kind, ()))


def _strangers(folder: Path | None) -> list[str]:
    """Report files that no notice would ever be written with, such as a misspelled name."""
    if folder is None:
        return []
    known = {f"wording/{language}/{kind}.txt" for language in LANGUAGES for kind in _NAMES}
    paths = (path.relative_to(folder).as_posix() for path in folder.glob("wording/*/*.txt"))
    return [
        f"{path}: no notice is called that; known are {', '.join(_NAMES)} in {', '.join(LANGUAGES)}"
        for path in sorted(paths)
        if path not in known
    ]
