"""Who is watched comes up again in time, and who begins to pay in parts is warned of."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from arrears import crediting, raising, store, watching
from arrears.credit_file import Flag, ItemKind
from arrears.crediting import BadCreditError
from arrears.early_warning import WarningKind, begins_paying_in_parts
from billing.account import AccountTerms
from billing.money import money
from billing.store import add_terms
from tests.arrears import street
from tests.billing import town

TODAY = date(2026, 6, 1)
DAY = timedelta(days=1)


def flag(sessions, one, *, on=TODAY, until=None):
    return crediting.record(
        sessions, "A-100", ItemKind.WATCH, title=one, holds_from=on, expires_on=until, by="li",
        today=on, now=street.at(on))  # fmt: skip


def listed(sessions, day):
    with sessions() as session:
        return watching.watch_list(session, as_of=day)


def look(sessions, one, on, found="pays"):
    return watching.follow_up(
        sessions, "A-100", one, found=found, by="wu", today=on, now=street.at(on)
    )


def test_who_is_watched_is_looked_at_again_after_the_interval_of_the_flag(sessions, account):
    flag(sessions, Flag.TENANT, until=TODAY + 100 * DAY)
    flag(sessions, Flag.LARGE_OLD_DEBT)

    old, tenant = listed(sessions, TODAY)

    assert (old.flag, old.next_on) == (Flag.LARGE_OLD_DEBT, TODAY + 30 * DAY)
    assert (tenant.flag, tenant.next_on) == (Flag.TENANT, TODAY + 60 * DAY)
    assert (old.open, old.overdue) == (money(300), money(300))
    assert not old.is_due_on(TODAY + 29 * DAY)
    assert old.is_due_on(TODAY + 30 * DAY)

    look(sessions, Flag.TENANT, TODAY + 61 * DAY, found="still there")

    (again,) = [one for one in listed(sessions, TODAY + 61 * DAY) if one.flag is Flag.TENANT]
    assert (again.since, again.looked_on, again.looked_by, again.found, again.next_on) == (
        TODAY, TODAY + 61 * DAY, "wu", "still there", TODAY + 121 * DAY)  # fmt: skip
    # It ends when it was to end, and what was said on a past day stays so.
    assert [one.flag for one in listed(sessions, TODAY + 101 * DAY)] == [Flag.LARGE_OLD_DEBT]
    assert listed(sessions, TODAY) == [old, tenant]


def test_what_was_found_is_said_and_only_of_a_flag_that_is_up(sessions, account):
    with pytest.raises(BadCreditError, match="is not watched as tenant"):
        look(sessions, Flag.TENANT, TODAY)
    flag(sessions, Flag.TENANT)
    with pytest.raises(BadCreditError, match="found: is empty"):
        look(sessions, Flag.TENANT, TODAY, found=" ")
    assert len(listed(sessions, TODAY)) == 1


def test_the_watch_list_as_a_workbook(sessions, account, tmp_path):
    flag(sessions, Flag.HIGH_MOBILITY)
    day = TODAY + 30 * DAY
    watching.write(tmp_path / "watch.xlsx", listed(sessions, day), as_of=day)

    _, row = load_workbook(tmp_path / "watch.xlsx").active.iter_rows(values_only=True)

    assert row[0] == "C-A-100"
    assert row[2] == "流动性强 moves often"
    assert (row[8], row[11]) == ("是 yes", 300)


@given(st.lists(st.booleans(), max_size=12))
def test_somebody_begins_to_pay_in_parts_only_once_and_after_whole_bills(in_parts):
    begins = begins_paying_in_parts(in_parts)
    if begins:
        assert sum(in_parts) in (2, 3)
        assert len(in_parts) >= 6
        # Three bills later it is no beginning any more.
        assert not begins_paying_in_parts([True] * 3 + in_parts)
    if not any(in_parts[3:]) and len(in_parts) >= 6:
        assert begins is (sum(in_parts[:3]) >= 2)


@pytest.fixture
def payer(sessions):
    """Give B-1, who paid the bills of January to April whole and those of May and June in parts."""
    with sessions.begin() as session:
        street.enact(session)
        account = town.settle_in(session, "B-1")["B-1"]
    for month in range(1, 7):
        due = date(2026, month, 16)
        with sessions.begin() as session:
            street.bill(session, account, "100.00", due=due)
        for at, part in enumerate(("60.00", "40.00") if month > 4 else ("100.00",)):
            street.pay(sessions, account, part, on=due - (3 - at) * DAY)
    return account


def kinds(sessions):
    with sessions() as session:
        return {one.kind: one.facts for one in store.warnings(session)}


def test_who_used_to_pay_whole_bills_and_pays_in_parts_is_warned_of_once(sessions, payer):
    day = date(2026, 6, 20)
    raising.scan(sessions, today=day, now=street.at(day))

    assert kinds(sessions)[WarningKind.PAYS_IN_PARTS] == {"bills_in_parts": 2, "bills_whole": 3}
    assert raising.scan(sessions, today=day, now=street.at(day)) == 0


def test_who_agreed_to_settle_in_parts_is_not_warned_of(sessions, payer):
    with sessions.begin() as session:
        add_terms(session, [AccountTerms(payer.id, date(2026, 5, 1), 15, 2)])
    day = date(2026, 6, 20)

    raising.scan(sessions, today=day, now=street.at(day))

    assert WarningKind.PAYS_IN_PARTS not in kinds(sessions)
