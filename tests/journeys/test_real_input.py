"""
Real files walk through the house: meter data of Australia and the US, a bank's statement.

Nobody of the project wrote them. What they should come to is what independent readers found:
each register's quantity, each channel's sum, and each statement's sum.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

import billing.customers
import billing.run
import billing.store
import meters.intake
from arrears import review
from billing import bank, cashier
from billing.money import Money, money
from config import dated
from config.database import reading
from meters.period import Period
from meters.reading import Usage
from tests.corpora import corpus
from tests.journeys.house import House
from web import activation
from web.demo import staff

# Files whose meters have one register of their own, and what is odd about some.
FILES = (
    "NEM13_Scenario11_POWERMDP_NEMMCO.csv",
    "NEM13_000000000000013_CNRGYMDP_NEMMCO.csv",  # went past 99999
    "NEM13_000000000000017_CNRGYMDP_NEMMCO.csv",
    "NEM13_SEN1311003_AGILITY_NEMMCO.csv",
    "NEM13_SEN1313043_AGILITY_NEMMCO.csv",  # went past 99999
    "NEM13_SEN1316103_AGILITY_NEMMCO.csv",  # three quarters in one file
    "NEM13_Scenario13_POWERMDP_NEMMCO.csv",  # went past 9999999.99
    "NEM13_Scenario14_ETSAMDP_NEMMCO.csv",
    "NEM13_Scenario16_ETSAMDP_NEMMCO.csv",
    "nem13_SCENARIO16_TCAUSTM_NEMMCO.csv",
    "NEM13_mdffl000000016A_ACTEWM_NEMMCO.csv",
    "NEM13_mdffl000000016C_ACTEWM_NEMMCO.csv",  # the same meter's next month, past 99999
)
# Intervals: a day to a week of one meter each, one with two channels of energy drawn.
INTERVALS = (
    "nem12/NEM12_SCENARIO9_UNITEDDP_NEMMCO.csv",
    "nem12/NEM12_SCENARIO1_UNITEDDP_NEMMCO.csv",
    "nem12/nem12_SCENARIO04_TCAUSTM_NEMMCO.csv",
    "plain/Example_NEM12_actual_interval.csv",
)
GREEN_BUTTON = "Desert_Multi_Family_Jan_1_2011_to_Jan_1_2012_RetailCustomer_6.xml"
INCONSISTENT = "NEM13_000000000000011_CNRGYMDP_NEMMCO.csv"
# The structured reference that the statements carry; it is made one customer's account number.
REFERENCE = "4654654654654654"
STATEMENTS = (
    "genkgo__data__camt053.v2.minimal.ultimate.xml",
    "genkgo__data__camt053.v2.all-balance-types.xml",
    "genkgo__data__camt053.v2.multi.statement.xml",
)
HEADINGS = (
    *("Customer number", "Name", "Language", "Mobile number", "Account number", "Credit days"),
    *("Address", "Service point", "Route", "Office", "Most kWh a day", "Meter", "Digits"),
    *("Decimals", "Opening readings", "Class", "Tariff", "Starts on"),
)
IN_FORCE = date(2000, 1, 1)
TAKEN_IN, ISSUED = date(2014, 12, 1), date(2014, 12, 2)
STATEMENT_DAY = date(2015, 1, 5)


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter as its first record has it, and how much the independent readers found in all."""

    point: str
    serial: str
    digits: int
    decimals: int
    opening: str
    since: date
    until: date
    kwh: Decimal

    @property
    def route(self) -> str:
        """The reading route that the journey gives it: providers read on days of their own."""
        return f"R-{self.point}"

    @property
    def account(self) -> str:
        """The account number that the journey gives the customer."""
        return REFERENCE if self.point == "NEM1311007" else f"A-{self.point}"


@pytest.fixture
def nem13() -> Path:
    return corpus("nem", "nem13")


