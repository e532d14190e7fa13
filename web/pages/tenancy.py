"""What a clerk does to an account: open it, move in and out, change, suspend, settle, close."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from billing import agreeing, customers, final, store
from billing.account import SETTLEMENTS_MAX
from billing.agreeing import Wanted
from billing.customer import CustomerKind, Language
from billing.master_row import CREDIT_DAYS_MAX, NAME_MAX, NUMBER_MAX
from billing.supply import PaymentMode, Protection, SupplyClass, Terms
from billing.tenancy import Dated
from config.people import Permission
from meters.reading import RegisterCode
from web import house
from web.forms import BadInputError, Form
from web.login import needs
from web.names import find_who
from web.said import told

pages = Blueprint("tenancy", __name__)
READING = "reading-"
"""What the field of a register's reading begins with."""


@pages.post("/customers/open")
@needs(Permission.TAKE_IN_CUSTOMERS)
def open_account() -> Response:
    """Open an account for a new customer or a known one."""
    form = Form()
    kind = form.choice("kind", _("Kind"), {str(one): one for one in CustomerKind})
    language = form.choice("language", _("Language"), {str(one): one for one in Language})
    new = customers.NewAccount(
        store.typed(form.text("account", _("Account number"), most=NUMBER_MAX)),
        store.typed(form.text("customer", _("Customer number"), most=NUMBER_MAX)),
        form.day("on", _("Opened on"), default=house.today()),
        _days(form),
        form.text("name", _("Name"), required=False, most=NAME_MAX),
        kind or CustomerKind.PERSON,
        language or Language.CHINESE,
        form.text("office", _("Office"), required=False, most=NUMBER_MAX),
        form.text("mobile", _("Mobile"), required=False, most=40) or None,
        form.text("email", _("E-mail"), required=False, most=200) or None,
        form.text("address", _("Address"), required=False, most=300) or None,
    )
    form.finish()
    with _telling():
        made = customers.open_account(house.sessions(), new, **_by())
    flash(_("Account %(number)s is opened.", number=made.number), "done")
    return redirect(url_for("accounts.show", number=made.number), 303)


@pages.post("/accounts/<number>/move-in")
@needs(Permission.TAKE_IN_CUSTOMERS)
def move_in(number: str) -> Response:
    """Begin to supply an account at a service point."""
    form = _form(number)
    facts = _place(form)
    classes = {str(one): one for one in SupplyClass}
    supply_class = form.choice("supply_class", _("Class"), classes)
    terms = Terms(
        supply_class or SupplyClass.RESIDENTIAL,
        form.text("tariff", _("Tariff"), most=NUMBER_MAX),
        _figure(form, "contracted_kw", _("Contracted")),
        _figure(form, "capacity_kva", _("Capacity")),
        _whole(form, "household_size", _("Household")),
        form.choice("payment_mode", _("Paid"), {str(one): one for one in PaymentMode})
        or PaymentMode.POSTPAID,
        form.choice("protection", _("Protection"), {str(one): one for one in Protection})
        or Protection.NONE,
    )
    form.finish()
    return _done(number, customers.move_in, _("The supply has begun."), terms=terms, **facts)


@pages.post("/accounts/<number>/move-out")
@needs(Permission.TAKE_IN_CUSTOMERS)
def move_out(number: str) -> Response:
    """End a supply with its closing reading."""
    form = _form(number)
    facts = _place(form) | _reason(form)
    fields = {f"{READING}{code}": code for code in RegisterCode}
    readings = {
        code: shown
        for field, code in fields.items()
        if (shown := _figure(form, field, _("Reading"))) is not None
    }
    form.finish()
    return _done(number, customers.move_out, _("The supply has ended."), readings=readings, **facts)


@pages.post("/accounts/<number>/change")
@needs(Permission.TAKE_IN_CUSTOMERS)
def change(number: str) -> Response:
    """Change class, tariff, demand, capacity, household or protection of a supply."""
    form = _form(number)
    facts = _place(form) | _reason(form)
    to: dict[str, Any] = {
        "tariff": form.text("tariff", _("Tariff"), most=NUMBER_MAX),
        "contracted_kw": _figure(form, "contracted_kw", _("Contracted")),
        "capacity_kva": _figure(form, "capacity_kva", _("Capacity")),
        "household_size": _whole(form, "household_size", _("Household")),
        "supply_class": form.choice("supply_class", _("Class"), {str(i): i for i in SupplyClass}),
        "protection": form.choice("protection", _("Protection"), {str(i): i for i in Protection}),
    }
    form.finish()
    return _done(number, customers.change, _("The supply is changed."), to=to, **facts)


@pages.post("/accounts/<number>/suspend")
@needs(Permission.TAKE_IN_CUSTOMERS)
def suspend(number: str) -> Response:
    """Put capacity of a supply out of use, or into use again."""
    form = _form(number)
    facts = _place(form) | _reason(form)
    is_end = form.choice("act", _("Suspension"), {"suspend": False, "resume": True})
    kva = _figure(form, "kva", _("Capacity that rests"))
    asked_on = form.day("asked_on", _("Asked for on"), default=house.today())
    form.finish()
    if is_end:
        return _done(number, customers.resume, _("The suspension has ended."), **facts)
    facts |= {"kva": kva, "asked_on": asked_on}
    return _done(number, customers.suspend, _("The capacity rests."), **facts)


