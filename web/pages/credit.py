"""Credit: early warnings, a customer's file, limits, and the figures of what is owed."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from arrears import adjusting, crediting, raising, security, store
from arrears.ageing import labels
from arrears.credit_file import COVERS, Ending, Flag, ItemKind
from arrears.credit_file import Form as GuaranteeForm
from arrears.crediting import BadCreditError, CreditFile, Paper
from arrears.file_facts import STATEMENT
from arrears.flowing_in import flowed_in
from billing import store as billing
from config.people import Permission
from web import house
from web.account_page import told_history
from web.charts import Bar, Columns, columns
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import Who, find_who
from web.said import told

pages = Blueprint("credit", __name__, url_prefix="/credit")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SEES_CREDIT = (Permission.SEE_CREDIT,)
KEEPS = Permission.REVIEW_ARREARS


@pages.get("")
@needs(*SEES_CREDIT)
def show() -> str:
    """Show the early warnings that are open, the most urgent first."""
    with_closed = bool(request.args.get("closed"))
    with house.looking() as session:
        found = store.warnings(session, with_closed=with_closed)
        customers = billing.customers(session, {one.customer_id for one in found})
        accounts = billing.accounts_of(session, customers)
        firsts = billing.accounts(session, {some[0] for some in accounts.values() if some})
    numbers = {key: firsts[some[0]].number for key, some in accounts.items() if some}
    seen = [one for one in found if house.sees_office(customers[one.customer_id].office_id)]
    return render_template(
        "credit.html", warnings=seen, customers=customers, numbers=numbers, with_closed=with_closed
    )


@pages.post("/scan")
@needs(KEEPS)
def scan() -> AnyResponse:
    """Look at every customer and raise the warnings that aren't open yet."""
    raised = raising.scan(house.sessions(), today=house.today(), now=house.now())
    flash(_("%(n)s early warnings were raised.", n=raised), "done")
    return redirect(url_for("credit.show"), 303)


@pages.post("/warnings/<int:warning_id>")
@needs(KEEPS)
def settle(warning_id: int) -> AnyResponse:
    """Take a warning on, or close it with what was done."""
    form = Form()
    words = form.text("words", _("What is done about it"), most=300)
    form.finish()
    with house.looking() as session:
        meant = {one.customer_id for one in store.warnings(session) if one.id == warning_id}
        whose = billing.customers(session, meant).values()
    if not all(house.sees_office(one.office_id) for one in whose):
        abort(404)
    by, now = house.person().login, house.now()

    def act() -> None:
        """Do what the button says."""
        if request.form.get("close"):
            raising.close(
                house.sessions(), warning_id, by=by, done=words, today=house.today(), now=now
            )
        else:
            raising.take(house.sessions(), warning_id, owner=by, action=words, now=now)

    _or_refuse(act, _("This warning is not there, or was closed before."))
    flash(_("The warning is kept up to date."), "done")
    return redirect(url_for("credit.show"), 303)


@pages.get("/files/<number>")
@needs(*SEES_CREDIT)
def show_file(number: str) -> str:
    """Show the credit file of the customer of an account."""
    who, found = _file(number)
    with house.looking() as session:
        flowed = flowed_in(session, found.customer.id, found.behaviour, as_of=found.as_of)
    return render_template(
        "credit_file.html",
        who=who,
        file=found,
        services=told_history(flowed.services),
        paying=flowed.paying,
        kinds=list(ItemKind),
        statement=STATEMENT,
        all_flags=list(Flag),
        covers=COVERS,
        ends=security.ENDS,
        endings=list(Ending),
        forms=list(GuaranteeForm),
        usage=_usage(found),
        buckets=labels(),
    )


@pages.post("/files/<number>")
@needs(KEEPS)
def record(number: str) -> AnyResponse:
    """Put an item into the file."""
    _seen(number)
    form = Form()
    kind = form.choice("kind", _("Kind"), {str(one): one for one in ItemKind})
    title = form.text("title", _("Who, or which paper"), most=200)
    holds_from = form.day("holds_from", _("Holds from"), default=house.today())
    until = form.day("expires_on", _("Until")) if request.form.get("expires_on") else None
    amount = form.money("amount", _("Amount")) if request.form.get("amount") else None
    source = form.text("source", _("Source"), required=False, most=200)
    attachment = form.text("attachment", _("Where the paper is kept"), required=False, most=200)
    figures = _figures(request.form.get("figures", ""), form.problems)
    form.finish()
    assert kind is not None

    def act() -> None:
        """Record it."""
        crediting.record(
            house.sessions(),
            number,
            kind,
            title=title,
            holds_from=holds_from,
            expires_on=until,
            amount=amount,
            paper=Paper(source, attachment, figures),
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )

    _or_refuse(
        act,
        _(
            "An item is as of a day that came and ends after it; a guarantee, collateral or "
            "insurance says what it is worth. Figures are named and written as below the form."
        ),
    )
    flash(_("The item is in the file."), "done")
    return redirect(url_for("credit.show_file", number=number), 303)