@pytest.mark.slow
def test_real_files_walk_to_a_reminder(house: House, nem13: Path) -> None:
    house.zone, house.calendar = "Australia/Sydney", "au"
    rules_take_force(house)
    known = meters_of(nem13)
    customers_are_taken_in(house, known)
    readings_come_out_as_two_independent_readers_found(house, nem13)
    a_file_that_contradicts_itself_waits_for_a_person(house, nem13)
    owed = bills_are_drawn_up_and_issued(house, known)
    metered = meters_with_intervals(nem13.parent)
    customers_are_taken_in(house, metered)
    intervals_come_out_as_two_independent_readers_found(house, metered, nem13.parent)
    owed += bills_are_drawn_up_and_issued(house, metered)
    a_bank_statement_is_posted_or_suspended_to_the_cent(house)
    ageing_is_what_is_left(house, owed)
    a_reminder_goes_out(house, known)
    assert house.findings(date(2015, 1, 30)) == []


def rules_take_force(house: House) -> None:
    """
    The shipped Australian example, in the currency of the statements, and from long ago.

    The shipped dunning policy is China's: here it is laxer than the law, and can't take force.
    """
    own = house.folder / "config"
    for path in sorted(dated.PACKAGED.glob("*/*/*.toml")):
        kind, name = path.parts[-3:-1]
        if (kind, name) in {("markets", "au"), ("tariffs", "au_residential")} or kind == "policies":
            here = own / kind / name / f"{IN_FORCE}.toml"
            here.parent.mkdir(parents=True, exist_ok=True)
            here.write_text(path.read_text("utf-8").replace('"AUD"', '"EUR"'), "utf-8")
    with pytest.raises(activation.UnfitFileError, match=r"at least 300\.00 is wanted"):
        put_in_force(house, own)
    policy = own / "policies" / "dunning" / f"{IN_FORCE}.toml"
    lawful = policy.read_text("utf-8")
    for lax, strict in (
        ("overdue_min = 100.00", "overdue_min = 300.00"),
        ("overdue_min = 200.00", "overdue_min = 300.00"),
        ("residential = 7\nother = 3", "other = 10"),
    ):
        assert lax in lawful
        lawful = lawful.replace(lax, strict)
    policy.write_text(lawful, "utf-8")
    put_in_force(house, own)


def put_in_force(house: House, own: Path) -> None:
    now = house.at(TAKEN_IN)
    with house.sessions.begin() as session:
        supervisor = staff.found(session, staff.SUPERVISOR)
        for file in activation.in_order(dated.shipped(own), market="au"):
            if file.starts_on == IN_FORCE:
                asked = activation.propose(session, file, by=staff.CLERK, now=now)
                activation.activate(session, asked, by=supervisor, reason="journey", now=now)


def meters_of(nem13: Path) -> list[Meter]:
    """Return the meters of the files, with the quantities that the corpus expects of them."""
    expected: dict[str, Decimal] = {}
    for case in json.loads((nem13.parent / "nem13_register_cases.json").read_text("utf-8")):
        if case["file"].removeprefix("nem13/") in FILES:
            quantity = Decimal(str(case["quantity"]))
            expected[case["nmi"]] = expected.get(case["nmi"], Decimal(0)) + quantity
    firsts: dict[str, list[str]] = {}
    lasts: dict[str, list[str]] = {}
    for name in (*FILES, INCONSISTENT):
        for record in records(nem13 / name):
            firsts.setdefault(record[1], record)
            lasts[record[1]] = record
    return [
        meter_of(record, lasts[point], expected.get(point, Decimal(0)))
        for point, record in firsts.items()
    ]


def meter_of(first: list[str], last: list[str], kwh: Decimal) -> Meter:
    whole, _, rest = first[8].partition(".")
    return Meter(
        first[1], first[6], len(whole), len(rest), first[8], day_of(first[9]), day_of(last[14]), kwh
    )


def meters_with_intervals(nem: Path) -> list[Meter]:
    """Return the meters of files of intervals, with what they drew by the corpus."""
    expected = json.loads((nem / "expected.json").read_text("utf-8"))
    found = [metered(nem / name, expected[name]["aemo"]["intervals"]) for name in INTERVALS]
    year = json.loads(corpus("greenbutton", "expected.json").read_text("utf-8"))[GREEN_BUTTON]
    ((_, hours),) = year["interval_groups"].items()
    kwh = Decimal(str(hours["total"])) / 1000  # The feed counts Wh.
    point, since, until = "RetailCustomer/6/UsagePoint/1", date(2011, 1, 1), date(2012, 1, 1)
    return [*found, Meter(point, "GB-6", 5, 0, "0", since, until, kwh)]


