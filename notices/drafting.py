"""From approved steps to notices: who is told what, by which way. `dispatch.prepare` calls it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from arrears import store as casebook
from arrears.fitting import Rules
from arrears.rules import in_force
from arrears.step import SECURITY, Step, StepKind, StepState
from billing import books
from billing import store as master
from config import approval, people
from notices import store
from notices.circumstances import Circumstances, circumstances
from notices.draft import STEP_KINDS, NoDayError, Task, draw_up, kind_of
from notices.notice import Channel, NoticeKind, facts_of
from notices.outbox import State
from notices.paper.fonts import describe
from notices.paper.press import missing_in
from notices.record import NewNotice, StepRef
from notices.segments import segments
from notices.stationery import Stationery
from notices.wording import MissingFactsError

_ALL = 1_000_000
_UNWRITTEN = "no message can be sent, and before the due date nobody is written to"
# What was written and is on its way, or has arrived, isn't written again.
_DONE_WITH = frozenset(State) - {State.CANCELLED, State.FAILED}


@dataclass(frozen=True, slots=True)
class Problem:
    """A notice that couldn't be written: whose, and what would help. The step waits."""

    account_id: int
    step_id: int
    message: str


@dataclass(frozen=True, slots=True)
class Due:
    """A step that wants a notice, and what became of the one before if there was one."""

    step: Step
    customer_id: int
    attempt: int
    follows_id: int | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """What came of a set of steps: the notices that were kept, and what stood in the way."""

    notice_ids: tuple[int, ...]
    messages: int
    problems: tuple[Problem, ...]


def due_steps(session: Session, *, today: date) -> list[Due]:
    """Return the steps that want a notice now, in the order of their customers."""
    ready = casebook.ready_steps(session, kinds=STEP_KINDS, limit=_ALL, today=today)
    unheard = casebook.steps(session, store.failed_steps(session)).values()
    steps = {step.id: step for step in ready}
    # A message that failed after it was sent: the step is done, yet nobody was told.
    steps |= {one.id: one for one in unheard if one.state is StepState.DONE}
    last = store.last_attempts(session, steps)
    accounts = master.accounts(session, {step.account_id for step in steps.values()})
    due = []
    for step in steps.values():
        attempt, notice_id, _, state = last.get(step.id, (0, None, None, State.CANCELLED))
        if state in _DONE_WITH:
            continue
        follows = notice_id if state is State.FAILED else None
        customer_id = accounts[step.account_id].customer_id
        due.append(Due(step, customer_id, attempt + 1, follows))
    return sorted(due, key=lambda one: (one.customer_id, one.step.account_id, one.step.id))


def draft(
    session: Session,
    due: Sequence[Due],
    stationery: Stationery,
    *,
    today: date,
    now: datetime,
) -> Drafted:
    """
    Write the notices that steps want, one for each customer, kind and level, and queue them.

    The accounts are held, and a step that isn't as it was when it was listed is left alone.
    """
    due = _still_due(session, due)
    standing = circumstances(session, {one.step.account_id for one in due}, today=today)
    due = _with_debts(session, due, standing)
    mobiles = {s.customer.mobile for s in standing.values() if s.customer.mobile}
    silent = store.opted_out(session, mobiles)
    groups = _groups(due, standing, silent)
    rules = in_force(session, today).rules
    approvers = _approvers(session, (one.step for one in due))
    head = store.letterhead_id(session, stationery.supplier)
    writer = _Writer(head, stationery, rules, standing, approvers, today)
    numbers = store.next_numbers(session, [key.kind for key in groups], issued_on=today)
    new, problems = [], []
    for (key, own), (notice_id, number) in zip(groups.items(), numbers, strict=True):
        is_early = key.kind is NoticeKind.COURTESY_REMINDER and key.channel is Channel.PAPER
        written = _UNWRITTEN if is_early else writer.write(key, own, number)
        if isinstance(written, NewNotice):
            new.append((notice_id, written))
        else:
            problems += [Problem(o.step.account_id, o.step.id, written) for o in own]
    ids = store.add_notices(session, new, now=now)
    messages = sum(one.channel is Channel.SMS for _, one in new)
    return Drafted(tuple(ids), messages, tuple(problems))


