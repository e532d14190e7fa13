"""What is done to an account's supplies: move in and out, change, suspend, resume."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import click

from billing import customers as master
from billing import suspensions
from billing.supply import PaymentMode, Protection, Supply, SupplyClass, Terms
from billing.tenancy import Dated
from config.people import Permission
from meters.reading import RegisterCode
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY
from web.cli.numbers import ACCOUNT
from web.cli.problems import DONE, NEEDS_A_PERSON


def words_of(words: type[StrEnum]) -> click.Choice[str]:
    """Return the kind of an option that is one of some words."""
    return click.Choice([one.value for one in words])


class Quantity(click.ParamType[Decimal]):
    """An exact figure above nothing, such as 315 or 12.5."""

    name = "figure"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the figure that is written."""
        try:
            figure = Decimal(str(value).replace(",", ""))
        except InvalidOperation:
            figure = Decimal("NaN")
        if not figure.is_finite() or figure < 0:
            self.fail(f"{value!r} is no figure; write it as 315 or 12.5", param, ctx)
        return figure


class Shown(click.ParamType[tuple[RegisterCode, Decimal]]):
    """What a register shows: 1234.5, or peak=1234.5 where there are several."""

    name = "reading"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[RegisterCode, Decimal]:
        """Return the register and what it shows."""
        if isinstance(value, tuple):
            return value
        code, _, shown = (value if "=" in value else f"total={value}").rpartition("=")
        code = code.strip()
        if code not in list(RegisterCode):
            known = ", ".join(RegisterCode)
            self.fail(f"there is no register {code!r}; there is {known}", param, ctx)
        return RegisterCode(code), QUANTITY.convert(shown, param, ctx)


QUANTITY = Quantity()
SHOWN = Shown()
_on = click.option("--on", type=DAY, required=True, help="The first day on which it holds.")
_reason = click.option("--reason", required=True, help="Why; kept with the act.")


@click.command(
    "move-in",
    cls=Command,
    example="wattledger customers move-in 0009876 P-77 --on 2026-02-10 --class residential "
    "--tariff residential_beijing --as li.na",
)
@click.argument("account", type=ACCOUNT)
@click.argument("point")
@click.option("--on", type=DAY, required=True, help="The first day that is supplied.")
@click.option(
    "--class",
    "supply_class",
    type=words_of(SupplyClass),
    required=True,
    help="What it is used for.",
)
@click.option("--tariff", required=True, help="The code of the tariff, as `tariff list` shows it.")
@click.option("--household", type=click.IntRange(1, 99), help="How many live there.")
@click.option("--kw", type=QUANTITY, help="The contracted demand.")
@click.option("--kva", type=QUANTITY, help="The capacity.")
@click.option("--pay", type=words_of(PaymentMode), default="postpaid", show_default=True)
@click.option("--protection", type=words_of(Protection), default="none", show_default=True)
@acting
@reporting
@pass_desk
def move_in(
    desk: Desk,
    account: str,
    point: str,
    *,
    on: date,
    supply_class: str,
    tariff: str,
    household: int | None,
    kw: Decimal | None,
    kva: Decimal | None,
    pay: str,
    protection: str,
) -> None:
    """Begin to supply an ACCOUNT at a service POINT."""
    terms = Terms(
        SupplyClass(supply_class),
        tariff,
        kw,
        kva,
        household,
        PaymentMode(pay),
        Protection(protection),
    )
    begun = master.move_in(
        desk.sessions, account_number=account, service_point=point, on=on, terms=terms, **_by(desk)
    )
    _tell(desk, account, point, begun)


@click.command(
    "move-out",
    cls=Command,
    example="wattledger customers move-out 0001234 P-77 --on 2026-02-10 --reading 4711.5 "
    "--reason moved --as li.na",
)
@click.argument("account", type=ACCOUNT)
@click.argument("point")
@click.option("--on", type=DAY, required=True, help="The first day that is not supplied.")
@click.option(
    "--reading",
    "readings",
    type=SHOWN,
    multiple=True,
    help="What the dial shows on the day, or peak=12.5 for each of several registers.",
)
@_reason
@acting
@reporting
@pass_desk
def move_out(
    desk: Desk,
    account: str,
    point: str,
    *,
    on: date,
    readings: tuple[tuple[RegisterCode, Decimal], ...],
    reason: str,
) -> None:
    """End an ACCOUNT's supply at a service POINT, with its closing reading."""
    ended = master.move_out(
        desk.sessions,
        account_number=account,
        service_point=point,
        on=on,
        reason=reason,
        readings=dict(readings),
        **_by(desk),
    )
    _tell(desk, account, point, ended)
    report.say(desk, f"when nothing is supplied any more: wattledger bills final {account}")


@click.command(
    "change",
    cls=Command,
    example="wattledger customers change 0001234 P-77 --on 2026-02-10 --household 6 "
    "--reason born --as li.na",
)
@click.argument("account", type=ACCOUNT)
@click.argument("point")
@_on
@click.option("--class", "supply_class", type=words_of(SupplyClass), help="What it is for.")
@click.option("--tariff", help="The code of the tariff, as `tariff list` shows it.")
@click.option(
    "--household", "household_size", type=click.IntRange(1, 99), help="How many live there."
)
@click.option("--kw", "contracted_kw", type=QUANTITY, help="The contracted demand.")
@click.option("--kva", "capacity_kva", type=QUANTITY, help="The capacity.")
@click.option("--protection", type=words_of(Protection), help="Why it may not simply be cut.")
@_reason
@acting
@reporting
@pass_desk
def change(desk: Desk, /, account: str, point: str, *, on: date, reason: str, **to: Any) -> None:
    """Change class, tariff, demand, capacity, household or protection of a supply."""
    made = {"supply_class": SupplyClass, "protection": Protection}
    new = {key: made.get(key, _same)(value) for key, value in to.items() if value is not None}
    changed = master.change(
        desk.sessions,
        account_number=account,
        service_point=point,
        on=on,
        to=new,
        reason=reason,
        **_by(desk),
    )
    _tell(desk, account, point, changed)


