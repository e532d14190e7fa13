"""What is to be made of the rows of a customer file: taken, known already, or refused."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from billing.account import Account
from billing.customer import Customer
from billing.master_row import Flaw, MasterRow
from billing.obstacles import lacks
from billing.supply import Supply
from billing.tariff import Tariff

KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Known:
    """
    What the house knows of what a file's rows name, by their numbers.

    `supplies` are by the id of their service point in `points`; `meters` are the numbers of the
    service points at which each was ever installed; `tariffs` are the newest by their codes.
    """

    customers: Mapping[str, Customer]
    accounts: Mapping[str, Account]
    twins: Mapping[str, str]
    points: Mapping[str, int]
    supplies: Mapping[int, Sequence[Supply]]
    meters: Mapping[str, Collection[str]]
    tariffs: Mapping[str, Tariff]


@dataclass(slots=True)
class _Seen:
    """What rows of the file that were taken have said so far."""

    customers: dict[str, MasterRow] = field(default_factory=dict)
    accounts: dict[str, MasterRow] = field(default_factory=dict)
    points: dict[str, MasterRow] = field(default_factory=dict)
    meters: dict[str, MasterRow] = field(default_factory=dict)
    bare: dict[str, str] = field(default_factory=dict)

    def twin_of(self, number: str) -> str | None:
        """Return an account's number that is the same but for the zeros in front."""
        found = self.bare.get(number.lstrip("0"), number)
        return None if found == number else found


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and what is wrong with it; a row that is taken or known has at most a remark."""

    row: MasterRow
    is_taken: bool
    flaws: tuple[Flaw, ...] = ()


def judge(rows: Sequence[MasterRow], known: Known) -> list[Judged]:
    """Return what becomes of each row, in the order of the file."""
    seen = _Seen()
    found = []
    for row in rows:
        flaws = tuple(flaw for check in _CHECKS for flaw in check(row, known, seen))
        if flaws:
            found.append(Judged(row, is_taken=False, flaws=flaws))
        elif _is_known(row, known):
            what = "the supply is here already, on these very terms"
            remark = Flaw(KNOWN, what, "nothing is to be done")
            found.append(Judged(row, is_taken=False, flaws=(remark,)))
        else:
            _remember(row, seen)
            found.append(Judged(row, is_taken=True, flaws=tuple(_remarks(row, known))))
    return found


def supply_of(row: MasterRow, *, account_id: int, point_id: int) -> Supply:
    """Return the supply that a row describes."""
    return Supply(
        id=0,
        account_id=account_id,
        service_point_id=point_id,
        starts_on=row.starts_on,
        ends_on=None,
        supply_class=row.supply_class,
        tariff=row.tariff,
        contracted_kw=row.contracted_kw,
        capacity_kva=row.capacity_kva,
        household_size=row.household_size,
        protection=row.protection,
    )


def customer_of(row: MasterRow, *, office_id: int) -> Customer:
    """Return the customer that a row describes."""
    return Customer(
        id=0,
        number=row.customer,
        name=row.name,
        kind=row.kind,
        language=row.language,
        mobile=row.mobile,
        email=row.email,
        address=row.address,
        office_id=office_id,
        industry=row.industry,
    )


def _remember(row: MasterRow, seen: _Seen) -> None:
    seen.customers.setdefault(row.customer, row)
    seen.accounts.setdefault(row.account, row)
    seen.bare.setdefault(row.account.lstrip("0"), row.account)
    seen.points.setdefault(row.point, row)
    seen.meters.setdefault(row.meter, row)


def _customer(row: MasterRow, known: Known, seen: _Seen) -> Iterator[Flaw]:
    """One number is one customer, with one name and one way to be reached."""
    before: Customer | MasterRow | None = known.customers.get(row.customer)
    where = "in the books"
    if before is None:
        before = seen.customers.get(row.customer)
        where = f"in row {before.row}" if before is not None else ""
    if before is None:
        return
    for name in ("name", "kind", "language", "mobile", "email", "industry"):
        was, now = getattr(before, name), getattr(row, name)
        if was != now:
            what = f"customer {row.customer} has {name} {was or 'none'} {where}, and {now} here"
            yield Flaw("customer_differs", what, "correct one of them; changes have their own way")


def _account(row: MasterRow, known: Known, seen: _Seen) -> Iterator[Flaw]:
    """An account has one customer and one number of credit days."""
    account, before = known.accounts.get(row.account), seen.accounts.get(row.account)
    twin = known.twins.get(row.account) or seen.twin_of(row.account)
    if twin is not None:
        what = f"account {twin} has the number {row.account} but for the zeros in front"
        yield Flaw("account_taken", what, "give it another number; nobody types those zeros")
    if account is not None:
        customer = known.customers.get(row.customer)
        is_same = customer is not None and customer.id == account.customer_id
        credit_days = account.credit_days
    elif before is not None:
        is_same, credit_days = before.customer == row.customer, before.credit_days
    else:
        return
    if not is_same:
        what = f"account {row.account} belongs to another customer than {row.customer}"
        yield Flaw("account_taken", what, "correct the account's or the customer's number")
    elif credit_days != row.credit_days:
        what = f"account {row.account} has {credit_days} credit days, and {row.credit_days} here"
        yield Flaw("terms_differ", what, "terms are changed by approval; correct the row")


def _point(row: MasterRow, known: Known, seen: _Seen) -> Iterator[Flaw]:
    """A service point supplies one account at a time."""
    before = seen.points.get(row.point)
    if before is not None:
        what = f"service point {row.point} is supplied by row {before.row} already"
        yield Flaw("already_supplied", what, "give each supply a service point of its own")
    if _is_known(row, known):
        return
    for supply in known.supplies.get(known.points.get(row.point, 0), ()):
        if supply.ends_on is None or supply.ends_on > row.starts_on:
            until = supply.ends_on or "further notice"
            what = f"service point {row.point} is supplied from {supply.starts_on} until {until}"
            yield Flaw("already_supplied", what, "let the customer there move out first")


def _meter(row: MasterRow, known: Known, seen: _Seen) -> Iterator[Flaw]:
    """A meter is at one service point."""
    at = known.meters.get(row.meter)
    before = seen.meters.get(row.meter)
    if at is not None and row.point not in at:
        what = f"meter {row.meter} is installed at {', '.join(sorted(at))}"
        yield Flaw("meter_taken", what, "correct the meter's number")
    elif before is not None:
        what = f"meter {row.meter} is installed by row {before.row} already"
        yield Flaw("meter_taken", what, "correct the meter's number")


def _tariff(row: MasterRow, known: Known, _seen: _Seen) -> Iterator[Flaw]:
    """A tariff prices supplies of its classes, with what it goes by."""
    tariff = known.tariffs.get(row.tariff)
    if tariff is not None:
        for what in lacks(tariff, supply_of(row, account_id=0, point_id=0)):
            yield Flaw("tariff_unfit", what, "give it another tariff, or what this one goes by")


def _remarks(row: MasterRow, known: Known) -> Iterator[Flaw]:
    if row.tariff not in known.tariffs:
        what = f"no file of the tariff {row.tariff} is in force"
        yield Flaw(
            "tariff_missing", what, "propose and activate one, or the supply can't be billed"
        )


def _is_known(row: MasterRow, known: Known) -> bool:
    """Test whether the very supply is in the books."""
    account, point = known.accounts.get(row.account), known.points.get(row.point)
    if account is None or point is None:
        return False
    wanted = supply_of(row, account_id=account.id, point_id=point)
    return any(replace(one, id=0, ends_on=None) == wanted for one in known.supplies.get(point, ()))


_CHECKS: tuple[Callable[[MasterRow, Known, _Seen], Iterator[Flaw]], ...] = (
    _customer,
    _account,
    _point,
    _meter,
    _tariff,
)
