"""Tariffs in force: which of them hold in a period, and pricing by a file without a database."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from billing.line import Line
from billing.money import Money
from billing.obstacles import obstacles
from billing.pricing import price
from billing.tariff import BadTariffError, Tariff, parse_tariff
from billing.usages import BadUsagesError, NamedUsage, parse_usages
from config import dated
from config.dated import DatedFile
from meters.period import Period

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Priced:
    """What a usage of a file comes to."""

    id: str
    total: Money
    currency: str
    lines: tuple[Line, ...]


def tariff_codes(session: Session) -> list[str]:
    """Return the codes of all tariffs that were ever put in force."""
    subjects = {one.file.subject for one in dated.activations(session)}
    return sorted(one.removeprefix("tariffs/") for one in subjects if one.startswith("tariffs/"))


def newest_tariffs(session: Session, codes: Collection[str]) -> dict[str, Tariff]:
    """Return of each code the tariff that was activated for the latest day, where one was."""
    book, found = TariffBook(), {}
    for code in codes:
        files = dated.history(session, f"tariffs/{code}")
        if files:
            with suppress(BadTariffError):
                found[code] = book.parsed(files[-1])
    return found


class TariffBook:
    """
    The tariffs in force, each read once while a run goes on.

    What a code means in a period is looked up in the database for the first account that asks.

    :param instead: a tariff that every code means, to see what it would make of a supply.
    """

    def __init__(self, instead: Tariff | None = None) -> None:
        self._instead = instead
        self._parsed: dict[str, Tariff] = {}
        self._found: dict[tuple[str, Period], tuple[tuple[Period, Tariff], ...]] = {}

    def in_force(
        self, session: Session, code: str, period: Period
    ) -> tuple[tuple[Period, Tariff], ...]:
        """
        Return the tariffs under a code, each with its part of the period, in order.

        :raises dated.NothingInForceError: if none has been activated for the first day.
        :raises BadTariffError: if a file that was activated is not a tariff.
        """
        if self._instead is not None:
            return ((period, self._instead),)
        key = (code, period)
        if key not in self._found:
            self._found[key] = tuple(self._look_up(session, code, period))
        return self._found[key]

    def by_digests(self, session: Session, digests: Collection[str]) -> dict[str, Tariff]:
        """
        Return the tariffs that bills name.

        :raises KeyError: if a digest was never proposed in this database.
        """
        return {digest: self._by_digest(session, digest) for digest in digests}

    def _look_up(
        self, session: Session, code: str, period: Period
    ) -> Sequence[tuple[Period, Tariff]]:
        found: list[tuple[Period, Tariff]] = []
        end = period.end
        while end > period.start:
            file = dated.in_force(session, f"tariffs/{code}", end - ONE_DAY)
            start = max(file.starts_on, period.start)
            found.insert(0, (Period(start, end), self.parsed(file)))
            end = start
        return found

    def _by_digest(self, session: Session, digest: str) -> Tariff:
        if digest not in self._parsed:
            file = dated.by_digest(session, digest)
            if file is None:
                raise KeyError(digest)
            return self.parsed(file)
        return self._parsed[digest]

    def parsed(self, file: DatedFile) -> Tariff:
        """Return the tariff of a file."""
        if file.digest not in self._parsed:
            self._parsed[file.digest] = parse_tariff(file.name, file.table, digest=file.digest)
        return self._parsed[file.digest]


def check_file(path: Path) -> tuple[str, ...]:
    """Return every problem of a tariff file, one sentence each; none if it is sound."""
    try:
        read_file(path)
    except BadTariffError as refused:
        return refused.problems
    return ()


def read_file(path: Path, name: str | None = None) -> Tariff:
    """
    Return the tariff of a file, whatever the file is called.

    :param name: by which problems and lines quote it; its own name by default.
    :raises BadTariffError: with every problem of the file.
    """
    try:
        file = dated.read(path, subject=path.name, starts_on=date.min)
    except (dated.BadFileError, OSError) as problem:
        raise BadTariffError([str(problem)]) from problem
    return parse_tariff(name or path.name, file.table, digest=file.digest)


def read_usages(name: str, text: str, registers: Sequence[str]) -> list[NamedUsage]:
    """
    Return the usages of a JSON text.

    :param registers: that the tariff has of its own.
    :raises BadUsagesError: with every problem of the text.
    """
    try:
        rows = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as problem:
        said = f"{name}:{problem.lineno}: not JSON: {problem.msg.lower()}"
        raise BadUsagesError([f"{said}; a JSON list of usages is wanted"]) from problem
    if isinstance(rows, dict) and "usages" in rows:
        rows = rows["usages"]
    if not isinstance(rows, list):
        raise BadUsagesError([f"{name}: a JSON list of usages is wanted"])
    return parse_usages(name, rows, registers)


def price_file(tariff_path: Path, usages_path: Path) -> list[Priced]:
    """
    Price a list of usages by a tariff file, without a database.

    :raises BadTariffError: with every problem of the tariff file.
    :raises BadUsagesError: with every problem of the usages, also what the tariff lacks of them.
    """
    tariff = read_file(tariff_path)
    try:
        text = usages_path.read_text("utf-8")
    except (OSError, ValueError) as problem:
        raise BadUsagesError([f"{usages_path.name}: {problem}"]) from problem
    usages = read_usages(usages_path.name, text, tariff.registers)
    problems = [
        f"{usages_path.name}: usage {usage.id}: {problem}"
        for usage in usages
        for problem in obstacles(tariff, usage.facts)
    ]
    if problems:
        raise BadUsagesError(problems)
    return [_priced(tariff, usage) for usage in usages]


def _priced(tariff: Tariff, usage: NamedUsage) -> Priced:
    lines = price(tariff, usage.facts)
    return Priced(usage.id, sum(line.amount for line in lines), tariff.currency, lines)
