"""The workbook that the customer master is typed into; it says at once what can't be."""

from pathlib import Path

from billing.customer import CustomerKind, Language
from billing.supply import Protection, SupplyClass
from config.workbook import Entry, Heading, write_template

TEMPLATE = (
    Heading("Customer number 客户编号", 18, "@", Entry.TEXT),
    Heading("Customer name 客户名称", 24, None, Entry.TEXT),
    Heading("Kind 客户性质", 12, None, tuple(CustomerKind)),
    Heading("Language 语言", 12, None, tuple(Language)),
    Heading("Mobile 手机", 18, "@", Entry.TEXT),
    Heading("E-mail 电子邮箱", 24, None, Entry.TEXT),
    Heading("Industry 行业", 16, None, Entry.TEXT),
    Heading("Account 户号", 18, "@", Entry.TEXT),
    Heading("Credit days 缴费期限天数", 14, "0", Entry.NUMBER),
    Heading("Address 用电地址", 36, None, Entry.TEXT),
    Heading("Service point 计量点编号", 18, "@", Entry.TEXT),
    Heading("Office 供电所", 14, "@", Entry.TEXT),
    Heading("Office name 供电所名称", 18, None, Entry.TEXT),
    Heading("Route 抄表段", 14, "@", Entry.TEXT),
    Heading("Walk order 抄表顺序", 14, "0", Entry.NUMBER),
    Heading("Most kWh a day 日最大电量", 16, "0.######", Entry.NUMBER),
    Heading("Meter 表号", 18, "@", Entry.TEXT),
    Heading("Registers 示数类型", 20, "@", Entry.TEXT),
    Heading("Digits 整数位", 12, "0", Entry.NUMBER),
    Heading("Decimals 小数位", 12, "0", Entry.NUMBER),
    Heading("Multiplier 倍率", 12, "0.######", Entry.NUMBER),
    Heading("Installed on 装表日期", 16, "yyyy-mm-dd", Entry.DAY),
    Heading("Opening readings 起始示数", 20, "@", Entry.TEXT),
    Heading("Class 用电类别", 14, None, tuple(SupplyClass)),
    Heading("Tariff 电价代码", 24, "@", Entry.TEXT),
    Heading("Contracted kW 核定需量", 16, "0.######", Entry.NUMBER),
    Heading("Capacity kVA 运行容量", 16, "0.######", Entry.NUMBER),
    Heading("Household size 家庭人口", 14, "0", Entry.NUMBER),
    Heading("Protection 保护类别", 16, None, tuple(Protection)),
    Heading("Opened on 开户日期", 16, "yyyy-mm-dd", Entry.DAY),
    Heading("Supply starts on 供电开始日期", 18, "yyyy-mm-dd", Entry.DAY),
)
"""The headings of the template, a row for each supply; layouts/customers.toml knows them all."""


def template(path: Path) -> None:
    """Write an empty workbook to type customers, accounts, meters and supplies into."""
    write_template(path, "Customers", TEMPLATE)
