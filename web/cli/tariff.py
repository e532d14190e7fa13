"""Tariffs: list them, check a file, price usages without a database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from billing.obstacles import obstacles
from billing.pricing import price
from billing.tariff import BadTariffError, Tariff, parse_tariff
from billing.tariffs import read_usages
from billing.usages import NamedUsage
from config import dated
from web.cli import report, tariff_compare
from web.cli.command import Words
from web.cli.desk import Desk, on_a_day, pass_desk, reporting
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError
from web.cli.tariff_files import FILE, read_tariff


@click.group(cls=Words)
def tariff() -> None:
    """Tariffs: list, check and compare files, price usages without a database."""


@tariff.command("list", example="wattledger tariff list --json")
@on_a_day
@reporting
@pass_desk
def list_(desk: Desk) -> None:
    """List the tariffs in force on the business day."""
    with desk.looking() as session:
        subjects = sorted({one.file.subject for one in dated.activations(session)})
        files = []
        for subject in subjects:
            try:
                files.append(dated.in_force(session, subject, desk.today))
            except dated.NothingInForceError:
                continue  # Proposed, or not yet in force.
    parsed = [
        parse_tariff(file.name, file.table, digest=file.digest)
        for file in files
        if file.subject.startswith("tariffs/")
    ]
    rows = [
        {
            "file": one.name,
            "title_en": one.en,
            "title_zh": one.zh,
            "classes": sorted(one.classes),
            "currency": one.currency,
            "example": one.is_example,
            "digest": one.digest,
        }
        for one in parsed
    ]
    columns = {"file": "file", "title": "title_en", "名称": "title_zh", "classes": "classes"}
    report.table(desk, rows, columns, empty="no tariff is in force; see `wattledger config list`")


@tariff.command(example="wattledger tariff check my-tariffs/residential/2026-01-01.toml")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@reporting
@pass_desk
def check(desk: Desk, files: Sequence[Path]) -> int:
    """Check that FILEs describe tariffs, and tell every problem with its place and remedy."""
    rows = []
    for file in files:
        problems = _problems(file)
        rows.append({"file": str(file), "problems": problems})
        report.say(desk, f"{file}: {'no tariff' if problems else 'a tariff'}")
        for problem in problems:
            click.echo(problem, err=True)
    if desk.as_json:
        report.table(desk, rows, {})
    return NEEDS_A_PERSON if any(row["problems"] for row in rows) else DONE


def _problems(file: Path) -> list[str]:
    try:
        read_tariff(file)
    except (BadTariffError, NotDoneError) as problem:
        return str(problem).splitlines()
    return []


@tariff.command("price", example="wattledger tariff price TARIFF.toml USAGES.json --json")
@click.argument("file", type=FILE)
@click.argument("usages", type=click.File(encoding="utf-8"))
@reporting
@pass_desk
def price_(desk: Desk, file: Path, usages: Any) -> int:
    """
    Price the USAGES of a JSON file (- for the input) by the tariff FILE, without a database.

    Both formats are described in docs/formats.md. A usage that lacks what the tariff asks for is
    reported with its problems instead of lines.
    """
    by = read_tariff(file)
    asked = read_usages(usages.name, usages.read(), by.registers)
    priced = [_priced(by, one) for one in asked]
    if desk.as_json:
        report.table(desk, priced, {})
    else:
        for one in priced:
            _show(desk, one)
    return NEEDS_A_PERSON if any("problems" in one for one in priced) else DONE


def _priced(by: Tariff, usage: NamedUsage) -> dict[str, Any]:
    lacks = obstacles(by, usage.facts)
    if lacks:
        return {"id": usage.id, "problems": lacks}
    lines = price(by, usage.facts)
    return {
        "id": usage.id,
        "total": report.amount(sum(line.amount for line in lines)),
        "currency": by.currency,
        "lines": [report.plain(line) | {"amount": report.amount(line.amount)} for line in lines],
    }


def _show(desk: Desk, priced: dict[str, Any]) -> None:
    for problem in priced.get("problems", ()):
        click.echo(f"{priced['id']}: {problem}", err=True)
    if "lines" in priced:
        columns = {"code": "code", "quantity": "quantity", "unit": "unit", "price": "price"}
        title = f"{priced['id']}: {priced['total']} {priced['currency']}"
        report.table(
            desk, priced["lines"], columns | {"amount": "amount", "why": "why"}, title=title
        )


for _command in tariff_compare.COMMANDS:
    tariff.add_command(_command)
