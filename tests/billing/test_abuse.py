"""Payment files that were made to break a take-in, and what each of them must get."""

import json
from datetime import date

import pytest

from billing import books, cashier, closing, invariants, store
from billing.payment import NewPayment
from config import people
from config.database import reading
from config.people import Role
from config.refusal import RefusedFileError
from tests import corpora
from tests.billing import town

TODAY = date(2026, 11, 21)
CODES = {
    "E_CONTROL_CHARS": "control_characters",
    "E_CONTROL_TOTAL": "control_total",
    "E_DATE_FUTURE": "date_future",
    "E_ENCODING": "encoding",
    "E_FIELD_TOO_LONG": "field_too_long",
    "E_NEGATIVE": "negative",
    "E_NUMBER_FORMAT": "number_format",
    "E_PRECISION": "precision",
    "E_RANGE": "range",
    "CLOSED_PERIOD": "closed_day",
    "SUSPENSE": "other_office",
}


def cases():
    manifest = json.loads(corpora.corpus("abuse", "manifest.json").read_text("utf-8"))
    return [one for one in manifest["cases"] if one["kind"] == "payments"]


@pytest.fixture
def house(sessions):
    with sessions.begin() as session:
        town.enact(session)
        accounts = town.settle_in(session, "A-100", "A-200", office="R1")
        town.settle_in(session, "A-300", office="R2")
        store.close_accounts(session, [accounts["A-200"].id], on=date(2026, 1, 1))
        office = people.add_office(session, code="R1", name_zh="一", name_en="One")
        people.add_user(
            session,
            login="uploader",
            name="Up Loader",
            password="x",
            roles=[Role.CASHIER],
            office_ids=[office],
        )
        september = date(2026, 9, 30)
        books.receive(
            session,
            [NewPayment(accounts["A-100"].id, "till", "1", 100, september)],
            posted_on=september,
            by="uploader",
            now=town.at(september),
        )
    closing.seal_days(sessions, today=date(2026, 10, 1), now=town.at(date(2026, 10, 1)))
    return sessions


def outcome(house, case, *, dry_run=True):
    layout = "payments_agent" if case.get("profile", {}).get("trailer") else None
    path = corpora.corpus("abuse", case["file"])
    try:
        found = cashier.take_in(
            house,
            path,
            layout=layout,
            by="uploader",
            today=TODAY,
            now=town.at(TODAY),
            dry_run=dry_run,
        )
    except RefusedFileError as refused:
        return ("reject_file", refused.code)
    if found.is_repeat:
        return ("noop",)
    flagged = sum(one.verdict == "accepted" for one in found.verdicts)
    return ("rows", found.accepted, found.refused, flagged, {one.code for one in found.verdicts})


def test_every_payment_file_gets_what_its_manifest_wants(house):
    by_id = {case["id"]: case for case in cases()}
    # Each file stands for itself; those that come after another come last, for that one stays.
    for case in sorted(by_id.values(), key=lambda case: "after" in case):
        for before in case.get("after", ()):
            outcome(house, by_id[before], dry_run=False)
        found, wanted = outcome(house, case), case["wanted"]
        what = (case["id"], case["wrong"], found)
        assert found[0] == wanted["outcome"], what
        if found[0] == "rows":
            counts = (wanted["accepted"], wanted["rejected"], wanted["flagged"])
            assert found[1:4] == counts, what
            assert wanted["code"] is None or CODES[wanted["code"]] in found[4], what
        elif found[0] == "reject_file":
            assert CODES[wanted["code"]] in found[1], what


def test_whatever_a_file_holds_the_books_stay_right(house):
    for case in cases():
        outcome(house, case, dry_run=False)

    with reading(house) as session:
        assert invariants.findings(session, today=TODAY) == []
