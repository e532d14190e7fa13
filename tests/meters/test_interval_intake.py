"""Days of intervals come in through the door: new, known, improved, contradicted, missing."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config.batch import Verdict
from meters import intake, store
from meters.period import Period
from meters.reading import Usage
from meters.usage import UsageProblem
from tests.meters import supplier
from tests.meters.test_nem12 import CHANNEL, HEAD, TODAY, day, take_in, written


def _supply(sessions: sessionmaker[Session], *, codes: tuple[str, ...] = ()) -> int:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        return supplier.add_meter(
            session,
            office_id,
            "METSER1",
            point="NEM1201002",
            codes=codes,
            installed_on=date(2005, 1, 1),
        )


def _usage(sessions: sessionmaker[Session], point: int, period: Period) -> Usage | UsageProblem:
    with sessions() as session:
        return store.usage_of(session, [(point, period)])[point, period]


TWO_DAYS = Period(date(2005, 3, 10), date(2005, 3, 12))


def test_days_become_the_usage_of_a_meter_without_a_register(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    point = _supply(sessions)
    lines = [HEAD, CHANNEL, day("20050310", "0.5"), day("20050311", "2.001", "1"), "900"]
    taken = take_in(sessions, written(tmp_path, *lines))
    assert (taken.layout, taken.rows, taken.accepted, taken.verdicts) == ("nem12", 2, 2, ())
    usage = _usage(sessions, point, TWO_DAYS)
    assert isinstance(usage, Usage)
    assert (usage.kwh, usage.demand_kw) == (Decimal("73.001"), Decimal("4.002"))
    assert not usage.is_estimated
    by_half = usage.intervals[0].kwh_by(lambda at: "night" if at.hour < 12 else "day")
    assert by_half == {"night": Decimal("37.001"), "day": Decimal(36)}
    with sessions() as session:
        assert store.last_reading_days(session, [point], until=TODAY) == {point: TWO_DAYS.end}


def test_refused_days_are_mended_in_a_file_of_their_own_format_and_taken_in(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    point = _supply(sessions)
    wrong = day("20050311", "1", "-0.5", quality="V")
    qualities = ["400,1,20,A,,", "400,21,48,E52,76,"]
    lines = [HEAD, CHANNEL, day("20050310", "1"), wrong, *qualities, day("20050312", "1"), "900"]
    taken = take_in(sessions, written(tmp_path, *lines))
    codes = [one.code for one in taken.verdicts]
    assert (taken.accepted, codes) == (2, ["negative", "missing_days"])
    failed = tmp_path / "failed.csv"
    with sessions() as session:
        assert intake.failed_rows(session, taken.id or 0, failed) == 1
    assert failed.read_text("utf-8").splitlines() == [HEAD, CHANNEL, wrong, *qualities, "900"]
    failed.write_text(failed.read_text("utf-8").replace("-0.5", "0.5"), "utf-8")
    again = take_in(sessions, failed)
    assert (again.rows, again.accepted) == (1, 1), again.verdicts
    usage = _usage(sessions, point, Period(date(2005, 3, 10), date(2005, 3, 13)))
    assert isinstance(usage, Usage)
    assert usage.kwh == 48 + (1 + Decimal("23.5")) + 48
    assert usage.intervals[0].days[1].flags == "A" * 20 + "E" * 28


def test_the_same_days_again_are_known_and_other_ones_a_conflict(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    point = _supply(sessions)
    first = [HEAD, CHANNEL, day("20050310", "1"), "900"]
    take_in(sessions, written(tmp_path, *first))
    assert take_in(sessions, written(tmp_path, *first)).is_repeat
    again = [HEAD, CHANNEL, day("20050310", "1"), day("20050311", "1"), "900"]
    taken = take_in(sessions, written(tmp_path, *again))
    assert [(one.row, one.code) for one in taken.verdicts] == [(3, "duplicate")]
    other = [HEAD, CHANNEL, day("20050311", "1", "2"), "900"]
    taken = take_in(sessions, written(tmp_path, *other))
    assert [(one.row, one.verdict, one.code) for one in taken.verdicts] == [
        (3, Verdict.REFUSED, "conflict")
    ]
    corrected = take_in(sessions, written(tmp_path, *other, ""), replacing="the provider erred")
    assert (corrected.accepted, corrected.verdicts) == (1, ())
    usage = _usage(sessions, point, TWO_DAYS)
    assert isinstance(usage, Usage)
    assert usage.kwh == 48 + 1 + 2 * 47


def test_missing_intervals_are_told_and_not_billed_before_they_come(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    point = _supply(sessions)
    lines = [
        *(HEAD, CHANNEL, day("20050310", "1")),
        *(day("20050311", "1", quality="V"), "400,1,47,A,,", "400,48,48,N,,", "900"),
    ]
    taken = take_in(sessions, written(tmp_path, *lines))
    assert [(one.row, one.verdict, one.code) for one in taken.verdicts] == [
        (4, Verdict.ACCEPTED, "incomplete_day")
    ]
    problem = _usage(sessions, point, TWO_DAYS)
    assert isinstance(problem, UsageProblem)
    assert "lacks intervals on 1 days" in problem.message
    taken = take_in(sessions, written(tmp_path, HEAD, CHANNEL, day("20050311", "1"), "900"))
    assert [(one.verdict, one.code) for one in taken.verdicts] == [(Verdict.ACCEPTED, "gap_filled")]
    usage = _usage(sessions, point, TWO_DAYS)
    assert isinstance(usage, Usage)
    assert usage.kwh == 96


def test_an_actual_day_replaces_a_substituted_one_when_a_person_says_so(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    point = _supply(sessions)
    lines = [HEAD, CHANNEL, day("20050310", "1", quality="S14"), day("20050311", "1"), "900"]
    assert take_in(sessions, written(tmp_path, *lines)).accepted == 2
    usage = _usage(sessions, point, TWO_DAYS)
    assert isinstance(usage, Usage)
    assert usage.is_estimated
    taken = take_in(sessions, written(tmp_path, HEAD, CHANNEL, day("20050310", "2"), "900"))
    assert [one.code for one in taken.verdicts] == ["estimate_kept"]
    with sessions() as session:
        (doubt,) = intake.doubts(session)
    intake.settle(
        sessions, doubt.id, accept=True, by="wang", reason="", today=TODAY, now=supplier.NOW
    )
    usage = _usage(sessions, point, TWO_DAYS)
    assert isinstance(usage, Usage)
    assert (usage.kwh, usage.is_estimated) == (144, False)


@pytest.mark.parametrize(
    ("values", "on", "code"),
    [
        (["0.5"] * 47 + ["4.2"], "20050310", "above_power"),
        (["4.2"], "20050310", "ceiling"),
        (["1"], "20041231", "before_installation"),
        (["1"], "20991231", "future_date"),
    ],
)
def test_a_day_that_cannot_be_so_is_doubted_or_refused(
    sessions: sessionmaker[Session], tmp_path: Path, values: list[str], on: str, code: str
) -> None:
    _supply(sessions)
    taken = take_in(sessions, written(tmp_path, HEAD, CHANNEL, day(on, *values), "900"))
    assert ([one.code for one in taken.verdicts], taken.accepted) == ([code], 0)


def test_days_that_are_missing_between_two_are_told(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    _supply(sessions)
    lines = [HEAD, CHANNEL, day("20050310", "1"), day("20050314", "1"), "900"]
    taken = take_in(sessions, written(tmp_path, *lines))
    assert [(one.row, one.code) for one in taken.verdicts] == [(4, "missing_days")]
    assert taken.verdicts[0].message.startswith("3 days before 2005-03-14 are missing")


def test_a_register_bears_witness_to_the_intervals(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    point = _supply(sessions, codes=("total",))
    days = [day(f"200503{at}", "1") for at in range(10, 20)]
    take_in(sessions, written(tmp_path, HEAD, CHANNEL, *days, "900"))
    ten_days = Period(date(2005, 3, 10), date(2005, 3, 20))
    with sessions.begin() as session:
        supplier.read(session, "METSER1", {"2005-03-10": "1000", "2005-03-20": "1470"})
    usage = _usage(sessions, point, ten_days)
    assert isinstance(usage, Usage)
    assert (usage.kwh, len(usage.parts)) == (480, 1)
    with sessions.begin() as session:
        supplier.read(session, "METSER1", {"2005-03-21": "1471", "2005-03-25": "2200"})
    more = [day(f"200503{at}", "1") for at in range(20, 25)]
    take_in(sessions, written(tmp_path, HEAD, CHANNEL, *more, "900"))
    problem = _usage(sessions, point, Period(date(2005, 3, 10), date(2005, 3, 25)))
    assert isinstance(problem, UsageProblem)
    assert (problem.code, "1200" in problem.message) == ("intervals_differ", True)


def test_a_meter_is_found_by_its_service_point_where_the_file_has_no_number(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    _supply(sessions)
    nameless = CHANNEL.replace("METSER1", "")
    taken = take_in(sessions, written(tmp_path, HEAD, nameless, day("20050310", "1"), "900"))
    assert taken.accepted == 1
    other = CHANNEL.replace("NEM1201002", "NEM1201003")
    taken = take_in(sessions, written(tmp_path, HEAD, other, day("20050311", "1"), "900"))
    assert [one.code for one in taken.verdicts] == ["unknown_meter"]
