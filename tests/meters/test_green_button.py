"""Green Button files of US utilities: totals as published, days by the clock they name."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config.batch import Batch, Verdict
from config.refusal import RefusedFileError
from config.table_file import open_file
from meters import intake, store
from meters.formats import green_button
from meters.formats.read import read_file
from meters.period import Period
from meters.reading import RegisterCode, Usage
from tests import corpora
from tests.meters import supplier

YEAR = "Desert_Multi_Family_Jan_1_2011_to_Jan_1_2012_RetailCustomer_6.xml"
METER = "https://utility.example/espi/1_1/resource/RetailCustomer/9/UsagePoint/2/MeterReading/01"
MIDNIGHT = datetime(2026, 3, 10, 7, tzinfo=UTC)


def entry(name: str, content: str, *links: tuple[str, str]) -> str:
    every = "".join(f'<link rel="{rel}" href="{href}"/>' for rel, href in (("self", name), *links))
    return f"<entry>{every}<content>{content}</content></entry>"


def readings(values: list[int], *, start: datetime = MIDNIGHT, seconds: int = 3600) -> str:
    first = int(start.timestamp())
    inside = "\n".join(
        f"<IntervalReading><timePeriod><duration>{seconds}</duration>"
        f"<start>{first + at * seconds}</start></timePeriod><value>{value}</value>"
        f"</IntervalReading>"
        for at, value in enumerate(values)
    )
    return f'<IntervalBlock xmlns="{green_button.ESPI}">\n{inside}\n</IntervalBlock>'


def feed(folder: Path, *blocks: str, clock: int | None = -28800, **kind: object) -> Path:
    """Write a feed of one meter reading; `kind` changes its reading type."""
    fields = {"powerOfTenMultiplier": 0, "uom": 72, "accumulationBehaviour": 4, "flowDirection": 1}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in (fields | kind).items())
    parts = [
        entry(METER, "<MeterReading/>", ("related", "/ReadingType/1")),
        entry("/ReadingType/1", f'<ReadingType xmlns="{green_button.ESPI}">{inside}</ReadingType>'),
        *(entry(f"{METER}/IntervalBlock/{at}", block) for at, block in enumerate(blocks)),
    ]
    if clock is not None:
        own = f"<dstOffset>3600</dstOffset><tzOffset>{clock}</tzOffset>"
        parts.append(entry("/clock", f"<LocalTimeParameters>{own}</LocalTimeParameters>"))
    path = folder / "green.xml"
    path.write_text(f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(parts)}</feed>', "utf-8")
    return path


def test_every_channel_has_the_total_that_was_published() -> None:
    cases = json.loads(corpora.corpus("greenbutton", "expected.json").read_text("utf-8"))
    for name, case in cases.items():
        path = corpora.corpus("greenbutton", name)
        read = read_file(open_file(path), layout=None, fmt=None)
        found = {
            one.name: (one.total, one.intervals, one.first_at, one.last_at) for one in read.channels
        }
        assert found == {
            key: (
                Decimal(str(one["total"])),
                one["n"],
                *(datetime.fromisoformat(one[at]) for at in ("first_utc", "last_utc")),
            )
            for key, one in case["interval_groups"].items()
        }


def test_a_year_of_hours_has_a_day_of_23_and_one_of_25() -> None:
    read = read_file(open_file(corpora.corpus("greenbutton", YEAR)), layout=None, fmt=None)
    assert (len(read.days), read.bad_rows) == (365, [])
    odd = {one.day: len(one.amounts) for one in read.days if len(one.amounts) != 24}
    assert odd == {date(2011, 3, 13): 23, date(2011, 11, 6): 25}
    assert {one.flags for one in read.days} == {"A"}
    assert {one.zone for one in read.days} == {"America/Los_Angeles"}


def test_gas_is_read_and_not_taken_for_electricity() -> None:
    read = read_file(
        open_file(corpora.corpus("greenbutton", "gas_direct.xml")), layout=None, fmt=None
    )
    assert (len(read.days), [bad.problems[0].code for bad in read.bad_rows]) == (0, ["unit"])


def test_a_day_is_called_by_the_line_of_its_first_interval(tmp_path: Path) -> None:
    path = feed(tmp_path, readings(list(range(48))))
    (first, second) = green_button.read(open_file(path), zone="UTC").days
    assert (first.rows, second.rows) == ([2], [26])
    assert (first.point, first.mark, first.serial) == ("RetailCustomer/9/UsagePoint/2", "01", "")
    assert first.amounts == [number * 1000 for number in range(24)]


@pytest.mark.parametrize(
    ("kind", "code", "amount"),
    [
        ({"powerOfTenMultiplier": 3}, RegisterCode.TOTAL, 1_000_000),
        ({"powerOfTenMultiplier": -3}, RegisterCode.TOTAL, 1),
        ({"flowDirection": 19}, RegisterCode.EXPORT, 1000),
        ({"uom": 73}, RegisterCode.REACTIVE, 1000),
    ],
)
def test_unit_and_direction_are_those_of_the_reading_type(
    tmp_path: Path, kind: dict[str, Any], code: RegisterCode, amount: int
) -> None:
    (day,) = green_button.read(
        open_file(feed(tmp_path, readings([1] * 24), **kind)), zone="UTC"
    ).days
    assert (day.code, list(day.amounts)) == (code, [amount] * 24)


@pytest.mark.parametrize(
    ("kind", "seconds", "code"),
    [
        ({"uom": 169}, 3600, "unit"),
        ({"commodity": 7}, 3600, "unit"),
        ({"accumulationBehaviour": 3}, 3600, "unit"),
        ({}, 2_592_000, "interval_length"),
        ({}, 420, "interval_length"),
        ({"powerOfTenMultiplier": -6}, 3600, "too_many_decimals"),
    ],
)
def test_what_is_no_energy_of_short_intervals_is_refused_alone(
    tmp_path: Path, kind: dict[str, Any], seconds: int, code: str
) -> None:
    read = green_button.read(
        open_file(feed(tmp_path, readings([1], seconds=seconds), **kind)), zone="UTC"
    )
    assert [bad.problems[0].code for bad in read.bad_rows] == [code]
    assert not read.days


def test_without_a_clock_of_its_own_days_begin_by_the_suppliers(tmp_path: Path) -> None:
    path = feed(tmp_path, readings([1] * 24), clock=None)
    days = green_button.read(open_file(path), zone="Asia/Shanghai").days
    assert [(one.day, one.flags.count("N")) for one in days] == [
        (date(2026, 3, 10), 15),
        (date(2026, 3, 11), 9),
    ]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (("<value>3</value>", "<value>3.5</value>"), "format"),
        (("<value>3</value>", "<value>x</value>"), "format"),
        (("</feed>", ""), "xml_syntax"),
        (("<feed", '<!DOCTYPE feed [<!ENTITY e "x">]><feed'), "xml_dtd"),
        (("<entry>", "<a>" * 60 + "<entry>"), "xml_syntax"),
    ],
)
def test_what_breaks_the_feed_refuses_the_file(
    tmp_path: Path, spoil: tuple[str, str], code: str
) -> None:
    path = feed(tmp_path, readings(list(range(24))))
    path.write_text(path.read_text("utf-8").replace(*spoil, 1), "utf-8")
    with pytest.raises(RefusedFileError) as refusal:
        read_file(open_file(path), layout=None, fmt=None)
    assert refusal.value.code == code


def _take_in(sessions: sessionmaker[Session], path: Path, **asked: str) -> Batch:
    return intake.take_in(
        sessions,
        path,
        by="chen",
        today=supplier.TODAY,
        now=supplier.NOW,
        asked=intake.Asked(**asked),
    )


@pytest.mark.parametrize(
    ("serial", "point", "asked"),
    [
        ("M-77", "P-1", {"meter": "M-77"}),
        ("M-77", "RetailCustomer/9/UsagePoint/2", {}),
    ],
)
def test_a_feed_is_of_the_meter_that_is_named_or_of_the_service_point(
    sessions: sessionmaker[Session], tmp_path: Path, serial: str, point: str, asked: dict[str, str]
) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        point_id = supplier.add_meter(session, office_id, serial, point=point, codes=())
    taken = _take_in(sessions, feed(tmp_path, readings([500] * 48)), **asked)
    assert (taken.layout, taken.accepted, taken.verdicts) == ("green_button", 2, ())
    assert taken.facts["channels"][0]["total"] == "24000"
    period = Period(date(2026, 3, 10), date(2026, 3, 12))
    with sessions() as session:
        usage = store.usage_of(session, [(point_id, period)])[point_id, period]
    assert isinstance(usage, Usage)
    assert usage.kwh == 24


def test_a_feed_of_nobody_is_refused_with_what_would_help(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions.begin() as session:
        supplier.open_shop(session)
    taken = _take_in(sessions, feed(tmp_path, readings([500] * 24)))
    assert [(one.verdict, one.code) for one in taken.verdicts] == [
        (Verdict.REFUSED, "unknown_meter")
    ]
    assert "--meter" in taken.verdicts[0].remedy


def test_intervals_that_stand_twice_and_differ_are_refused(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions.begin() as session:
        supplier.add_meter(session, supplier.open_shop(session), "M-77", codes=())
    twice = feed(tmp_path, readings([1] * 24), readings([1] * 3, start=MIDNIGHT))
    assert _take_in(sessions, twice, meter="M-77").accepted == 1
    other = feed(
        tmp_path,
        readings([1] * 24),
        readings([2] * 3, start=MIDNIGHT + timedelta(days=1)),
        readings([3], start=MIDNIGHT + timedelta(days=1)),
    )
    taken = _take_in(sessions, other, meter="M-77")
    assert {one.code for one in taken.verdicts} == {"duplicate", "interval_overlap"}


def test_refused_days_are_mended_in_a_feed_of_their_own_and_taken_in(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions.begin() as session:
        point = supplier.add_meter(session, supplier.open_shop(session), "M-77", codes=())
    # The third hour of the second day draws more than the place can, and was guessed.
    values = readings([1000] * 26 + [9_000_000] + [1000] * 45)
    guessed = "<ReadingQuality><quality>8</quality></ReadingQuality><value>9000000<"
    path = feed(tmp_path, values.replace("<value>9000000<", guessed))
    taken = _take_in(sessions, path, meter="M-77")
    assert (taken.rows, taken.accepted, taken.refused) == (3, 2, 1), taken.verdicts
    failed = tmp_path / "failed.xml"
    with sessions() as session:
        assert intake.failed_rows(session, taken.id or 0, failed) == 1
    text = failed.read_text("utf-8")
    assert text.count("<espi:IntervalReading>") == 24
    failed.write_text(text.replace(">9000000<", ">900<"), "utf-8")
    again = _take_in(sessions, failed, meter="M-77")
    assert (again.rows, again.accepted) == (1, 1), again.verdicts
    period = Period(date(2026, 3, 10), date(2026, 3, 13))
    with sessions() as session:
        usage = store.usage_of(session, [(point, period)])[point, period]
    assert isinstance(usage, Usage)
    assert usage.kwh == Decimal("71.9")
    flags = [one.flags for one in usage.intervals[0].days]
    assert flags == ["A", "AAE" + "A" * 21, "A"]
