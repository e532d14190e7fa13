"""Money that comes in: over the counter, in files, and what nobody knows the owner of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from arrears import review
from billing import bank, books, cashier
from billing import store as billing
from billing.ledger import BackdatedError, Book, Entry
from billing.payment import Payment, Receipt
from config import batch
from config.batch import Batch, Kind
from config.people import Permission
from notices import papers
from web import account_page, house
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import Who, find_who, who
from web.pages.batches import take_in
from web.said import told

pages = Blueprint("payments", __name__, url_prefix="/payments")
METHODS = ("cash", "card", "qr", "transfer", "cheque")
COUNTER = "counter"
BATCHES = 30
SUSPENSE = 200
NEWEST = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A payment as a list shows it."""

    payment: Payment
    who: Who | None


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show what came in lately, and what waits in suspense."""
    return _show([])


def _show(problems: list[str]) -> str:
    with house.looking() as session:
        batches = [
            one
            for kind in (Kind.PAYMENTS, Kind.STATEMENT)
            for one in batch.batches(session, kind, limit=BATCHES)
        ]
        waiting = cashier.suspense(session)
        newest = _lines(session, books.newest_payments(session, limit=NEWEST))
    batches.sort(key=lambda one: one.id or 0, reverse=True)
    return render_template(
        "payments.html",
        batches=batches[:BATCHES],
        newest=newest,
        waiting=waiting,
        in_suspense=sum(one.amount for one in waiting),
        problems=problems,
    )


def _lines(session: Session, payments: Sequence[Payment]) -> list[Line]:
    """Return payments with their owners; those of customers the person may not see left out."""
    names = who(session, [one.account_id for one in payments if one.account_id is not None])
    lines = [
        Line(one, names.get(one.account_id) if one.account_id is not None else None)
        for one in payments
    ]
    return [line for line in lines if line.who is None or line.who.is_visible]


@pages.post("")
@needs(Permission.TAKE_PAYMENTS)
def upload() -> Response | str:
    """Take in a file of payments or a bank statement, or only test it."""
    form = Form()
    as_of = form.day("as_of", _("Tells of days up to")) if request.form.get("as_of") else None
    form.finish()
    if request.form.get("kind") == Kind.STATEMENT:
        return take_in(bank.take_in, again=_show, then=_look_again, as_of=as_of)
    return take_in(cashier.take_in, again=_show, then=_look_again, layout=None, as_of=as_of)


def _look_again(made: Batch) -> None:
    """Let arrears look again at the accounts that a file paid for."""
    assert made.id is not None
    with house.looking() as session:
        touched = cashier.accounts_of(session, made.id)
    review.reassess(house.sessions(), touched, today=house.today(), now=house.now())


def _account(form: Form) -> str:
    """Return the number of the account that is meant; it is one of those the person may see."""
    number = form.text("account", _("Account"), most=64)
    with house.looking() as session:
        number = billing.meant(session, number)
        if number and find_who(session, number) is None:
            form.problems.append(_("No account has the number %(number)s.", number=number))
    return number


@pages.get("/take")
@needs(Permission.TAKE_PAYMENTS)
def take_form() -> str:
    """Show what an account owes, with the form to take its money."""
    return _take_form([])


def _take_form(problems: list[str]) -> str:
    number = request.values.get("account", "").strip()
    with house.looking() as session:
        number = billing.meant(session, number)
        whose = find_who(session, number) if number else None
        owing = (
            account_page.owing(session, whose.account.id, today=house.today()) if whose else None
        )
        bills = _bill_numbers(session, owing)
        asked = books.deposit_demands(session, [whose.account.id]) if whose else {}
    if number and whose is None and not problems:
        problems = [_("No account has the number %(number)s.", number=number)]
    return render_template(
        "payment_take.html",
        who=whose,
        owing=owing,
        bills=bills,
        methods=METHODS,
        demands=[one for own in asked.values() for one in own],
        problems=problems,
        reference=request.form.get("reference") or _reference(house.now()),
        deposit_reference=request.form.get("deposit_reference") or _reference(house.now()),
    )


def _bill_numbers(session: Session, owing: account_page.Owing | None) -> dict[int, str]:
    if owing is None:
        return {}
    ids = [one.bill_id for one in owing.charges if one.bill_id is not None]
    return {one.id: one.number for one in billing.bills(session, ids=ids)} if ids else {}


def _reference(moment: datetime) -> str:
    """Return a reference for money over the counter; the form keeps it, so sent twice is once."""
    return f"{house.person().login}-{moment:%Y%m%d-%H%M%S-%f}"[:-3]


@pages.post("/take")
@needs(Permission.TAKE_PAYMENTS)
def take() -> Response:
    """Take money over the counter, and let arrears look again at once."""
    form = Form()
    number = _account(form)
    amount = form.money("amount", _("Amount"))
    reference = form.text("reference", _("Reference"), most=100)
    method = form.choice("method", _("Paid by"), {one: one for one in METHODS})
    payer = form.text("payer", _("Payer"), required=False, most=100)
    value_on = form.day("value_on", _("Value day"), default=house.today())
    bills = request.form.getlist("bills")[:50]
    form.finish(_take_form)
    try:
        receipt = cashier.pay(
            house.sessions(),
            account_number=number,
            amount=amount,
            channel=COUNTER,
            reference=reference,
            value_on=value_on,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
            designated=bills,
            method=method or "",
            payer=payer,
        )
    except _REFUSALS as refused:
        raise BadInputError([_refusal(refused)], _take_form) from refused
    review.reassess(house.sessions(), [receipt.account_id], today=house.today(), now=house.now())
    _tell(receipt)
    return redirect(url_for("payments.show_one", payment_id=receipt.payment_id), 303)


@pages.post("/take-deposit")
@needs(Permission.TAKE_PAYMENTS)
def take_deposit() -> Response:
    """Take money that is held as security, and let arrears look again at once."""
    form = Form()
    number = _account(form)
    amount = form.money("deposit", _("Deposit"))
    reference = form.text("deposit_reference", _("Reference"), most=100)
    method = form.choice("deposit_method", _("Paid by"), {one: one for one in METHODS})
    demand = form.text("demand", _("Demand"), required=False, most=32)
    form.finish(_take_form)
    try:
        receipt = cashier.pay_deposit(
            house.sessions(),
            account_number=number,
            amount=amount,
            channel=COUNTER,
            reference=reference,
            value_on=house.today(),
            by=house.person().login,
            today=house.today(),
            now=house.now(),
            demand_number=demand or None,
            method=method or "",
        )
    except _REFUSALS as refused:
        raise BadInputError([_refusal(refused)], _take_form) from refused
    review.reassess(house.sessions(), [receipt.account_id], today=house.today(), now=house.now())
    _tell(receipt)
    return redirect(url_for("payments.show_one", payment_id=receipt.payment_id), 303)


def _tell(receipt: Receipt) -> None:
    flash(_("Received. Receipt %(number)s.", number=receipt.number), "done")
    if receipt.account_closed_on is not None:
        flash(
            _(
                "The account is closed since %(day)s: find out whose the money is, and refund it "
                "or have the payment taken back.",
                day=receipt.account_closed_on,
            ),
            "wait",
        )


_REFUSALS = (
    cashier.BadPaymentError,
    cashier.UnknownAccountError,
    cashier.UnknownBillError,
    cashier.UnknownPaymentError,
    cashier.AlreadyReceivedError,
    cashier.AlreadyDoneError,
    cashier.TillError,
    BackdatedError,
)


def _refusal(refused: Exception) -> str:
    """Say in the person's language why money was refused; the rare cases as the door says them."""
    if isinstance(refused, cashier.AlreadyReceivedError):
        before = refused.payment
        return _(
            "This payment is in the books already: receipt %(number)s, taken by %(who)s on "
            "%(day)s. Nothing was doubled.",
            number=before.number,
            who=before.received_by,
            day=before.posted_on,
        )
    if isinstance(refused, cashier.UnknownAccountError):
        return _("No account has this number; search for the customer.")
    if isinstance(refused, cashier.AlreadyDoneError):
        return _("Somebody was quicker: this has been done already.")
    return told(refused)


