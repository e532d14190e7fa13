"""The audit trail: who did what to what, and when."""

from datetime import UTC, datetime, time

from flask import Blueprint, render_template, request

from config import journal
from config.people import Permission
from web import house, listing
from web.forms import DAYS
from web.language import lazy as _
from web.login import needs

pages = Blueprint("audit", __name__, url_prefix="/audit")
ROWS = 100


@pages.get("")
@needs(Permission.SEE_AUDIT)
def show() -> str:
    """Show the newest acts, newest first."""
    since = _day(request.args.get("since", ""))
    before = request.args.get("before", "")
    with house.looking() as session:
        notes = journal.notes(
            session,
            by=request.args.get("by") or None,
            subject=request.args.get("subject") or None,
            since=since,
            before_id=listing.whole_number(before),
            limit=ROWS + 1,
        )
    chips = listing.chips(
        {
            "by": (_("Who"), request.args.get("by", "")),
            "subject": (_("What"), request.args.get("subject", "")),
            "since": (_("Since"), request.args.get("since", "")),
        }
    )
    older = notes[ROWS - 1].id if len(notes) > ROWS else None
    return render_template(
        "audit.html", notes=notes[:ROWS], chips=chips, older=older, here=listing.here
    )


def _day(text: str) -> datetime | None:
    """Return the beginning of the day in the supplier's time zone; nonsense filters nothing."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
    if day.toordinal() not in DAYS:
        return None
    return datetime.combine(day, time(), house.house().settings.zone).astimezone(UTC)
