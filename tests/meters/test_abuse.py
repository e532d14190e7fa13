"""Hostile and broken files: each gets what its manifest wants, and none does any harm."""

import json
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from config import batch, people
from config.batch import Verdict
from config.people import Role
from config.refusal import RefusedFileError
from meters import intake
from meters.tables import ReadingRow
from tests import corpora
from tests.meters import supplier

# What the corpus calls a problem, and what we do.
CODES = {
    "E_TYPE_MISMATCH": "wrong_type",
    "E_ENCRYPTED": "encrypted",
    "E_CORRUPT": "corrupt",
    "E_ZIP_BOMB": "zip_bomb",
    "E_ZIP_ENTRIES": "zip_entries",
    "E_ZIP_PATH": "zip_path",
    "E_NOT_XLSX": "not_xlsx",
    "E_XML_DTD": "xml_dtd",
    "E_XML_SYNTAX": "xml_syntax",
    "E_MACRO": "macro",
    "E_TOO_MANY_COLUMNS": "too_many_columns",
    "E_TOO_MANY_ROWS": "too_many_rows",
    "E_NO_ROWS": "no_rows",
    "E_ENCODING": "encoding",
    "E_CONTROL_CHARS": "control_characters",
    "E_HEADER": "header",
    "E_FIELD_COUNT": "field_count",
    "E_FIELD_TOO_LONG": "field_too_long",
    "E_UNKNOWN_METER": "unknown_meter",
    "E_UNKNOWN_REGISTER": "unknown_register",
    "E_NUMBER_FORMAT": "number_format",
    "E_NEGATIVE": "negative",
    "E_MISSING": "missing",
    "E_RANGE": "too_many_digits",
    "E_PRECISION": "too_many_decimals",
    "E_FORMULA": "formula",
    "E_DATE_FORMAT": "date_format",
    "E_DATE_RANGE": "date_format",
    "E_DATE_AMBIGUOUS": "date_ambiguous",
    "E_DATE_FUTURE": "future_date",
    "E_BEFORE_INSTALL": "before_installation",
    "E_BEFORE_BILLED": "out_of_order",
    "E_DUPLICATE": "duplicate",
    "E_CONFLICT": "conflict",
    "E_QUALITY": "unknown_value",
    "INCOMPLETE_SET": "incomplete_set",
    "INCOMPLETE_DAY": "incomplete_day",
    "ROLLOVER": "rollover",
    "HIGH": "spike",
    "ZERO": "zero",
    "DECREASE": "backwards",
}
# What a service point of the corpus can draw in a day; its reference names no such bound.
# The meter with intervals counts by this clock; days by themselves don't depend on it.
ZONE = "Europe/Berlin"
KWH_PER_DAY_MAX = {"M1001": "3000", "M1002": "40"}


@cache
def _manifest() -> list[dict[str, Any]]:
    folder = corpora.ROOT / corpora.CORPORA["abuse"]
    if not folder.is_dir():
        return []
    cases = json.loads((folder / "manifest.json").read_text("utf-8"))["cases"]
    return [case for case in cases if case["kind"] == "readings"]


def _open(sessions: sessionmaker[Session]) -> date:
    """Install the meters that the corpus tells of, with the history that its averages imply."""
    reference = json.loads(corpora.corpus("abuse", "reference.json").read_text("utf-8"))
    with sessions.begin() as session:
        first = supplier.open_shop(session)
        other = people.add_office(session, code="R2", name_zh="城西", name_en="West")
        people.add_user(
            session,
            login=supplier.CLERK,
            name="Li Na",
            password="irrelevant",
            roles=[Role.CLERK],
            office_ids=[first],
        )
        for serial, meter in reference["meters"].items():
            if meter["registers"] == ["interval"]:
                installed_on = date.fromisoformat(meter["installed"])
                supplier.add_meter(session, first, serial, codes=(), installed_on=installed_on)
            elif "last" in meter:
                _install(session, serial, meter, first if meter["region"] == "R1" else other)
    return date.fromisoformat(reference["as_of"])


