"""Meter exchanges: the old meter's end and the new one's beginning, whole or not at all."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config.batch import Batch
from meters import exchange, intake, invariants, store
from meters.period import Period
from meters.reading import Usage
from tests.meters import supplier
from tests.meters.supplier import NOW, TODAY
from tests.meters.test_intake import kept, said, written

HEAD = "old meter,register,final,new meter,digits,decimals,opening,exchanged on,multiplier"


def take_in(
    sessions: sessionmaker[Session], folder: Path, *rows: str, dry_run: bool = False
) -> Batch:
    """Take a file of exchanges in."""
    path = written(folder, *rows, head=HEAD, name="exchanges.csv")
    return exchange.take_in(sessions, path, by="chen", today=TODAY, now=NOW, dry_run=dry_run)


def test_the_usage_of_a_period_with_an_exchange_is_right_to_the_last_watt_hour(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    points = supplier.a_town(sessions, ["M1"])
    taken = take_in(sessions, tmp_path, "M1,total,3260.55,N1,6,2,0.25,2026-10-15,40")
    assert (taken.kind, taken.accepted, taken.verdicts) == ("exchanges", 1, ())
    with sessions.begin() as session:
        supplier.read(session, "N1", {"2026-11-01": "2.50"})
    point, period = points["M1"], Period(date(2026, 10, 1), date(2026, 11, 1))
    with sessions() as session:
        usage = store.usage_of(session, [(point, period)])[point, period]
        assert store.last_reading_days(session, [point], until=TODAY) == {point: period.end}
        assert invariants.findings(session, today=TODAY) == []
    assert isinstance(usage, Usage)
    # 3,260.55 - 3,190 on the old meter, and (2.50 - 0.25) x 40 on the new one.
    assert usage.kwh == Decimal("70.55") + 90
    assert [(part.serial, part.multiplier) for part in usage.parts] == [("M1", 1), ("N1", 40)]


def test_a_meter_with_several_registers_is_exchanged_as_a_whole(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        day = date(2026, 10, 1)
        supplier.add_meter(session, office_id, "T1", codes=("peak", "valley"), installed_on=day)
    half = take_in(sessions, tmp_path, "T1,peak,10,N1,5,2,0,2026-10-15,1")
    assert said(half) == [(2, "refused", "register_set")]
    whole = take_in(
        sessions,
        tmp_path,
        "T1,peak,10,N1,5,2,0,2026-10-15,1",
        "T1,valley,20,N1,5,2,0,2026-10-15,1",
    )
    assert whole.accepted == 2
    assert [kept(sessions, "N1", code)[0].value for code in ("peak", "valley")] == [0, 0]


def test_a_new_meter_may_have_other_registers(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    points = supplier.a_town(sessions, ["M1"])
    taken = take_in(
        sessions,
        tmp_path,
        "M1,total,3260.5,N1,,,,2026-10-15,2",
        "M1,peak,,N1,5,2,1.5,2026-10-15,2",
        "M1,valley,,N1,5,2,,2026-10-15,2",
        "M1,export_peak,,N1,4,0,,2026-10-15,2",
    )
    assert (taken.accepted, taken.verdicts) == (4, ())
    with sessions.begin() as session:
        supplier.read(session, "N1", {"2026-11-01": "11.5"}, code="peak")
        supplier.read(session, "N1", {"2026-11-01": "20"}, code="valley")
        supplier.read(session, "N1", {"2026-11-01": "7"}, code="export_peak")
    point, period = points["M1"], Period(date(2026, 10, 1), date(2026, 11, 1))
    with sessions() as session:
        usage = store.usage_of(session, [(point, period)])[point, period]
        assert invariants.findings(session, today=TODAY) == []
    assert isinstance(usage, Usage)
    assert usage.kwh == Decimal("70.5") + 2 * (10 + 20)
    assert (usage.export_kwh, usage.by_time()) == (14, {"peak": 20, "valley": 40})


def test_from_the_day_on_which_its_transformers_are_exchanged_a_meter_counts_by_the_new_ratio(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    points = supplier.a_town(sessions, ["M1"])
    taken = take_in(sessions, tmp_path, "M1,total,3260.55,M1,,,,2026-10-15,1.5")
    assert (taken.accepted, taken.verdicts) == (1, ())
    path = written(tmp_path, "M1,2026-11-01,3300.55", head="meter,date,reading", name="r.csv")
    later = intake.take_in(sessions, path, by="chen", today=TODAY, now=NOW)
    assert (later.accepted, later.verdicts) == (1, ())
    point, period = points["M1"], Period(date(2026, 10, 1), date(2026, 11, 1))
    with sessions() as session:
        usage = store.usage_of(session, [(point, period)])[point, period]
        assert store.last_reading_days(session, [point], until=TODAY) == {point: period.end}
        assert invariants.findings(session, today=TODAY) == []
    assert isinstance(usage, Usage)
    assert usage.kwh == Decimal("70.55") + 40 * Decimal("1.5")
    assert [(part.serial, part.multiplier) for part in usage.parts] == [
        ("M1", 1),
        ("M1", Decimal("1.5")),
    ]
    again = take_in(sessions, tmp_path, "M1,total,3310,M1,,,,2026-11-15,2")
    assert again.accepted == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("M9,total,3260,N1,5,2,0,2026-10-15,1", "unknown_meter"),
        ("M1,total,3260,M2,5,2,0,2026-10-15,1", "serial_taken"),
        ("M1,total,3260,N1,5,2,0,2026-12-15,1", "future_date"),
        ("M1,total,3260,N1,5,2,0,2024-12-15,1", "not_in_place"),
        ("M1,peak,3260,N1,5,2,0,2026-10-15,1", "register_set"),
        ("M1,total,3260,N1,15,2,0,2026-10-15,1", "digits"),
        ("M1,total,3260,N1,5,2,100000,2026-10-15,1", "opening"),
        ("M1,total,3260,N1,5,2,0,2026-10-15,0", "multiplier"),
        ("M1,total,3100,N1,5,2,0,2026-10-15,1", "backwards"),
        ("M1,total,3040.5,N1,5,2,0,2026-09-15,1", "conflict"),
        ("M1,total,x,N1,5,2,0,2026-10-15,1", "number_format"),
        ("M1,total,3260,N1,,,,2026-10-15,1", "digits"),
        ("M1,total,,N1,5,2,0,2026-10-15,1", "register_set"),
        ("M1,total,3260,M1,,,,2026-10-15,1", "multiplier"),
        ("M1,total,3260,M1,,,3261,2026-10-15,2", "opening"),
        ("M1,total,3100,M1,,,,2026-10-15,2", "backwards"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused_with_its_remedy(
    sessions: sessionmaker[Session], tmp_path: Path, row: str, code: str
) -> None:
    supplier.a_town(sessions, ["M1", "M2"])
    taken = take_in(sessions, tmp_path, row)
    assert said(taken) == [(2, "refused", code)]
    assert taken.verdicts[0].remedy
    with sessions() as session:
        assert store.find_points(session, "N1") == []


def test_the_same_file_again_changes_nothing(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    row = "M1,total,3260.55,N1,6,2,0.25,2026-10-15,40"
    tried = take_in(sessions, tmp_path, row, dry_run=True)
    assert (tried.id, tried.accepted) == (None, 1)
    first = take_in(sessions, tmp_path, row)
    again = take_in(sessions, tmp_path, row)
    assert (again.is_repeat, again.id) == (True, first.id)


def test_one_exchange_does_not_wait_for_another(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1", "M2"])
    taken = take_in(
        sessions,
        tmp_path,
        "M1,total,3260,N1,5,2,0,2026-10-15,1",
        "M2,total,3260,N1,5,2,0,2026-10-15,1",
        "M2,total,3260,N2,5,2,0,2026-10-15,1",
    )
    assert {code for _, _, code in said(taken)} == {"serial_taken"}
    assert taken.refused == 3
    again = take_in(
        sessions,
        tmp_path,
        "M1,total,3260,N1,5,2,0,2026-10-15,1",
        "M2,total,3000,N2,5,2,0,2026-10-15,1",
    )
    assert (again.accepted, again.refused) == (1, 1)


def test_the_final_reading_may_be_kept_already(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    with sessions.begin() as session:
        supplier.read(session, "M1", {"2026-10-15": "3260"})
    taken = take_in(sessions, tmp_path, "M1,total,3260,N1,5,2,0,2026-10-15,1")
    assert taken.accepted == 1
    assert kept(sessions, "M1")[-1].value == 3260
