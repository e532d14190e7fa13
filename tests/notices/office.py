"""An office that writes to customers: a street with debts, telephones, routes, and a simulator."""

from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from arrears import review
from billing.account import Account
from billing.tables import AccountRow, CustomerRow
from meters.tables import RouteRow, ServicePointRow
from notices import dispatch, printing, stationery, store
from notices.dispatch import Dispatched, Prepared
from notices.notice import Channel
from notices.printing import PrintBatch
from notices.record import Told
from notices.simulator import Simulator
from notices.sms import TwilioGateway
from tests.arrears import street
from tests.billing import town

SID, TOKEN = "AC" + "0" * 32, "a-secret"
CALLBACK = "https://billing.example.org/sms/status"
DUE = date(2026, 3, 16)
DAY = timedelta(days=1)
STATIONERY = stationery.read()


def at(day: date, *, hour: int = 12) -> datetime:
    """Return a moment of a day by the clocks of Shanghai."""
    return street.at(day, hour=0) + timedelta(hours=hour - 8)


def found(
    session: Session,
    *numbers: str,
    amount: str = "300.00",
    due: date = DUE,
    bills: int = 1,
    mobiles: dict[str, str] | None = None,
) -> dict[str, Account]:
    """Put the law into force and settle accounts in, each with a telephone and overdue bills."""
    street.enact(session)
    accounts = town.settle_in(session, *numbers)
    for at_, number in enumerate(numbers):
        for month in range(bills):
            street.bill(session, accounts[number], amount, due=due - 30 * month * DAY)
        set_customer(
            session, accounts[number], mobile=(mobiles or {}).get(number, f"+86138001{at_:05d}")
        )
    return accounts


def set_customer(session: Session, account: Account, **values: object) -> None:
    """Change what is known of an account's customer."""
    session.execute(
        update(CustomerRow).where(CustomerRow.id == account.customer_id).values(**values)
    )


def one_customer(session: Session, *accounts: Account) -> None:
    """Let all the accounts belong to the first one's customer."""
    session.execute(
        update(AccountRow)
        .where(AccountRow.id.in_([account.id for account in accounts]))
        .values(customer_id=accounts[0].customer_id)
    )


def walk(session: Session, *numbers: str, route: str = "R-1") -> None:
    """Put the accounts' service points on a route, in this order."""
    office_id = session.scalars(select(ServicePointRow.office_id)).first()
    row = RouteRow(code=route, name=route, office_id=office_id)
    session.add(row)
    session.flush()
    for place, number in enumerate(numbers, start=1):
        session.execute(
            update(ServicePointRow)
            .where(ServicePointRow.number == f"SP-{number}")
            .values(route_id=row.id, walk_order=place * 10)
        )


def night(sessions: sessionmaker[Session], day: date) -> None:
    """Let the review of a day decide."""
    review.review(sessions, today=day, now=at(day))


def prepare(sessions: sessionmaker[Session], day: date, *, hour: int = 12) -> Prepared:
    """Write what the day's steps ask for, with the shipped stationery."""
    return dispatch.prepare(sessions, today=day, now=at(day, hour=hour), with_stationery=STATIONERY)


def gateway(simulator: Simulator) -> TwilioGateway:
    """Return the real client, turned to the simulator."""
    return TwilioGateway(SID, TOKEN, "+15005550006", callback=CALLBACK, origin=simulator.origin)


def send(
    sessions: sessionmaker[Session], simulator: Simulator, day: date, *, hour: int = 12
) -> Dispatched:
    """Send what waits, at an hour of a day."""
    return dispatch.send(sessions, gateway(simulator), today=day, now=at(day, hour=hour))


def print_due(sessions: sessionmaker[Session], folder: Path, day: date) -> PrintBatch | None:
    """Print what waits."""
    return printing.print_due(
        sessions, folder, today=day, now=at(day), by="chen.xiao", with_stationery=STATIONERY
    )


def told(sessions: sessionmaker[Session], channel: Channel | None = None) -> list[Told]:
    """Return all notices, the oldest first."""
    with sessions() as session:
        return store.notices(session, channel=channel)[::-1]


def reach_notice(
    sessions: sessionmaker[Session],
    simulator: Simulator,
    folder: Path,
    *,
    until: date,
    since: date = DUE,
) -> None:
    """Live through the days as an office does: review, approve, write, send and print."""
    day = since
    while day <= until:
        night(sessions, day)
        street.say_yes(sessions, day)
        prepare(sessions, day)
        send(sessions, simulator, day)
        while print_due(sessions, folder, day) is not None:
            pass
        day += DAY
