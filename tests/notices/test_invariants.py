"""The checks of the notices room find nothing in a healthy database, and every planted flaw."""

import pytest
from sqlalchemy import text

from config.database import append_only_ddl
from notices import invariants
from notices.simulator import Simulator
from tests.notices import office
from tests.notices.office import DAY, DUE, SID, TOKEN

LAST = DUE + 16 * DAY

# A flaw planted past all constraints, and the check that has to find it.
FLAWS = {
    "UPDATE notice SET text = 'nothing is owed' WHERE id = 1": invariants.WORDS,
    "UPDATE notice SET principal = principal + 1 WHERE id = 1": invariants.WORDS,
    "UPDATE outbox SET state = 'delivered' WHERE id = 1": invariants.FORWARD,
    "DELETE FROM outbox_event WHERE outbox_id = 1": invariants.FORWARD,
    "UPDATE outbox_event SET state = 'delivered' WHERE outbox_id = 1 AND state = 'queued'": (
        invariants.FORWARD
    ),
    "UPDATE notice_step SET step_id = (SELECT step_id FROM notice_step WHERE notice_id = 1), "
    "attempt = 99 WHERE notice_id = 2": invariants.ONCE,
    "UPDATE print_batch SET letters = letters + 1": invariants.BATCHES,
    "INSERT INTO proof_of_service (notice_id, served_on, method, served_by, received_by, witness, "
    "note, recorded_at) SELECT id, issued_on, 'direct', 'x', 'y', '', '', written_at FROM notice "
    "WHERE id = 1": invariants.PROOFS,
    "UPDATE outbox SET provider_id = NULL WHERE id = 1": invariants.WAITING,
}
FROZEN = ("notice", "notice_step", "outbox", "outbox_event", "print_batch", "proof_of_service")


@pytest.fixture
def busy(sessions, tmp_path):
    """Live long enough for messages and letters to have gone out."""
    with sessions.begin() as session:
        office.found(session, "A-100", "A-200")
    with Simulator(SID, TOKEN, clock=lambda: office.at(DUE), sends_callbacks=False) as simulator:
        for day in (DUE + 3 * DAY, DUE + 15 * DAY, LAST):
            office.reach_notice(sessions, simulator, tmp_path, since=day, until=day)
    return sessions


def test_a_healthy_database_has_nothing_to_tell(busy):
    with busy() as session:
        assert invariants.findings(session, today=LAST) == []


@pytest.mark.parametrize(("flaw", "check"), FLAWS.items(), ids=[*map(str, range(len(FLAWS)))])
def test_every_planted_flaw_is_found(busy, flaw, check):
    with busy.begin() as session:
        thaw(session)
        session.execute(text(flaw))
    with busy() as session:
        found = {one.check for one in invariants.findings(session, today=LAST)}
    assert check in found
    assert check in invariants.CHECKS


def thaw(session):
    """Take away what the database itself would refuse a flaw with."""
    dialect = session.get_bind().dialect.name
    for table in FROZEN:
        for statement in append_only_ddl(table, dialect):
            words = statement.split()
            if "TRIGGER" not in words:
                continue
            name = words[words.index("TRIGGER") + 1]
            on = f" ON {table}" if dialect == "postgresql" else ""
            session.execute(text(f"DROP TRIGGER IF EXISTS {name}{on}"))
