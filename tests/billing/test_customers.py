from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

import meters.store
from billing import books, customers, invariants, store
from billing.customer import CustomerKind, Language
from billing.master_row import normalized_mobile, parse_row
from billing.master_template import TEMPLATE
from billing.supply import Protection, SupplyClass
from config import dated, people
from config.batch import Verdict
from config.database import reading
from config.failed_rows import write_failed_rows
from config.in_force import country_of
from config.table_file import open_file, read_table
from config.workbook import Heading, Sheet, write_workbook
from meters.readings import dials_of_points
from tests.billing import grid, town

TODAY = date(2026, 3, 1)
WANG = {
    "客户编号": "C-1",
    "户名": "王伟",
    "客户类型": "个人",
    "语言": "中文",
    "手机号": "13800138000",
    "行业": "",
    "户号": "A-100",
    "信用期限": "15",
    "用电地址": "运河街8号",
    "计量点编号": "SP-1",
    "供电所": "north",
    "抄表段": "N-01",
    "抄表顺序": "10",
    "日最大电量": "60",
    "表号": "M-1",
    "示数类型": "total",
    "整数位": "5",
    "小数位": "2",
    "倍率": "1",
    "装表日期": "2025-06-01",
    "装表示数": "1234.50",
    "用电类别": "居民生活",
    "电价": "residential",
    "核定需量": "",
    "家庭人口": "6",
    "保护类别": "",
    "供电开始日期": "2025-06-01",
}
WORKS = {
    "客户编号": "C-2",
    "户名": "North Works Ltd",
    "客户类型": "单位",
    "语言": "英文",
    "手机号": "",
    "行业": "manufacturing",
    "户号": "B-1",
    "信用期限": "30",
    "用电地址": "1 Mill Road",
    "计量点编号": "SP-2",
    "供电所": "north",
    "抄表段": "N-01",
    "抄表顺序": "20",
    "日最大电量": "9000",
    "表号": "M-2",
    "示数类型": "peak;flat;valley;demand",
    "整数位": "6",
    "小数位": "3",
    "倍率": "120",
    "装表日期": "2025-07-01",
    "装表示数": "1.5;2.25;3;0",
    "用电类别": "工业",
    "电价": "two_part",
    "核定需量": "800",
    "家庭人口": "",
    "保护类别": "医院",
    "供电开始日期": "2025-07-01",
}
HEADINGS = list(WANG)


@pytest.fixture
def house(sessions):
    with sessions.begin() as session:
        town.enact(session)
    return sessions