def metered(path: Path, channels: dict[str, dict[str, Any]]) -> Meter:
    with path.open(encoding="utf-8", newline="") as file:
        every = [record for record in csv.reader(file) if record[:1] in (["200"], ["300"])]
    first = every[0]
    days = sorted(day_of(record[1]) for record in every if record[0] == "300")
    drawn = [Decimal(str(one["total"])) for key, one in channels.items() if "/E" in key]
    kwh = sum(drawn, Decimal(0))
    return Meter(first[1], first[6], 5, 0, "0", days[0], days[-1] + timedelta(days=1), kwh)


def intervals_come_out_as_two_independent_readers_found(
    house: House, known: list[Meter], nem: Path
) -> None:
    for path in (*(nem / name for name in INTERVALS), corpus("greenbutton", GREEN_BUTTON)):
        batch = meters.intake.take_in(
            house.sessions, path, by=staff.CLERK, today=TAKEN_IN, now=house.at(TAKEN_IN)
        )
        assert (batch.doubted, batch.refused) == (0, 0), (path.name, batch.verdicts)
    wanted = {one.point: (Period(one.since, one.until), one.kwh) for one in known}
    with reading(house.sessions) as session:
        points = meters.store.find_service_points(session, wanted)
        asked = [(point.id, wanted[number][0]) for number, point in points.items()]
        found = meters.store.usage_of(session, asked)
    for number, point in points.items():
        usage = found[point.id, wanted[number][0]]
        assert isinstance(usage, Usage), usage
        assert usage.kwh == wanted[number][1], number


