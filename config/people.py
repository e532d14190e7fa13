"""Who works here, where, and what each of them may do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import Base, Id

HASHER = PasswordHasher()
"""How passwords are hashed: argon2id, as hard as the library recommends."""

POLICY = "policy"
"""The maker's name of what the house proposes by itself; no person can have it."""


class Role(StrEnum):
    """What a person is here for."""

    CLERK = "clerk"
    CASHIER = "cashier"
    COLLECTOR = "collector"
    SUPERVISOR = "supervisor"
    CREDIT_OFFICER = "credit_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One kind of act that a role may or may not do."""

    SEE_ACCOUNTS = "see_accounts"
    SEE_CREDIT = "see_credit"
    SEE_AUDIT = "see_audit"
    TAKE_IN_READINGS = "take_in_readings"
    TAKE_IN_CUSTOMERS = "take_in_customers"
    RUN_BILLS = "run_bills"
    ISSUE_BILLS = "issue_bills"
    CANCEL_BILLS = "cancel_bills"
    TAKE_PAYMENTS = "take_payments"
    REVERSE_PAYMENTS = "reverse_payments"
    CLOSE_MONTHS = "close_months"
    REVIEW_ARREARS = "review_arrears"
    HOLD_CASES = "hold_cases"
    APPROVE_CREDIT = "approve_credit"
    APPROVE_DISCONNECTION = "approve_disconnection"
    APPROVE_BILLING = "approve_billing"
    APPROVE_FILES = "approve_files"
    PROPOSE_FILES = "propose_files"
    SEND_NOTICES = "send_notices"
    SERVE_NOTICES = "serve_notices"
    SWITCH_SUPPLY = "switch_supply"
    RUN_JOBS = "run_jobs"
    MANAGE_PEOPLE = "manage_people"


_SEES = {Permission.SEE_ACCOUNTS}
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.CLERK: frozenset(
        _SEES
        | {
            Permission.TAKE_IN_READINGS,
            Permission.TAKE_IN_CUSTOMERS,
            Permission.RUN_BILLS,
            Permission.SEND_NOTICES,
            Permission.PROPOSE_FILES,
        }
    ),
    Role.CASHIER: frozenset(_SEES | {Permission.TAKE_PAYMENTS}),
    Role.COLLECTOR: frozenset(
        _SEES
        | {
            Permission.SERVE_NOTICES,
            Permission.SWITCH_SUPPLY,
            Permission.SEE_CREDIT,
            Permission.HOLD_CASES,
        }
    ),
    Role.SUPERVISOR: frozenset(
        _SEES
        | {
            Permission.ISSUE_BILLS,
            Permission.CANCEL_BILLS,
            Permission.REVERSE_PAYMENTS,
            Permission.CLOSE_MONTHS,
            Permission.REVIEW_ARREARS,
            Permission.HOLD_CASES,
            Permission.APPROVE_BILLING,
            Permission.APPROVE_DISCONNECTION,
            Permission.APPROVE_FILES,
            Permission.SEE_CREDIT,
            Permission.SEND_NOTICES,
            Permission.RUN_JOBS,
        }
    ),
    Role.CREDIT_OFFICER: frozenset(
        _SEES
        | {
            Permission.SEE_CREDIT,
            Permission.REVIEW_ARREARS,
            Permission.HOLD_CASES,
            Permission.APPROVE_CREDIT,
            Permission.APPROVE_DISCONNECTION,
            Permission.PROPOSE_FILES,
        }
    ),
    Role.AUDITOR: frozenset(_SEES | {Permission.SEE_CREDIT, Permission.SEE_AUDIT}),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.MANAGE_PEOPLE,
            Permission.RUN_JOBS,
            Permission.APPROVE_FILES,
            Permission.SEE_AUDIT,
        }
    ),
}
"""Least privilege: a role has what its work needs. Two kinds of work in one person's hands want
two roles given to that person, which shows in the list of people."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who may log in."""

    id: int
    login: str
    name: str
    roles: frozenset[Role]
    office_ids: frozenset[int]
    language: str
    is_active: bool = True

    def may(self, permission: Permission) -> bool:
        """Test whether one of the person's roles allows the act."""
        return self.is_active and any(permission in PERMISSIONS[role] for role in self.roles)


