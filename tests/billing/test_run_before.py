"""Bills that go on from what earlier bills had: a ratchet's demand, a season's kWh."""

import tomllib
from datetime import date
from decimal import Decimal

from billing import run
from billing.bill import recompute
from billing.money import money
from billing.supply import SupplyClass
from billing.tariff import parse_tariff
from meters.reading import RegisterCode
from tests.billing import grid
from tests.billing.grid import read, settle
from tests.billing.test_run import FEBRUARY, MARCH, bill

RATCHET = """
title_en = "Demand with a ratchet"
title_zh = "需量棘轮"
currency = "CNY"
[[energy]]
code = "energy"
en = "Energy"
zh = "电度电费"
price = 1
[[demand]]
code = "demand"
en = "Demand"
zh = "需量电费"
price = 10
[demand.ratchet]
share = 0.80
months = 11
"""


def test_a_ratchet_looks_back_at_what_was_billed(sessions):
    with sessions.begin() as session:
        grid.enact(session)
        grid.enact(session, grid.file_of("tariffs/ratchet", date(2025, 1, 1), RATCHET))
        settle(
            session,
            {"F1": "ratchet"},
            supply_class=SupplyClass.INDUSTRIAL,
            codes=(RegisterCode.TOTAL, RegisterCode.DEMAND),
        )
        read(session, "F1", FEBRUARY, 100, 400)
    assert bill(sessions).amount == money("4100")  # nothing before, so 400 kW as measured
    with sessions.begin() as session:
        read(session, "F1", MARCH, 200, 100)

    [draft] = run.preview(sessions, "F1", until=MARCH, today=MARCH).drafts

    assert [line.amount for line in draft.lines] == [money("100"), money("3200")]
    assert draft.facts["past_demands"] == {"2026-01-01": "400"}
    tariffs = {
        draft.facts["spans"][0]["digest"]: parse_tariff(
            "r", tomllib.loads(RATCHET, parse_float=Decimal)
        )
    }
    _, _, again = recompute(draft.facts, tariffs)
    assert [line.amount for line in again] == [line.amount for line in draft.lines]


WINTER = """
title_en = "Blocks of the winter"
title_zh = "采暖季阶梯"
currency = "CNY"
[seasons]
winter = [12, 1, 2, 3]
rest = [4, 5, 6, 7, 8, 9, 10, 11]
[[energy]]
code = "heating"
en = "Heating"
zh = "采暖电费"
season = "winter"
limits_per = "season"
[[energy.block]]
up_to_kwh = 1000
price = 1
[[energy.block]]
price = 2
[[energy]]
code = "energy"
en = "Energy"
zh = "电度电费"
season = "rest"
price = 1
"""


def test_blocks_of_a_season_go_on_from_what_its_bills_had(sessions):
    with sessions.begin() as session:
        grid.enact(session)
        grid.enact(session, grid.file_of("tariffs/winter", date(2025, 1, 1), WINTER))
        settle(session, {"W1": "winter"})
        read(session, "W1", FEBRUARY, 700)
    bill(sessions)
    with sessions.begin() as session:
        read(session, "W1", MARCH, 1100)

    [draft] = run.preview(sessions, "W1", until=MARCH, today=MARCH).drafts

    assert draft.facts["season_kwh"] == {"2025-12-01": "700"}
    # The account began in January: it has three of the winter's four months, 750 kWh.
    assert [(line.quantity, line.amount) for line in draft.lines] == [
        (50, money("50")),
        (350, money("700")),
    ]
    assert draft.lines[0].why.startswith("kWh 0 to 750 of the season, 700 used before")
    tariffs = {
        draft.facts["spans"][0]["digest"]: parse_tariff(
            "w", tomllib.loads(WINTER, parse_float=Decimal)
        )
    }
    assert [one.amount for one in recompute(draft.facts, tariffs)[2]] == [
        one.amount for one in draft.lines
    ]
