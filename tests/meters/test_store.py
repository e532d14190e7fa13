"""The store: sets of values in and out, orders to the meter, and what must always hold."""

from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from meters import invariants, orders, store, switching
from meters.period import Period
from meters.point import NewMeter, NewRegister, NewServicePoint
from meters.reading import RegisterCode, Usage
from meters.readings import NewReading, add_readings
from meters.switching import OrderKind, OrderState, SwitchError
from meters.tables import InstallationRow
from meters.usage import UsageProblem
from tests.meters import supplier
from tests.meters.supplier import NOW, TODAY

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))


def test_service_points_come_back_as_they_were_added(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        new = [
            NewServicePoint(f"P{one}", f"运河街 {one} 号", office_id, Decimal("120.5"), route, one)
            for one, route in ((2, "R-1"), (1, "R-1"), (3, None))
        ]
        ids = store.add_service_points(session, new)
    with sessions() as session:
        found = store.find_service_points(session, ["P1", "P3", "P9"])
        assert sorted(found) == ["P1", "P3"]
        one = found["P1"]
        assert (one.id, one.address, one.route_code) == (ids["P1"], "运河街 1 号", "R-1")
        assert (one.walk_order, one.office_id, one.kwh_per_day_max) == (
            1,
            office_id,
            Decimal("120.5"),
        )
        assert found["P3"].route_code is None
        assert [point.number for point in store.points_of_route(session, "R-1")] == ["P1", "P2"]
        assert store.service_points(session, [ids["P2"]])[ids["P2"]].number == "P2"
        assert [route.code for route in store.routes(session)] == ["R-1"]


def test_a_number_in_use_is_refused_by_name(sessions: sessionmaker[Session]) -> None:
    points = supplier.a_town(sessions, ["M1"])
    total = (NewRegister(RegisterCode.TOTAL, 5),)
    with sessions.begin() as session:
        again = NewServicePoint("P-M1", "elsewhere", 1, Decimal(1))
        with pytest.raises(store.TakenError, match="P-M1"):
            store.add_service_points(session, [again])
        new = NewMeter("M1", points["M1"], TODAY, total)
        with pytest.raises(store.TakenError, match="M1"):
            store.install_meters(session, [new])
        twice = NewMeter("M2", points["M1"], TODAY, total)
        with pytest.raises(store.TakenError, match="M2"):
            store.install_meters(session, [twice, twice])


def test_the_newest_day_on_which_all_was_read_is_found_however_long_ago(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        codes = ("peak", "valley")
        old = supplier.add_meter(session, office_id, "T1", codes=codes)
        new = supplier.add_meter(session, office_id, "T2", codes=codes)
        none = store.add_service_points(
            session, [NewServicePoint("P-none", "no meter", office_id, Decimal(1))]
        )["P-none"]
        supplier.read(session, "T1", {"2026-11-01": "5"}, code="peak")
        for code in codes:
            supplier.read(session, "T2", {"2026-10-01": "5", "2026-11-01": "9"}, code=code)
    with sessions() as session:
        found = store.last_reading_days(session, [old, new, none], until=TODAY)
        assert found == {old: supplier.INSTALLED, new: date(2026, 11, 1)}
        earlier = store.last_reading_days(session, [new], until=date(2026, 10, 31))
        assert earlier == {new: date(2026, 10, 1)}


def test_usages_are_told_for_a_set_each_with_its_own_period(
    sessions: sessionmaker[Session],
) -> None:
    points = supplier.a_town(sessions, ["M1", "M2"])
    with sessions.begin() as session:
        supplier.read(session, "M1", {"2026-11-01": "3345"})
    one, two = points["M1"], points["M2"]
    september = Period(date(2026, 9, 1), date(2026, 10, 1))
    with sessions() as session:
        found = store.usage_of(session, [(one, OCTOBER), (two, OCTOBER), (two, september)])
        assert store.usage_of(session, []) == {}
    told, missing, before = found[one, OCTOBER], found[two, OCTOBER], found[two, september]
    assert isinstance(told, Usage)
    assert isinstance(before, Usage)
    assert isinstance(missing, UsageProblem)
    assert (told.kwh, before.kwh, missing.code) == (155, 150, "missing_reading")
    assert "M2 register total has no reading on 2026-11-01" in missing.message


def test_energy_by_month_is_told_by_the_day_that_closes_it(
    sessions: sessionmaker[Session],
) -> None:
    points = supplier.a_town(sessions, ["M1"])
    with sessions.begin() as session:
        supplier.read(session, "M1", {"2026-11-01": "3345"})
    with sessions() as session:
        since, until = date(2026, 10, 1), date(2026, 11, 1)
        found = store.monthly_kwh(session, [points["M1"]], since=since, until=until)
    assert found == {points["M1"]: [(since, Decimal(150)), (until, Decimal(155))]}


def test_equal_readings_have_equal_digests_whatever_their_order(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        for serial in ("M2", "M1"):
            supplier.add_meter(session, office_id, serial)
        supplier.read(session, "M1", {"2026-10-01": "3190", "2026-09-01": "3040.50"})
    with sessions() as session:
        digest = store.digest_of(session)
    lines = (
        "M1\ttotal\t2025-01-01\t0\t0\tactual",
        "M1\ttotal\t2026-09-01\t0\t3040.5\tactual",
        "M1\ttotal\t2026-10-01\t0\t3190\tactual",
        "M2\ttotal\t2025-01-01\t0\t0\tactual",
    )
    hashes = (int.from_bytes(sha256(line.encode()).digest()) for line in lines)
    assert digest == f"{sum(hashes) % 2**256:064x}"
    with sessions.begin() as session:
        supplier.read(session, "M1", {"2026-11-01": "3345"})
        assert store.digest_of(session) != digest


def test_a_meter_and_a_point_are_found_by_number(sessions: sessionmaker[Session]) -> None:
    points = supplier.a_town(sessions, ["M1"])
    with sessions() as session:
        assert store.find_points(session, "M1") == [points["M1"]]
        assert store.find_points(session, "P-M1") == [points["M1"]]
        assert store.find_points(session, "M9") == []


def order(sessions: sessionmaker[Session], reference: str = "step:1", **more: Any) -> Any:
    """Order a cut."""
    asked = {"kind": OrderKind.CUT, "by": "zhao", "today": TODAY, "now": NOW} | more
    return switching.order(sessions, reference=reference, **asked)


def test_an_order_is_given_once_and_goes_its_way(sessions: sessionmaker[Session]) -> None:
    points = supplier.a_town(sessions, ["M1"])
    first = order(sessions, service_point_id=points["M1"])
    again = order(sessions, service_point_id=points["M1"])
    assert (first.id, first.state, first.ordered_by) == (again.id, OrderState.ORDERED, "zhao")
    act = {"by": "crew", "today": TODAY, "now": NOW}
    assert switching.acknowledge(sessions, first.id, **act).state is OrderState.ACKNOWLEDGED
    done = switching.done(sessions, first.id, note="seal 4711", **act)
    assert (done.state, done.note, done.is_open) == (OrderState.DONE, "seal 4711", False)
    assert switching.done(sessions, first.id, **act) == done
    with sessions() as session:
        states = [OrderState.DONE]
        assert orders.orders(session, point_ids=[points["M1"]], states=states) == [done]
        assert orders.orders(session, kind=OrderKind.RECONNECT) == []


def test_a_recalled_order_is_never_carried_out(sessions: sessionmaker[Session]) -> None:
    points = supplier.a_town(sessions, ["M1"])
    given = order(sessions, service_point_id=points["M1"])
    act = {"by": "crew", "today": TODAY, "now": NOW}
    recalled = switching.recall(sessions, given.id, reason="paid", **act)
    assert (recalled.state, recalled.note) == (OrderState.RECALLED, "paid")
    with pytest.raises(SwitchError, match=r"is recalled since 2026-11-21; it can't be done"):
        switching.done(sessions, given.id, **act)
    with pytest.raises(SwitchError, match="there is no order 99"):
        switching.acknowledge(sessions, 99, **act)


def test_what_is_done_cannot_be_recalled(sessions: sessionmaker[Session]) -> None:
    points = supplier.a_town(sessions, ["M1"])
    given = order(sessions, service_point_id=points["M1"])
    act = {"by": "crew", "today": TODAY, "now": NOW}
    switching.done(sessions, given.id, **act)
    with pytest.raises(SwitchError, match="is done"):
        switching.recall(sessions, given.id, reason="paid", **act)
    with pytest.raises(SwitchError, match="is done"):
        switching.failed(sessions, given.id, reason="no access", **act)


def test_a_healthy_room_has_no_findings(sessions: sessionmaker[Session]) -> None:
    supplier.a_town(sessions, ["M1", "M2"])
    with sessions() as session:
        assert invariants.findings(session, today=TODAY) == []


def test_overlapping_installations_are_found(sessions: sessionmaker[Session]) -> None:
    points = supplier.a_town(sessions, ["M1", "M2"])
    with sessions.begin() as session:
        meter_id = store.meter_ids(session, ["M1"])["M1"]
        session.execute(
            update(InstallationRow)
            .where(InstallationRow.meter_id == meter_id)
            .values(removed_on=date(2026, 10, 20))
        )
        session.add(
            InstallationRow(
                service_point_id=points["M2"],
                meter_id=meter_id,
                installed_on=date(2026, 10, 10),
                removed_on=None,
                multiplier=Decimal(1),
            )
        )
    with sessions() as session:
        (found,) = invariants.findings(session, today=TODAY)
    assert found.check == "a meter serves one point at a time"


def test_a_reading_of_a_meter_that_was_not_there_is_found(
    sessions: sessionmaker[Session],
) -> None:
    supplier.a_town(sessions, ["M1"])
    with sessions.begin() as session:
        register = supplier.register_id(session, "M1")
        add_readings(session, [NewReading(register, date(2020, 1, 1), Decimal(1))])
        add_readings(session, [NewReading(register, date(2026, 12, 1), Decimal(4000))])
    with sessions() as session:
        found = invariants.findings(session, today=TODAY)
    assert {one.check for one in found} == {
        "a reading is of an installed meter",
        "no reading of the future",
    }
    assert {one.check for one in found} <= set(invariants.CHECKS)
