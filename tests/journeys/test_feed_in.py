"""Roofs that feed in by the time of day, from files of readings to a bill that credits it."""

from datetime import date
from pathlib import Path

import pytest

import billing.customers
import billing.run
import billing.store
import meters.intake
from billing.bill import IssuedBill
from config import dated
from config.database import reading
from meters.reading import plain
from tests.journeys.house import House
from web import activation
from web.demo import staff

IN_FORCE, STARTED = date(2026, 3, 1), date(2026, 3, 2)
READ, ISSUED = date(2026, 4, 1), date(2026, 4, 2)

TARIFF = """\
title_en = "Residential with a roof"
title_zh = "居民光伏"
currency = "CNY"
classes = ["residential"]

[[energy]]
code = "energy"
en = "Energy"
zh = "电度电费"
price = 0.50

[[export]]
code = "feed_in"
en = "Feed-in credit"
zh = "上网电量电费"
prices = { sharp = 0.80, peak = 0.60, flat = 0.40, valley = 0.10, deep_valley = 0.05 }
"""

HEADINGS = (
    "客户编号,客户名称,语言,户号,用电地址,计量点编号,供电所,抄表段,日最大电量,电表编号,示数类型,整数位,"
    "小数位,装表示数,用电类别,电价代码,供电开始日期"
)
EVERY = "total;export_sharp;export_peak;export_flat;export_valley;export_deep_valley"
CUSTOMERS = (
    f"C1,顾南乔,中文,A1,湖滨路1号,P1,E,E01,100,M-1,{EVERY},5,2,0,居民生活,roof,2026-03-02",
    f"C2,江照野,中文,A2,湖滨路2号,P2,E,E01,100,M-2,{EVERY},5,2,0,居民生活,roof,2026-03-02",
    # What the provider's file calls the registers; the export ones count backwards.
    (
        "C3,Ada Byrne,English,A3,3 Lake Road,NEM1311007,E,E01,100,11007,"
        "total=1/11;export_peak=2/4;export_flat=3/42,5,0,900;99990;20,居民生活,roof,2026-03-02"
    ),
)
# One reading to a row, as handheld terminals have it.
BY_ROW = """\
表号,示数类型,抄表日期,示数
M-1,总,2026-04-01,300
M-1,反向有功尖,2026-04-01,1
M-1,反向有功峰,2026-04-01,20
M-1,反向有功平,2026-04-01,30.5
M-1,反向有功谷,2026-04-01,4
M-1,反向有功深谷,2026-04-01,2
"""
# A column for each register.
BY_METER = """\
meter,date,total,export sharp,export peak,export flat,export valley,export deep valley
M-2,2026-04-01,300,1,20,30.5,4,2
"""
NEM13 = (
    "100,NEM13,202604011213,MDA1,Ret1",
    "250,NEM1311007,1141,1,11,11,11007,E,900,20260302000000,A,,,1200,20260401000000,A,,,300,KWH,,,",
    "250,NEM1311007,1141,2,4,4,11007,I,99990,20260302000000,A,,,99970,20260401000000,A,,,20,KWH,,,",
    "250,NEM1311007,1141,3,42,42,11007,I,20,20260302000000,A,,,99990,20260401000000,A,,,-30,KWH,,,",
    "900",
)


@pytest.mark.slow
def test_what_is_fed_in_is_credited_by_the_time_at_which_it_was(house: House) -> None:
    rules_take_force(house)
    customers_are_taken_in(house)
    take_in(house, "by_row.csv", BY_ROW)
    take_in(house, "by_meter.csv", BY_METER)
    take_in(house, "nem13.csv", "\r\n".join(NEM13))
    bills = bills_are_issued(house)
    every_time = [("1", -80), ("20", -1200), ("30.5", -1220), ("4", -40), ("2", -10)]
    assert [credited(house, one) for one in bills] == [
        every_time,
        every_time,
        [("20", -1200), ("30", -1200)],
    ]
    assert [one.amount for one in bills] == [12450, 12450, 12600]
    assert {one.kwh for one in bills} == {300}
    assert house.findings(ISSUED) == []


def rules_take_force(house: House) -> None:
    staff.put_in_force(house.sessions, market="cn", now=house.at(STARTED))
    roof = dated.read(
        written(house, "roof.toml", TARIFF), subject="tariffs/roof", starts_on=IN_FORCE
    )
    with house.sessions.begin() as session:
        asked = activation.propose(session, roof, by=staff.CLERK, now=house.at(STARTED))
        supervisor = staff.found(session, staff.SUPERVISOR)
        activation.activate(session, asked, by=supervisor, reason="journey", now=house.at(STARTED))


def customers_are_taken_in(house: House) -> None:
    file = written(house, "customers.csv", "\n".join((HEADINGS, *CUSTOMERS)))
    batch = billing.customers.take_in(
        house.sessions, file, by=staff.CLERK, today=STARTED, now=house.at(STARTED)
    )
    assert batch.accepted == len(CUSTOMERS), batch.verdicts


def take_in(house: House, name: str, text: str) -> None:
    file = written(house, name, text)
    batch = meters.intake.take_in(
        house.sessions, file, by=staff.CLERK, today=READ, now=house.at(READ)
    )
    assert batch.accepted == batch.rows, batch.verdicts


def bills_are_issued(house: House) -> list[IssuedBill]:
    run = billing.run.bill(
        house.sessions, cycle=None, until=READ, by=staff.CLERK, today=READ, now=house.at(READ)
    )
    assert run.billed == len(CUSTOMERS), run
    issued = billing.run.issue(
        house.sessions, run.run_id, by=staff.SUPERVISOR, today=ISSUED, now=house.at(ISSUED)
    )
    assert issued.issued == len(CUSTOMERS), issued
    with reading(house.sessions) as session:
        found = billing.store.bills(session, run_id=run.run_id)
    return sorted(found, key=lambda one: one.account_id)


def credited(house: House, bill: IssuedBill) -> list[tuple[str, int]]:
    """Return how many kWh are credited at each time of use, and the amounts in minor units."""
    explained = billing.run.explain(house.sessions, bill.number)
    assert explained.same
    return [
        (plain(line.quantity), line.amount)
        for line in explained.lines
        if line.code.startswith("feed_in")
    ]


def written(house: House, name: str, text: str) -> Path:
    path = house.folder / name
    path.write_text(text, "utf-8")
    return path
