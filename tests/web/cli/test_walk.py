"""A bill walks through the house by commands alone: from files to a message, and to silence."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from pypdf import PdfReader

from notices.simulator import Simulator
from tests.web.cli.conftest import Answer, Terminal

CUSTOMERS = """\
customer_no,customer_name,kind,mobile,account_no,address,service_point,office,office_name,route,\
walk_order,kwh_per_day_max,meter,opening_readings,installed_on,supply_class,tariff,starts_on
C1,王芳,person,13800000001,0000001,北京路1号,P1,N1,城北,R1,1,60,M1,100,2025-12-01,residential,\
residential_beijing,2025-12-01
C2,李雷,person,13800000002,0000002,北京路2号,P2,N1,城北,R1,2,60,M2,500,2025-12-01,residential,\
residential_beijing,2025-12-01
C3,Ann Smith,person,13800000003,0000003,北京路3号,P3,N1,城北,R1,3,60,M3,0,2025-12-01,residential,\
no_such_tariff,2025-12-01
"""
READINGS = """\
serial,taken_on,value
M1,2026-01-01,400
M2,2026-01-01,900
M3,2026-01-01,250
M9,2026-01-01,17
"""
PAYMENTS = """\
payment_ref,account_no,value_date,amount
A-1,0000001,2026-01-15,149.49
A-2,7777777,2026-01-15,10.00
"""
At = Callable[..., Answer]


@pytest.fixture
def provider() -> Iterator[Simulator]:
    """Play an SMS provider on this machine."""
    with Simulator("AC" + 32 * "1", "token", clock=lambda: datetime.now(UTC)) as playing:
        yield playing


@pytest.fixture
def at(
    terminal: Terminal,
    staff: None,
    provider: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> At:
    """Return what types a command at ten o'clock on a day, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATTLEDGER_TODAY")
    monkeypatch.setenv("WATTLEDGER_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("WATTLEDGER_TWILIO_ORIGIN", provider.origin)
    monkeypatch.setenv("WATTLEDGER_TWILIO_ACCOUNT_SID", provider.account_sid)
    monkeypatch.setenv("WATTLEDGER_TWILIO_AUTH_TOKEN", "token")
    monkeypatch.setenv("WATTLEDGER_TWILIO_FROM", "+15005550006")
    for name, text in {"c.csv": CUSTOMERS, "r.csv": READINGS, "p.csv": PAYMENTS}.items():
        Path(name).write_text(text, "utf-8")

    def type_in(day: str, *words: object) -> Answer:
        ten = datetime.combine(
            date.fromisoformat(day), datetime.min.time(), ZoneInfo("Asia/Shanghai")
        )
        with time_machine.travel(ten.replace(hour=10), tick=True):
            return terminal(*words)

    return type_in


def test_a_bill_walks_through_the_house(at: At, provider: Simulator) -> None:
    _put_files_in_force(at)

    taken = at("2026-01-05", "customers", "take-in", "c.csv", "--as", "li")
    assert taken.code == 0, taken
    readings = at("2026-01-05", "readings", "take-in", "r.csv", "--as", "li")
    assert readings.code == 1
    assert readings.err.startswith("r.csv:5: ")
    again = at("2026-01-05", "readings", "take-in", "r.csv", "--as", "li")
    assert "taken in before" in again.out

    _look_after_readings(at)

    run = at("2026-01-05", "bills", "run", "--until", "2026-01-01", "--as", "li", "--json")
    assert run.code == 1
    assert (run.json["billed"], run.json["parked"]) == (2, 1)
    code = run.json["code"]
    parked = at("2026-01-05", "bills", "parked", code, "--json").json
    assert [one["account"] for one in parked] == ["0000003"]
    own = at("2026-01-06", "bills", "issue", code, "--as", "li")
    assert own.code == 2
    issued = at("2026-01-06", "bills", "issue", code, "--as", "zhao", "--json")
    assert issued.json["issued"] == 2

    (bill,) = at("2026-01-06", "bills", "list", "0000002", "--json").json
    assert bill["amount"] == "203.32"
    explained = at("2026-01-06", "bills", "explain", bill["number"], "--json")
    assert explained.code == 0
    assert explained.json["same"] is True

    paid = at("2026-01-15", "payments", "take-in", "p.csv", "--as", "li")
    assert "10.00 suspense" in paid.out
    _remind(at, provider)
    _pay_and_be_left_in_peace(at, provider)
    assert at("2026-02-01", "check").code == 0


def _look_after_readings(at: At) -> None:
    """Inspect, report, list, and take an empty workbook away; none of it changes anything."""
    day = "2026-01-05"
    (held,) = at(day, "readings", "inspect", "r.csv", "--json").json
    assert (held["format"], held["channels"]) == ("readings_simple", [])
    (taken,) = at(day, "readings", "batches", "--json").json
    assert at(day, "readings", "report", taken["id"], "report.json").code == 0
    told = json.loads(Path("report.json").read_text("utf-8"))
    assert (told["rows"], len(told["rows_told"])) == (taken["rows"], taken["refused"])
    assert at(day, "readings", "report", 999, "none.json").code == 2
    missing = at(day, "readings", "missing", "--since", "2026-01-02", "--json")
    assert missing.code == 1
    assert {one["last_read_on"] for one in missing.json} == {"2026-01-01"}
    assert at(day, "readings", "unread", "--json").json == []
    assert at(day, "readings", "rereadings", "--json").json == []
    sheet = ("readings", "route-sheet", "--route", "R1", "--out")
    for out in ("route.pdf", "route.xlsx"):
        assert at(day, *sheet, out).code == 0
    (page, *_) = PdfReader("route.pdf").pages
    assert all(meter in page.extract_text() for meter in ("M1", "M2", "M3"))
    assert at(day, *sheet[:3], "R9", "--out", "none.pdf").code == 2
    assert at(day, "readings", "template", "empty.xlsx").code == 0
    assert at(day, "readings", "take-in", "empty.xlsx", "--as", "li").code == 2


def _put_files_in_force(at: At) -> None:
    assert at("2026-01-02", "config", "propose", "--all", "--as", "li").code == 0
    assert at("2026-01-02", "config", "activate", "--all", "--as", "zhao").code == 0


def _remind(at: At, provider: Simulator) -> None:
    aged = at("2026-01-28", "arrears", "age", "--json").json
    assert [one["account"] for one in aged["accounts"] if one["owed"] != "0.00"] == ["0000002"]
    assert aged["total"]["owed"] == aged["receivable"] == "203.32"

    dry = at("2026-01-28", "arrears", "review", "--dry-run", "--json").json
    reviewed = at("2026-01-28", "arrears", "review", "--as", "zhao", "--json").json
    assert reviewed["proposals"] == dry["proposals"]
    assert reviewed["counts"] == {"sms_reminder": 1}

    written = at("2026-01-28", "notices", "prepare", "--as", "li", "--json")
    assert written.json["messages"] == 1
    assert at("2026-01-28", "notices", "send", "--as", "li", "--json").json["sent"] == 1
    assert at("2026-01-28", "notices", "send", "--as", "li", "--json").json["sent"] == 0
    (message,) = provider.messages
    assert message.to == "+8613800000002"
    assert "0000002" in message.body
    # Seven days overdue at one in a thousand a day: 1.42.
    assert "204.74" in message.body


def _pay_and_be_left_in_peace(at: At, provider: Simulator) -> None:
    words = ("--reference", "8841", "--as", "li", "--json")
    receipt = at("2026-01-29", "payments", "take", "0000002", "200", *words).json
    assert receipt["account"] == "0000002"
    assert at("2026-01-29", "payments", "take", "0000002", "200", *words).code == 2

    assert at("2026-02-01", "arrears", "review", "--as", "zhao", "--json").json["counts"] == {}
    assert at("2026-02-01", "notices", "prepare", "--as", "li", "--json").json["messages"] == 0
    assert len(provider.messages) == 1
