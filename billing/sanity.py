"""Which bills look wrong enough for a second person to look at them before they are issued."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.bill import Draft
from billing.discount import TakenOn
from billing.money import MINOR, Money, show
from billing.supply import SupplyClass
from config.deposit import Interest, interest
from config.table import TableReader
from meters.reading import plain


class BadBillingPolicyError(Exception):
    """A billing policy cannot be used; the message lists every problem, one a line."""


@dataclass(frozen=True, slots=True)
class History:
    """What a supply, or all of a class, was billed for lately."""

    bills: int = 0
    kwh: Decimal = Decimal(0)
    days: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """
    Conditions that all have to be met for a bill to be held; one that is none isn't asked.

    The mean is the supply's own kWh a day over its history; a rule that asks for it fits only
    where there are at least `bills_min` bills of it. The peers' mean is that of the last bills of
    all supplies of the class, of which there have to be `peer_bills_min`.
    """

    name: str
    text: str
    classes: frozenset[SupplyClass]
    amount_from: Money | None
    amount_below: Money | None
    kwh_from: Decimal | None
    kwh_below: Decimal | None
    days_from: int | None
    times_mean_from: Decimal | None
    times_mean_below: Decimal | None
    mean_from: Decimal | None
    bills_min: int
    times_peers_from: Decimal | None = None
    times_peers_below: Decimal | None = None
    own_bills_below: int | None = None
    peer_bills_min: int = 20

    @property
    def asks_for_peers(self) -> bool:
        """Test whether a bill is compared with those of others."""
        return self.times_peers_from is not None or self.times_peers_below is not None


@dataclass(frozen=True, slots=True)
class BillingPolicy:
    """
    The first rule that fits holds the bill.

    `discount_on` is what discounts for paying early are taken on; none are given without it.
    `deposit_interest` is what the house pays on deposits where the law asks for less, or nothing.
    """

    name: str
    reading_age_days_max: int
    history_days: int
    rules: tuple[Rule, ...]
    discount_on: TakenOn | None = None
    deposit_interest: Interest | None = None

    @property
    def asks_for_peers(self) -> bool:
        """Test whether a rule compares bills with those of others."""
        return any(rule.asks_for_peers for rule in self.rules)


def parse_billing_policy(name: str, table: Mapping[str, Any]) -> BillingPolicy:
    """
    Return the billing policy that a file's table describes.

    :raises BadBillingPolicyError: with every problem of the file.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    reader.text("title")
    policy = BillingPolicy(
        name=name,
        reading_age_days_max=reader.whole("reading_age_days_max"),
        history_days=reader.whole("history_days", least=1),
        rules=tuple(_rule(part) for part in reader.tables("hold")),
        discount_on=_discount_on(reader.table("discount", required=False)),
        deposit_interest=interest(reader.table("deposit_interest", required=False)),
    )
    reader.finish()
    if problems:
        raise BadBillingPolicyError("\n".join(problems))
    return policy


def _discount_on(reader: TableReader) -> TakenOn | None:
    found = reader.choice("taken_on", TakenOn) if any(True for _ in reader) else None
    reader.finish()
    return found


def _rule(reader: TableReader) -> Rule:
    rule = Rule(
        name=reader.text("name"),
        text=reader.text("text"),
        classes=frozenset(reader.choices("classes", SupplyClass)),
        amount_from=_money(reader, "amount_from"),
        amount_below=_money(reader, "amount_below"),
        kwh_from=reader.number_or_none("kwh_from"),
        kwh_below=reader.number_or_none("kwh_below"),
        days_from=reader.whole_or_none("days_from"),
        times_mean_from=reader.number_or_none("times_own_mean_from"),
        times_mean_below=reader.number_or_none("times_own_mean_below"),
        mean_from=reader.number_or_none("own_mean_kwh_per_day_from"),
        bills_min=reader.whole("bills_min", 3, least=1),
        times_peers_from=reader.number_or_none("times_peers_mean_from"),
        times_peers_below=reader.number_or_none("times_peers_mean_below"),
        own_bills_below=reader.whole_or_none("own_bills_below"),
        peer_bills_min=reader.whole("peer_bills_min", 20, least=1),
    )
    asked = (rule.amount_from, rule.amount_below, rule.kwh_from, rule.kwh_below, rule.days_from)
    means = (rule.times_mean_from, rule.times_mean_below)
    if not rule.asks_for_peers and all(one is None for one in (*asked, *means)):
        reader.wrong("amount_from", "is missing, like every other condition", "give one at least")
    reader.finish()
    return rule


def _money(reader: TableReader, key: str) -> Money | None:
    if key in reader:
        return reader.minor(key, digits=MINOR)
    reader.number_or_none(key)  # so that the word is known
    return None


def doubt(
    draft: Draft, history: History, policy: BillingPolicy, peers: History | None = None
) -> tuple[str, str] | None:
    """
    Return the first rule that holds the bill, by name, and why in words; or none.

    :param peers: what supplies of its class were billed for lately, where a rule asks for it.
    """
    others = peers or History()
    rule = next((rule for rule in policy.rules if _fits(rule, draft, history, others)), None)
    if rule is None:
        return None
    per_day = _per_day(draft.kwh, draft.period.days)
    known = "no history"
    if history.days:
        known = f"own mean {_per_day(history.kwh, history.days)} a day, {history.bills} bills"
    if rule.asks_for_peers:
        mean = _per_day(others.kwh, others.days)
        known += f"; mean of its class {mean} a day, {others.bills} bills"
    return rule.name, (
        f"{rule.text}: {show(draft.amount)} for {plain(draft.kwh)} kWh in {draft.period.days} days "
        f"({per_day} a day; {known})"
    )


def _per_day(kwh: Decimal, days: int) -> str:
    return f"{kwh / days:.1f}"


def _fits(rule: Rule, draft: Draft, history: History, peers: History) -> bool:
    if rule.classes and draft.supply_class not in rule.classes:
        return False
    return (
        _is_within(draft.amount, rule.amount_from, rule.amount_below)
        and _is_within(draft.kwh, rule.kwh_from, rule.kwh_below)
        and (rule.days_from is None or draft.period.days >= rule.days_from)
        and (rule.own_bills_below is None or history.bills < rule.own_bills_below)
        and _fits_mean(rule, draft, history)
        and _fits_peers(rule, draft, peers)
    )


def _is_within(
    value: Decimal | int, least: Decimal | int | None, below: Decimal | int | None
) -> bool:
    return (least is None or value >= least) and (below is None or value < below)


def _fits_mean(rule: Rule, draft: Draft, history: History) -> bool:
    if rule.times_mean_from is None and rule.times_mean_below is None and rule.mean_from is None:
        return True
    if history.bills < rule.bills_min or not history.days:
        return False
    return _is_times(draft, history, rule.times_mean_from, rule.times_mean_below) and (
        rule.mean_from is None or history.kwh >= rule.mean_from * history.days
    )


def _fits_peers(rule: Rule, draft: Draft, peers: History) -> bool:
    if not rule.asks_for_peers:
        return True
    if peers.bills < rule.peer_bills_min or not peers.days:
        return False
    return _is_times(draft, peers, rule.times_peers_from, rule.times_peers_below)


def _is_times(draft: Draft, of: History, most: Decimal | None, least: Decimal | None) -> bool:
    # kwh / days against times x mean, multiplied out so that nothing is rounded.
    used, mean = draft.kwh * of.days, of.kwh * draft.period.days
    return (most is None or used >= most * mean) and (least is None or used < least * mean)
