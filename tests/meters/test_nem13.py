"""NEM13 of Australian meter data providers: quantities as printed, breaks named by their line."""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config.batch import Verdict
from config.refusal import RefusedFileError
from config.table_file import open_file
from meters import intake, store
from meters.formats import nem13
from meters.period import Period
from meters.reading import Reading as Kept
from meters.reading import RegisterCode, Usage, usage_between
from tests import corpora
from tests.meters import supplier
from tests.meters.test_usage import PLENTY, dial

HEAD = "100,NEM13,200505231213,MDA1,Ret1"
ROW = (
    "250,NEM1311007,1141,1,11,11,11007,E,0000964.00,20041001000000,A,,,0001848.00,20050101161200,"
    "A,,,884,KWH,20050601,20050520113808,"
)
TODAY = supplier.TODAY


@cache
def _cases() -> list[dict[str, Any]]:
    folder = corpora.ROOT / corpora.CORPORA["nem"]
    if not folder.is_dir():
        return []
    return list(json.loads((folder / "nem13_register_cases.json").read_text("utf-8")))


def _written(folder: Path, *lines: str) -> Path:
    path = folder / "nem13.csv"
    path.write_text("\r\n".join(lines), "utf-8")
    return path


def _digits(value: Decimal) -> int:
    return len(str(int(value)))


def test_every_record_gives_its_two_readings_and_the_printed_quantity() -> None:
    corpora.corpus("nem")
    offenses = []
    for case in _cases():
        read = nem13.read(open_file(corpora.corpus("nem", *case["file"].split("/"))))
        wanted = (Decimal(str(case["prev"])), Decimal(str(case["curr"])))
        found = [
            (opening, closing)
            for opening, closing in zip(read.readings[::2], read.readings[1::2], strict=True)
            if (opening.point, opening.serial) == (case["nmi"], case["meter"])
            and opening.mark == f"{case['register_id']}/{case['suffix']}"
            and (opening.value, closing.value) == wanted
        ]
        quantity = Decimal(str(case["quantity"]))
        if not found or found[0][1].says != (quantity, wanted[0]):
            offenses.append(f"{case['file']}: {wanted} not read")
        elif case["kind"] != "inconsistent_in_source" and _used(case, *found[0]) != quantity:
            offenses.append(f"{case['file']}: {_used(case, *found[0])}, printed {quantity}")
    assert not offenses, "\n".join(offenses)


def _used(case: dict[str, Any], opening: Any, closing: Any) -> Decimal:
    """Return what our own reckoning makes of a record, with the sign that the format prints."""
    code = opening.code or RegisterCode.TOTAL
    assert (code is RegisterCode.EXPORT) == (case["direction"] == "I")
    digits = case["dial_digits"] or max(_digits(opening.value), _digits(closing.value))
    part = usage_between(
        dial(code=code, digits=digits).register,
        Kept(1, opening.taken_on, opening.value),
        Kept(1, closing.taken_on, closing.value),
        kwh_per_day_max=PLENTY,
    )
    return -part.kwh if code is RegisterCode.EXPORT else part.kwh


def test_a_file_on_which_readers_disagree_is_refused_with_its_lines() -> None:
    path = corpora.corpus("nem", "plain", "Example_NEM13_forward_estimate.csv")
    with pytest.raises(RefusedFileError) as refusal:
        nem13.read(open_file(path))
    assert [problem.row for problem in refusal.value.problems] == [2, 4]


