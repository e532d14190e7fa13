"""The grade book: customers' assessments, and the newest of each. `arrears.store` is its face."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from arrears.case import Grading
from arrears.credit import GRADES, Grade
from arrears.credit_file import REGRADES
from arrears.credit_tables import CreditItemRow
from arrears.tables import AssessmentRow, CreditStandingRow
from config.database import add_rows, among, in_chunks, next_ids

_GRADING = (
    AssessmentRow.id,
    AssessmentRow.customer_id,
    AssessmentRow.as_of,
    AssessmentRow.score,
    AssessmentRow.grade,
    AssessmentRow.tier,
    AssessmentRow.previous,
    AssessmentRow.is_new,
    AssessmentRow.reason,
    AssessmentRow.scorecard_digest,
    AssessmentRow.indicators,
    AssessmentRow.card,
    AssessmentRow.adjusted,
)


@dataclass(frozen=True, slots=True)
class NewGrading:
    """An assessment to be added, and when the next is due."""

    customer_id: int
    as_of: date
    score: int | None
    grade: Grade
    tier: str
    previous: Grade | None
    is_new: bool
    reason: str
    scorecard_digest: str
    indicators: Mapping[str, Any]
    next_on: date
    months_in_arrears: int
    card: str = ""
    adjusted: int = 0


@dataclass(frozen=True, slots=True)
class CreditStanding:
    """A customer's newest grade, when the next assessment is due, and how many months were open."""

    customer_id: int
    grade: Grade
    assessed_on: date
    next_on: date
    months_in_arrears: int


def credit_standings(session: Session, customer_ids: Collection[int]) -> dict[int, CreditStanding]:
    """Return the newest grade of each customer that has one."""
    found = {}
    for some in in_chunks(sorted(customer_ids)):
        query = select(
            CreditStandingRow.customer_id,
            CreditStandingRow.grade,
            CreditStandingRow.assessed_on,
            CreditStandingRow.next_on,
            CreditStandingRow.months_in_arrears,
        ).where(among(CreditStandingRow.customer_id, some))
        for row in session.execute(query):
            found[row.customer_id] = CreditStanding(row[0], Grade(row[1]), *row[2:])
    return found


def graded(session: Session, customer_ids: Collection[int]) -> set[int]:
    """Return which of the customers have a grade."""
    return {
        one
        for some in in_chunks(sorted(customer_ids))
        for one in session.scalars(
            select(CreditStandingRow.customer_id).where(among(CreditStandingRow.customer_id, some))
        )
    }


def due_for_assessment(session: Session, *, on: date) -> list[int]:
    """Return the customers whose next assessment is due on a day."""
    query = select(CreditStandingRow.customer_id).where(CreditStandingRow.next_on <= on)
    return sorted(session.scalars(query))


def struck_since(session: Session, *, today: date) -> set[int]:
    """
    Return the customers whose file tells of a theft or the like since they were assessed.

    What was recorded on the very day of an assessment may have come after it, and counts.
    """
    query = (
        select(CreditItemRow.customer_id)
        .join(CreditStandingRow, CreditStandingRow.customer_id == CreditItemRow.customer_id)
        .where(
            CreditItemRow.kind.in_(sorted(REGRADES)),
            CreditItemRow.recorded_on >= CreditStandingRow.assessed_on,
            CreditStandingRow.assessed_on < today,
        )
    )
    return set(session.scalars(query))


def assessed_by(session: Session, days: Mapping[int, date], *, today: date) -> set[int]:
    """Return which customers were assessed before today and not after the day of each."""
    found = credit_standings(session, days)
    return {
        key
        for key, one in found.items()
        if one.assessed_on <= days[key] and one.assessed_on < today
    }


def assessed_in_arrears(session: Session, since: date, today: date) -> dict[int, date]:
    """Return whose newest assessment, of [since, today), found overdue bills, and when it was."""
    query = select(CreditStandingRow.customer_id, CreditStandingRow.assessed_on).where(
        CreditStandingRow.months_in_arrears > 0,
        CreditStandingRow.assessed_on >= since,
    )
    return {key: day for key, day in session.execute(query) if day < today}


def make_due(session: Session, customer_ids: Collection[int], *, on: date) -> None:
    """Let customers be assessed again on a day, unless it is due sooner anyway."""
    for some in in_chunks(sorted(customer_ids)):
        session.execute(
            update(CreditStandingRow)
            .where(CreditStandingRow.customer_id.in_(some), CreditStandingRow.next_on > on)
            .values(next_on=on)
        )