@pages.get("/<int:payment_id>")
@needs(*SEES)
def show_one(payment_id: int) -> str:
    """Show a payment: whose it is, where its money went, whether it was taken back."""
    return _show_one(payment_id, [])


def _show_one(payment_id: int, problems: list[str]) -> str:
    with house.looking() as session:
        line = _line(session, payment_id)
        entries = _entries(session, line.payment)
        bill_ids = {one.bill_id for one in entries if one.bill_id is not None}
        charges = books.bills_of_charges(
            session, {one.charge_id for one in entries if one.charge_id is not None}
        )
        numbers = {one.id: one.number for one in billing.bills(session, ids=bill_ids)}
        reversed_on = books.reversed_on(session, [payment_id]).get(payment_id)
    return render_template(
        "payment.html",
        line=line,
        entries=entries,
        charges=charges,
        numbers=numbers,
        reversed_on=reversed_on,
        Book=Book,
        problems=problems,
    )


def _line(session: Session, payment_id: int) -> Line:
    payment = books.payments(session, [payment_id]).get(payment_id)
    lines = _lines(session, [payment]) if payment else []
    if not lines:
        abort(404)
    return lines[0]


def _entries(session: Session, payment: Payment) -> list[Entry]:
    if payment.account_id is None:
        return []
    entries = books.statement(session, payment.account_id)
    return [one for one in entries if one.payment_id == payment.id]


