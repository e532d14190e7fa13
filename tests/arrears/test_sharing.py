"""What others have to know: changes, privileges, and arrears told to a public platform by two."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from arrears import changes, crediting, public_credit, store
from arrears.changes import What
from arrears.credit import Grade, Privilege
from arrears.credit_file import ItemKind
from arrears.public_credit import BadReportError
from arrears.rules import in_force, privileges_on
from billing.money import money
from billing.tables import CustomerRow
from config import approval
from config.acts import Act
from config.approval import OwnWorkError
from config.people import Role
from tests.arrears import street

DAY = timedelta(days=1)
TODAY = street.DUE + 100 * DAY
WHEN = {"today": TODAY, "now": street.at(TODAY)}
LI = {"by": "li", **WHEN}


@pytest.fixture
def works(sessions, account):
    """Give A-100 as a company that has owed 1,300.00 for a hundred days."""
    with sessions.begin() as session:
        session.execute(
            update(CustomerRow).where(CustomerRow.id == account.customer_id).values(kind="company")
        )
        street.bill(session, account, "1000.00", due=street.DUE)
    return account


def officer(sessions, no=0):
    with sessions() as session:
        return street.officer(session, no)


def reported(sessions, day=TODAY):
    with sessions() as session:
        return public_credit.reported(session, as_of=day)


def waiting(sessions, day=TODAY):
    with sessions() as session:
        return public_credit.to_report(session, as_of=day)


def test_arrears_are_reported_by_two_people_and_settled_when_paid(sessions, works, tmp_path):
    assert [(one.overdue, one.since) for one in waiting(sessions)] == [(money(1300), street.DUE)]
    asked = public_credit.ask(sessions, "A-100", reason="silent", **LI)
    with pytest.raises(BadReportError, match="waits for a word already"):
        public_credit.ask(sessions, "A-100", reason="silent", **LI)
    assert reported(sessions) == []
    by = officer(sessions)
    with pytest.raises(OwnWorkError):
        public_credit.grant(
            sessions, asked, by=replace(by, login="li"), accept=True, reason="", **WHEN
        )
    public_credit.grant(sessions, asked, by=by, accept=True, reason="so be it", **WHEN)
    (one,) = reported(sessions)
    assert (one.amount, one.since, one.reported_on) == (money(1300), street.DUE, TODAY)
    assert (one.by, one.overdue_now, one.is_settled) == (by.login, money(1300), False)
    assert waiting(sessions) == [], "who is reported isn't reported again"
    assert reported(sessions, TODAY - DAY) == [], "nothing was reported yesterday"

    street.pay(sessions, works, "2000.00", on=TODAY + DAY)
    later = reported(sessions, TODAY + DAY)
    assert [one.is_settled for one in later] == [True]
    path = tmp_path / "platform.xlsx"
    public_credit.write(path, later, as_of=TODAY + DAY)
    sheet = load_workbook(path).worksheets[0]
    assert [cell.value for cell in sheet[2]][1:3] == ["C-A-100", 1300]
    assert sheet["G2"].value == "已结清 settled"


def test_who_has_paid_before_the_word_isn_t_reported(sessions, works):
    asked = public_credit.ask(sessions, "A-100", reason="silent", **LI)
    street.pay(sessions, works, "2000.00", on=TODAY)
    by = officer(sessions)
    with pytest.raises(BadReportError, match="owes nothing overdue"):
        public_credit.grant(sessions, asked, by=by, accept=True, reason="", **WHEN)
    with sessions() as session:
        assert [one.id for one in approval.waiting(session, act=Act.REPORT_ARREARS)] == [asked]
    public_credit.grant(sessions, asked, by=by, accept=False, reason="has paid", **WHEN)
    assert reported(sessions) == []


def test_who_has_paid_a_part_isn_t_reported_with_the_whole(sessions, works):
    asked = public_credit.ask(sessions, "A-100", reason="silent", **LI)
    street.pay(sessions, works, "1000.00", on=TODAY)

    with pytest.raises(BadReportError, match=r"of 1,300\.00 is left overdue; refuse this one"):
        public_credit.grant(sessions, asked, by=officer(sessions), accept=True, reason="", **WHEN)
    assert reported(sessions) == []


def test_all_that_stands_against_a_report_is_said_at_once(sessions, account):
    early = street.DUE + 10 * DAY
    when = {"by": "li", "today": early, "now": street.at(early)}
    with pytest.raises(BadReportError) as refused:
        public_credit.ask(sessions, "A-100", reason=" ", **when)
    words = str(refused.value)
    assert words.count("\n") == 3
    assert "is a person" in words
    assert "10 days overdue" in words
    assert "owes 300.00" in words
    assert "reason: is empty" in words


def test_where_the_law_names_no_platform_nobody_is_reported(sessions, works):
    # The law of 1996 has no such thing.
    before = date(2024, 5, 31)
    assert waiting(sessions, before) == []
    with pytest.raises(BadReportError, match="names no platform"):
        public_credit.ask(
            sessions, "A-100", reason="silent", by="li", today=before, now=street.at(before)
        )


def test_changes_reach_those_who_have_to_know_on_the_day(sessions, account):
    def put(kind, title, **more):
        """Record an item of today."""
        crediting.record(sessions, "A-100", kind, title=title, holds_from=TODAY, **more, **LI)

    put(ItemKind.SHAREHOLDERS, "Wang 60 %")
    put(ItemKind.STATEMENT, "2025")
    put(ItemKind.GUARANTEE, "Bank of Ning", amount=money(500))
    crediting.report_change(sessions, "A-100", "sells the mill", **LI)
    asked = crediting.apply(
        sessions, "A-100", limit=money(900), warning_line=money(700), reason="ok", **LI
    )
    by = officer(sessions)
    crediting.grant(sessions, asked, by=by, accept=True, reason="ok", **WHEN)

    def told(*roles, since=TODAY):
        """Return what people with the roles are told."""
        with sessions() as session:
            return {
                (one.what, one.words)
                for one in changes.changes(session, since=since, until=TODAY, roles=roles or None)
            }

    identity = (What.IDENTITY, "Wang 60 %")
    security = (What.SECURITY, "Bank of Ning")
    assert told(Role.CASHIER) == {identity, security}
    assert told(Role.COLLECTOR) == {identity, security, (What.REPORTED, "sells the mill")}
    assert told(Role.CLERK) == {identity, (What.LIMIT, "900.00 / 700.00")}
    assert told(Role.CREDIT_OFFICER) == told() == told(Role.AUDITOR)
    assert len(told()) == 5
    assert told(since=TODAY + DAY) == set()


def test_a_fallen_grade_is_a_change(sessions, account):
    street.night(sessions, street.DUE)
    with sessions.begin() as session:
        street.bill(session, account, "300.00", due=street.DUE + 31 * DAY)
        street.bill(session, account, "300.00", due=street.DUE + 62 * DAY)
    street.night(sessions, street.DUE + 70 * DAY)
    with sessions() as session:
        (moved,) = changes.changes(session, since=street.DUE, until=TODAY, roles=[Role.CLERK])
        before, after = moved.words.split(" > ")
    assert (moved.what, moved.customer_id) == (What.GRADE, account.customer_id)
    assert Grade(before) is not Grade(after)


def test_good_grades_enjoy_what_the_card_s_file_gives(sessions, account):
    day = date(2027, 1, 1)
    with sessions() as session:
        card = in_force(session, day).card
        assert privileges_on(session, day, Grade.AAA) == tuple(Privilege)
        assert privileges_on(session, TODAY, Grade.AAA) == (), "the card before gave none"
        assert privileges_on(session, date(2001, 1, 1), Grade.AAA) == ()
        assert store.graded_at_least(session, Grade.C) == {}
    assert card.privileges_of(None) == ()
    enjoyed = [len(card.privileges_of(grade)) for grade in Grade]
    assert enjoyed == sorted(enjoyed, reverse=True), "who stands better enjoys no less"
    assert enjoyed[-1] == 0