def assessments(session: Session, customer_ids: Collection[int]) -> dict[int, Grading]:
    """Return the newest assessment of each customer that has one."""
    found = {}
    for some in in_chunks(sorted(customer_ids)):
        query = (
            select(*_GRADING)
            .join(CreditStandingRow, CreditStandingRow.assessment_id == AssessmentRow.id)
            .where(among(CreditStandingRow.customer_id, some))
        )
        for row in session.execute(query):
            found[row.customer_id] = Grading(*row)
    return found


def assessments_of(session: Session, customer_id: int) -> list[Grading]:
    """Return every assessment a customer ever had, the newest first."""
    query = select(*_GRADING).where(AssessmentRow.customer_id == customer_id)
    return [Grading(*row) for row in session.execute(query.order_by(AssessmentRow.as_of.desc()))]


def grades_on(session: Session, day: date) -> dict[int, Grade]:
    """Return the grade that each customer had on a day, of those who had one."""
    newest = (
        select(AssessmentRow.customer_id, func.max(AssessmentRow.as_of).label("as_of"))
        .where(AssessmentRow.as_of <= day)
        .group_by(AssessmentRow.customer_id)
        .subquery()
    )
    query = select(AssessmentRow.customer_id, AssessmentRow.grade).join(
        newest,
        (newest.c.customer_id == AssessmentRow.customer_id)
        & (newest.c.as_of == AssessmentRow.as_of),
    )
    return {customer_id: Grade(grade) for customer_id, grade in session.execute(query)}


def grade_moves(session: Session, since: date, until: date) -> list[tuple[date, int, Grade, Grade]]:
    """Return when whose grade changed from a day to another, from what to what, in order."""
    query = select(
        AssessmentRow.as_of, AssessmentRow.customer_id, AssessmentRow.previous, AssessmentRow.grade
    ).where(
        AssessmentRow.as_of.between(since, until), AssessmentRow.previous != AssessmentRow.grade
    )
    return [
        (on, customer_id, Grade(str(before)), Grade(after))
        for on, customer_id, before, after in session.execute(query.order_by(AssessmentRow.id))
    ]


def graded_at_least(session: Session, least: Grade) -> dict[int, Grade]:
    """Return the customers whose newest grade is at least one, with it, in order."""
    good = GRADES[: GRADES.index(least) + 1]
    query = select(CreditStandingRow.customer_id, CreditStandingRow.grade).where(
        CreditStandingRow.grade.in_(good)
    )
    rows = session.execute(query.order_by(CreditStandingRow.customer_id))
    return {customer_id: Grade(grade) for customer_id, grade in rows}


def all_assessments(session: Session, *, after_id: int, limit: int) -> list[Grading]:
    """Return assessments in the order in which they were made, a slice at a time."""
    query = select(*_GRADING).where(AssessmentRow.id > after_id)
    return [Grading(*row) for row in session.execute(query.order_by(AssessmentRow.id).limit(limit))]


def grades_count(session: Session) -> dict[Grade, int]:
    """Return how many customers have each grade now."""
    query = select(CreditStandingRow.grade, func.count()).group_by(CreditStandingRow.grade)
    counts = {Grade(grade): count for grade, count in session.execute(query)}
    return {grade: counts.get(grade, 0) for grade in Grade}


def add_assessments(session: Session, new: Sequence[NewGrading]) -> None:
    """Add assessments, and make each the newest of its customer."""
    ids = next_ids(session, AssessmentRow, len(new))
    add_rows(session, AssessmentRow, [_assessment(i, one) for i, one in zip(ids, new, strict=True)])
    for some in in_chunks(sorted(one.customer_id for one in new if one.previous is not None)):
        session.execute(
            delete(CreditStandingRow)
            .where(among(CreditStandingRow.customer_id, some))
            .execution_options(synchronize_session=False)
        )
    add_rows(
        session,
        CreditStandingRow,
        [
            {
                "customer_id": one.customer_id,
                "assessment_id": assessment_id,
                "grade": one.grade,
                "assessed_on": one.as_of,
                "next_on": one.next_on,
                "months_in_arrears": one.months_in_arrears,
            }
            for assessment_id, one in zip(ids, new, strict=True)
        ],
    )


def _assessment(assessment_id: int, one: NewGrading) -> dict[str, Any]:
    return {
        "id": assessment_id,
        "customer_id": one.customer_id,
        "as_of": one.as_of,
        "score": one.score,
        "grade": one.grade,
        "tier": one.tier,
        "previous": one.previous,
        "is_new": one.is_new,
        "reason": one.reason,
        "scorecard_digest": one.scorecard_digest,
        "indicators": one.indicators,
        "card": one.card,
        "adjusted": one.adjusted,
    }