@pages.get("/<int:payment_id>.pdf")
@needs(*SEES)
def paper(payment_id: int) -> Response:
    """Return the receipt as it is printed."""
    with house.looking() as session:
        payment = _line(session, payment_id).payment
    try:
        data = papers.receipt(house.sessions(), payment.number)
    except papers.UnknownPaperError:
        abort(404)
    name = f"inline; filename=receipt-{payment.number}.pdf"
    return Response(data, mimetype="application/pdf", headers={"Content-Disposition": name})


@pages.post("/<int:payment_id>/reverse")
@needs(Permission.REVERSE_PAYMENTS)
def reverse(payment_id: int) -> Response:
    """Take a payment back, for instance because the bank did: its debts are open again."""
    form = Form()
    reason = form.text("reason", _("Reason"))
    form.finish(lambda problems: _show_one(payment_id, problems))
    with house.looking() as session:
        _line(session, payment_id)
    try:
        undone = cashier.reverse(
            house.sessions(),
            payment_id,
            by=house.person().login,
            reason=reason,
            today=house.today(),
            now=house.now(),
        )
    except _REFUSALS as refused:
        raise BadInputError(
            [_refusal(refused)], lambda problems: _show_one(payment_id, problems)
        ) from refused
    review.reassess(house.sessions(), undone.account_ids, today=house.today(), now=house.now())
    flash(_("Payment %(number)s is taken back.", number=undone.number), "done")
    return redirect(url_for("payments.show_one", payment_id=payment_id), 303)


@pages.get("/suspense")
@needs(*SEES)
def suspense() -> str:
    """Show the money of which nobody knows whose it is."""
    return _suspense([])


def _suspense(problems: list[str]) -> str:
    with house.looking() as session:
        waiting = cashier.suspense(session)
        found = cashier.suggestions(session, waiting[:SUSPENSE], today=house.today())
        seen = who(session, [one.account_id for some in found.values() for one in some])
    likely = {
        key: [one for one in some if seen[one.account_id].is_visible] for key, some in found.items()
    }
    return render_template(
        "suspense.html",
        waiting=waiting[:SUSPENSE],
        likely=likely,
        in_all=len(waiting),
        amount=sum(one.amount for one in waiting),
        today=house.today(),
        problems=problems,
    )


@pages.post("/suspense/<int:payment_id>")
@needs(Permission.TAKE_PAYMENTS)
def assign(payment_id: int) -> Response:
    """Give money in suspense to an account."""
    form = Form()
    number = _account(form)
    reason = form.text("reason", _("Reason"), required=False)
    form.finish(_suspense)
    try:
        receipt = cashier.assign(
            house.sessions(),
            payment_id,
            number,
            by=house.person().login,
            reason=reason,
            today=house.today(),
            now=house.now(),
        )
    except _REFUSALS as refused:
        raise BadInputError([_refusal(refused)], _suspense) from refused
    review.reassess(house.sessions(), [receipt.account_id], today=house.today(), now=house.now())
    flash(_("The money is on account %(number)s now.", number=number), "done")
    return redirect(url_for("payments.suspense"), 303)
