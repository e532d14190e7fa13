"""Maker and checker: an act that one person asks for and another allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from config import journal
from config.acts import MAY_APPROVE, Act
from config.database import At, Base, Facts, Id, append_only, lock
from config.people import User

FEW = 10
"""So many acts a person may allow at once without having opened any of them."""


class State(StrEnum):
    """Where an approval stands; it only moves away from waiting."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word on an act."""

    by: str
    accept: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """An act somebody asked for, and what has been said of it."""

    id: int
    act: Act
    subject: str
    account_id: int | None
    summary: str
    facts: Mapping[str, Any]
    maker: str
    asked_at: datetime
    needed: int
    state: State
    votes: tuple[Vote, ...] = field(default=())

    @property
    def missing(self) -> int:
        """How many more people must say yes."""
        return self.needed - sum(vote.accept for vote in self.votes)


class OwnWorkError(Exception):
    """Nobody approves what they asked for, nor approves the same thing twice."""


class NotAllowedError(Exception):
    """None of the person's roles may approve this act."""


class UnseenError(Exception):
    """Many acts are to be allowed at once, and the person hasn't opened a sample of them."""

    def __init__(self, unseen: Sequence[int], many: int) -> None:
        self.unseen = tuple(unseen)
        self.many = many
        named = ", ".join(map(str, self.unseen))
        super().__init__(
            f"{many} are to be approved at once; open approval {named} first and see what they "
            f"rest on"
        )


class AlreadyDecidedError(Exception):
    """Somebody else has decided, or what was asked for has been taken back."""


class ApprovalRow(Base):
    """An act asked for. Only its state changes, and only away from waiting."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("needed >= 1", name="needed"),
        CheckConstraint("state IN ('waiting', 'approved', 'refused', 'withdrawn')", name="state"),
        Index("ix_approval_waiting", "state", "act"),
    )

    id: Mapped[Id]
    act: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    # A number only: the account lives in a room above this one.
    account_id: Mapped[int | None] = mapped_column(index=True)
    summary: Mapped[str]
    facts: Mapped[Facts]
    maker: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[At]
    needed: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))


class VoteRow(Base):
    """One person's word on an act; a person has one."""

    __tablename__ = "approval_vote"

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(64), primary_key=True)
    accept: Mapped[bool]
    reason: Mapped[str]
    at: Mapped[At]


append_only(VoteRow)


class LookRow(Base):
    """That a person opened an act to look at what it rests on; bulk decisions ask for some."""

    __tablename__ = "approval_look"

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[At]


append_only(LookRow)


def ask(
    session: Session,
    *,
    act: Act,
    subject: str,
    summary: str,
    facts: Mapping[str, Any],
    maker: str,
    now: datetime,
    needed: int = 1,
    account_id: int | None = None,
) -> int:
    """
    Ask for an act and return the approval's id.

    :param maker: the login of who asks, or `people.POLICY` for the house itself.
    :param needed: how many people other than the maker must say yes.
    """
    row = ApprovalRow(
        act=act,
        subject=subject,
        account_id=account_id,
        summary=summary,
        facts=dict(facts),
        maker=maker,
        asked_at=now,
        needed=needed,
        state=State.WAITING,
    )
    session.add(row)
    session.flush()
    return row.id


def look(session: Session, approval_id: int, *, by: User, now: datetime) -> None:
    """Keep that a person has opened an act and seen what it rests on; the first time counts."""
    if session.get(LookRow, (approval_id, by.login)) is None:
        session.add(LookRow(approval_id=approval_id, by=by.login, at=now))
        session.flush()


