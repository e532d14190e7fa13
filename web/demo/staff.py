"""The demo's people, and the files they put in force: one proposes, another allows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from config import dated, people
from config.people import Role, User
from web import activation
from web.demo.people import OFFICES

# Printed at the end of the demo. It opens nothing but the demo's own database.
PASSWORD = "chenghu-2026"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works at the demo's supplier. A name of English letters sees English pages."""

    login: str
    name: str
    roles: tuple[Role, ...]
    language: str = "zh"


CLERK = "li.na"
CASHIER = "zhao.min"
COLLECTOR = "sun.qiang"
SUPERVISOR = "wang.fang"
CREDIT_OFFICER = "chen.jing"
SECOND_APPROVER = "zhou.wei"

STAFF = (
    Person(CLERK, "李娜", (Role.CLERK,)),
    Person(CASHIER, "赵敏", (Role.CASHIER,)),
    Person(COLLECTOR, "孙强", (Role.COLLECTOR,)),
    Person(SUPERVISOR, "王芳", (Role.SUPERVISOR,)),
    Person(CREDIT_OFFICER, "陈静", (Role.CREDIT_OFFICER,)),
    Person(SECOND_APPROVER, "周伟", (Role.SUPERVISOR, Role.CREDIT_OFFICER)),
    Person("wu.yan", "吴燕", (Role.AUDITOR,)),
    Person("admin", "Demo Administrator", (Role.ADMINISTRATOR,), "en"),
    Person("alex", "Alex Selwyn", (Role.CLERK, Role.SUPERVISOR, Role.CREDIT_OFFICER), "en"),
)


def employ(sessions: sessionmaker[Session]) -> None:
    """Add the offices and the people, unless they are there already."""
    with sessions.begin() as session:
        for office in OFFICES:
            people.add_office(
                session, code=office.code, name_zh=office.name_zh, name_en=office.name_en
            )
        known = {user.login for user in people.users(session)}
        for person in STAFF:
            if person.login not in known:
                people.add_user(
                    session,
                    login=person.login,
                    name=person.name,
                    password=PASSWORD,
                    roles=person.roles,
                    language=person.language,
                )


def put_in_force(sessions: sessionmaker[Session], *, market: str, now: datetime) -> int:
    """Propose and activate every shipped file of the market, and return how many there are."""
    files = activation.in_order(dated.shipped(), market=market)
    with sessions.begin() as session:
        supervisor = found(session, SUPERVISOR)
        known = {
            (each.file.subject, each.file.digest)
            for each in dated.activations(session)
            if each.activated_at is not None
        }
        for file in files:
            if (file.subject, file.digest) not in known:
                asked = activation.propose(session, file, by=CLERK, now=now)
                activation.activate(session, asked, by=supervisor, reason="demo", now=now)
    return len(files)


def found(session: Session, login: str) -> User:
    """Return one of the demo's people."""
    user = people.find_user(session, login)
    assert user is not None, f"{login} doesn't work here"
    return user


def approvers(session: Session) -> list[User]:
    """Return the demo's people who approve, in the order in which they are asked."""
    return [found(session, login) for login in (SUPERVISOR, CREDIT_OFFICER, SECOND_APPROVER)]


def logins() -> tuple[tuple[str, str, str], ...]:
    """Return for each of the demo's people the login, the name and what they are here for."""
    return tuple(
        (person.login, person.name, ", ".join(role.replace("_", " ") for role in person.roles))
        for person in STAFF
    )
