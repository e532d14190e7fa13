"""The figures of a day: by all, by class, office or month; roll rates, provision and cash."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from arrears import kpi
from arrears.ageing import Ageing, age, in_sum, labels
from arrears.ageing_report import edges_on
from arrears.behaviour import month_ends
from arrears.credit import Grade
from arrears.forecast import Forecast, forecast, pay_curve
from arrears.groups import Grouping, Groups, groups_of
from arrears.kpi import Receivable
from arrears.rules import CREDIT, card_of
from arrears.store import grades_on
from billing import books
from billing import receivables as lookback
from billing import store as master
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.receivables import Moves
from config import dated

QUARTER = 3
YEAR = 12
A_YEAR = timedelta(days=365)
LOST_OF_LAST = Decimal(1)
"""What is lost of the oldest bucket: all of it, until a supplier knows better (product default)."""
ALL = "all"
_NOTHING = Moves(0, 0, 0)

GROUPINGS = (ALL, "class", "office", "month")
Among = frozenset[int] | None
"""The accounts that figures are of; none means all."""


@dataclass(frozen=True, slots=True)
class Line:
    """A group of accounts with what its figures are made of, and the figures."""

    group: str
    of: Receivable
    figures: Mapping[str, Decimal | None]

    def is_over(self, ceiling: Decimal | None) -> bool:
        """Test whether bad debt, written off or not, is over the ceiling, in percent."""
        ratio = self.figures["bad_debt_ratio"]
        return ceiling is not None and ratio is not None and ratio > ceiling


@dataclass(frozen=True, slots=True)
class Provision:
    """What is set aside as of a day: by bucket the balance, the roll, the loss rate, the sum."""

    as_of: date
    labels: tuple[str, ...]
    balances: tuple[Money, ...]
    rolls: tuple[Decimal | None, ...]
    rates: tuple[Decimal, ...]
    amounts: tuple[Money, ...]

    @property
    def total(self) -> Money:
        """All that is set aside."""
        return sum(self.amounts)


def kpis(session: Session, *, as_of: date, by: str = ALL, among: Among = None) -> list[Line]:
    """
    Return the figures of a day, one line for each group and one for all.

    :param by: `all`, `class`, `office` or `month`: the last twelve months, each as of its end.
    :param among: of these accounts only, as `groups.accounts_in` gives them.
    """
    if by == "month":
        days = reversed(month_ends(as_of, YEAR))
        return [_lines(session, day, {}, among, named=f"{day:%Y-%m}")[-1] for day in days]
    ids = [] if by == ALL else master.account_ids(session)
    groups = {} if by == ALL else groups_of(session, Grouping(by), ids, as_of=as_of)
    return _lines(session, as_of, groups, among, named=ALL)


def bad_debt_ceiling(session: Session, *, as_of: date) -> Decimal | None:
    """Return the percent of the receivable that may be overdue for more than a year, by policy."""
    try:
        return card_of(dated.in_force(session, CREDIT, as_of)).bad_debt_percent
    except dated.NothingInForceError:
        return None


def provision(session: Session, *, as_of: date, among: Among = None) -> Provision:
    """Return what is to be set aside, by roll rates of the twelve months up to the day."""
    edges = edges_on(session, as_of)
    days = month_ends(as_of, YEAR + 1)[::-1]
    aged = [_aged(session, day, edges, among) for day in days]
    rolls = kpi.roll_rates([one.buckets for one in aged])
    rates = kpi.loss_rates(rolls, last=LOST_OF_LAST)
    balances = aged[-1].buckets
    return Provision(as_of, labels(edges), balances, rolls, rates, kpi.provision(balances, rates))


def expected_cash(session: Session, *, as_of: date, among: Among = None) -> Forecast:
    """Return when what is open is expected, going by how bills of the last year were paid."""
    settled = books.payment_behaviour(session, among, since=as_of - A_YEAR, until=as_of)
    curve = pay_curve([one for some in settled.values() for one in some], as_of=as_of)
    charges = books.open_charges(session, among, as_of=as_of)
    return forecast([one for some in charges.values() for one in some], curve, as_of=as_of)


def migration(
    session: Session, *, since: date, as_of: date, among: Among = None
) -> dict[tuple[Grade, Grade], int]:
    """Return how many customers had one grade on a day and another, or the same, on a later one."""
    before, after = grades_on(session, since), grades_on(session, as_of)
    if among is not None:
        owners = {one.customer_id for one in master.accounts(session, among).values()}
        before = {key: grade for key, grade in before.items() if key in owners}
    found: dict[tuple[Grade, Grade], int] = {}
    for customer_id, grade in before.items():
        move = grade, after.get(customer_id, grade)
        found[move] = found.get(move, 0) + 1
    return found


def _lines(
    session: Session, as_of: date, groups: Groups, among: Among, *, named: str
) -> list[Line]:
    """Return a line for each group, and the last for all together."""
    year_begins = as_of.replace(month=1, day=1)
    quarter_ago = month_ends(as_of, QUARTER + 1)[-1]
    since, after = quarter_ago + timedelta(days=1), as_of + timedelta(days=1)
    opening = _open(session, year_begins - timedelta(days=1), among)
    then, now = _open(session, quarter_ago, among), _open(session, as_of, among)
    year = lookback.moves(session, since=year_begins, until=after, year_begins=year_begins)
    quarter = lookback.moves(session, since=since, until=after, year_begins=year_begins)
    sold = lookback.energy_billed(session, since=since, until=after)
    accounts = opening.keys() | then.keys() | now.keys() | year.keys() | quarter.keys()
    accounts = accounts if among is None else accounts & among
    members: dict[str, list[int]] = {}
    for account_id in sorted(accounts & groups.keys()):
        members.setdefault(groups[account_id], []).append(account_id)

    def line(group: str, some: Collection[int]) -> Line:
        """Return the line of some accounts."""
        moved, recent = _together(year, some), _together(quarter, some)
        of = Receivable(
            opening=_sum(opening, some),
            billed=moved.billed,
            settled=moved.settled,
            settled_former=moved.settled_former,
            balance=_sum(now, some),
            not_due=_sum(now, some, lambda charge: charge.due_on >= as_of),
            sales=recent.billed - recent.discounts,
            sales_kwh=sum((sold.get(one, Decimal(0)) for one in some), Decimal(0)),
            sales_days=(as_of - quarter_ago).days,
            sales_opening=_sum(then, some),
            written_off=moved.written_off,
            discounts=moved.discounts,
            discounts_former=moved.discounts_former,
            over_a_year=_sum(now, some, lambda charge: charge.due_on < as_of - A_YEAR),
        )
        return Line(group, of, kpi.figures(of))

    return [*(line(group, members[group]) for group in sorted(members)), line(named, accounts)]


def _together(moved: Mapping[int, Moves], ids: Iterable[int]) -> Moves:
    """Return what moved on some accounts together."""
    some = [astuple(moved[key]) for key in ids if key in moved]
    return Moves(*map(sum, zip(*some, strict=True))) if some else _NOTHING


def _open(session: Session, day: date, among: Among) -> dict[int, list[Charge]]:
    """Return what was open on a day, late charges left out."""
    found = books.open_charges(session, among, as_of=day)
    return {
        account_id: [one for one in some if one.kind is not ChargeKind.LATE_CHARGE]
        for account_id, some in found.items()
    }


def _sum(
    charges: Mapping[int, list[Charge]],
    ids: Iterable[int],
    fits: Callable[[Charge], bool] = lambda charge: True,
) -> Money:
    return sum(one.open for key in ids for one in charges.get(key, ()) if fits(one))


def _aged(session: Session, day: date, edges: tuple[int, ...], among: Among) -> Ageing:
    charges = books.open_charges(session, among, as_of=day)
    return in_sum((age(some, as_of=day, edges=edges) for some in charges.values()), edges=edges)
