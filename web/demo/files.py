"""The files a supplier has: what field crews, a data provider, an agent and the bank send."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from config.workbook import Heading, Sheet, Value, write_workbook
from web.demo import statements
from web.demo.behaviour import Paid
from web.demo.diary import write_once
from web.demo.people import OFFICES, Subscriber
from web.demo.readings import Row, dial_text
from web.demo.world import Exchanged

# Each layout of the package has its own headings; the demo's crews use the Chinese ones.
SERIAL, TAKEN_ON, REGISTER, VALUE = "表号", "抄表日期", "示数类型", "示数"
REGISTERS = {
    "total": "总",
    "sharp": "尖",
    "peak": "峰",
    "flat": "平",
    "valley": "谷",
    "reactive": "无功",
}
_PAYMENT = ("流水号", "户号", "缴费日期", "金额", "缴费方式", "缴费人")
_CUSTOMER = (
    *("客户编号", "客户名称", "客户性质", "语言", "手机号码", "电子邮箱", "行业"),
    *("户号", "信用期限", "用电地址", "计量点编号", "供电所", "供电所名称", "抄表段", "抄表顺序"),
    *("日最大电量", "电表编号", "示数类型", "整数位", "小数位", "综合倍率", "装表日期", "装表示数"),
    *(
        "用电类别",
        "电价代码",
        "合同容量kW",
        "变压器容量kVA",
        "家庭人口",
        "保护类别",
        "开户日期",
        "供电开始日期",
    ),
)
_OFFICES = {office.code: office for office in OFFICES}
_LANGUAGES = {"zh": "中文", "en": "英文"}
_CLASSES = {
    "residential": "居民生活",
    "commercial": "一般工商业",
    "industrial": "大工业",
    "agricultural": "农业生产",
}
_PROTECTIONS = {
    "none": "无",
    "life_support": "生命支持",
    "hospital": "医院",
    "school": "学校",
    "welfare": "福利机构",
}
_EXCHANGE = (
    "旧表号",
    "示数类型",
    "拆表示数",
    "新表号",
    "整数位",
    "小数位",
    "装表示数",
    "换表日期",
    "倍率",
    "换表原因",
)


def write_customers(path: Path, served: Iterable[Subscriber]) -> Path:
    """Write the customer list as a workbook: a row for each supply, with its meter."""
    return _write_workbook(path, "用电客户", list(_CUSTOMER), map(_customer, served))


class TillLine(NamedTuple):
    """One payment on the till's list of a day."""

    reference: str
    account_number: str
    paid_on: date
    amount: int
    payer: str


def write_handheld(path: Path, rows: Iterable[Row], *, encoding: str = "utf-8-sig") -> Path:
    """Write readings as the crews' handheld terminals export them: one register to a row."""
    table = [(row.written_serial, REGISTERS[row.register], row.taken_on, row.value) for row in rows]
    return _write_csv(path, (SERIAL, REGISTER, TAKEN_ON, VALUE), table, encoding=encoding)


def write_by_register(path: Path, rows: Iterable[Row]) -> Path:
    """Write readings as a workbook with a row for each meter and a column for each register."""
    meters: dict[str, dict[str, Row]] = {}
    for row in rows:
        meters.setdefault(row.serial, {})[row.register] = row
    table: list[list[Value]] = [
        [
            _written_serial(of_meter.values()),
            next(iter(of_meter.values())).taken_on,
            *(of_meter[name].value if name in of_meter else "" for name in REGISTERS),
        ]
        for of_meter in meters.values()
    ]
    return _write_workbook(path, "抄表", [SERIAL, TAKEN_ON, *REGISTERS.values()], table)


def write_nem13(path: Path, rows: Iterable[Row], *, sent_on: date) -> Path:
    """
    Write readings as a metering data provider sends them (AEMO, MDFF specification, NEM13).

    The rows have one register each, without a multiplier: the quantity is what the dial turned.
    """
    records: list[Sequence[object]] = [
        ("100", "NEM13", f"{sent_on:%Y%m%d}0800", "CHENGMDP", "CHENGHU"),
        *(_record(row, sent_on) for row in rows),
        ("900",),
    ]
    return write_once(path, _csv_text(records).encode("ascii"))