def written(tmp_path, *rows):
    path = tmp_path / "customers.csv"
    lines = [",".join(HEADINGS), *(",".join(row[name] for name in HEADINGS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def take_in(house, tmp_path, *rows, dry_run=False, by="li.na"):
    path = written(tmp_path, *rows)
    return customers.take_in(house, path, by=by, today=TODAY, now=town.at(TODAY), dry_run=dry_run)


def codes(found):
    return [(one.row, str(one.verdict), one.code) for one in found.verdicts]


def test_a_row_brings_a_customer_an_account_a_place_a_meter_and_a_supply(house, tmp_path):
    found = take_in(house, tmp_path, WANG, WORKS)

    assert (found.rows, found.accepted) == (2, 2)
    with reading(house) as session:
        account = store.find_accounts(session, ["B-1"])["B-1"]
        assert (account.credit_days, account.opened_on) == (30, date(2025, 7, 1))
        works = store.customers(session, [account.customer_id])[account.customer_id]
        assert (works.name, works.kind, works.language) == (
            "North Works Ltd",
            CustomerKind.COMPANY,
            Language.ENGLISH,
        )
        (office,) = people.offices(session)
        assert (works.office_id, works.industry) == (office.id, "manufacturing")
        (supply,) = store.supplies_on(session, [account.id], TODAY)[account.id]
        assert (supply.supply_class, supply.tariff) == (SupplyClass.INDUSTRIAL, "two_part")
        assert (supply.contracted_kw, supply.protection) == (Decimal(800), Protection.HOSPITAL)
        point = meters.store.service_points(session, [supply.service_point_id])[
            supply.service_point_id
        ]
        assert (point.number, point.address, point.route_code) == ("SP-2", "1 Mill Road", "N-01")
        dials = dials_of_points(session, [point.id])[point.id]
        assert [str(dial.register.code) for dial in dials] == ["peak", "flat", "valley", "demand"]
        assert {dial.register.multiplier for dial in dials} == {Decimal(120)}
        assert meters.store.last_reading_days(session, [point.id], until=TODAY) == {
            point.id: date(2025, 7, 1)
        }
        wang = store.find_customers(session, ["C-1"])["C-1"]
        assert wang.mobile == "+8613800138000"
        assert invariants.findings(session, today=TODAY) == []


def test_the_same_file_twice_changes_nothing(house, tmp_path):
    first = take_in(house, tmp_path, WANG, WORKS)

    again = take_in(house, tmp_path, WANG, WORKS)
    other = take_in(house, tmp_path, WORKS, WANG)

    assert (again.is_repeat, again.id) == (True, first.id)
    assert codes(other) == [(2, "accepted", "known"), (3, "accepted", "known")]
    with reading(house) as session:
        assert len(store.account_ids(session)) == 2
        assert invariants.findings(session, today=TODAY) == []


def test_a_dry_run_says_the_same_and_keeps_nothing(house, tmp_path):
    dry = take_in(house, tmp_path, WANG, WORKS | {"电价": "unheard"}, dry_run=True)
    with reading(house) as session:
        assert store.account_ids(session) == []

    wet = take_in(house, tmp_path, WANG, WORKS | {"电价": "unheard"})
    assert dry.verdicts == wet.verdicts


def test_a_customer_may_have_several_accounts_and_supplies(house, tmp_path):
    shop = WANG | {"户号": "A-101", "计量点编号": "SP-3", "表号": "M-3", "用电类别": "商业"}
    older = {"装表日期": "2025-05-01", "供电开始日期": "2025-05-01"}
    barn = WANG | {"计量点编号": "SP-4", "表号": "M-4", "用电类别": "农业"} | older

    found = take_in(house, tmp_path, WANG, shop, barn)

    assert found.accepted == 3
    with reading(house) as session:
        wang = store.find_customers(session, ["C-1"])["C-1"]
        ids = store.accounts_of(session, [wang.id])[wang.id]
        assert [one.number for one in store.accounts(session, ids).values()] == ["A-100", "A-101"]
        supplies = store.supplies_on(session, ids, TODAY)
        assert [len(supplies[key]) for key in ids] == [2, 1]
        # The account is as old as its oldest supply.
        assert store.accounts(session, ids)[ids[0]].opened_on == date(2025, 5, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"手机号": "12345"}, "mobile"),
        ({"手机号": "010-62345678"}, "mobile"),
        ({"示数类型": "total;night"}, "registers"),
        ({"示数类型": "peak;peak"}, "registers"),
        ({"装表示数": "1;2"}, "openings"),
        ({"装表示数": "123456"}, "openings"),
        ({"装表示数": "1.005"}, "openings"),
        ({"装表示数": "NaN"}, "openings"),
        ({"整数位": "13"}, "range"),
        ({"倍率": "0"}, "range"),
        ({"日最大电量": "-1"}, "range"),
        ({"信用期限": "1.5"}, "range"),
        ({"装表日期": "2025-07-01"}, "installed_on"),
        ({"供电开始日期": "2026-03-02"}, "date_future"),
        ({"用电类别": "moon"}, "unknown_value"),
        ({"户号": ""}, "missing"),
        ({"户号": "A" * 65}, "field_too_long"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_with_a_remedy(tmp_path, change, code):
    (row,) = read_table(
        open_file(written(tmp_path, WANG | change)), kind="customers", layout=None
    ).rows()
    flaws = row.problems or parse_row(row.number, row.fields, region="CN", today=TODAY)

    assert [flaw.code for flaw in flaws] == [code]
    assert flaws[0].remedy


def test_a_bad_row_is_refused_and_the_rest_is_taken(house, tmp_path):
    found = take_in(house, tmp_path, WANG | {"手机号": "12345", "倍率": "0"}, WORKS)

    first = found.verdicts[0]
    assert (first.row, first.verdict, first.code) == (2, Verdict.REFUSED, "range")
    assert "12345" in first.message
    assert "multiplier" in first.message
    assert (found.accepted, first.raw["户名"]) == (1, "王伟")
    with reading(house) as session:
        assert list(store.find_accounts(session, ["A-100", "B-1"])) == ["B-1"]
        assert invariants.findings(session, today=TODAY) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"户名": "李娜", "计量点编号": "SP-9", "表号": "M-9"}, "customer_differs"),
        ({"客户编号": "C-9", "计量点编号": "SP-9", "表号": "M-9"}, "account_taken"),
        ({"信用期限": "20", "计量点编号": "SP-9", "表号": "M-9"}, "terms_differ"),
        ({"户号": "A-9", "表号": "M-9"}, "already_supplied"),
        ({"户号": "A-9", "计量点编号": "SP-9"}, "meter_taken"),
    ],
)
def test_a_row_that_contradicts_another_is_refused(house, tmp_path, change, code):
    first = take_in(house, tmp_path, WANG, WANG | change)
    other = take_in(house, tmp_path, WORKS, WANG | change)

    for found in (first, other):
        assert (3, "refused", code) in codes(found)
        assert found.accepted == 1


def test_a_supply_whose_tariff_is_not_in_force_is_taken_with_a_remark(house, tmp_path):
    found = take_in(house, tmp_path, WANG | {"电价": "unheard"})

    assert codes(found) == [(2, "accepted", "tariff_missing")]