def _install(session: Session, serial: str, meter: dict[str, Any], office_id: int) -> None:
    last = {code: (date.fromisoformat(day), Decimal(v)) for code, (day, v) in meter["last"].items()}
    installed_on = date.fromisoformat(meter["installed"])
    supplier.add_meter(
        session,
        office_id,
        serial,
        codes=meter["registers"],
        digits=meter["dials"],
        decimals=meter["decimals"],
        multiplier=str(meter["ct"]),
        kwh_per_day_max=KWH_PER_DAY_MAX.get(serial, "3000"),
        installed_on=installed_on,
    )
    for code, (day, value) in last.items():
        if day > installed_on:
            daily = Decimal(meter["avg_daily"])
            back = min(92, int(value / daily))
            before = max(day - timedelta(days=back), installed_on + timedelta(days=1))
            earlier = value - daily * (day - before).days
            days = {str(before): str(earlier.quantize(Decimal(1))), str(day): str(value)}
            supplier.read(session, serial, days, code=code)


def _take_in(
    sessions: sessionmaker[Session], case: dict[str, Any], today: date, *, dry_run: bool = False
) -> batch.Batch:
    return intake.take_in(
        sessions,
        corpora.corpus("abuse", case["file"]),
        by=supplier.CLERK,
        today=today,
        now=supplier.NOW,
        dry_run=dry_run,
        asked=intake.Asked(zone=ZONE),
    )


def _count(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(ReadingRow)) or 0


def _ours(codes: str | list[str]) -> set[str]:
    return {CODES[code] for code in ([codes] if isinstance(codes, str) else codes)}


def _offense(sessions: sessionmaker[Session], case: dict[str, Any], today: date) -> str | None:
    """Say what a file got that it shouldn't, or nothing."""
    wanted = case["wanted"]
    try:
        taken = _take_in(sessions, case, today, dry_run=True)
    except RefusedFileError as refusal:
        is_right = wanted["outcome"] == "reject_file" and refusal.code in _ours(wanted["code"])
        return None if is_right else f"{case['file']}: refused: {refusal}"
    if wanted["outcome"] == "reject_file":
        return f"{case['file']}: taken in"
    spoken = [one for one in taken.verdicts if one.verdict is not Verdict.REFUSED]
    found = taken.accepted + taken.doubted, taken.refused, len(spoken)
    codes = {one.code for one in taken.verdicts}
    is_right = found == (wanted["accepted"], wanted["rejected"], wanted["flagged"])
    if is_right and (not wanted["code"] or codes <= _ours(wanted["code"])):
        return None
    return f"{case['file']}: {found} and {codes}, wanted {wanted}"


def test_every_hostile_file_gets_what_it_must(sessions: sessionmaker[Session]) -> None:
    corpora.corpus("abuse")
    today = _open(sessions)
    cases = [case for case in _manifest() if "after" not in case]
    before = _count(sessions)
    offenses = [offense for case in cases if (offense := _offense(sessions, case, today))]
    assert not offenses, "\n".join(offenses)
    assert _count(sessions) == before


def test_a_file_gets_what_it_must_after_another_one(sessions: sessionmaker[Session]) -> None:
    corpora.corpus("abuse")
    today = _open(sessions)
    by_id = {case["id"]: case for case in _manifest()}
    later = [case for case in _manifest() if "after" in case]
    for first in sorted({first for case in later for first in case["after"]}):
        _take_in(sessions, by_id[first], today)
    offenses = [offense for case in later if (offense := _offense(sessions, case, today))]
    assert not offenses, "\n".join(offenses)


@pytest.mark.parametrize(
    "case",
    [case for case in _manifest() if "canonical" in case["wanted"]],
    ids=lambda case: case["id"],
)
def test_a_value_is_read_as_it_was_meant(
    case: dict[str, Any], sessions: sessionmaker[Session]
) -> None:
    today = _open(sessions)
    taken = _take_in(sessions, case, today)
    with sessions() as session:
        for serial, code, day, value, quality in case["wanted"]["canonical"]:
            register = supplier.register_id(session, serial, code)
            kept = session.scalars(
                select(ReadingRow).where(
                    ReadingRow.register_id == register, ReadingRow.batch_id == taken.id
                )
            ).one()
            found = (kept.taken_on.isoformat(), kept.value, kept.kind)
            assert found == (day, Decimal(value), {"A": "actual", "E": "estimated"}[quality])
