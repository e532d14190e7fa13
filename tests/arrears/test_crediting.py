"""The credit file keeps what is told, limits take two people, and warnings find an owner."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears import crediting, raising, store
from arrears.behaviour import Behaviour
from arrears.credit import Grade
from arrears.credit_file import (
    FileItem,
    ItemKind,
    cover,
    expiring,
    holding,
    is_changed_since,
    missing,
)
from arrears.crediting import BadCreditError
from arrears.early_warning import Granted, Level, WarningKind, Watched, warnings_of
from arrears.exposure import Exposure
from billing.customer import CustomerKind
from billing.money import money
from config import approval, people
from config.approval import OwnWorkError, State
from tests.arrears import street

TODAY = date(2026, 6, 1)
DAY = timedelta(days=1)


def item(
    no: int, kind: ItemKind, day: date, until: date | None = None, amount: int = 0
) -> FileItem:
    """Return an item of a file, recorded on the day from which it holds."""
    return FileItem(no, 1, kind, f"item {no}", day, until, amount or None, "", "", {}, day, "li")


def test_of_identity_the_newest_holds_and_of_covers_all() -> None:
    file = [
        item(1, ItemKind.LEGAL_REPRESENTATIVE, date(2024, 1, 1)),
        item(2, ItemKind.LEGAL_REPRESENTATIVE, date(2026, 1, 1)),
        item(3, ItemKind.GUARANTEE, date(2025, 1, 1), date(2026, 12, 31), money(300)),
        item(4, ItemKind.COLLATERAL, date(2025, 1, 1), date(2026, 5, 31), money(500)),
    ]
    assert [one.id for one in holding(file, on=TODAY)] == [2, 3]
    assert [one.id for one in holding(file, on=date(2025, 6, 1))] == [1, 3, 4]
    assert cover(file, on=TODAY) == money(300)
    assert cover(file, on=TODAY - DAY) == money(800)


def test_what_is_lacking_and_what_runs_out_is_listed() -> None:
    file = [
        item(1, ItemKind.CONTRACT, date(2020, 1, 1), date(2026, 5, 1)),
        item(2, ItemKind.STATEMENT, date(2025, 1, 1), date(2026, 6, 20)),
        item(3, ItemKind.SHAREHOLDERS, date(2020, 1, 1), date(2025, 1, 1)),
        item(4, ItemKind.SHAREHOLDERS, date(2025, 1, 1)),
    ]
    assert missing(file, CustomerKind.COMPANY, on=TODAY) == (
        ItemKind.LEGAL_REPRESENTATIVE,
        ItemKind.CONTRACT,
    )
    assert [one.id for one in expiring(file, on=TODAY)] == [1, 2], "3 was replaced"
    assert is_changed_since(file, date(2024, 12, 31))
    assert not is_changed_since(file, date(2025, 1, 1))


def watched(exposure: int, **others: object) -> Watched:
    """Return a customer with a limit of 1000 and a warning line of 800."""
    one = Watched(
        customer_id=1,
        behaviour=Behaviour(date(2020, 1, 1)),
        exposure=Exposure(exposure, 0, 0, 0),
        granted=Granted(1, money(1000), money(800), TODAY),
        grade=Grade.A,
        grade_before=Grade.A,
        is_incomplete=False,
    )
    return replace(one, **others)


@given(st.integers(0, 3000))
def test_the_warning_line_and_the_limit_each_have_their_own_warning(amount: int) -> None:
    found = [(one.kind, one.level) for one in warnings_of(watched(money(amount)), as_of=TODAY)]
    if amount > 1000:
        assert found == [(WarningKind.OVER_LIMIT, Level.RED)]
    elif amount >= 800:
        assert found == [(WarningKind.OVER_WARNING_LINE, Level.ORANGE)]
    else:
        assert found == []


def test_a_fall_in_grade_late_months_and_a_bare_file_are_warned_of_the_worst_first() -> None:
    one = watched(
        0,
        behaviour=Behaviour(date(2020, 1, 1), months_late=(1, 2, 1, 0, 0, 0)),
        grade=Grade.CC,
        grade_before=Grade.BB,
        is_incomplete=True,
    )
    assert [(found.kind, found.level) for found in warnings_of(one, as_of=TODAY)] == [
        (WarningKind.GRADE_FELL, Level.RED),
        (WarningKind.LATE_OFTEN, Level.ORANGE),
        (WarningKind.FILE_INCOMPLETE, Level.BLUE),
    ]
    risen = watched(0, grade=Grade.AA, grade_before=Grade.BB)
    assert warnings_of(risen, as_of=TODAY) == []


def record(sessions, kind: ItemKind, **others: object) -> int:
    """Record an item for the customer of A-100."""
    facts = {"title": "Bank of Ning", "holds_from": TODAY, "by": "li", "today": TODAY}
    return crediting.record(sessions, "A-100", kind, now=street.at(TODAY), **{**facts, **others})


def test_the_file_covers_exposure_and_any_past_day_can_be_seen(sessions, account) -> None:
    record(sessions, ItemKind.GUARANTEE, amount=money(120), expires_on=date(2026, 12, 31))
    with sessions() as session:
        now = crediting.credit_file(session, "A-100", as_of=TODAY)
        before = crediting.credit_file(session, "A-100", as_of=TODAY - DAY)
    assert now.exposure.guarantees == money(120)
    assert now.exposure.open_bills == money(300)
    # Nothing was billed for 92 days: what was used since counts at 300 a month.
    assert now.exposure.unbilled == money(920)
    assert now.exposure.amount == money(300 + 920 - 120)
    assert before.exposure.amount == money(300 + 910)
    assert before.items == ()
    assert now.missing == (ItemKind.CONTRACT,)


def test_a_bad_item_is_refused_with_all_that_is_wrong_and_nothing_is_kept(
    sessions, account
) -> None:
    with pytest.raises(BadCreditError) as refused:
        record(
            sessions,
            ItemKind.GUARANTEE,
            title=" ",
            holds_from=TODAY + DAY,
            expires_on=TODAY,
        )
    for part in ("title", "holds_from", "expires_on", "amount"):
        assert part in str(refused.value), part
    with sessions() as session:
        assert crediting.credit_file(session, "A-100", as_of=TODAY).items == ()


def ask(sessions, limit: int, *, by: str = street.MAKER) -> int:
    """Ask for a limit with a warning line of four fifths."""
    return crediting.apply(
        sessions,
        "A-100",
        limit=money(limit),
        warning_line=money(limit) * 4 // 5,
        reason="pays",
        by=by,
        today=TODAY,
        now=street.at(TODAY),
    )


def decide(sessions, asked: int, by: people.User, *, accept: bool = True) -> approval.Approval:
    """Say yes or no to a limit."""
    return crediting.grant(
        sessions, asked, by=by, accept=accept, reason="seen", today=TODAY, now=street.at(TODAY)
    )


def test_a_limit_holds_only_once_a_second_person_granted_it(sessions, account) -> None:
    asked = ask(sessions, 250, by=street.OFFICERS[0])
    with sessions() as session:
        own, other = street.officer(session), street.officer(session, 1)
        assert crediting.credit_file(session, "A-100", as_of=TODAY).granted is None
    with pytest.raises(OwnWorkError):
        decide(sessions, asked, own)
    assert decide(sessions, asked, other).state is State.APPROVED
    refused = decide(sessions, ask(sessions, 900), other, accept=False)
    assert refused.state is State.REFUSED
    with sessions() as session:
        found = crediting.credit_file(session, "A-100", as_of=TODAY)
        before = crediting.credit_file(session, "A-100", as_of=TODAY - DAY)
    assert found.granted == Granted(account.customer_id, money(250), money(200), TODAY)
    assert before.granted is None


def test_a_scan_warns_once_and_the_owner_closes_it_with_what_was_done(sessions, account) -> None:
    with sessions() as session:
        other = street.officer(session, 1)
    decide(sessions, ask(sessions, 250), other)
    when = {"today": TODAY, "now": street.at(TODAY)}
    first = raising.scan(sessions, **when)
    assert raising.scan(sessions, **when) == 0, "what is open is not raised again"
    with sessions() as session:
        found = store.warnings(session)
    assert len(found) == first
    over = found[0]
    assert (over.kind, over.level) == (WarningKind.OVER_LIMIT, Level.RED)
    assert over.facts["exposure"] == money(1220), "open 300 and unbilled 920"
    raising.take(sessions, over.id, owner="li", action="calls", now=street.at(TODAY))
    with pytest.raises(BadCreditError, match="done: is empty"):
        raising.close(sessions, over.id, by="li", done=" ", **when)
    raising.close(sessions, over.id, by="li", done="guarantee asked for", **when)
    with pytest.raises(BadCreditError, match="none of this number is open"):
        raising.close(sessions, over.id, by="li", done="again", **when)
    with sessions() as session:
        kept = store.warnings(session, with_closed=True)
    closed = next(one for one in kept if one.id == over.id)
    assert (closed.owner, closed.action, closed.done) == ("li", "calls", "guarantee asked for")
    assert raising.scan(sessions, **when) == 1, "the cause is still there"


def test_a_reported_change_becomes_a_task_each_time(sessions, account) -> None:
    for what in ("moved", "new owner"):
        crediting.report_change(sessions, "A-100", what, by="li", today=TODAY, now=street.at(TODAY))
    with sessions() as session:
        found = store.warnings(session)
    assert [one.facts["what"] for one in found] == ["moved", "new owner"]
    with pytest.raises(BadCreditError, match="no customer or account"):
        crediting.report_change(
            sessions, "A-999", "moved", by="li", today=TODAY, now=street.at(TODAY)
        )
