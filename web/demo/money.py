"""The demo's money of a day: who pays what, and how it reaches the books."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from pathlib import Path

from billing import bank, books, cashier
from billing.payment import Payment
from config import batch
from config.batch import Batch, Verdict
from config.database import reading
from web.demo import behaviour, field, files, statements
from web.demo.behaviour import Debtor, OpenItem, Paid, Way
from web.demo.lots import chance, lot
from web.demo.people import Subscriber
from web.demo.profiles import Payer
from web.demo.staff import CASHIER, SUPERVISOR
from web.demo.stage import Stage

AGENT_METHOD, TILL_METHOD = "手机应用", "现金"
# Days after which the cashier has found out whose money it is that named no account.
_FOUND_OUT_DAYS = (3, 16)
# Permille of bank payments that the payer's bank takes back, some days of business later.
_RETURNED = 4
_REFERENCE = re.compile(r"<NtryDtls><TxDtls><Refs><AcctSvcrRef>(CH\d{12})<")


def take_payments(stage: Stage, day: date) -> None:
    """Let customers pay, and take their money at the counter, from the agent and from the bank."""
    paths = {
        way: stage.file(
            "payments", f"{day:%Y-%m}/{day}-{way}{'.xml' if way is Way.BANK else '.csv'}"
        )
        for way in Way
    }
    if not paths[Way.COUNTER].exists():
        _write(stage, day, paths)
    now = stage.now(day, time(15))
    touched: set[int] = set()
    if paths[Way.APP].exists():
        agent = cashier.take_in(
            stage.sessions, paths[Way.APP], layout="payments", by=CASHIER, today=day, now=now
        )
        touched |= _accounts_of(stage, agent)
    if paths[Way.BANK].exists():
        from_bank = bank.take_in(stage.sessions, paths[Way.BANK], by=CASHIER, today=day, now=now)
        touched |= _accounts_of(stage, from_bank) | _take_back(stage, from_bank, day)
    touched |= _take_till(stage, paths[Way.COUNTER], day)
    touched |= _find_out(stage, day)
    stage.reassess(touched, day, time(16))


def _write(stage: Stage, day: date, paths: Mapping[Way, Path]) -> None:
    since = stage.desk_day_before(day)
    paid: dict[Way, list[Paid]] = {way: [] for way in Way}
    debtors = _debtors(stage, day)
    for one in behaviour.payments(stage.world.seed, debtors, since=since, today=day):
        paid[one.way].append(one)
    if paid[Way.APP]:
        files.write_payments(paths[Way.APP], paid[Way.APP], method=AGENT_METHOD)
    lines = [statements.line_of(one, booked_on=day) for one in paid[Way.BANK]]
    lines += _returned(stage, day)
    if lines:
        files.write_statement(paths[Way.BANK], lines, day=day)
    # The till's list comes last: where it is, the day's other files are complete.
    files.write_payments(paths[Way.COUNTER], paid[Way.COUNTER], method=TILL_METHOD)


def _debtors(stage: Stage, day: date) -> list[Debtor]:
    """Return everybody who has something open, as they know it from their bills."""
    with reading(stage.sessions) as session:
        charges = books.open_charges(session, None, as_of=day)
        overdue = [key for key, own in charges.items() if any(one.due_on < day for one in own)]
        late = books.late_charges_to(session, overdue, as_of=day)
        waiting = _under_way(stage, cashier.suspense(session))
    contacts = field.contacts(stage)
    found = []
    for account_id, own in charges.items():
        subscriber = stage.subscribers[account_id]
        accrued = late.get(account_id, {})
        items = [
            OpenItem(
                one.raised_on,
                one.due_on,
                one.amount + accrued.get(one.id, 0),
                one.open + accrued.get(one.id, 0),
            )
            for one in own
        ]
        usual = stage.usual_bills(day).get(account_id, 0) if _disputes(subscriber) else 0
        told = contacts.get(account_id, ())
        found.append(Debtor(subscriber, items, told, usual, waiting.get(subscriber.seq, 0)))
    return sorted(found, key=lambda one: one.subscriber.seq)


def _disputes(subscriber: Subscriber) -> bool:
    return subscriber.payer is Payer.DISPUTES


def _under_way(stage: Stage, suspended: Sequence[Payment]) -> dict[int, int]:
    waiting: dict[int, int] = {}
    for payment in suspended:
        seq = _payer(stage, payment).seq
        waiting[seq] = waiting.get(seq, 0) + payment.open
    return waiting


def _payer(stage: Stage, payment: Payment) -> Subscriber:
    """Return who made a transfer: what the cashier finds out by asking the bank."""
    return stage.world.served[int(payment.reference[-6:]) - 1]


def _accounts_of(stage: Stage, taken: Batch) -> set[int]:
    assert taken.id is not None, "a batch that was kept has an id"
    with reading(stage.sessions) as session:
        return set(cashier.accounts_of(session, taken.id))


def _take_till(stage: Stage, path: Path, day: date) -> set[int]:
    """Take what customers bring to the counter, one after the other."""
    touched = set()
    for at, line in enumerate(files.read_payments(path)):
        now = stage.now(day, time(9 + at % 6, at * 7 % 60))
        try:
            receipt = cashier.pay(
                stage.sessions,
                account_number=line.account_number,
                amount=line.amount,
                channel="counter",
                reference=line.reference,
                value_on=line.paid_on,
                by=CASHIER,
                today=day,
                now=now,
                method="cash",
                payer=line.payer,
            )
        except cashier.AlreadyReceivedError:
            continue  # It was taken before the demo was stopped.
        touched.add(receipt.account_id)
    return touched


def _returned(stage: Stage, day: date) -> list[statements.Line]:
    """Return what payers' banks take back today of the money of some days ago."""
    before = stage.desk_day_before(day)
    path = stage.file("payments", f"{before:%Y-%m}/{before}-bank.xml")
    if not path.exists():
        return []
    references = [
        reference
        for reference in _REFERENCE.findall(path.read_text("utf-8"))
        if chance(_RETURNED, stage.world.seed, "returned", reference)
    ]
    known = [f"{statements.ACCOUNT} {reference}" for reference in references]
    with reading(stage.sessions) as session:
        found = books.find_payments(session, bank.BANK, known)
    return [
        statements.return_of(found[name].amount, reference, day)
        for reference, name in zip(references, known, strict=True)
        if name in found
    ]