def test_a_supply_that_its_tariff_cannot_price_is_refused(house, tmp_path):
    with house.begin() as session:
        shipped = {one.subject: one for one in dated.shipped()}
        grid.enact(session, *(shipped[f"tariffs/{one}"] for one in ("commercial_single_part",)))
        grid.enact(session, shipped["tariffs/industrial_two_part"])

    found = take_in(
        house,
        tmp_path,
        WANG | {"电价": "industrial_two_part"},
        WORKS | {"电价": "industrial_two_part"},
        WORKS | {"电价": "commercial_single_part"},
    )

    assert codes(found)[:2] == [(2, "refused", "tariff_unfit"), (3, "refused", "tariff_unfit")]
    assert found.accepted == 1


def test_a_workbook_is_taken_in_as_well(house, tmp_path):
    path = tmp_path / "customers.xlsx"
    rows = [[row[name] for name in HEADINGS] for row in (WANG, WORKS)]
    write_workbook(path, [Sheet("客户", [Heading(name) for name in HEADINGS], rows)])

    found = customers.take_in(house, path, by="li.na", today=TODAY, now=town.at(TODAY))

    assert (found.rows, found.accepted) == (2, 2)


def test_the_template_is_filled_and_taken_in_and_failed_rows_come_back(house, tmp_path):
    path = tmp_path / "new.xlsx"
    customers.template(path)
    book = load_workbook(path)
    sheet = book.active
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert len(rules) == len(TEMPLATE)
    assert "C2:C2001" in rules
    places = {sheet.cell(1, at).value: at for at in range(1, len(TEMPLATE) + 1)}
    values = {
        "Customer number 客户编号": "C-1",
        "Customer name 客户名称": "王伟",
        "Kind 客户性质": "person",
        "Account 户号": "0001234",
        "Address 用电地址": "运河街8号",
        "Service point 计量点编号": "SP-1",
        "Office 供电所": "north",
        "Most kWh a day 日最大电量": 60,
        "Meter 表号": "M-1",
        "Class 用电类别": "residential",
        "Tariff 电价代码": "residential",
        "Protection 保护类别": "over_75",
        "Supply starts on 供电开始日期": TODAY,
    }
    wrong = {"Service point 计量点编号": "SP-2", "Meter 表号": "M-2", "Mobile 手机": "12"}
    for row, filled in enumerate((values, values | wrong), start=2):
        for name, value in filled.items():
            sheet.cell(row, places[name], value)
    book.save(path)

    taken = customers.take_in(house, path, by="li.na", today=TODAY, now=town.at(TODAY))

    assert (taken.layout, taken.rows, taken.accepted) == ("customers", 2, 1)
    back = tmp_path / "failed.xlsx"
    with reading(house) as session:
        account = store.find_accounts(session, ["0001234"])["0001234"]
        (supply,) = store.supplies_on(session, [account.id], TODAY)[account.id]
        assert write_failed_rows(session, taken.id, back) == 1
    assert supply.protection is Protection.OVER_75
    mended = load_workbook(back)
    mended.active.cell(2, places["Mobile 手机"], "13800138000")
    mended.active.cell(2, places["Account 户号"], "0001235")
    mended.active.cell(2, places["Customer number 客户编号"], "C-2")
    mended.save(back)
    again = customers.take_in(house, back, by="li.na", today=TODAY, now=town.at(TODAY))
    assert (again.rows, again.accepted) == (1, 1)


def test_nothing_is_owed_by_a_new_account(house, tmp_path):
    take_in(house, tmp_path, WANG)

    with reading(house) as session:
        assert books.open_charges(session, None, as_of=TODAY) == {}


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("+86-13800138000", "CN", "+8613800138000"),
        ("0412 345 678", "AU", "+61412345678"),
        ("+8619000000017", "AU", "+8619000000017"),
        ("62345678", "CN", None),
        ("hello", "CN", None),
    ],
)
def test_mobile_numbers_are_kept_in_international_form(text, region, number):
    assert normalized_mobile(text, region) == number


@pytest.mark.parametrize(
    ("market", "written", "number"),
    [
        ("uk", "07911 123456", "+447911123456"),
        ("us_ny", "(212) 555-0123", "+12125550123"),
        ("za", "082 123 4567", "+27821234567"),
    ],
)
def test_a_mobile_is_written_as_in_the_market_s_country(sessions, market, written, number):
    law = [file for file in dated.shipped() if file.subject == f"markets/{market}"]
    with sessions.begin() as session:
        grid.enact(session, *law)
        assert normalized_mobile(written, country_of(session)) == number


def test_two_accounts_whose_numbers_differ_by_zeros_in_front_are_refused(house, tmp_path):
    first = WANG | {"户号": "0061000014"}
    other = {"客户编号": "C-9", "计量点编号": "SP-9", "表号": "M-9"}
    twins = [first | other | {"户号": number} for number in ("61000014", "061000014")]

    assert take_in(house, tmp_path, first).accepted == 1
    done = take_in(house, tmp_path, *twins)

    assert (done.accepted, done.refused) == (0, 2)
    new = customers.NewAccount(number="61000014", customer="C-1", opened_on=TODAY)
    with pytest.raises(customers.RefusedActError, match="but for the zeros in front"):
        customers.open_account(house, new, by="li.na", today=TODAY, now=town.at(TODAY))
