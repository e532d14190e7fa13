"""NEM12 of Australian meter data providers: totals as two readers found them, breaks by line."""

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config.batch import Batch
from config.refusal import RefusedFileError
from config.table_file import open_file
from meters import intake
from meters.formats import nem12
from meters.formats.read import read_file
from meters.interval import PLACES
from meters.intervals import streams_of_points
from meters.period import Period
from meters.reading import RegisterCode
from tests import corpora
from tests.meters import supplier

HEAD = "100,NEM12,200505231213,MDA1,Ret1"
CHANNEL = "200,NEM1201002,E1Q1,E1,E1,N1,METSER1,kWh,30,"
FACTORS = {"KWH": 0, "KVARH": 0, "WH": -3, "VARH": -3}
TODAY = supplier.TODAY


def day(on: str, *values: str, quality: str = "A", count: int = 48) -> str:
    """Return a 300 record; the last value stands for all that follow."""
    every = [*values, *[values[-1]] * (count - len(values))]
    return ",".join(["300", on, *every, quality, "", "", "20050524", ""])


@cache
def _cases() -> dict[str, dict[str, Any]]:
    folder = corpora.ROOT / corpora.CORPORA["nem"]
    if not folder.is_dir():
        return {}
    return dict(json.loads((folder / "expected.json").read_text("utf-8")))


def _intervals() -> dict[str, dict[str, Any]]:
    """Return the files of intervals on which two independent readers agree."""
    return {
        name: case["aemo"]["intervals"]
        for name, case in _cases().items()
        if case["peers"] == "agree" and case["aemo"]["intervals"]
    }


def written(folder: Path, *lines: str) -> Path:
    path = folder / "nem12.csv"
    path.write_text("\r\n".join(lines), "utf-8")
    return path


def test_every_channel_has_the_total_that_two_independent_readers_found() -> None:
    corpora.corpus("nem")
    offenses = []
    for name, channels in _intervals().items():
        path = corpora.corpus("nem", *name.split("/"))
        read = read_file(open_file(path), layout=None, fmt=None)
        found = {one.name: (one.total, one.intervals, one.unit.upper()) for one in read.channels}
        wanted = {
            key: (Decimal(str(one["total"])), one["n"], one["uom"][0].upper())
            for key, one in channels.items()
        }
        if read.layout != "nem12" or found != wanted or read.bad_rows:
            offenses.append(f"{name}: {found}, wanted {wanted}, refused {read.bad_rows[:1]}")
    assert len(_intervals()) > 40
    assert not offenses, "\n".join(offenses)


def test_every_broken_file_is_refused_and_its_line_named() -> None:
    corpora.corpus("nem")
    lines = {}
    for name, case in _cases().items():
        if case["peers"] == "agree" and not name.startswith("invalid/"):
            continue
        path = corpora.corpus("nem", *name.split("/"))
        with pytest.raises(RefusedFileError) as refusal:
            read_file(open_file(path), layout=None, fmt=None)
        lines[path.name] = refusal.value.problems[0].row
    assert lines == {
        "Example_NEM12_15min_200_30min_300.csv": 3,
        "Example_NEM12_30min_200_15min_300.csv": 3,
        "Example_NEM12_empty.csv": 0,
        "Example_NEM12_missing_header.csv": 2,
        "Example_NEM12_powercor.csv.zip": 0,
        "Example_empty_file.csv": 0,
        "Example_NEM13_forward_estimate.csv": 2,
    }


@pytest.mark.parametrize(
    ("lines", "row", "says"),
    [
        ([HEAD, CHANNEL, day("20050310", "1")], 3, "breaks off before its 900"),
        ([CHANNEL, day("20050310", "1"), "900"], 1, "a 200 record stands at the beginning"),
        ([HEAD, day("20050310", "1"), "900"], 2, "a 300 record stands after a 100"),
        ([HEAD, CHANNEL, "900"], 3, "a 900 record stands after a 200"),
        ([HEAD, CHANNEL, day("20051310", "1"), "900"], 3, "IntervalDate: has '20051310'"),
        ([HEAD, CHANNEL, day("20050310", "1", "x"), "900"], 3, "IntervalValue2: has 'x'"),
        ([HEAD, CHANNEL, day("20050310", "NaN"), "900"], 3, "IntervalValue1: has 'NaN'"),
        ([HEAD, CHANNEL, day("20050310", "1", quality="X"), "900"], 3, "QualityMethod: has 'X'"),
        ([HEAD, CHANNEL, day("20050310", "1", count=96), "900"], 3, "103 fields"),
        ([HEAD, CHANNEL.replace(",30,", ",7,"), "900"], 2, "IntervalLength: has '7'"),
        ([HEAD, "250,1,2", "900"], 2, "'250' is no NEM12 record"),
        ([HEAD, "900"], 0, "no 300 record"),
    ],
)
def test_what_breaks_the_format_is_named_by_its_line(
    tmp_path: Path, lines: list[str], row: int, says: str
) -> None:
    with pytest.raises(RefusedFileError) as refusal:
        nem12.read(open_file(written(tmp_path, *lines)))
    found = [problem.row for problem in refusal.value.problems]
    assert (row in found, says in str(refusal.value)) == (True, True), str(refusal.value)