def _take_back(stage: Stage, statement: Batch, day: date) -> set[int]:
    """Reverse the payments that the bank's statement says were taken back."""
    with reading(stage.sessions) as session:
        doubted = batch.verdicts(session, statement.id, verdict=Verdict.DOUBTED)
        named = [str(one.verdict.facts.get("reference", "")) for one in doubted]
        back = f" {statements.RETURN}"
        references = [one.replace(back, f" {statements.TRANSFER}") for one in named if back in one]
        found = books.find_payments(session, bank.BANK, references)
        gone = books.reversed_on(session, [one.id for one in found.values()])
    touched: set[int] = set()
    for payment in found.values():
        if payment.id not in gone:
            done = cashier.reverse(
                stage.sessions,
                payment.id,
                by=SUPERVISOR,
                reason="taken back by the payer's bank",
                today=day,
                now=stage.now(day, time(15)),
            )
            touched.update(done.account_ids)
    return touched


def _find_out(stage: Stage, day: date) -> set[int]:
    """Give money in suspense to whom it belongs, once the cashier has found that out."""
    with reading(stage.sessions) as session:
        suspended = cashier.suspense(session)
    touched = set()
    for payment in suspended:
        wait = lot(stage.world.seed, "found out", payment.reference).randint(*_FOUND_OUT_DAYS)
        if day - payment.posted_on >= timedelta(days=wait):
            receipt = cashier.assign(
                stage.sessions,
                payment.id,
                _payer(stage, payment).account_number,
                by=CASHIER,
                reason="asked the bank who paid",
                today=day,
                now=stage.now(day, time(15)),
            )
            touched.add(receipt.account_id)
    return touched
