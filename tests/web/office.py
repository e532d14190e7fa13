"""
A small office to look at: a few accounts, four months of bills, debts of every age.

Everything comes in through the rooms' doors, from files as a supplier would have them. Names are
Chinese only, so that a page in Chinese with an English word on it shows what wasn't translated.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from arrears import review
from billing import cashier, customers, run
from config import business_day, dated, people
from config.people import Role
from meters import intake
from notices import dispatch, printing
from notices.sms import Accepted, Answer, Message
from web import activation

PASSWORD = "a stone in the river"
TODAY = date(2026, 5, 20)
REVIEWED = (6, 13, 20, 27)
MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))

STAFF: Mapping[str, tuple[str, tuple[Role, ...]]] = {
    "clerk": ("李娜", (Role.CLERK,)),
    "cashier": ("赵敏", (Role.CASHIER,)),
    "collector": ("孙强", (Role.COLLECTOR,)),
    "supervisor": ("王芳", (Role.SUPERVISOR,)),
    "officer": ("陈静", (Role.CREDIT_OFFICER,)),
    "auditor": ("吴燕", (Role.AUDITOR,)),
    "administrator": ("周伟", (Role.ADMINISTRATOR,)),
    "second": ("郑凯", (Role.SUPERVISOR, Role.CREDIT_OFFICER)),
    "everything": ("刘强", tuple(Role)),
}


@dataclass(frozen=True, slots=True)
class Home:
    """An account of the office: who, what for, how much a month, and which bills they pay."""

    number: str
    name: str
    supply_class: str
    tariff: str
    kwh: int
    pays: str
    protection: str = "none"
    language: str = "zh"


# `pays` has a letter for each bill: y paid at once, p paid in part, n not.
HOMES = (
    Home("0100000001", "王淼", "residential", "residential_beijing", 210, "yyyy"),
    Home("0100000002", "李玥", "residential", "residential_beijing", 160, "yynn"),
    Home("0100000003", "赵淼鑫", "residential", "residential_beijing", 320, "nnnn"),
    Home("0100000004", "孙犇", "residential", "residential_beijing", 95, "ypnn"),
    Home("0100000005", "周喆珺", "residential", "residential_beijing", 260, "ynnn", "life_support"),
    Home(
        "0200000001",
        "澄湖镇卫生院",
        "commercial",
        "commercial_single_part",
        3600,
        "nnnn",
        "hospital",
    ),
    Home("0200000002", "恒通机械有限公司", "commercial", "commercial_single_part", 8200, "nnnn"),
    Home("0200000003", "兴隆饭店", "commercial", "commercial_single_part", 5400, "pnnn"),
    Home("0300000001", "东山村灌溉站", "agricultural", "agricultural", 900, "yyyn"),
)
OPENED = date(2024, 1, 1)


def open_office(
    sessions: sessionmaker[Session],
    folder: Path,
    *,
    homes: Sequence[Home] = HOMES,
    copies: int = 1,
) -> None:
    """Open the office: people, rules, accounts, months of readings, bills, payments, reviews."""
    employ(sessions)
    _put_in_force(sessions)
    everybody = [_copy(home, at) for at in range(copies) for home in homes]
    _take_in_customers(sessions, folder, everybody)
    for at, month in enumerate(MONTHS):
        _read(sessions, folder, everybody, month, at)
        if at:
            _bill(sessions, month)
            _pay(sessions, everybody, at - 1, month)
        for day in REVIEWED:
            if month.replace(day=day) <= TODAY:
                _review(sessions, folder, month.replace(day=day))
    with sessions.begin() as session:
        business_day.move_to(session, TODAY)


def _copy(home: Home, at: int) -> Home:
    if not at:
        return home
    number = f"{home.number[:2]}{at:04d}{home.number[6:]}"
    kwh = home.kwh + 7 * at % 90
    return Home(
        number,
        f"{home.name}{'甲乙丙丁戊己庚辛壬癸'[at % 10]}",
        home.supply_class,
        home.tariff,
        kwh,
        home.pays,
        home.protection,
        home.language,
    )


def moment(day: date, hour: int = 2) -> datetime:
    """Return a moment of a day; two in the morning of UTC is ten in the office."""
    return datetime.combine(day, time(hour), UTC)


def employ(sessions: sessionmaker[Session]) -> None:
    """Add the office and its people."""
    with sessions.begin() as session:
        people.add_office(session, code="CH1", name_zh="澄湖供电所", name_en="Chenghu office")
        for login, (name, roles) in STAFF.items():
            people.add_user(session, login=login, name=name, password=PASSWORD, roles=roles)


def _put_in_force(sessions: sessionmaker[Session]) -> None:
    files = activation.in_order(dated.shipped(), market="cn")
    with sessions.begin() as session:
        second = people.find_user(session, "supervisor")
        assert second is not None
        for file in files:
            asked = activation.propose(session, file, by="clerk", now=moment(OPENED))
            activation.activate(session, asked, by=second, reason="开业", now=moment(OPENED))


def _take_in_customers(
    sessions: sessionmaker[Session], folder: Path, homes: Sequence[Home]
) -> None:
    rows = [
        {
            "户号": home.number,
            "客户编号": f"K{home.number}",
            "客户名称": home.name,
            "客户性质": "个人" if home.supply_class == "residential" else "单位",
            "手机": f"+8613{home.number[1:]}"[:14],
            "用电地址": f"澄湖市东湖路{at + 1}号",
            "计量点编号": f"P{home.number}",
            "供电所": "CH1",
            "抄表段": f"R{home.number[:2]}",
            "抄表顺序": at + 1,
            "日最大电量": 2000,
            "电表编号": meter(home),
            "供电开始日期": "2025-12-01",
            "装表日期": "2025-12-01",
            "起始示数": 1000,
            "用电类别": home.supply_class,
            "电价": home.tariff,
            "重要用户": home.protection,
        }
        for at, home in enumerate(homes)
    ]
    made = customers.take_in(
        sessions,
        write(folder / "客户档案.csv", rows),
        by="clerk",
        today=date(2025, 12, 1),
        now=moment(date(2025, 12, 1)),
    )
    assert made.refused == 0, made.verdicts[:3]


def meter(home: Home) -> str:
    """Return the number of a home's meter."""
    return f"M{home.number}"