@pytest.mark.parametrize(
    ("lines", "row", "says"),
    [
        ([HEAD, ROW], 2, "breaks off before its 900"),
        ([ROW, "900"], 1, "a 250 record stands at the beginning"),
        ([HEAD, "550,N,,E,", "900"], 2, "a 550 record stands after a 100"),
        ([HEAD, "300,1,2", "900"], 2, "'300' is no NEM13 record"),
        ([HEAD, ROW.replace("20041001000000", "20041301000000"), "900"], 2, "20041301000000"),
        ([HEAD, ROW.replace("0000964.00", "NaN"), "900"], 2, "PreviousRegisterRead: has 'NaN'"),
        ([HEAD, ROW.replace(",E,", ",X,"), "900"], 2, "DirectionIndicator: has 'X'"),
        ([HEAD, ROW.replace("NEM1311007", "NEM1"), "900"], 2, "NMI: has 'NEM1'"),
        ([HEAD, ROW + ",,", "900"], 2, "25 fields"),
        ([HEAD, "900"], 0, "no 250 record"),
        (["100,NEM12,200505231213,MDA1,Ret1", "900"], 1, "isn't that of a NEM13 file"),
    ],
)
def test_what_breaks_the_format_is_named_by_its_line(
    tmp_path: Path, lines: list[str], row: int, says: str
) -> None:
    with pytest.raises(RefusedFileError) as refusal:
        nem13.read(open_file(_written(tmp_path, *lines)))
    assert (refusal.value.problems[0].row, says in str(refusal.value)) == (row, True)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    bad = ROW.replace(",E,", ",X,")
    with pytest.raises(RefusedFileError) as refusal:
        nem13.read(open_file(_written(tmp_path, HEAD, bad, ROW, bad)))
    assert [problem.row for problem in refusal.value.problems] == [2, 4, 4]


