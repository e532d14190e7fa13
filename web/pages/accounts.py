"""The account page: everything about one account, and what can be done for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from arrears import store as arrears
from arrears.case import Case, CaseEvent, Dispute, EventKind, Grading, Promise
from arrears.holds import HoldReason
from arrears.standing import Hold
from arrears.step import Step
from billing import advances, books, correcting, run, suspensions
from billing import store as billing
from billing.bill import IssuedBill
from billing.correction import Fault
from billing.customers import find_history
from billing.history import retractable
from billing.money import Money
from billing.payment import Payment
from billing.supply import PaymentMode, Protection, SupplyClass
from billing.tariffs import tariff_codes
from config import people
from config.law import DutyKind
from config.people import Permission
from meters.reading import RegisterCode
from notices import store as notices
from notices.record import Told
from web import account_page, house
from web.login import needs
from web.menu import SEES
from web.names import Who, find_who
from web.statement import statement_lines
from web.words import word

pages = Blueprint("accounts", __name__, url_prefix="/accounts")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an account, for its timeline."""

    day: date
    kind: str
    words: str
    amount: Money | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """The documents and measures of an account, the newest first."""

    bills: Sequence[IssuedBill]
    payments: Sequence[Payment]
    notices: Sequence[Told]
    cases: Sequence[Case]
    steps: Sequence[Step]
    events: Sequence[CaseEvent]
    holds: Sequence[Hold]
    promises: Sequence[Promise]
    disputes: Sequence[Dispute]
    written_off: Money


@pages.get("/<number>")
@needs(*SEES)
def show(number: str) -> str:
    """Show an account."""
    today = house.today()
    with house.looking() as session:
        whose = find_who(session, number)
        if whose is None:
            abort(404)
        lines = account_page.supply_lines(session, whose.account.id)
        records = _records(session, whose)
        trust = account_page.trust(session, whose.customer.id) if _sees_credit() else None
        return render_template(
            "account.html",
            who=whose,
            others=_others(session, whose),
            office=next(
                one for one in people.offices(session) if one.id == whose.customer.office_id
            ),
            lines=lines,
            now_lines=[line for line in lines if line.supply.is_on(today)],
            owing=account_page.owing(session, whose.account.id, today=today),
            usage=account_page.usage_chart(session, lines, today=today),
            readings=(readings := account_page.reading_days(session, lines)),
            reading_codes=[
                code for code in RegisterCode if any(code in one.values for one in readings)
            ],
            hold_reasons=list(HoldReason),
            duty_kinds=list(DutyKind),
            statement=statement_lines(books.statement(session, whose.account.id))[::-1],
            records=records,
            trust=trust,
            timeline=_timeline(records, trust.history if trust else ()),
            bill_numbers={bill.id: bill.number for bill in records.bills},
            advances=advances.advances_of(session, whose.account.id),
            corrections=correcting.corrections_of(session, whose.account.id),
            faults=list(Fault),
            **_clerks_choices(session, number, whose.account.id),
        )


def _clerks_choices(session: Session, number: str, account_id: int) -> dict[str, Any]:
    """Return the account's history, and what the forms of a clerk's acts offer."""
    happened = find_history(session, number) or ()
    fresh = retractable(happened, today=house.today())
    said = account_page.told_history([one for _, one in fresh])
    return {
        "resting": suspensions.resting(session, today=house.today(), account_ids=[account_id]),
        "history": account_page.told_history(happened),
        "fresh": [(what, one) for (what, _), one in zip(fresh, said, strict=True)],
        "supply_classes": list(SupplyClass),
        "payment_modes": list(PaymentMode),
        "protections": list(Protection),
        "tariff_codes": tariff_codes(session) if house.may(Permission.TAKE_IN_CUSTOMERS) else [],
    }


@pages.get("/<number>/preview")
@needs(*SEES)
def preview(number: str) -> str:
    """Show what a run of today would bill, without writing anything."""
    with house.looking() as session:
        whose = find_who(session, number)
    if whose is None:
        abort(404)
    today = house.today()
    found = run.preview(house.sessions(), number, until=today, today=today)
    return render_template("preview.html", who=whose, found=found)


def _sees_credit() -> bool:
    return house.may(Permission.SEE_CREDIT)


def _others(session: Session, whose: Who) -> list[str]:
    """Return the numbers of the customer's other accounts."""
    ids = billing.accounts_of(session, [whose.customer.id]).get(whose.customer.id, [])
    accounts = billing.accounts(session, [one for one in ids if one != whose.account.id])
    return sorted(one.number for one in accounts.values())


def _records(session: Session, whose: Who) -> Records:
    key = whose.account.id
    return Records(
        bills=billing.bills(session, account_id=key)[::-1],
        payments=books.payments_of(session, key),
        notices=notices.notices(session, account_id=key, limit=200),
        cases=arrears.cases(session, key),
        steps=arrears.steps_of(session, key),
        events=arrears.timeline(session, key),
        holds=arrears.holds_of(session, key),
        promises=arrears.promises_of(session, key),
        disputes=arrears.disputes_of(session, key),
        written_off=sum(
            one.amount
            for one in books.written_off(session, [key], as_of=house.today()).get(key, ())
        ),
    )


def _timeline(records: Records, gradings: Sequence[Grading]) -> list[Happening]:
    """Return what happened, the newest first."""
    found = [*_of_money(records), *_of_measures(records), *_of_grades(gradings)]
    return sorted(found, key=lambda one: one.day, reverse=True)


def _of_money(records: Records) -> Iterator[Happening]:
    for bill in records.bills:
        what = _("Bill %(number)s", number=bill.number)
        yield Happening(
            bill.issued_on, "bill", what, bill.amount, url_for("bills.show", number=bill.number)
        )
    for payment in records.payments:
        what = _(
            "Payment %(number)s, %(channel)s", number=payment.number, channel=word(payment.channel)
        )
        yield Happening(
            payment.posted_on,
            "payment",
            what,
            payment.amount,
            url_for("payments.show_one", payment_id=payment.id),
        )


def _of_measures(records: Records) -> Iterator[Happening]:
    for notice in records.notices:
        what = _("%(what)s %(number)s", what=word(notice.kind), number=notice.number)
        link = url_for("notices.show_one", number=notice.number)
        yield Happening(notice.issued_on, "notice", what, None, link)
    kinds = {step.id: step.kind for step in records.steps}
    for event in records.events:
        if event.kind is EventKind.KEPT:
            continue  # Each posting has one; nothing happened to the customer.
        about = word(kinds[event.step_id]) if event.step_id in kinds else _("Case")
        what = _("%(about)s: %(event)s", about=about, event=word(event.kind))
        yield Happening(event.happened_on, "step", what)


def _of_grades(gradings: Sequence[Grading]) -> Iterator[Happening]:
    for one in gradings:
        if one.previous != one.grade:
            what = (
                _("Grade %(new)s after %(old)s", new=one.grade, old=one.previous)
                if one.previous
                else _("Grade %(new)s", new=one.grade)
            )
            yield Happening(one.as_of, "grade", what)
