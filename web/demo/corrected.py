"""What a clerk does when this month's reading shows that last month's was wrong."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, time
from decimal import Decimal

import meters.intake
from billing import corrections
from billing import store as master
from config.database import reading
from meters.reading import RegisterCode
from web.demo.readings import Row
from web.demo.staff import CLERK, SUPERVISOR, found
from web.demo.stage import Stage


def set_right(stage: Stage, rows: Sequence[Row], day: date) -> None:
    """Correct the readings before the rows, and have the bill that went by them cancelled."""
    now = stage.now(day, time(14))
    for row in rows:
        if row.previous_on is not None:
            # It is right by now if the demo was stopped here.
            with suppress(meters.intake.CorrectionError):
                meters.intake.correct(
                    stage.sessions,
                    serial=row.serial,
                    register=RegisterCode(row.register),
                    taken_on=row.previous_on,
                    value=Decimal(row.previous),
                    reason="the month after shows that it was mistyped",
                    by=CLERK,
                    today=day,
                    now=now,
                )
    for number in _billed_by(stage, rows):
        with suppress(corrections.CannotCancelError):
            _cancel(stage, number, day)


def _billed_by(stage: Stage, rows: Sequence[Row]) -> list[str]:
    """Return the numbers of the bills that end with the readings before the rows."""
    accounts = {one.point_number: key for key, one in stage.subscribers.items()}
    ends = {(accounts[row.point_number], row.previous_on) for row in rows}
    with reading(stage.sessions) as session:
        return [
            bill.number
            for account_id, end in sorted(ends, key=str)
            for bill in master.bills(session, account_id=account_id)
            if bill.period.end == end and bill.cancelled_by_id is None
        ]


def _cancel(stage: Stage, number: str, day: date) -> None:
    now = stage.now(day, time(15))
    asked = corrections.ask_to_cancel(
        stage.sessions, number, by=CLERK, reason="a reading was mistyped", now=now
    )
    with reading(stage.sessions) as session:
        supervisor = found(session, SUPERVISOR)
    reversal = corrections.cancel(
        stage.sessions, asked, by=supervisor, reason="readings compared", today=day, now=now
    )
    stage.reassess([reversal.account_id], day, time(15))