def write_exchanges(path: Path, exchanged: Iterable[Exchanged]) -> Path:
    """Write the month's meter exchanges: a row for each register."""
    table = [
        (
            done.old.serial,
            REGISTERS[register],
            final,
            done.new.serial,
            done.new.digits,
            done.new.decimals,
            opening,
            done.day,
            done.new.multiplier,
            "周期轮换",
        )
        for done in exchanged
        for register, final, opening in zip(
            done.old.registers, done.finals, done.openings, strict=True
        )
    ]
    return _write_csv(path, _EXCHANGE, table)


def write_payments(path: Path, paid: Iterable[Paid], *, method: str) -> Path:
    """Write payments as a collecting agent's file of the day, or the till's list."""
    table = [
        (
            one.serial,
            one.account_number,
            one.value_on,
            f"{one.amount // 100}.{one.amount % 100:02d}",
            method,
            one.payer_name,
        )
        for one in paid
    ]
    return _write_csv(path, _PAYMENT, table)


def read_payments(path: Path) -> list[TillLine]:
    """Return what the till's list of a day says."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            TillLine(
                row["流水号"],
                row["户号"],
                date.fromisoformat(row["缴费日期"]),
                int(row["金额"].replace(".", "")),
                row["缴费人"],
            )
            for row in csv.DictReader(file)
        ]


def write_statement(path: Path, lines: Sequence[statements.Line], *, day: date) -> Path:
    """Write the bank's statement of the day as camt.053; the bank's own fee comes once a month."""
    fees = [statements.fee(day)] if day.day <= 3 else []
    return write_once(path, statements.statement([*lines, *fees], day=day).encode())


def _written_serial(rows: Iterable[Row]) -> str:
    """Return the serial as typed: one mistyped register spoils the row of the meter."""
    serials = [row.written_serial for row in rows]
    return next((each for each in serials if serials.count(each) < len(serials)), serials[0])


def _customer(one: Subscriber) -> list[Value]:
    customer, device, office = one.customer, one.device, _OFFICES[one.office]
    readings = (dial_text(value, device.decimals) for value in device.openings)
    return [
        *(customer.number, customer.name, "单位" if customer.is_company else "个人"),
        *(_LANGUAGES[customer.language], customer.mobile, customer.email, customer.industry),
        *(one.account_number, one.credit_days, one.premise_address, one.point_number),
        *(office.code, office.name_zh, one.route, one.walk_order, one.kwh_per_day_max),
        *(device.serial, " ".join(device.registers), device.digits, device.decimals),
        *(device.multiplier, device.from_day, " ".join(readings)),
        *(_CLASSES[one.profile.supply_class], one.tariff, one.contracted_kw),
        *(one.capacity_kva or None, one.household_size or None),
        *(_PROTECTIONS[one.profile.protection], one.opened_on, device.from_day),
    ]


def _record(row: Row, sent_on: date) -> Sequence[object]:
    assert row.previous_on is not None, "a provider's row has its reading before"
    quantity = (int(row.value) - int(row.previous)) % 10**row.digits
    return (
        *("250", row.point_number, "11", "1", "11", "11", row.serial, "E"),
        *(row.previous.zfill(row.digits), f"{row.previous_on:%Y%m%d}000000", "A", "", ""),
        *(row.value.zfill(row.digits), f"{row.taken_on:%Y%m%d}000000", "A", "", ""),
        *(quantity, "KWH", "", f"{sent_on:%Y%m%d}080000", ""),
    )


def _write_workbook(
    path: Path, title: str, names: Sequence[str], rows: Iterable[Sequence[Value]]
) -> Path:
    """Write a workbook unless it is there, all of it or nothing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name}")
        write_workbook(scratch, [Sheet(title, [Heading(name) for name in names], rows)])
        scratch.replace(path)
    return path


def _write_csv(
    path: Path,
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    encoding: str = "utf-8-sig",
) -> Path:
    return write_once(path, _csv_text([headings, *rows]).encode(encoding))


def _csv_text(rows: Iterable[Sequence[object]]) -> str:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
