"""Papers to draw in tests: values only, no database."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

from billing.bill import BillKind, IssuedBill
from billing.line import Line
from billing.supply import SupplyClass
from config.law import LateRate
from meters.period import Period
from meters.reading import Part, Reading, ReadingKind, RegisterCode
from notices import stationery
from notices.notice import (
    PREFIXES,
    Addressee,
    DepositAsked,
    Dunning,
    MonthUsed,
    Notice,
    NoticeAccount,
    NoticeKind,
    OwedCharge,
    PlannedCut,
    PrepaidTerms,
    facts_of,
)
from notices.paper.batch import Batch
from notices.paper.bill import PrintedBill
from notices.paper.letter import Letter
from notices.paper.receipt import PrintedReceipt
from notices.record import Stop
from notices.sheets import BillPaper, ReceiptPaper, Settled, facts_of_bill, facts_of_receipt

STATIONERY = stationery.read()
SUPPLIER = STATIONERY.supplier
NAMES = {"zh": "李玥", "en": "Amelia O'Connor-Müller"}
ADDRESSES = {
    "zh": "澄湖市历下区经十路 2 号 3 单元 501 室",
    "en": "Flat 12, 88 Lakeside Road, Chenghu",
}
BY_MESSAGE = (NoticeKind.COURTESY_REMINDER, NoticeKind.SMS_REMINDER)
# What a notice of each kind has besides what all have.
OWN = {
    NoticeKind.COURTESY_REMINDER: {},
    NoticeKind.SMS_REMINDER: {},
    NoticeKind.LETTER: {},
    NoticeKind.DEPOSIT_DEMAND: {
        "deposit": DepositAsked(248_712, 50_000, 124_356, Decimal(2)),
    },
    NoticeKind.GUARANTEE_DEMAND: {
        "deposit": DepositAsked(248_712, 50_000, 124_356, Decimal(2)),
    },
    NoticeKind.PREPAID_CONVERSION: {
        "prepaid": PrepaidTerms(353_368, Decimal(20), 5_000, 0),
    },
    NoticeKind.DISCONNECTION_NOTICE: {
        "cut": PlannedCut(date(2026, 12, 1), time(9), time(17)),
    },
}
BARE = {
    NoticeKind.DEPOSIT_DEMAND: {"deposit": DepositAsked(248_712, 0, None, None)},
    NoticeKind.GUARANTEE_DEMAND: {"deposit": DepositAsked(248_712, 0, None, None)},
}


def charge(month: int, *, account: str = "370100000002") -> OwedCharge:
    """Return an open bill of a month of 2026."""
    return OwedCharge(
        account=account,
        what="energy",
        bill=f"B2026-{month:06d}",
        start=date(2026, month, 1),
        end=date(2026, month + 1, 1),
        kwh=Decimal("412.5") + month,
        amount=124_356 + 100 * month,
        open=124_356 + 100 * month - (20_000 if month == 7 else 0),
        due_on=date(2026, month + 1, 20),
        late_from=date(2026, month + 1, 21),
        days=max(1, 300 - 30 * month),
        late_charge=max(0, 11_565 - 1_000 * month),
    )


def notice(
    kind: NoticeKind,
    language: str,
    *,
    name: str | None = None,
    charges: int = 3,
    accounts: int = 1,
    number: int = 123,
) -> Notice:
    """Return a notice with everything that its kind can have."""
    own = tuple(
        NoticeAccount(f"37010000000{2 + at}", ADDRESSES[language], (f"0300{at}88121",))
        for at in range(accounts)
    )
    return Notice(
        number=f"{PREFIXES[kind]}2026-{number:06d}",
        kind=kind,
        language=language,
        issued_on=date(2026, 11, 21),
        currency="CNY",
        customer=Addressee("C0000123", name or NAMES[language], ADDRESSES[language]),
        accounts=own,
        charges=tuple(
            charge(6 + at % 5, account=own[at % accounts].number) for at in range(charges)
        ),
        late_per_day=746,
        pay_by=date(2026, 11, 30),
        dunnings=(
            Dunning(date(2026, 9, 25), NoticeKind.SMS_REMINDER),
            Dunning(date(2026, 10, 25), NoticeKind.LETTER),
        ),
        articles=("电力供应与使用条例 art. 39; 民法典 art. 654", "product default"),
        reconnection_hours=24,
        usage=months(),
        approved_by=("王建国", "陈晓"),
        **OWN[kind],
    )


def bare(kind: NoticeKind, language: str) -> Notice:
    """Return a notice with nothing but what every notice has."""
    full = notice(kind, language, charges=1)
    return replace(
        full,
        accounts=tuple(replace(one, meters=()) for one in full.accounts),
        charges=tuple(
            replace(one, kwh=None, start=None, end=None, bill=None, late_charge=0)
            for one in full.charges
        ),
        late_per_day=0,
        dunnings=(),
        articles=(),
        usage=(),
        approved_by=(),
        **BARE.get(kind, {}),
    )


def months() -> tuple[MonthUsed, ...]:
    """Return a year's energy."""
    return tuple(
        MonthUsed(date(2025 + at // 12, at % 12 + 1, 1), Decimal(300 + at * 97 % 260))
        for at in range(11, 23)
    )


def letter(one: Notice) -> Letter:
    """Return a notice with its shipped words."""
    facts = facts_of(one, STATIONERY.sender(one.language))
    return Letter(one, STATIONERY.words(one.language, one.kind, facts), SUPPLIER)


def batch(letters: int, *, language: str = "zh") -> Batch:
    """Return a batch of letters of all kinds, in both languages, on two routes."""
    kinds = [kind for kind in NoticeKind if kind not in BY_MESSAGE]
    found = []
    for at in range(letters):
        one = notice(
            kinds[at % len(kinds)],
            "en" if at % 5 == 4 else "zh",
            charges=1 + at % 4,
            number=at + 1,
        )
        stop = Stop("湖滨供电所", f"R-{1 + at // 12:03d}", 10 * (at % 12 + 1))
        found.append((stop, letter(one)))
    return Batch("PB2026-000012", date(2026, 11, 21), "chen.xiao", language, SUPPLIER, tuple(found))


def _line(code: str, en: str, zh: str, quantity: str, unit: str, price: str, amount: int) -> Line:
    return Line(code, en, zh, Decimal(quantity), unit, Decimal(price), amount)


def bill_paper(language: str, *, earlier: int = 0, amount: int = 20_158) -> BillPaper:
    """Return a household's bill of two blocks."""
    lines = (
        _line("block-1", "Energy, block 1", "一档电量", "230", "kWh", "0.4883", 11_231),
        _line("block-2", "Energy, block 2", "二档电量", "145.5", "kWh", "0.5383", 7_832),
        _line("fund", "Government funds", "政府性基金及附加", "375.5", "kWh", "0.02915", 1_095),
    )
    return _bill(
        language, SupplyClass.RESIDENTIAL, lines, (_part("total"),), amount, earlier=earlier
    )


def big_bill_paper(language: str) -> BillPaper:
    """Return a works' bill: seven registers, a demand charge, a power factor, a huge amount."""
    registers = ("total", "sharp", "peak", "flat", "valley", "reactive", "demand")
    energy = tuple(
        _line(
            code,
            f"Market energy, {code}",
            f"市场化购电电费（{zh}）",
            "308641.95",
            "kWh",
            "0.59286875",
            18_298_412,
        )
        for code, zh in (("sharp", "尖峰"), ("peak", "峰"), ("flat", "平"), ("valley", "谷"))
    )
    lines = (
        *energy,
        _line("demand", "Demand charge", "输配需量电费", "30844", "kW", "39", 120_291_600),
        _line("pf", "Power factor", "功率因数调整电费", "1934567.12", "%", "-0.0075", -1_450_925),
    )
    parts = tuple(_part(code, multiplier=6000, is_estimated=True) for code in registers)
    return _bill(language, SupplyClass.INDUSTRIAL, lines, parts, 99_999_999_999, is_estimated=True)


def _part(code: str, *, multiplier: int = 1, is_estimated: bool = False) -> Part:
    kind = ReadingKind.ESTIMATED if is_estimated else ReadingKind.ACTUAL
    return Part(
        RegisterCode(code),
        "0300088121",
        Reading(1, date(2026, 10, 1), Decimal("10432.5")),
        Reading(1, date(2026, 11, 1), Decimal(10808), kind),
        Decimal(multiplier),
        Decimal("375.5") * multiplier,
    )


def _bill(
    language: str,
    supply_class: SupplyClass,
    lines: tuple[Line, ...],
    parts: tuple[Part, ...],
    amount: int,
    *,
    earlier: int = 0,
    is_estimated: bool = False,
) -> BillPaper:
    one = notice(NoticeKind.LETTER, language)
    issued = IssuedBill(
        id=1,
        number="B2026110000123",
        account_id=1,
        supply_id=1,
        service_point_id=1,
        supply_class=supply_class,
        kind=BillKind.REGULAR,
        revision=1,
        period=Period(date(2026, 10, 1), date(2026, 11, 1)),
        issued_on=date(2026, 11, 5),
        due_on=date(2026, 11, 20),
        kwh=parts[0].kwh,
        amount=amount,
        tax=2_319,
        is_estimated=is_estimated,
    )
    return BillPaper(
        bill=issued,
        language=language,
        currency="CNY",
        customer=one.customer,
        account=one.accounts[0],
        tariff="居民阶梯电价" if language == "zh" else "Residential ladder",
        lines=lines,
        parts=parts,
        usage=months(),
        late_rate=LateRate(Decimal(1), Decimal(1)),
        earlier=earlier,
        earlier_count=2 if earlier else 0,
        credit=5_000 if earlier else 0,
    )


def printed_bill(paper: BillPaper) -> PrintedBill:
    """Return a bill with its shipped words."""
    facts = facts_of_bill(paper, STATIONERY.sender(paper.language))
    return PrintedBill(paper, STATIONERY.words(paper.language, "bill", facts), SUPPLIER)


def receipt_paper(language: str, *, settled: int = 2, name: str | None = None) -> ReceiptPaper:
    """Return a receipt for so many charges, and something left over."""
    one = notice(NoticeKind.LETTER, language, name=name)
    return ReceiptPaper(
        number="R000001234",
        language=language,
        currency="CNY",
        received_on=date(2026, 11, 21),
        received_by="陈晓",
        customer=one.customer,
        account=one.accounts[0],
        method="cash",
        reference="POS-20261121-0042",
        amount=60_000 * settled,
        settled=tuple(
            Settled(
                "late_charge" if at % 2 else "energy",
                f"B2026-{at:06d}",
                date(2026, 8, 1),
                date(2026, 9, 1),
                20_158,
            )
            for at in range(settled)
        ),
    )


def printed_receipt(paper: ReceiptPaper) -> PrintedReceipt:
    """Return a receipt with its shipped words."""
    facts = facts_of_receipt(paper, STATIONERY.sender(paper.language))
    return PrintedReceipt(paper, STATIONERY.words(paper.language, "receipt", facts), SUPPLIER)