def records(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from (record for record in csv.reader(file) if record[:1] == ["250"])


def day_of(moment: str) -> date:
    return date(int(moment[:4]), int(moment[4:6]), int(moment[6:8]))


def customers_are_taken_in(house: House, known: list[Meter]) -> None:
    path = house.folder / "customers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for at, one in enumerate(known, start=1):
            # Numbers that Australia keeps for films and examples.
            mobile = f"+6149157015{at % 4 + 6}"
            writer.writerow(
                [
                    *(f"C{at}", f"Customer {at}", "English", mobile, one.account, 14),
                    *(
                        f"{at} Example Street",
                        one.point,
                        one.route,
                        "SYD",
                        400,
                        one.serial,
                        one.digits,
                    ),
                    *(one.decimals, one.opening, "residential", "au_residential", one.since),
                ]
            )
    batch = billing.customers.take_in(
        house.sessions, path, by=staff.CLERK, today=TAKEN_IN, now=house.at(TAKEN_IN)
    )
    assert batch.accepted == len(known), batch.verdicts


def readings_come_out_as_two_independent_readers_found(house: House, nem13: Path) -> None:
    for name in FILES:
        batch = meters.intake.take_in(
            house.sessions, nem13 / name, by=staff.CLERK, today=TAKEN_IN, now=house.at(TAKEN_IN)
        )
        assert (batch.doubted, batch.refused) == (0, 0), (name, batch.verdicts)
    with reading(house.sessions) as session:
        points = meters.store.find_service_points(session, [one.point for one in meters_of(nem13)])
        used = {
            number: sum((kwh for _, kwh in months), Decimal(0))
            for number, point in points.items()
            for months in meters.store.monthly_kwh(
                session, [point.id], since=date(2003, 1, 1), until=TAKEN_IN
            ).values()
        }
    for one in meters_of(nem13):
        assert used.get(one.point, Decimal(0)) == one.kwh, one


def a_file_that_contradicts_itself_waits_for_a_person(house: House, nem13: Path) -> None:
    """It prints 31 kWh between 38841 and 39013."""
    batch = meters.intake.take_in(
        house.sessions,
        nem13 / INCONSISTENT,
        by=staff.CLERK,
        today=TAKEN_IN,
        now=house.at(TAKEN_IN),
    )
    assert [one.code for one in batch.verdicts] == ["quantity_differs"]
    with reading(house.sessions) as session:
        (doubt,) = meters.intake.doubts(session)
    assert "31" in doubt.verdict.message
    meters.intake.settle(
        house.sessions,
        doubt.id,
        accept=False,
        by=staff.CLERK,
        reason="the provider sends it again",
        today=TAKEN_IN,
        now=house.at(TAKEN_IN),
    )


def bills_are_drawn_up_and_issued(house: House, known: list[Meter]) -> Money:
    """Each route is billed up to its own last reading; returns what all bills come to."""
    amount = 0
    for one in known:
        run = billing.run.bill(
            house.sessions,
            cycle=one.route,
            until=one.until,
            by=staff.CLERK,
            today=TAKEN_IN,
            now=house.at(TAKEN_IN),
        )
        if not one.kwh:
            # The one whose only file contradicts itself has no second reading.
            assert (run.billed, run.parked) == (0, 1)
            continue
        held = billing.run.held(house.sessions, run.run_id)
        billing.run.settle_held(
            house.sessions,
            run.run_id,
            accept=[draft.bill_id for draft in held],
            by=staff.SUPERVISOR,
            reason="compared with the provider's file",
            now=house.at(ISSUED),
        )
        billing.run.issue(
            house.sessions, run.run_id, by=staff.SUPERVISOR, today=ISSUED, now=house.at(ISSUED)
        )
        with reading(house.sessions) as session:
            (bill,) = billing.store.bills(session, run_id=run.run_id)
        assert (bill.kwh, bill.amount) == (one.kwh, expected_amount(one)), one
        assert billing.run.explain(house.sessions, bill.number).same
        amount += bill.amount
    return amount


def expected_amount(one: Meter) -> Money:
    """Return what the example tariff asks: 1.05 a day and 0.2983 a kWh, each line rounded."""
    cent = Decimal("0.01")
    days = (one.until - one.since).days
    daily = (Decimal("1.05") * days).quantize(cent, ROUND_HALF_UP)
    return money(daily + (Decimal("0.2983") * one.kwh).quantize(cent, ROUND_HALF_UP))


def a_bank_statement_is_posted_or_suspended_to_the_cent(house: House) -> None:
    expected = json.loads(corpus("bank", "expected.json").read_text("utf-8"))
    posted = suspended = refused = listed = came = went = 0
    for name in STATEMENTS:
        path = corpus("bank", "camt", name)
        for is_repeat in (False, True):
            batch = bank.take_in(
                house.sessions,
                path,
                by=staff.CASHIER,
                today=STATEMENT_DAY,
                now=house.at(STATEMENT_DAY),
            )
            assert batch.is_repeat is is_repeat
        sums = expected[f"camt/{name}"]["sum"]
        came += money(sums["credit"])
        went += money(sums["debit"])
        posted += batch.facts["posted"]
        suspended += batch.facts["suspense"]
        listed += batch.facts["listed"]
        refused += batch.facts["refused"]
        with reading(house.sessions) as session:
            touched = cashier.accounts_of(session, batch.id or 0)
        review.reassess(house.sessions, touched, today=STATEMENT_DAY, now=house.at(STATEMENT_DAY))
    # The third file's statement is called like the first one's, and what it books is called
    # otherwise: it is other money.
    assert (posted, suspended, refused, listed) == (885, 1_770, 0, 700)
    assert (posted + suspended + refused, listed) == (came, went)
    with reading(house.sessions) as session:
        assert sum(one.open for one in cashier.suspense(session)) == suspended


def ageing_is_what_is_left(house: House, owed: Money) -> None:
    found = review.ageing(house.sessions, as_of=STATEMENT_DAY)
    assert found.total.total == found.receivable == owed - 885
    assert found.on_account == 0


def a_reminder_goes_out(house: House, known: list[Meter]) -> None:
    house.pass_days(date(2015, 1, 6), date(2015, 1, 6))
    assert house.messages == [], "the statements are old: what came since isn't known"
    house.no_money_came(date(2015, 1, 6))
    house.pass_days(date(2015, 1, 7), date(2015, 1, 7))
    assert house.messages
    assert all("Chenghu Power" in message for message in house.messages)
    with reading(house.sessions) as session:
        accounts = billing.store.find_accounts(session, [one.account for one in known])
    assert any(number in message for number in accounts for message in house.messages)
