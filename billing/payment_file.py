"""How a file that reports money goes into the books: whole, once, every cent accounted for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from billing import books, store
from billing.account import Account
from billing.incoming import Fate, Incoming, Known, Outcome, judge
from billing.months import LEDGER
from billing.payment import Payment
from config import batch, people, seal
from config.batch import Batch, Kind, RowVerdict, Verdict
from config.database import reading
from config.refusal import Problem, RefusedFileError

LISTED = "listed"
"""The fact that counts money which only a person can say what to do with: it went out again."""
STATEMENTS = "statements"
"""The fact that says which statements of a bank a file holds whole."""
RawOf: TypeAlias = Callable[[Collection[int]], Mapping[int, Mapping[str, str]]]
_VERDICTS = {Fate.REFUSED: Verdict.REFUSED}


@dataclass(frozen=True, slots=True)
class MoneyFile:
    """
    A file that was read: the money it reports, and the verdicts on its other rows.

    `raw_of` gives rows as they stand in the file, by number; `facts` are what else is kept.
    `told_until` is the last day that it tells of, where it says so itself.
    """

    kind: Kind
    name: str
    digest: str
    layout: str
    rows: Sequence[Incoming]
    verdicts: Sequence[RowVerdict]
    raw_of: RawOf = lambda _: {}
    facts: Mapping[str, Any] = field(default_factory=dict)
    told_until: date | None = None


def of_day(file: MoneyFile, as_of: date | None, *, today: date) -> MoneyFile:
    """
    Return a file with the last day that it tells of, as somebody says or else as it stands in it.

    A list without a row carries no day: it is told by what somebody says, or by today, so that two
    days without a payment are two lists, and the same one of the same day is one.

    :raises config.refusal.RefusedFileError: if the day can't be that of the file.
    """
    came = [row.value_on for row in file.rows if row.value_on <= today]
    own = file.told_until or max(came, default=None)
    wrong = None
    if as_of is not None and as_of > today:
        wrong = f"{as_of} is after today, {today}"
    elif as_of is not None and (as_of < (own or as_of) or file.told_until not in (None, as_of)):
        wrong = f"the file tells of {own}, and {as_of} was said"
    if wrong is not None:
        remedy = "correct the day, or leave it out"
        raise RefusedFileError(file.name, [Problem(0, "date_format", wrong, remedy)])
    day = as_of or own
    if not file.rows and not file.verdicts and own is None:
        day = as_of or today
        digest = sha256(f"{file.digest} of {day}".encode()).hexdigest()
        file = replace(file, digest=digest)
    return replace(file, told_until=None if day is None else min(day, today))


def post_file(
    sessions: sessionmaker[Session],
    file: MoneyFile,
    *,
    by: str,
    today: date,
    now: datetime,
    dry_run: bool,
) -> Batch:
    """
    Post the money of a file in one transaction and return what became of its rows.

    A file that was taken in before changes nothing. In a dry run nothing is kept.
    """
    if dry_run:
        with reading(sessions) as session:
            repeat = batch.find(session, file.kind, file.digest)
            return repeat or _tally(file, _outcomes(session, file, by, today), by, today)
    try:
        return _post(sessions, file, by=by, today=today, now=now)
    except IntegrityError:
        # Somebody posted the same file or one of its payments while we were at it; now it shows.
        return _post(sessions, file, by=by, today=today, now=now)


def _post(
    sessions: sessionmaker[Session], file: MoneyFile, *, by: str, today: date, now: datetime
) -> Batch:
    with sessions.begin() as session:
        repeat = batch.find(session, file.kind, file.digest)
        if repeat is not None:
            return repeat
        outcomes = _outcomes(session, file, by, today)
        kept = batch.add(session, _tally(file, outcomes, by, today), now=now)
        new = [one.payment for one in outcomes if one.payment is not None]
        books.receive(session, new, posted_on=today, by=by, now=now, batch_id=kept.id)
        return kept


def _outcomes(session: Session, file: MoneyFile, by: str, today: date) -> list[Outcome]:
    words = {word for row in file.rows for group in row.words for word in group}
    bills = books.find_bills_owed(session, words)
    named = store.find_accounts(session, words)
    owners = store.accounts(session, {bill.account_id for bill in bills.values()})
    accounts = {one.number: one for one in owners.values()} | named
    received: dict[tuple[str, str], Payment] = {}
    for channel in {row.channel for row in file.rows}:
        references = [
            name
            for row in file.rows
            if row.channel == channel
            for name in (row.reference, *row.also)
        ]
        before = books.find_payments(session, channel, references)
        received |= {(channel, reference): one for reference, one in before.items()}
    closed_until = seal.sealed_until(session, LEDGER)
    known = Known(
        accounts,
        bills,
        received,
        _barred(session, accounts, by),
        closed_until,
        _statements_before(session, file),
    )
    return judge(file.rows, known, today=today)


def _statements_before(session: Session, file: MoneyFile) -> dict[str, int]:
    """Return in which batch each statement of a file came before, in a file that differs."""
    if not file.facts.get(STATEMENTS) or not file.rows:
        return {}
    days = [row.value_on for row in file.rows]
    oldest = min([*days, file.told_until] if file.told_until else days)
    before = batch.telling_of(session, file.kind, since=oldest)
    return {key: one.id for one in before for key in one.facts.get(STATEMENTS, ()) if one.id}


def _barred(session: Session, accounts: Mapping[str, Account], by: str) -> set[int]:
    """Return the accounts that belong to offices in which whoever brings the file doesn't work."""
    user = people.find_user(session, by)
    if user is None or not user.office_ids:
        return set()
    customers = store.customers(session, {one.customer_id for one in accounts.values()})
    return {
        one.id
        for one in accounts.values()
        if customers[one.customer_id].office_id not in user.office_ids
    }


def _tally(file: MoneyFile, outcomes: Sequence[Outcome], by: str, today: date) -> Batch:
    sums = {**{str(fate): 0 for fate in Fate}, LISTED: 0}
    for one in outcomes:
        sums[one.fate] += one.amount
    for verdict in file.verdicts:
        is_refused = verdict.verdict is Verdict.REFUSED
        sums[Fate.REFUSED if is_refused else LISTED] += verdict.facts.get("amount", 0)
    verdicts = [*file.verdicts, *map(_verdict, outcomes)]
    raw = file.raw_of({verdict.row for verdict in verdicts if verdict.code})
    verdicts = [replace(verdict, raw=raw.get(verdict.row, {})) for verdict in verdicts]
    return batch.tally(
        kind=file.kind,
        file_name=file.name,
        digest=file.digest,
        layout=file.layout,
        verdicts=sorted(verdicts, key=lambda verdict: verdict.row),
        received_on=today,
        received_by=by,
        facts={"total": sum(sums.values()), **sums, **_facts(file, verdicts)},
        told_until=file.told_until,
    )


def _facts(file: MoneyFile, verdicts: Sequence[RowVerdict]) -> dict[str, Any]:
    """Return what is kept with a file; which statements it holds only if all of them is kept."""
    is_whole = all(
        one.verdict is not Verdict.REFUSED or one.code == "already_received" for one in verdicts
    )
    return {key: fact for key, fact in file.facts.items() if is_whole or key != STATEMENTS}


def _verdict(one: Outcome) -> RowVerdict:
    return RowVerdict(
        one.row,
        _VERDICTS.get(one.fate, Verdict.ACCEPTED),
        one.code,
        one.message,
        one.remedy,
        facts={"amount": one.amount} if one.code else {},
    )
