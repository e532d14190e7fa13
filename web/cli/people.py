"""Who works here, and what each may do."""

from collections.abc import Sequence

import click

from config import journal
from config import people as house_people
from config.people import PERMISSIONS, Permission, Role
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, pass_desk, reporting
from web.cli.problems import NotDoneError


@click.group(cls=Words)
def people() -> None:
    """Who works here, and what each may do."""


@people.command("list", example="wattledger people list")
@reporting
@pass_desk
def list_(desk: Desk) -> None:
    """List the people who may or might log in, their roles and offices."""
    with desk.looking() as session:
        offices = {office.id: office.code for office in house_people.offices(session)}
        rows = [
            {
                "login": user.login,
                "name": user.name,
                "roles": sorted(user.roles),
                "offices": sorted(offices[number] for number in user.office_ids),
                "language": user.language,
                "may_log_in": user.is_active,
            }
            for user in house_people.users(session)
        ]
    columns = {"login": "login", "name": "name", "roles": "roles", "offices": "offices"}
    report.table(desk, rows, columns | {"may log in": "may_log_in"}, empty="nobody yet")


@people.command(example='wattledger people add wang "Wang Fang" --role clerk --as admin')
@click.argument("login")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="What the person is here for; `people roles` tells what each may do.",
)
@click.option("--office", "offices", multiple=True, metavar="CODE", help="Without any: all.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.password_option(help="Asked for when not given.")
@acting
@pass_desk
def add(
    desk: Desk,
    login: str,
    name: str,
    *,
    roles: Sequence[str],
    offices: Sequence[str],
    language: str,
    password: str,
) -> None:
    """
    Let a person with this LOGIN and NAME log in.

    Until there is an administrator, people are let in without anyone to ask.
    """
    _must_be_good(password)
    by = _administrator(desk)
    with desk.sessions.begin() as session:
        codes = {office.code: office.id for office in house_people.offices(session)}
        unknown = [code for code in offices if code not in codes]
        if unknown:
            known = ", ".join(codes) or "none yet"
            raise NotDoneError(f"no office has the code {', '.join(unknown)}; known: {known}")
        house_people.add_user(
            session,
            login=login,
            name=name,
            password=password,
            roles=[Role(role) for role in roles],
            office_ids=[codes[code] for code in offices],
            language=language,
        )
        facts = {"roles": sorted(roles), "offices": sorted(offices)}
        journal.note(session, by=by, act="add person", subject=login, facts=facts, now=desk.now)
    report.say(desk, f"{name} may log in as {login}")


def _must_be_good(password: str) -> None:
    from web.pages.me import password_problems

    problems = password_problems(password)
    if problems:
        raise NotDoneError("; ".join(problems))


def _administrator(desk: Desk) -> str:
    with desk.looking() as session:
        everybody = house_people.users(session)
    has_one = any(user.may(Permission.MANAGE_PEOPLE) for user in everybody)
    return desk.by(Permission.MANAGE_PEOPLE) if has_one else "set-up"


@people.command("set-password", example="wattledger people set-password wang --as admin")
@click.argument("login")
@click.password_option(help="Asked for when not given.")
@acting
@pass_desk
def set_password(desk: Desk, login: str, password: str) -> None:
    """Give the person with this LOGIN a new password."""
    _must_be_good(password)
    _change(desk, login, "set password", password=password)
    report.say(desk, f"{login} has a new password")


@people.command("shut-out", example="wattledger people shut-out wang --as admin")
@click.argument("login")
@acting
@pass_desk
def shut_out(desk: Desk, login: str) -> None:
    """Let the person with this LOGIN log in no longer; what they did stays under their name."""
    _change(desk, login, "shut out", is_active=False)
    report.say(desk, f"{login} may no longer log in")


@people.command("let-in", example="wattledger people let-in wang --as admin")
@click.argument("login")
@acting
@pass_desk
def let_in(desk: Desk, login: str) -> None:
    """Let the person with this LOGIN log in again."""
    _change(desk, login, "let log in", is_active=True)
    report.say(desk, f"{login} may log in again")


def _change(
    desk: Desk, login: str, act: str, *, is_active: bool | None = None, password: str | None = None
) -> None:
    by = desk.by(Permission.MANAGE_PEOPLE)
    with desk.sessions.begin() as session:
        if house_people.find_user(session, login) is None:
            raise NotDoneError(f"nobody has the login {login}; `wattledger people list` names all")
        house_people.set_user(session, login, is_active=is_active, password=password)
        journal.note(session, by=by, act=act, subject=login, now=desk.now)


@people.command(
    "add-office", example='wattledger people add-office N1 城北供电所 "North" --as admin'
)
@click.argument("code")
@click.argument("name_zh")
@click.argument("name_en")
@acting
@pass_desk
def add_office(desk: Desk, code: str, name_zh: str, name_en: str) -> None:
    """Add an office with a CODE, its Chinese and its English name."""
    by = _administrator(desk)
    with desk.sessions.begin() as session:
        house_people.add_office(session, code=code, name_zh=name_zh, name_en=name_en)
        journal.note(session, by=by, act="add office", subject=code, now=desk.now)
    report.say(desk, f"office {code} is there")


@people.command(example="wattledger people roles")
@reporting
@pass_desk
def roles(desk: Desk) -> None:
    """List the roles and what each may do."""
    rows = [{"role": role, "may": sorted(rights)} for role, rights in PERMISSIONS.items()]
    report.table(desk, rows, {"role": "role", "may": "may"})