@pages.post("/accounts/<number>/name")
@needs(Permission.TAKE_IN_CUSTOMERS)
def rename(number: str) -> Response:
    """Give the customer another name."""
    form = _form(number)
    facts = {"on": form.day("on", _("From"), default=house.today())} | _reason(form)
    name = form.text("name", _("Name"), most=NAME_MAX)
    form.finish()
    return _done(number, customers.rename, _("The name is changed."), name=name, **facts)


@pages.post("/accounts/<number>/take-back")
@needs(Permission.TAKE_IN_CUSTOMERS)
def take_back(number: str) -> Response:
    """Take back the last that was entered: of a supply, of terms, or a name."""
    form = _form(number)
    what = form.choice("what", _("What happened"), {str(one): one for one in Dated}) or Dated.SUPPLY
    point = store.typed(form.text("point", _("Service point"), required=False, most=NUMBER_MAX))
    reason = _reason(form)
    form.finish()
    facts = {"what": what, "service_point": point} | reason
    with _telling():
        asked = customers.take_back(house.sessions(), account_number=number, **facts, **_by())
    if asked is not None:
        return _asked(number, asked)
    flash(_("It is taken back; what was before goes on."), "done")
    return redirect(url_for("accounts.show", number=number), 303)


@pages.post("/accounts/<number>/close")
@needs(Permission.TAKE_IN_CUSTOMERS)
def close(number: str) -> Response:
    """Close an account."""
    form = _form(number)
    facts = {"on": form.day("on", _("From"), default=house.today())} | _reason(form)
    form.finish()
    return _done(number, customers.close, _("The account is closed."), **facts)


@pages.post("/accounts/<number>/terms")
@needs(Permission.TAKE_IN_CUSTOMERS, Permission.REVIEW_ARREARS)
def terms(number: str) -> Response:
    """Ask for other terms of paying."""
    form = _form(number)
    on = form.day("on", _("From"), default=house.today())
    reason = _reason(form)
    days = _whole(form, "credit_days", _("Days to pay"), most=CREDIT_DAYS_MAX, least=0)
    parts = _whole(form, "settlements", _("Settlements a month"), most=SETTLEMENTS_MAX)
    percent = _figure(form, "discount_percent", _("Discount for paying early"))
    early = _whole(form, "discount_days", _("Days that are early"), most=CREDIT_DAYS_MAX, least=0)
    modes = {"": None} | {str(one): one for one in PaymentMode}
    mode = form.choice("payment_mode", _("Paid"), modes) if "payment_mode" in request.form else None
    point = form.text("point", _("Service point"), required=False, most=NUMBER_MAX) or None
    form.finish()
    wanted = Wanted(on, days, parts, mode, point, percent, early)
    with _telling():
        asked = agreeing.ask_terms(
            house.sessions(), account_number=number, wanted=wanted, **reason, **_by()
        )
    return _asked(number, asked)


@pages.post("/accounts/<number>/final")
@needs(Permission.RUN_BILLS)
def final_bill(number: str) -> Response:
    """Ask for the final bill of who has moved out."""
    form = _form(number)
    payee = form.text("payee", _("To whom the rest goes"), required=False, most=200)
    reason = _reason(form)
    form.finish()
    with _telling():
        asked, _found = final.ask_final(
            house.sessions(), account_number=number, payee=payee, **reason, **_by()
        )
    return _asked(number, asked)


# --- helpers ----------------------------------------------------------------------------------


def _form(number: str) -> Form:
    """Return the form that was sent for an account, if the account is the person's to see."""
    with house.looking() as session:
        if find_who(session, number) is None:
            abort(404)
    return Form()


def _by() -> dict[str, Any]:
    return {"by": house.person().login, "today": house.today(), "now": house.now()}


def _place(form: Form) -> dict[str, Any]:
    point = store.typed(form.text("point", _("Service point"), most=NUMBER_MAX))
    return {"service_point": point, "on": form.day("on", _("From"))}


def _reason(form: Form) -> dict[str, Any]:
    return {"reason": form.text("reason", _("Reason"), most=300)}


def _figure(form: Form, name: str, label: str) -> Decimal | None:
    text = store.typed(form.text(name, label, required=False, most=30))
    if not text:
        return None
    try:
        figure = Decimal(text.replace(",", ""))
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite() or figure < 0:
        form.problems.append(_("%(field)s: write a figure such as 12.5.", field=label))
        return None
    return figure


def _whole(
    form: Form,
    name: str,
    label: str,
    *,
    default: int | None = None,
    least: int = 1,
    most: int = 99,
) -> int | None:
    text = store.typed(form.text(name, label, required=False, most=30))
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        form.problems.append(
            _(
                "%(field)s: write a number from %(least)s to %(most)s.",
                field=label,
                least=least,
                most=most,
            )
        )
        return default
    return int(text)


def _days(form: Form) -> int:
    label = _("Days to pay")
    days = _whole(form, "credit_days", label, default=15, least=0, most=CREDIT_DAYS_MAX)
    return 15 if days is None else days


@contextmanager
def _telling() -> Iterator[None]:
    """Tell on the form's page what stands against an act."""
    try:
        yield
    except (customers.RefusedActError, final.CannotSettleError) as refused:
        raise BadInputError([told(refused)]) from refused


def _done(number: str, door: Callable[..., object], words: str, **facts: Any) -> Response:
    with _telling():
        door(house.sessions(), account_number=number, **facts, **_by())
    flash(words, "done")
    return redirect(url_for("accounts.show", number=number), 303)


def _asked(number: str, asked: int) -> Response:
    flash(_("Asked for: approval %(n)s waits for another person.", n=asked), "wait")
    return redirect(url_for("accounts.show", number=number), 303)