@dataclass(frozen=True, slots=True)
class Office:
    """A place that serves routes, and beyond which its people see nothing."""

    id: int
    code: str
    name_zh: str
    name_en: str


class LoginTakenError(Exception):
    """Somebody has this login already."""


class OfficeRow(Base):
    """An office."""

    __tablename__ = "office"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]


class UserRow(Base):
    """A person who may log in; never deleted, for the audit trail names them."""

    __tablename__ = "app_user"
    __table_args__ = (CheckConstraint(f"login <> '{POLICY}'", name="login"),)

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    is_active: Mapped[bool]


class UserRoleRow(Base):
    """A role that a person has."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)


class UserOfficeRow(Base):
    """An office that a person works in; a person without any sees every office."""

    __tablename__ = "user_office"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)


def add_office(session: Session, *, code: str, name_zh: str, name_en: str) -> int:
    """Add an office and return its id, or return the id of the one that has the code."""
    found = session.scalar(select(OfficeRow.id).where(OfficeRow.code == code))
    if found is not None:
        return found
    row = OfficeRow(code=code, name_zh=name_zh, name_en=name_en)
    session.add(row)
    session.flush()
    return row.id


def offices(session: Session) -> list[Office]:
    """Return every office, in the order of its code."""
    rows = session.scalars(select(OfficeRow))
    return sorted(
        (Office(row.id, row.code, row.name_zh, row.name_en) for row in rows),
        key=lambda office: office.code,
    )


def add_user(
    session: Session,
    *,
    login: str,
    name: str,
    password: str,
    roles: Collection[Role],
    office_ids: Collection[int] = (),
    language: str = "zh",
) -> User:
    """
    Add a person who may log in.

    :raises LoginTakenError: if the login is taken, or is the name the house itself acts under.
    """
    taken = session.scalar(select(UserRow.id).where(UserRow.login == login))
    if taken is not None or login == POLICY:
        raise LoginTakenError(f"login {login!r} is taken; choose another")
    row = UserRow(
        login=login,
        name=name,
        password_hash=HASHER.hash(password),
        language=language,
        is_active=True,
    )
    session.add(row)
    session.flush()
    session.add_all(UserRoleRow(user_id=row.id, role=role) for role in roles)
    session.add_all(UserOfficeRow(user_id=row.id, office_id=office) for office in office_ids)
    session.flush()
    return User(row.id, login, name, frozenset(roles), frozenset(office_ids), language)


def set_user(
    session: Session,
    login: str,
    *,
    is_active: bool | None = None,
    language: str | None = None,
    password: str | None = None,
) -> None:
    """Change whether a person may log in, their language, or their password."""
    row = session.scalars(select(UserRow).where(UserRow.login == login)).one()
    row.is_active = row.is_active if is_active is None else is_active
    row.language = row.language if language is None else language
    if password is not None:
        row.password_hash = HASHER.hash(password)
    session.flush()


def users(session: Session) -> list[User]:
    """Return every person who may or might log in, in the order of their logins."""
    roles: dict[int, set[Role]] = {}
    for user_id, role in session.execute(select(UserRoleRow.user_id, UserRoleRow.role)):
        roles.setdefault(user_id, set()).add(Role(role))
    at: dict[int, set[int]] = {}
    for user_id, office_id in session.execute(
        select(UserOfficeRow.user_id, UserOfficeRow.office_id)
    ):
        at.setdefault(user_id, set()).add(office_id)
    found = [
        User(
            row.id,
            row.login,
            row.name,
            frozenset(roles.get(row.id, ())),
            frozenset(at.get(row.id, ())),
            row.language,
            row.is_active,
        )
        for row in session.scalars(select(UserRow))
    ]
    return sorted(found, key=lambda user: user.login)


def find_user(session: Session, login: str) -> User | None:
    """Return the person with the login, or none."""
    return next((user for user in users(session) if user.login == login), None)


def verify_password(session: Session, login: str, password: str) -> User | None:
    """Return the person if the password is theirs and they may log in, else none."""
    user = find_user(session, login)
    # A stranger's password is hashed too, so that the time it takes doesn't tell who exists.
    known = session.scalar(select(UserRow.password_hash).where(UserRow.login == login))
    try:
        HASHER.verify(known or _nobodys_hash(), password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return user if user is not None and user.is_active else None


@cache
def _nobodys_hash() -> str:
    return HASHER.hash("nobody has this password")