def _still_due(session: Session, due: Sequence[Due]) -> list[Due]:
    """Hold the accounts, and leave out steps that moved on since they were listed."""
    posted = books.lock_accounts(session, {one.step.account_id for one in due})
    last = store.last_attempts(session, {one.step.id for one in due})
    found = []
    steps = casebook.steps(session, {one.step.id for one in due})
    for one in due:
        step = steps.get(one.step.id)
        same = step is not None and step.state is one.step.state
        attempts = last.get(one.step.id, (0,))[0]
        # A done step's letter tells what is owed now; a ready one's what it was decided on.
        is_fresh = one.step.state is StepState.DONE or (
            step is not None and step.posted_no == posted[one.step.account_id]
        )
        if same and is_fresh and attempts == one.attempt - 1:
            found.append(
                replace(one, step=replace(one.step, posted_no=posted[one.step.account_id]))
            )
    return found


def _with_debts(
    session: Session, due: Sequence[Due], standing: dict[int, Circumstances]
) -> list[Due]:
    """Leave out, as stale, steps that would tell of a debt where nothing is overdue."""
    empty = [
        one
        for one in due
        if one.step.kind not in SECURITY and not _tells_of(one, standing[one.step.account_id])
    ]
    ready = [one.step.id for one in empty if one.step.state is StepState.APPROVED]
    casebook.mark(session, ready, StepState.STALE)
    return [one for one in due if one not in empty]


def _tells_of(one: Due, standing: Circumstances) -> bool:
    """Test whether there is a debt, or before the due date a bill, for a step to tell of."""
    if one.step.kind is StepKind.COURTESY_REMINDER:
        return bool(standing.coming)
    return bool(standing.owed)


@dataclass(frozen=True, slots=True)
class _Key:
    """What makes one notice of several steps."""

    customer_id: int
    kind: NoticeKind
    level: str
    channel: Channel
    follows_id: int | None


def _groups(
    due: Sequence[Due], standing: dict[int, Circumstances], silent: set[str]
) -> dict[_Key, list[Due]]:
    groups: dict[_Key, list[Due]] = {}
    for one in due:
        mobile = standing[one.step.account_id].customer.mobile
        kind, channel = kind_of(one.step), Channel.PAPER
        if kind is NoticeKind.SMS_REMINDER:
            # Who can't be reached by message is written to: a debt is told of by some way.
            if mobile and mobile not in silent and one.follows_id is None:
                channel = Channel.SMS
            else:
                kind = NoticeKind.LETTER
        elif kind is NoticeKind.COURTESY_REMINDER and mobile and mobile not in silent:
            channel = Channel.SMS
        key = _Key(one.customer_id, kind, one.step.level, channel, one.follows_id)
        groups.setdefault(key, []).append(one)
    return groups


def _approvers(session: Session, steps: Iterable[Step]) -> dict[int, tuple[str, ...]]:
    """Return by step the names of the people who approved it."""
    ids = {step.id: step.approval_id for step in steps if step.approval_id is not None}
    found = approval.find_all(session, sorted(set(ids.values())))
    names = {user.login: user.name for user in people.users(session)} if found else {}
    return {
        step_id: tuple(
            names.get(vote.by, vote.by) for vote in found[approval_id].votes if vote.accept
        )
        for step_id, approval_id in ids.items()
    }


@dataclass(frozen=True, slots=True)
class _Writer:
    letterhead_id: int
    stationery: Stationery
    rules: Rules
    standing: dict[int, Circumstances]
    approvers: dict[int, tuple[str, ...]]
    today: date

    def write(self, key: _Key, due: Sequence[Due], number: str) -> NewNotice | str:
        """Return the notice for a group of steps, or what stands in its way."""
        parts = tuple((one.step, self.standing[one.step.account_id]) for one in due)
        task = Task(key.kind, parts)
        names = dict.fromkeys(name for one in due for name in self.approvers.get(one.step.id, ()))
        supplier = self.stationery.supplier
        wording = self.stationery.wording(task.language, key.kind)
        try:
            notice = draw_up(
                task,
                number=number,
                rules=self.rules,
                supplier=supplier,
                approved_by=tuple(names),
                today=self.today,
            )
            facts = facts_of(notice, self.stationery.sender(task.language))
            words = self.stationery.words(task.language, key.kind, facts)
        except (MissingFactsError, NoDayError) as problem:
            return str(problem)
        is_sms = key.channel is Channel.SMS
        missing = [] if is_sms else missing_in((notice, words), supplier)
        if missing:
            return describe(missing, f"account {notice.reference}")
        return NewNotice(
            notice=notice,
            level=key.level,
            channel=key.channel,
            customer_id=key.customer_id,
            words=words,
            wording_digest=wording.digest,
            letterhead_id=self.letterhead_id,
            steps=tuple(
                StepRef(one.step.id, one.step.account_id, one.step.posted_no, one.attempt)
                for one in due
            ),
            mobile=parts[0][1].customer.mobile if is_sms else None,
            segments=segments(words.plain()).count if is_sms else 0,
            follows_id=key.follows_id,
        )
