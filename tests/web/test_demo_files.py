"""The files of the demo: whole, readable by those who wrote no line of it, written once."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from defusedxml import ElementTree

from config.table_file import open_file
from meters.formats import nem13
from web.demo import files, people, statements, world
from web.demo.behaviour import Paid, Way
from web.demo.diary import Diary, OtherDemoError, write_once
from web.demo.readings import is_provided

DAY = date(2026, 3, 2)
NAMES = {"camt": statements.NAMESPACE}


@pytest.fixture(scope="module")
def town() -> world.World:
    return world.world("1", accounts=300, months=3)


def paid(serial: str, amount: int) -> Paid:
    return Paid("0061000014", amount, DAY, Way.BANK, "户号0061000014 <电费>", "沈&知夏", serial)


def test_a_statement_closes_with_what_came_and_went() -> None:
    lines = [
        statements.line_of(paid("260302000001", 12_345), booked_on=DAY),
        statements.return_of(5_000, "CH260226000002", DAY),
        statements.fee(DAY),
    ]
    root = ElementTree.fromstring(statements.statement(lines, day=DAY))
    amounts = [
        Decimal(entry.findtext("camt:Amt", "", NAMES))
        * (1 if entry.findtext("camt:CdtDbtInd", "", NAMES) == "CRDT" else -1)
        for entry in root.iter(f"{{{statements.NAMESPACE}}}Ntry")
    ]
    opening, closing = (
        Decimal(balance.findtext("camt:Amt", "", NAMES))
        for balance in root.iter(f"{{{statements.NAMESPACE}}}Bal")
    )
    assert amounts == [Decimal("123.45"), Decimal("-50.00"), Decimal("-15.00")]
    assert closing == opening + sum(amounts)


def test_a_statement_keeps_what_people_write() -> None:
    line = statements.line_of(paid("260302000001", 100), booked_on=DAY)
    root = ElementTree.fromstring(statements.statement([line], day=DAY))
    texts = [element.text for element in root.iter()]
    assert "沈&知夏" in texts
    assert "户号0061000014 <电费>" in texts


def test_a_providers_file_is_nem13_and_its_quantities_are_differences(
    town: world.World, tmp_path: Path
) -> None:
    routes, _ = town.read(town.months[0], {})
    rows = [
        row
        for on_route in routes.values()
        for row in on_route
        if is_provided(town.by_point[row.point_number])
    ]
    assert rows
    read = nem13.read(open_file(files.write_nem13(tmp_path / "u.csv", rows, sent_on=DAY)))
    assert read.rows == len(rows)
    assert not read.bad_rows
    for reading in read.readings[1::2]:
        assert reading.says is not None
        quantity, before = reading.says
        digits = town.by_point[reading.point].device.digits
        assert (reading.value - before) % 10**digits == quantity % 10**digits


def test_a_handheld_file_has_a_row_for_each_register(town: world.World, tmp_path: Path) -> None:
    routes, _ = world.world("1", accounts=300, months=3).read(town.months[0], {})
    route, rows = next(iter(routes.items()))
    path = files.write_handheld(tmp_path / f"{route}.csv", rows, encoding="gb18030")
    with path.open(encoding="gb18030", newline="") as file:
        written = list(csv.DictReader(file))
    assert [line[files.SERIAL] for line in written] == [row.written_serial for row in rows]
    assert {line[files.REGISTER] for line in written} <= set(files.REGISTERS.values())


def test_the_tills_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = files.write_payments(tmp_path / "till.csv", [paid("1", 1), paid("2", 10_005)], method="")
    assert [line.amount for line in files.read_payments(path)] == [1, 10_005]


def test_a_file_that_was_handed_over_never_changes(tmp_path: Path) -> None:
    path = write_once(tmp_path / "a" / "day.csv", b"first")
    assert write_once(path, b"second").read_bytes() == b"first"
    assert [one.name for one in path.parent.iterdir()] == ["day.csv"]


def test_a_diary_remembers_what_is_done(tmp_path: Path) -> None:
    Diary(tmp_path / "diary.txt", {"seed": "1"}).note("2026-03-02 bills")
    again = Diary(tmp_path / "diary.txt", {"seed": "1"})
    assert again.has("2026-03-02 bills")
    assert not again.has("2026-03-03 bills")
    with pytest.raises(OtherDemoError, match="another demo"):
        Diary(tmp_path / "diary.txt", {"seed": "2"})


def test_nobodys_account_number_is_another_ones_with_a_digit_wrong() -> None:
    numbers = {people.account_number(seq) for seq in range(1, 3000)}
    for number in list(numbers)[:200]:
        for place in range(10):
            wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
            assert wrong not in numbers