@click.command(
    "suspend",
    cls=Command,
    example="wattledger customers suspend 0001234 P-77 --on 2026-02-10 --kva 315 "
    '--reason "no orders" --as li.na',
)
@click.argument("account", type=ACCOUNT)
@click.argument("point")
@_on
@click.option("--kva", type=QUANTITY, help="How much of the capacity rests; otherwise all.")
@click.option("--asked-on", type=DAY, help="When the customer asked for it; otherwise today.")
@_reason
@acting
@reporting
@pass_desk
def suspend(
    desk: Desk,
    account: str,
    point: str,
    *,
    on: date,
    kva: Decimal | None,
    asked_on: date | None,
    reason: str,
) -> None:
    """
    Put capacity of a supply out of use; the tariff says from how many days it isn't paid for.

    The market's law says how many business days before it is asked for, and whether capacity that
    is paid for by its demand rests for whole months.
    """
    made = master.suspend(
        desk.sessions,
        account_number=account,
        service_point=point,
        on=on,
        kva=kva,
        asked_on=asked_on,
        reason=reason,
        **_by(desk),
    )
    _tell(desk, account, point, made)
    with desk.looking() as session:
        rests = suspensions.resting(session, today=desk.today, account_ids=[made.account_id])
    for one in rests:
        if one.service_point == point and one.until is not None:
            report.say(desk, f"it has to be in use again on {one.until} at the latest")


@click.command("suspended", cls=Command, example="wattledger customers suspended --json")
@on_a_day
@reporting
@pass_desk
def suspended(desk: Desk) -> int:
    """List the capacity that rests, since when, and when the law wants it in use again."""
    with desk.looking() as session:
        found = suspensions.resting(session, today=desk.today)
    columns = {"account": "account", "service point": "service_point", "since": "since"}
    columns |= {"kVA": "kva", "until at the latest": "until", "too long": "is_over"}
    report.table(desk, found, columns, empty="nothing rests")
    return NEEDS_A_PERSON if any(one.is_over for one in found) else DONE


@click.command(
    "resume",
    cls=Command,
    example="wattledger customers resume 0001234 P-77 --on 2026-03-10 --reason asked --as li.na",
)
@click.argument("account", type=ACCOUNT)
@click.argument("point")
@_on
@_reason
@acting
@reporting
@pass_desk
def resume(desk: Desk, account: str, point: str, *, on: date, reason: str) -> None:
    """Put a supply's suspended capacity into use again."""
    made = master.resume(
        desk.sessions,
        account_number=account,
        service_point=point,
        on=on,
        reason=reason,
        **_by(desk),
    )
    _tell(desk, account, point, made)


@click.command(
    "take-back",
    cls=Command,
    example='wattledger customers take-back 0001234 P-77 --reason "typed 6 for 5" --as li.na',
)
@click.argument("account", type=ACCOUNT)
@click.argument("point", required=False)
@click.option("--name", "what", flag_value="name", help="The customer's newest name.")
@click.option("--terms", "what", flag_value="terms", help="The newest terms of paying.")
@_reason
@acting
@reporting
@pass_desk
def take_back(desk: Desk, account: str, point: str | None, *, what: str | None, reason: str) -> int:
    """
    Take back the last that was entered of an ACCOUNT: at a service POINT, its terms or its name.

    It has to hold from today on or later, and no bill may stand on it. What was before goes on, so
    that what is right can be entered for the same day.
    """
    if (point is None) is (what is None):
        raise click.UsageError("say what to take back: a service POINT, --name or --terms")
    by = _by(desk)
    kind = Dated(what or "supply")
    if kind is Dated.TERMS:
        by["by"] = desk.by(Permission.TAKE_IN_CUSTOMERS, Permission.REVIEW_ARREARS)
    asked = master.take_back(
        desk.sessions,
        account_number=account,
        what=kind,
        service_point=point or "",
        reason=reason,
        **by,
    )
    report.one(desk, {"account": account, "taken_back": kind, "approval": asked})
    if asked is None:
        return DONE
    report.say(desk, f"another person now says yes: wattledger approvals approve {asked}")
    return NEEDS_A_PERSON


COMMANDS = (move_in, move_out, change, suspend, suspended, resume, take_back)


def _by(desk: Desk) -> dict[str, Any]:
    return {
        "by": desk.by(Permission.TAKE_IN_CUSTOMERS),
        "today": desk.today,
        "now": desk.now,
    }


def _same(value: Any) -> Any:
    return value


def _tell(desk: Desk, account: str, point: str, supply: Supply) -> None:
    facts: Mapping[str, Any] = report.plain(supply)
    named = {"account": account, "service_point": point, "supply": facts["id"]}
    rest = {
        key: value
        for key, value in facts.items()
        if key not in ("id", "account_id", "service_point_id")
    }
    report.one(desk, named | rest)
