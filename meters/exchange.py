"""
Meter exchanges come in: the old meter's final readings and the new one's opening readings.

The new meter may have other registers than the old one. Where both are the same meter, only its
transformers were exchanged: it goes on from what it showed, and its readings are multiplied by
another ratio from then on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from config import batch, dated
from config.batch import Batch, Kind, RowVerdict, Verdict
from config.database import reading
from config.refusal import Problem
from config.rows import Row
from config.table_file import Table, open_file, read_table
from meters import store
from meters.gaps import CHECKS
from meters.judge import DUPLICATE, Candidate, Judged, Meter, judge
from meters.reading import Reading, ReadingKind, RegisterCode
from meters.readings import NewReading, active_readings, add_readings, find_meters
from meters.rules import Rules, Severity, parse_rules

# What a final reading may be doubted for and is taken all the same: the meter is gone.
_BELIEVED = frozenset({"spike", "low", "zero", "rollover", "estimate_kept", DUPLICATE})


@dataclass(frozen=True, slots=True)
class Exchange:
    """The rows that tell of one exchange, a row for each register."""

    old_serial: str
    new_serial: str
    day: date
    rows: tuple[Row, ...]

    @property
    def is_of_transformers(self) -> bool:
        """Test whether the meter stays, and only the ratio of its transformers changes."""
        return self.old_serial == self.new_serial

    @property
    def finals(self) -> dict[RegisterCode, Row]:
        """The rows that have the final reading of a register, by what it counts."""
        return self._with("final")

    @property
    def dials(self) -> dict[RegisterCode, Row]:
        """The rows that tell of a register of the new meter, by what it counts."""
        return {} if self.is_of_transformers else self._with("digits")

    def _with(self, field: str) -> dict[RegisterCode, Row]:
        rows = (row for row in self.rows if field in row.fields)
        return {RegisterCode(row.fields["register"]): row for row in rows}


@dataclass(frozen=True, slots=True)
class _Ready:
    """An exchange in which nothing is wrong, with what is to be kept of it."""

    exchange: Exchange
    meter: Meter
    point_id: int
    finals: tuple[tuple[int, Judged], ...]


def take_in(
    sessions: sessionmaker[Session],
    path: Path,
    *,
    by: str,
    today: date,
    now: datetime,
    layout: str | None = None,
    dry_run: bool = False,
    folder: Path | None = None,
) -> Batch:
    """
    Take a file of meter exchanges in; each exchange is taken whole or not at all.

    The same file again changes nothing: its first batch is returned, with `is_repeat`.

    :raises RefusedFileError: if the file can't be read; nothing of it is kept.
    """
    file = open_file(path)
    table = read_table(file, kind=Kind.EXCHANGES, layout=layout, folder=folder)
    with reading(sessions) if dry_run else sessions.begin() as session:
        repeat = batch.find(session, Kind.EXCHANGES, file.digest)
        if repeat is not None:
            return repeat
        ready, tallied = _look(session, table, by=by, today=today)
        if dry_run:
            return tallied
        kept = batch.add(session, tallied, now=now)
        _carry_out(session, ready, kept.id)
        return kept


def _look(session: Session, table: Table, *, by: str, today: date) -> tuple[list[_Ready], Batch]:
    """Return the exchanges that can be carried out, and the batch that the file makes."""
    rows = list(table.rows())
    policy = dated.in_force(session, CHECKS, today)
    rules = parse_rules(policy.name, policy.table)
    problems = {row.number: list(row.problems) for row in rows if row.problems}
    ready = list(_ready(session, rows, problems, rules, today))
    return ready, batch.tally(
        kind=Kind.EXCHANGES,
        file_name=table.file.name,
        digest=table.file.digest,
        layout=table.layout.name,
        verdicts=_verdicts(table, rows, problems),
        received_on=today,
        received_by=by,
        facts={"headings": table.names, "checks": policy.digest},
    )


def _ready(
    session: Session,
    rows: Sequence[Row],
    problems: dict[int, list[Problem]],
    rules: Rules,
    today: date,
) -> Iterator[_Ready]:
    """Yield the exchanges that can be carried out; what is wrong with others goes to problems."""
    exchanges = list(_exchanges(rows, problems))
    olds = find_meters(session, {one.old_serial for one in exchanges})
    news = {one.new_serial for one in exchanges if not one.is_of_transformers}
    taken = {*store.meter_ids(session, news), *_twice(one.new_serial for one in exchanges)}
    taken |= _twice(one.old_serial for one in exchanges)
    ids = [dials[0].register.id for meter in olds.values() for dials in meter.dials.values()]
    kept = active_readings(session, ids)
    for exchange in exchanges:
        meter = olds.get(exchange.old_serial)
        wrong = list(_wrong(exchange, meter, taken, today))
        found = None
        if not wrong and meter is not None:
            found = _judge(exchange, meter, kept, rules, today)
            wrong = list(_doubted(found))
        if wrong or found is None:
            for row in exchange.rows:
                problems.setdefault(row.number, []).extend(wrong)
        elif meter is not None:
            dial = next(iter(meter.dials.values()))[-1]
            yield _Ready(exchange, meter, dial.register.service_point_id, found)


def _exchanges(rows: Sequence[Row], problems: dict[int, list[Problem]]) -> Iterator[Exchange]:
    groups: dict[tuple[str, str, date], list[Row]] = defaultdict(list)
    spoiled = {
        row.fields["old_serial"]: row.number
        for row in rows
        if row.number in problems and "old_serial" in row.fields
    }
    for row in rows:
        if row.number in problems:
            continue
        old = row.fields["old_serial"]
        if old in spoiled:
            what = f"row {spoiled[old]} of the same exchange can't be read"
            problems[row.number] = [Problem(row.number, "exchange", what, "mend that row")]
            continue
        key = old, row.fields["new_serial"], row.fields["exchanged_on"]
        groups[key].append(row)
    for (old, new, day), some in groups.items():
        yield Exchange(old, new, day, tuple(some))


def _twice(serials: Iterator[str]) -> set[str]:
    return {serial for serial, count in Counter(serials).items() if count > 1}


def _wrong(
    exchange: Exchange, meter: Meter | None, taken: set[str], today: date
) -> Iterator[Problem]:
    """Find what stands against an exchange, apart from the readings themselves."""
    first = exchange.rows[0].number
    if meter is None:
        what = f"there is no meter {exchange.old_serial}"
        yield Problem(first, "unknown_meter", what, "check the number")
        return
    for serial in sorted({exchange.old_serial, exchange.new_serial} & taken):
        what = f"meter {serial} is known already, or stands twice in the file"
        yield Problem(first, "serial_taken", what, "check the number of the new meter")
    if exchange.day > today:
        what = f"{exchange.day} is after today, {today}"
        yield Problem(first, "future_date", what, "correct the date")
    dials = [dials[-1] for dials in meter.dials.values()]
    if not dials[0].is_in_place(exchange.day) or dials[0].installed_on == exchange.day:
        what = f"meter {exchange.old_serial} was not in place before {exchange.day}"
        yield Problem(first, "not_in_place", what, "check the date and the number")
    yield from _wrong_registers(exchange, meter)
    yield from _wrong_ratios(exchange, dials[0].register.multiplier)
    for row in exchange.dials.values():
        yield from _wrong_values(row)


def _wrong_ratios(exchange: Exchange, old: Decimal) -> Iterator[Problem]:
    first = exchange.rows[0].number
    ratios = {row.fields["multiplier"] for row in exchange.rows}
    if min(ratios) <= 0 or len(ratios) > 1:
        what = f"the multiplier is {' and '.join(map(str, sorted(ratios)))}"
        remedy = "it is one for the whole meter, 1 or more, as the transformers say"
        yield Problem(first, "multiplier", what, remedy)
    if exchange.is_of_transformers and ratios == {old}:
        what = f"the multiplier of meter {exchange.old_serial} is {min(ratios)} already"
        yield Problem(first, "multiplier", what, "write the new one, or the new meter's number")


def _wrong_registers(exchange: Exchange, meter: Meter) -> Iterator[Problem]:
    """Find registers that are missing among the rows, or that they tell of twice."""
    first, has = exchange.rows[0].number, set(meter.dials)
    codes = [row.fields["register"] for row in exchange.rows]
    if set(exchange.finals) != has or len(set(codes)) < len(codes):
        what = f"meter {exchange.old_serial} has the registers {', '.join(sorted(has))}"
        yield Problem(first, "register_set", what, "give one row for each, with its final reading")
    if exchange.is_of_transformers:
        for row in exchange.finals.values():
            if row.fields.get("opening", row.fields["final"]) != row.fields["final"]:
                what = f"the same dial can't show {row.fields['opening']} as well"
                yield Problem(row.number, "opening", what, "leave the opening reading empty")
        return
    if not exchange.dials:
        what = f"meter {exchange.new_serial} has no register"
        yield Problem(first, "digits", what, "write the digits of each of its registers")
    for row in exchange.rows:
        if not {"final", "digits"} & set(row.fields):
            what = f"there is neither a final reading of {row.fields['register']} nor a new dial"
            yield Problem(row.number, "missing", what, "fill in final, digits, or both")


def _wrong_values(row: Row) -> Iterator[Problem]:
    digits, decimals = row.fields["digits"], row.fields.get("decimals", 0)
    opening = row.fields.get("opening", 0)
    if digits not in range(1, 13) or decimals not in range(7):
        what = f"a dial of {digits} digits and {decimals} decimals"
        yield Problem(row.number, "digits", what, "1 to 12 digits and 0 to 6 decimals are wanted")
    elif not 0 <= opening < 10**digits or opening != round(opening, int(decimals)):
        what = f"the new dial can't show {opening}"
        yield Problem(row.number, "opening", what, "type what the dial shows")


def _judge(
    exchange: Exchange,
    meter: Meter,
    kept: Mapping[int, Sequence[Reading]],
    rules: Rules,
    today: date,
) -> tuple[tuple[int, Judged], ...]:
    """Judge the final reading of each register."""
    found = []
    for code, row in exchange.finals.items():
        dials = meter.dials[code]
        register_id = dials[0].register.id
        own = kept.get(register_id, ())
        final = Candidate(row.number, exchange.day, row.fields["final"], ReadingKind.ACTUAL)
        found += [(register_id, one) for one in judge(dials, own, [final], rules, today=today)]
        later = [one for one in own if one.taken_on > exchange.day]
        if later:
            what = f"the old meter was read on {later[-1].taken_on}, after {exchange.day}"
            doubt = rules.doubt("conflict", what, "check the date of the exchange")
            found.append((register_id, Judged(final, [doubt])))
    return tuple(found)


def _doubted(found: Sequence[tuple[int, Judged]]) -> Iterator[Problem]:
    for _, judged in found:
        for doubt in judged.doubts:
            if doubt.severity in (Severity.ERROR, Severity.DOUBT) and doubt.code not in _BELIEVED:
                yield Problem(judged.candidate.row, doubt.code, doubt.message, doubt.remedy)


def _verdicts(
    table: Table, rows: Sequence[Row], problems: Mapping[int, Sequence[Problem]]
) -> list[RowVerdict]:
    raw = table.raw(problems)
    return [
        _refused(row.number, problems[row.number], raw.get(row.number, {}))
        if problems.get(row.number)
        else RowVerdict(row.number, Verdict.ACCEPTED)
        for row in rows
    ]


def _refused(row: int, problems: Sequence[Problem], raw: Mapping[str, str]) -> RowVerdict:
    own = sorted(problems, key=lambda problem: problem.row != row)
    message = "; ".join(dict.fromkeys(problem.message for problem in own))
    return RowVerdict(row, Verdict.REFUSED, own[0].code, message, own[0].remedy, raw)


def _carry_out(session: Session, ready: Sequence[_Ready], batch_id: int | None) -> None:
    finals = [
        _final(register_id, judged, batch_id)
        for one in ready
        for register_id, judged in one.finals
        if not any(doubt.code == DUPLICATE for doubt in judged.doubts)
    ]
    add_readings(session, finals)
    store.remove_meters(session, {one.meter.id: one.exchange.day for one in ready})
    stay = [one for one in ready if one.exchange.is_of_transformers]
    store.install_again(
        session,
        [
            (
                one.meter.id,
                one.point_id,
                one.exchange.day,
                one.exchange.rows[0].fields["multiplier"],
            )
            for one in stay
        ],
    )
    others = [one for one in ready if not one.exchange.is_of_transformers]
    store.install_meters(session, [_new_meter(one, batch_id) for one in others])


def _final(register_id: int, judged: Judged, batch_id: int | None) -> NewReading:
    candidate, old = judged.candidate, judged.replaces
    return NewReading(
        register_id,
        candidate.taken_on,
        candidate.value,
        candidate.kind,
        batch_id,
        candidate.row,
        revision=0 if old is None else old.revision + 1,
        replaces_id=None if old is None else old.id,
        reason=None if old is None else "final reading of the meter",
    )


def _new_meter(one: _Ready, batch_id: int | None) -> store.NewMeter:
    rows = one.exchange.rows
    # What files call a register stays with what it counts.
    marks = {code: mark for mark, code in one.meter.marks.items()}
    return store.NewMeter(
        serial=one.exchange.new_serial,
        service_point_id=one.point_id,
        installed_on=one.exchange.day,
        registers=tuple(
            store.NewRegister(
                code,
                digits=int(row.fields["digits"]),
                decimals=int(row.fields.get("decimals", 0)),
                opening=Decimal(row.fields.get("opening", 0)),
                mark=marks.get(code, ""),
            )
            for code, row in one.exchange.dials.items()
        ),
        multiplier=rows[0].fields["multiplier"],
        batch_id=batch_id,
        row=rows[0].number,
    )
