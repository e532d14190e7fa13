"""The first page: the whole chain as a line of figures, and what needs the person today."""

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from arrears import review
from arrears.ageing import in_sum
from config import approval
from config.people import Permission
from notices import store as notices
from notices.outbox import State
from web import home_page, house
from web.login import needs
from web.pages.arrears import ageing_chart

pages = Blueprint("home", __name__)


@pages.get("/")
@needs()
def show() -> str:
    """Show the chain, its charts, and what waits for the person."""
    if not house.may(Permission.SEE_ACCOUNTS):
        with house.looking() as session:
            return render_template("home.html", todo=home_page.todo(session), report=None)
    today = house.today()
    report = review.ageing(house.sessions(), as_of=today)
    seen = [row for row in report.rows if house.sees_office(row.office_id)]
    total = in_sum((row.ageing for row in seen), edges=report.edges)
    with house.looking() as session:
        # The books are not kept by office: their sums are for people who see every office.
        whole = _whole(session) if house.offices_seen() is None else {}
        return render_template(
            "home.html",
            todo=home_page.todo(session),
            report=report,
            total=total,
            in_arrears=sum(row.ageing.overdue > 0 for row in seen),
            ageing=ageing_chart(report, total, height=190),
            **whole,
        )


def _whole(session: Session) -> dict[str, object]:
    today = house.today()
    counts = notices.count_by_state(session)
    return {
        "month": home_page.this_month(session, today=today),
        "tiers": home_page.tiers(session),
        "waiting": len(approval.waiting(session, limit=10_000)),
        "on_their_way": sum(
            count
            for (_channel, state), count in counts.items()
            if state in (State.QUEUED, State.SENDING)
        ),
        "collection": home_page.collection_chart(session, today=today),
        "measures": home_page.measures(session),
        "grades": home_page.grades_chart(session),
    }