def _read(
    sessions: sessionmaker[Session], folder: Path, homes: Sequence[Home], month: date, at: int
) -> None:
    rows = [
        {
            "meter": meter(home),
            "date": month,
            "reading": 1000 + (at + 1) * home.kwh,
        }
        for home in homes
    ]
    made = intake.take_in(
        sessions,
        write(folder / f"抄表{month:%Y%m}.csv", rows),
        by="clerk",
        today=month,
        now=moment(month),
    )
    for doubt in made.verdicts:
        assert doubt.verdict == "doubted", doubt


def _bill(sessions: sessionmaker[Session], month: date) -> None:
    drawn = run.bill(sessions, cycle=None, until=month, by="clerk", today=month, now=moment(month))
    run.issue(sessions, drawn.run_id, by="supervisor", today=month, now=moment(month, 3))


def _pay(sessions: sessionmaker[Session], homes: Sequence[Home], bill: int, month: date) -> None:
    paid_on = month.replace(day=8)
    for home in homes:
        share = {"y": 100, "p": 40, "n": 0}[home.pays[bill]]
        amount = home.kwh * share // 2
        if not amount:
            continue
        receipt = cashier.pay(
            sessions,
            account_number=home.number,
            amount=amount,
            channel="counter",
            reference=f"{home.number}-{month}",
            value_on=paid_on,
            by="cashier",
            today=paid_on,
            now=moment(paid_on),
            method="cash",
        )
        review.reassess(sessions, [receipt.account_id], today=paid_on, now=moment(paid_on))


class Provider:
    """Stands for the provider of text messages: it takes every message and delivers none."""

    def send(self, message: Message) -> Answer:
        """Take a message."""
        return Accepted(f"SM{message.key:032d}", "queued")

    def find(self, to: str, text: str, *, since: datetime) -> list[Accepted] | None:
        """Know of nothing that was not answered at once."""
        return []


def _review(sessions: sessionmaker[Session], folder: Path, day: date) -> None:
    review.review(sessions, today=day, now=moment(day))
    dispatch.prepare(sessions, today=day, now=moment(day))
    dispatch.send(sessions, Provider(), today=day, now=moment(day, 4))
    if day < TODAY:
        printing.print_due(
            sessions, folder / "files" / "print", today=day, now=moment(day, 5), by="clerk"
        )


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """Write rows as a CSV file with a heading, and return its path."""
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(file.getvalue(), "utf-8")
    return path