def sample(approval_ids: Sequence[int], *, by: User) -> list[int]:
    """
    Return which of many acts a person must have opened before saying yes to them all.

    A few need no sample. Of more, one in ten and at least three, drawn by a digest of the person
    and the act: nobody can choose them, and asking again draws the same.
    """
    if len(approval_ids) <= FEW:
        return []
    drawn = sorted(approval_ids, key=lambda key: sha256(f"{by.login} {key}".encode()).digest())
    return sorted(drawn[: max(3, len(approval_ids) // 10)])


def refuse_unseen(session: Session, approval_ids: Sequence[int], *, by: User) -> None:
    """
    Refuse to let a person say yes to many acts at once without having looked at a sample.

    :raises UnseenError: with the acts of the sample that the person hasn't opened.
    """
    wanted = sample(approval_ids, by=by)
    query = select(LookRow.approval_id).where(
        LookRow.by == by.login, LookRow.approval_id.in_(wanted)
    )
    unseen = sorted(set(wanted) - set(session.scalars(query)))
    if unseen:
        raise UnseenError(unseen, len(approval_ids))


def decide(
    session: Session, approval_id: int, *, by: User, accept: bool, reason: str, now: datetime
) -> Approval:
    """
    Say yes or no to an act, and return it as it stands then.

    The first no refuses it; it is approved when as many people as needed have said yes, none of
    them the maker and none of them twice. Carrying it out is the work of the door that asked.

    :raises NotAllowedError: if the person's roles may not approve the act.
    :raises OwnWorkError: if the person is the maker, or has spoken before.
    :raises AlreadyDecidedError: if it no longer waits.
    """
    lock(session, ApprovalRow, [approval_id])
    approval = _one(session, approval_id)
    _refuse_unfit(approval, by)
    session.add(VoteRow(approval_id=approval_id, by=by.login, accept=accept, reason=reason, at=now))
    said = Vote(by.login, accept, reason, now)
    decided = replace(approval, state=_after(approval, said), votes=(*approval.votes, said))
    session.get_one(ApprovalRow, approval_id).state = decided.state
    journal.note(
        session,
        by=by.login,
        act=f"{'approve' if accept else 'refuse'} {approval.act}",
        subject=approval.subject,
        facts={"approval": approval_id, "reason": reason, "maker": approval.maker},
        now=now,
    )
    session.flush()
    return decided


def _after(approval: Approval, vote: Vote) -> State:
    if not vote.accept:
        return State.REFUSED
    return State.APPROVED if approval.missing == 1 else State.WAITING


def withdraw(session: Session, approval_ids: Sequence[int], *, by: str, now: datetime) -> None:
    """Take back acts that still wait, for instance because the customer has paid."""
    if not approval_ids:
        return
    lock(session, ApprovalRow, approval_ids)
    query = select(ApprovalRow).where(
        ApprovalRow.id.in_(approval_ids), ApprovalRow.state == State.WAITING
    )
    for row in session.scalars(query.execution_options(populate_existing=True)):
        row.state = State.WITHDRAWN
        journal.note(session, by=by, act=f"withdraw {row.act}", subject=row.subject, now=now)
    session.flush()


def find(session: Session, approval_id: int) -> Approval | None:
    """Return the approval, or none."""
    return find_all(session, [approval_id]).get(approval_id)


def find_all(session: Session, approval_ids: Sequence[int]) -> dict[int, Approval]:
    """Return the approvals with these ids."""
    rows = session.scalars(select(ApprovalRow).where(ApprovalRow.id.in_(approval_ids))).all()
    return {approval.id: approval for approval in _approvals(session, rows)}


def count_by_act(session: Session) -> dict[tuple[Act, State], int]:
    """Return how many approvals of each act stand in each state."""
    by = (ApprovalRow.act, ApprovalRow.state)
    rows = session.execute(select(*by, func.count()).group_by(*by))
    return {(Act(act), State(state)): n for act, state, n in rows}


def waiting(
    session: Session,
    *,
    user: User | None = None,
    act: Act | None = None,
    subject: str | None = None,
    limit: int = 500,
) -> list[Approval]:
    """Return what waits for a word, oldest first; with a user, only what that person may decide."""
    facts = {"state": State.WAITING, "act": act, "subject": subject}
    wanted = {key: fact for key, fact in facts.items() if fact is not None}
    query = select(ApprovalRow).filter_by(**wanted)
    if user is not None:
        acts = [act for act, permission in MAY_APPROVE.items() if user.may(permission)]
        query = query.where(ApprovalRow.act.in_(acts), ApprovalRow.maker != user.login)
    rows = session.scalars(query.order_by(ApprovalRow.id).limit(limit)).all()
    login = None if user is None else user.login
    return [one for one in _approvals(session, rows) if all(v.by != login for v in one.votes)]


def approved(session: Session, act: Act) -> list[Approval]:
    """Return what was approved of an act, the first asked for first."""
    query = select(ApprovalRow).filter_by(act=act, state=State.APPROVED).order_by(ApprovalRow.id)
    return _approvals(session, session.scalars(query).all())


def _refuse_unfit(approval: Approval, by: User) -> None:
    if not by.may(MAY_APPROVE[approval.act]):
        raise NotAllowedError(
            f"{by.name} may not approve “{approval.act}”; it takes someone who has the right "
            f"“{MAY_APPROVE[approval.act]}”"
        )
    if approval.state is not State.WAITING:
        raise AlreadyDecidedError(f"“{approval.summary}” is {approval.state} already")
    if by.login == approval.maker:
        raise OwnWorkError(f"{by.name} asked for “{approval.summary}”; someone else must decide")
    if any(vote.by == by.login for vote in approval.votes):
        raise OwnWorkError(f"{by.name} has said yes already; someone else must be the second")


def _one(session: Session, approval_id: int) -> Approval:
    row = session.get_one(ApprovalRow, approval_id, populate_existing=True)
    return _approvals(session, [row])[0]


def _approvals(session: Session, rows: Sequence[ApprovalRow]) -> list[Approval]:
    votes: dict[int, list[Vote]] = {}
    query = select(VoteRow).where(VoteRow.approval_id.in_([row.id for row in rows]))
    for vote in session.scalars(query.order_by(VoteRow.at, VoteRow.by)):
        word = Vote(vote.by, vote.accept, vote.reason, vote.at)
        votes.setdefault(vote.approval_id, []).append(word)
    return [
        Approval(
            row.id,
            Act(row.act),
            row.subject,
            row.account_id,
            row.summary,
            row.facts,
            row.maker,
            row.asked_at,
            row.needed,
            State(row.state),
            tuple(votes.get(row.id, ())),
        )
        for row in rows
    ]
