"""How the drafts of a run become documents: sound, numbered, dated and due."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from billing import continuity, drafts, store
from billing import held as holds
from billing.bill import IssuedBill
from billing.outcome import READINGS_CHANGED, RunReport
from config.almanac import calendar_named
from config.in_force import market_on


def next_issued(
    session: Session, run: RunReport, issued_on: date, after: int, number: int, limit: int
) -> list[IssuedBill]:
    """Return the next drafts as documents, numbered without a gap; none after the last."""
    waiting = _sound(session, run.run_id, after, limit)
    accounts = store.accounts(session, {one.account_id for one in waiting}, on=issued_on)
    market = market_on(session, issued_on)
    calendar = calendar_named(market.calendar)
    days = {
        credit_days: market.due.rolled(
            issued_on + timedelta(max(credit_days, market.due.credit_days_min)), calendar
        )
        for credit_days in {account.credit_days for account in accounts.values()}
    }
    return [
        one.issued(
            f"{run.code}{at:07d}",
            issued_on=issued_on,
            due_on=days[accounts[one.account_id].credit_days],
        )
        for at, one in enumerate(waiting, start=number + 1)
    ]


def _sound(session: Session, run_id: int, after: int, limit: int) -> list[drafts.Waiting]:
    """Return the next drafts whose readings still hold; the others of the way are held."""
    while waiting := drafts.drafts_to_issue(session, run_id, after=after, limit=limit):
        changed = continuity.changed(session, waiting)
        holds.hold(session, changed, rule=READINGS_CHANGED)
        sound = [one for one in waiting if one.bill_id not in changed]
        if sound:
            return sound
    return []