@pytest.mark.parametrize(
    ("old", "new", "code"), [("KWH", "MWH", "unit"), (",A,,,0001848", ",N,,,0001848", "missing")]
)
def test_a_row_that_gives_no_reading_is_refused_alone(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    read = nem13.read(open_file(_written(tmp_path, HEAD, ROW.replace(old, new), ROW, "900")))
    assert [(bad.row, bad.problems[0].code) for bad in read.bad_rows] == [(2, code)]
    assert [one.row for one in read.readings] == [3, 3]


def _supply(sessions: sessionmaker[Session], serial: str = "11007") -> int:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        return supplier.add_meter(
            session,
            office_id,
            serial,
            point="NEM1311007",
            digits=7,
            installed_on=date(2004, 1, 1),
        )


def _take_in(sessions: sessionmaker[Session], path: Path) -> Any:
    return intake.take_in(sessions, path, by="chen", today=TODAY, now=supplier.NOW)


@pytest.mark.parametrize("serial", ["11007", "NEM1311007/11007"])
def test_the_format_is_recognized_and_both_readings_are_kept(
    sessions: sessionmaker[Session], tmp_path: Path, serial: str
) -> None:
    point = _supply(sessions, serial)
    taken = _take_in(sessions, _written(tmp_path, HEAD, ROW, "900"))
    assert (taken.layout, taken.rows, taken.accepted) == ("nem13", 1, 1)
    period = Period(date(2004, 10, 1), date(2005, 1, 1))
    with sessions() as session:
        usage = store.usage_of(session, [(point, period)])[point, period]
    assert isinstance(usage, Usage)
    assert usage.kwh == 884


def test_a_row_goes_on_from_the_one_before_and_its_first_reading_is_known(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    _supply(sessions)
    _take_in(sessions, _written(tmp_path, HEAD, ROW, "900"))
    following = (
        "250,NEM1311007,1141,1,11,11,11007,E,0001848.00,20050101161200,A,,,0002848.00,"
        "20050401161200,A,,,1000,KWH,20050601,20050520113808,"
    )
    taken = _take_in(sessions, _written(tmp_path, HEAD, following, "900"))
    assert (taken.accepted, taken.verdicts) == (1, ())


def test_another_service_point_than_the_meters_is_not_believed(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    _supply(sessions)
    other = ROW.replace("NEM1311007", "NEM1311008")
    taken = _take_in(sessions, _written(tmp_path, HEAD, other, "900"))
    assert [(one.verdict, one.code) for one in taken.verdicts] == [
        (Verdict.REFUSED, "unknown_meter")
    ]


def test_a_quantity_that_is_not_the_difference_waits_for_a_person(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    _supply(sessions)
    taken = _take_in(sessions, _written(tmp_path, HEAD, ROW.replace(",884,", ",31,"), "900"))
    assert [(one.verdict, one.code) for one in taken.verdicts] == [
        (Verdict.DOUBTED, "quantity_differs")
    ]


def _install_all(session: Session) -> dict[tuple[str, str], int]:
    """Install every meter of the corpus, each register under the mark that its file gives it."""
    office_id = supplier.open_shop(session)
    registers: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for case in _cases():
        mark = f"{case['register_id']}/{case['suffix']}"
        meter = registers.setdefault((case["nmi"], case["meter"]), {})
        meter.setdefault(mark, []).append(case)
    points = {}
    for (nmi, serial), by_mark in registers.items():
        codes = dict(zip(by_mark, _codes(by_mark), strict=True))
        every = [case for cases in by_mark.values() for case in cases]
        longest = max(_digits(Decimal(str(c[key]))) for c in every for key in ("prev", "curr"))
        firsts = {mark: min(some, key=lambda one: one["prev_at"]) for mark, some in by_mark.items()}
        points[nmi, serial] = supplier.add_meter(
            session,
            office_id,
            f"{nmi}/{serial}",
            point=nmi,
            marks={code: mark for mark, code in codes.items()},
            digits=max(longest, *(case["dial_digits"] or 0 for case in every)),
            installed_on=_day(firsts[next(iter(by_mark))]["prev_at"]),
            opening={codes[mark]: str(first["prev"]) for mark, first in firsts.items()},
            kwh_per_day_max="5000",
        )
    return points


def _codes(by_mark: dict[str, list[dict[str, Any]]]) -> list[str]:
    if len(by_mark) > 1:
        return ["flat", "valley"]
    ((case, *_),) = by_mark.values()
    return ["export" if case["direction"] == "I" else "total"]


def test_the_whole_corpus_goes_through_the_door_to_the_printed_quantities(
    sessions: sessionmaker[Session],
) -> None:
    corpora.corpus("nem")
    with sessions.begin() as session:
        points = _install_all(session)
    taken = {
        file: _take_in(sessions, corpora.corpus("nem", *file.split("/")))
        for file in sorted({case["file"] for case in _cases()})
    }
    _accept_all_doubts(sessions)
    offenses, right = [], 0
    with sessions() as session:
        for case in _cases():
            period = Period(_day(case["prev_at"]), _day(case["curr_at"]))
            point = points[case["nmi"], case["meter"]]
            usage = store.usage_of(session, [(point, period)])[point, period]
            parts = usage.parts if isinstance(usage, Usage) else ()
            found = [-one.kwh if one.code is RegisterCode.EXPORT else one.kwh for one in parts]
            if Decimal(str(case["quantity"])) in found:
                right += 1
            elif case["kind"] != "inconsistent_in_source":
                offenses.append(f"{case['file']} {case['curr_at']}: {usage}")
    # The provider of this one gave two readings of a day; neither was taken.
    assert all("Scenario18_ETSAMDP" in offense for offense in offenses), "\n".join(offenses)
    assert right == len(_cases()) - len(offenses) - 2
    said = {one.code for batch in taken.values() for one in batch.verdicts}
    assert said == {"quantity_differs", "rollover", "conflict", "zero"}


def _accept_all_doubts(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        waiting = [one.id for one in intake.doubts(session)]
    for row_id in waiting:
        intake.settle(
            sessions, row_id, accept=True, by="wang", reason="asked", today=TODAY, now=supplier.NOW
        )


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])


def test_the_format_that_is_named_overrules_what_the_content_shows(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    _supply(sessions)
    path = _written(tmp_path, HEAD, ROW, "900")
    asked: dict[str, Any] = {"by": "chen", "today": TODAY, "now": supplier.NOW, "dry_run": True}
    with pytest.raises(RefusedFileError, match="there is no column"):
        intake.take_in(sessions, path, fmt="table", **asked)
    path.write_text("meter,date,reading\n11007,2005-01-01,1848\n", "utf-8")
    with pytest.raises(RefusedFileError, match="is no NEM13 record"):
        intake.take_in(sessions, path, fmt="nem13", **asked)
    assert intake.take_in(sessions, path, **asked).accepted == 1