@pytest.mark.parametrize(
    ("channel", "values", "code"),
    [
        (CHANNEL.replace("kWh", "kVA"), ["1"], "unit"),
        (CHANNEL.replace(",E1,N1", ",F1,N1"), ["1"], "unknown_register"),
        (CHANNEL.replace("kWh", "Wh"), ["1.0001"], "too_many_decimals"),
        (CHANNEL, ["1", "-1", "1"], "negative"),
    ],
)
def test_a_day_that_cannot_be_kept_is_refused_alone(
    tmp_path: Path, channel: str, values: list[str], code: str
) -> None:
    lines = [HEAD, channel, day("20050310", *values), CHANNEL, day("20050310", "1"), "900"]
    read = nem12.read(open_file(written(tmp_path, *lines)))
    assert [(bad.row, bad.problems[0].code) for bad in read.bad_rows] == [(3, code)]
    assert [one.row for one in read.days] == [5]


@pytest.mark.parametrize(
    ("qualities", "row", "says"),
    [
        ([], 3, "tell of 0 intervals"),
        (["400,1,20,A,,"], 3, "tell of 20 intervals"),
        (["400,2,48,A,,"], 4, "is about intervals 2 to 48"),
        (["400,1,20,A,,", "400,20,48,E52,,"], 5, "is about intervals 20 to 48"),
        (["400,1,49,A,,"], 4, "is about intervals 1 to 49"),
    ],
)
def test_a_day_of_which_not_every_quality_is_told_is_refused_alone(
    tmp_path: Path, qualities: list[str], row: int, says: str
) -> None:
    lines = [HEAD, CHANNEL, day("20050310", "1", quality="V"), *qualities, "900"]
    read = nem12.read(open_file(written(tmp_path, *lines)))
    ((bad_row, _, (problem,)),) = read.bad_rows
    assert (bad_row, problem.row, says in problem.message) == (3, row, True)
    assert read.channels[0].total == 48


def test_qualities_are_those_of_the_records_below(tmp_path: Path) -> None:
    lines = [
        *(HEAD, CHANNEL, day("20050310", "1.5", quality="V")),
        *("400,1,20,F14,76,", "400,21,24,A,,", "400,25,48,N,,", "900"),
    ]
    (found,) = nem12.read(open_file(written(tmp_path, *lines))).days
    assert found.flags == "F" * 20 + "A" * 4 + "N" * 24
    assert found.amounts == [1_500_000] * 24 + [0] * 24


def take_in(sessions: sessionmaker[Session], path: Path, **asked: str) -> Batch:
    return intake.take_in(
        sessions, path, by="chen", today=TODAY, now=supplier.NOW, asked=intake.Asked(**asked)
    )


def _install_all(session: Session, read: dict[str, Any]) -> dict[tuple[str, str], int]:
    """Install every meter of the corpus, without a register, at its service point."""
    office_id = supplier.open_shop(session)
    first: dict[tuple[str, str], date] = {}
    for one in read.values():
        for raw in one.days:
            key = raw.point, raw.serial
            first[key] = min(raw.day, first.get(key, raw.day))
    return {
        (nmi, serial): supplier.add_meter(
            session,
            office_id,
            f"{nmi}/{serial}",
            point=nmi,
            codes=(),
            installed_on=since,
            kwh_per_day_max="1000000",
        )
        for (nmi, serial), since in first.items()
    }


@pytest.mark.slow
def test_the_whole_corpus_goes_through_the_door_to_the_totals(
    sessions: sessionmaker[Session],
) -> None:
    corpora.corpus("nem")
    files = {name: corpora.corpus("nem", *name.split("/")) for name in _intervals()}
    # Some providers sent a file twice under other names: each is then its own supplier's.
    read = {name: nem12.read(open_file(path)) for name, path in files.items()}
    with sessions.begin() as session:
        points = _install_all(session, read)
    offenses = []
    done: set[str] = set()
    for name, path in files.items():
        taken = take_in(sessions, path)
        known = {one.point for one in read[name].days} & done
        done |= {one.point for one in read[name].days}
        if known or taken.refused or taken.doubted:
            continue
        sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for key, wanted in _intervals()[name].items():
            nmi, suffix = key.split("/")
            code = {"E": "total", "B": "export"}.get(suffix[0], "reactive")
            factor = FACTORS[wanted["uom"][0].upper()]
            sums[nmi, code] += Decimal(str(wanted["total"])).scaleb(factor)
        offenses += _wrong_sums(sessions, points, sums, read[name].days)
    assert not offenses, "\n".join(offenses)


def _wrong_sums(
    sessions: sessionmaker[Session],
    points: dict[tuple[str, str], int],
    sums: dict[tuple[str, str], Decimal],
    days: list[Any],
) -> list[str]:
    period = Period(min(d.day for d in days), max(d.day for d in days) + timedelta(days=1))
    wrong = []
    for (nmi, code), wanted in sums.items():
        point = next(id_ for (own, _), id_ in points.items() if own == nmi)
        with sessions() as session:
            streams = streams_of_points(session, [point], period)[point]
        found = sum(
            (
                Decimal(sum(one.amounts)).scaleb(-PLACES)
                for stream in streams
                if stream.channel.code is RegisterCode(code)
                for one in stream.days
            ),
            Decimal(0),
        )
        if found != wanted:
            wrong.append(f"{nmi} {code}: {found}, wanted {wanted}")
    return wrong
