"""Bill runs: begun by one person, looked through and issued by another."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from billing import run
from billing import store as billing
from billing.bill import RunState
from billing.outcome import RunReport
from config.approval import OwnWorkError
from config.people import Permission
from meters import store as meters
from web import house, listing, queue
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import who

pages = Blueprint("runs", __name__, url_prefix="/runs")
RUNS = 40
UNDER_WAY = frozenset({RunState.DRAWING_UP, RunState.ISSUING})


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show the runs, the newest first."""
    return _show([])


def _show(problems: list[str]) -> str:
    with house.looking() as session:
        routes = meters.routes(session)
    return render_template("runs.html", routes=routes, problems=problems, **_table())


@pages.get("/table")
@needs(*SEES)
def table() -> str:
    """Show only the part that changes while a run is under way."""
    return render_template("fragments/runs.html", **_table())


def _table() -> dict[str, object]:
    with house.looking() as session:
        runs = billing.runs(session, limit=RUNS)
        asked = queue.waiting(session, ("bill", "issue"))
    return {
        "runs": runs,
        "asked": asked,
        "is_moving": bool(asked) or any(one.state in UNDER_WAY for one in runs),
    }


@pages.post("")
@needs(Permission.RUN_BILLS)
def start() -> Response:
    """Ask for a run; it is drawn up beside the pages and may take its time."""
    form = Form()
    with house.looking() as session:
        cycles = {"": None} | {one.code: one.code for one in meters.routes(session)}
    cycle = form.choice("cycle", _("Route"), cycles)
    until = form.day("until", _("Until"), default=house.today())
    if not form.problems and until > house.today():
        form.problems.append(_("Until: bills can't be drawn up for days that haven't come."))
    form.finish(_show)
    queue.ask("bill", {"cycle": cycle, "until": until})
    flash(_("The run begins within seconds."), "done")
    return redirect(url_for("runs.show"), 303)


@pages.get("/<int:run_id>")
@needs(*SEES)
def show_one(run_id: int) -> str:
    """Show a run: how far it is, what it left alone, what is held, what it drew up."""
    return _show_one(run_id, [])


def _show_one(run_id: int, problems: list[str]) -> str:
    report = _report(run_id)
    with house.looking() as session:
        parked = billing.parked_in(session, run_id)
        held = billing.held_in(session, run_id)
        drafts = billing.draft_heads(session, run_id, limit=200)
        bills = billing.bills(session, run_id=run_id) if report.issued else []
        page = listing.cut(bills)
        ids = [one.account_id for some in (parked, held, drafts, page.rows) for one in some]
        names = {key: one for key, one in who(session, ids).items() if one.is_visible}
    return render_template(
        "run.html",
        parked=[one for one in parked if one.account_id in names],
        held=[one for one in held if one.account_id in names],
        drafts=[one for one in drafts if one.account_id in names],
        page=page,
        names=names,
        here=listing.here,
        problems=problems,
        **_progress(report),
    )


@pages.get("/<int:run_id>/progress")
@needs(*SEES)
def progress(run_id: int) -> str:
    """Show only how far a run is."""
    return render_template("fragments/run.html", **_progress(_report(run_id)))


def _report(run_id: int) -> RunReport:
    try:
        return run.report(house.sessions(), run_id)
    except run.NoSuchRunError:
        abort(404)


def _progress(report: RunReport) -> dict[str, object]:
    with house.looking() as session:
        asked = queue.waiting(session, ("issue",), run_id=report.run_id)
    is_own = report.started_by == house.person().login
    # One that was stopped while it was issued goes on where it was.
    is_ready = report.state in {RunState.DRAWN_UP, RunState.ISSUING} or (
        report.state is RunState.ISSUED and report.issued < report.billed - report.held
    )
    return {
        "run": report,
        "is_moving": report.state in UNDER_WAY or bool(asked),
        "is_own": is_own,
        "is_ready": is_ready and not asked and report.billed > report.issued,
    }


@pages.post("/<int:run_id>/issue")
@needs(Permission.ISSUE_BILLS)
def issue(run_id: int) -> Response:
    """Ask for a run's bills to be issued, as a person who didn't begin it."""
    report = _report(run_id)
    if report.started_by == house.person().login:
        raise OwnWorkError("who began a run doesn't issue it")
    if report.state is RunState.DRAWING_UP:
        words = _("The run isn't drawn up to its end yet.")
        raise BadInputError([words], lambda problems: _show_one(run_id, problems))
    queue.ask("issue", {"run_id": run_id})
    flash(_("The bills are being issued."), "done")
    return redirect(url_for("runs.show_one", run_id=run_id), 303)


@pages.post("/<int:run_id>/resume")
@needs(Permission.RUN_BILLS)
def resume(run_id: int) -> Response:
    """Ask for a run that was stopped to go on where it stopped."""
    report = _report(run_id)
    if report.state is not RunState.DRAWING_UP:
        words = _("This run has come to its end already.")
        raise BadInputError([words], lambda problems: _show_one(run_id, problems))
    queue.ask("bill", {"cycle": report.cycle, "until": report.until})
    flash(_("The run goes on within seconds."), "done")
    return redirect(url_for("runs.show_one", run_id=run_id), 303)


@pages.post("/<int:run_id>/held")
@needs(Permission.ISSUE_BILLS)
def settle(run_id: int) -> Response:
    """Let held drafts be issued after all, or take them out of the run."""
    report = _report(run_id)
    form = Form()
    accept = form.choice("accept", _("Decision"), {"yes": True, "no": False})
    reason = form.text("reason", _("Reason"))
    ids = listing.ticked("ids")
    if not ids:
        form.problems.append(_("Tick at least one row."))
    form.finish(lambda problems: _show_one(run_id, problems))
    if report.started_by == house.person().login:
        raise OwnWorkError("who began a run doesn't settle what it held")
    try:
        run.settle_held(
            house.sessions(),
            run_id,
            accept=ids if accept else (),
            leave_out=() if accept else ids,
            by=house.person().login,
            reason=reason,
            now=house.now(),
        )
    except run.ReadingsChangedError as refused:
        words = _("The readings of one of these have changed: take it out, and bill it anew.")
        raise BadInputError([words], lambda problems: _show_one(run_id, problems)) from refused
    except run.FollowedError as refused:
        words = _("A later draft goes on from one of these: take out the later one first.")
        raise BadInputError([words], lambda problems: _show_one(run_id, problems)) from refused
    except run.NotReadyError as refused:
        words = _("One of these was settled by somebody else meanwhile; look at the list again.")
        raise BadInputError([words], lambda problems: _show_one(run_id, problems)) from refused
    flash(_("The held bills are settled."), "done")
    return redirect(url_for("runs.show_one", run_id=run_id), 303)