@pages.post("/files/<number>/limit")
@needs(KEEPS)
def apply(number: str) -> AnyResponse:
    """Ask for a limit and a warning line; another person grants them."""
    _seen(number)
    form = Form()
    limit = form.money("limit", _("Credit limit"))
    line = form.money("warning_line", _("Warning line"))
    reason = form.text("reason", _("Reason"), most=300)
    form.finish()

    def act() -> None:
        """Ask for it."""
        crediting.apply(
            house.sessions(),
            number,
            limit=limit,
            warning_line=line,
            reason=reason,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )

    _or_refuse(act, _("The warning line lies between zero and the limit."))
    flash(_("The limit waits for a second person, under Approvals."), "done")
    return redirect(url_for("credit.show_file", number=number), 303)


@pages.post("/files/<number>/change")
@needs(*SEES)
def report_change(number: str) -> AnyResponse:
    """Tell the credit officer that something about the customer changed."""
    _seen(number)
    form = Form()
    what = form.text("what", _("What changed"), most=300)
    form.finish()
    crediting.report_change(
        house.sessions(),
        number,
        what,
        by=house.person().login,
        today=house.today(),
        now=house.now(),
    )
    flash(_("The credit officer is told."), "done")
    return redirect(url_for("accounts.show", number=number), 303)


def _figures(text: str, problems: list[str]) -> dict[str, str]:
    """Return what is written as `name = value`, a line each."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = line.partition("=")
        if not sign:
            problems.append(_("Figures: write each on a line of its own, as name = value."))
        found[name.strip()] = value.strip()
    return found


@pages.post("/files/<number>/grade")
@needs(KEEPS)
def adjust(number: str) -> AnyResponse:
    """Ask that the grade be moved for a while; another person allows it."""
    _seen(number)
    form = Form()
    notches = form.choice("notches", _("Notches"), {"1": 1, "2": 2, "-1": -1, "-2": -2})
    until = form.day("until", _("Until"))
    reason = form.text("reason", _("Reason"), most=300)
    form.finish()
    assert notches is not None

    def act() -> None:
        """Ask for it."""
        adjusting.ask(
            house.sessions(),
            number,
            notches=notches,
            until=until,
            reason=reason,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )

    _or_refuse(
        act,
        _("The credit policy says by how many notches and for how long a grade may be moved."),
    )
    flash(_("The adjustment waits for a second person, under Approvals."), "done")
    return redirect(url_for("credit.show_file", number=number), 303)


@pages.post("/files/<number>/items/<int:item_id>/end")
@needs(KEEPS)
def end(number: str, item_id: int) -> AnyResponse:
    """Ask that a guarantee or collateral be released or called; another person allows it."""
    found = _file(number)[1]
    form = Form()
    ending = form.choice("ending", _("Released or called"), {str(one): one for one in Ending})
    reason = form.text("reason", _("Reason"), most=300)
    if all(one.id != item_id for one in found.items):
        form.problems.append(_("This item is not in the file."))
    form.finish()
    assert ending is not None
    try:
        security.ask(
            house.sessions(),
            item_id,
            ending,
            reason=reason,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except security.BadSecurityError as refused:
        raise BadInputError([told(refused)]) from refused
    flash(_("It waits for a second person, under Approvals."), "done")
    return redirect(url_for("credit.show_file", number=number), 303)


def _seen(number: str) -> Who:
    """Return whose the account is; what the person may not see isn't there."""
    with house.looking() as session:
        who = find_who(session, number)
    if who is None:
        abort(404)
    return who


def _file(number: str) -> tuple[Who, CreditFile]:
    who = _seen(number)
    with house.looking() as session:
        return who, crediting.credit_file(session, number, as_of=house.today())


def _usage(found: CreditFile) -> Columns:
    usage = found.behaviour.monthly_kwh if found.behaviour else ()
    bars = [Bar(f"{day:%y-%m}", float(kwh), f"{kwh:.0f}") for day, kwh in usage]
    return columns(_("Monthly usage, kWh"), bars, height=140)


def _or_refuse(act: Callable[[], None], words: str) -> None:
    try:
        act()
    except BadCreditError as refused:
        raise BadInputError([words]) from refused
