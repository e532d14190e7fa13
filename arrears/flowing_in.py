"""What flows into a credit file by itself: changes of a customer's service, and how he pays."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from arrears import lateness, paying
from arrears.behaviour import Behaviour
from arrears.indicators import Indicator, measure
from billing import store as master
from billing.history import Happened, supply_history
from meters import store as points


@dataclass(frozen=True, slots=True)
class FlowedIn:
    """What happened to a customer's supplies up to a day, and how the bills are paid."""

    services: tuple[Happened, ...]
    paying: tuple[Indicator, ...]


def flowed_in(
    session: Session, customer_id: int, behaviour: Behaviour | None, *, as_of: date
) -> FlowedIn:
    """Return what billing knows of a customer on a day, the newest change of service first."""
    accounts = master.accounts_of(session, [customer_id]).get(customer_id, [])
    own = [one for some in master.supplies_of(session, accounts).values() for one in some]
    supplies = sorted(own, key=lambda one: (one.starts_on, one.id))
    found = points.service_points(session, {one.service_point_id for one in supplies})
    happened = supply_history(supplies, {key: point.number for key, point in found.items()})
    services = tuple(one for one in happened if one.on <= as_of)
    names = {**paying.MEASURES, **lateness.MEASURES}
    paid = () if behaviour is None else measure(behaviour, as_of=as_of, names=names)
    return FlowedIn(services, paid)
