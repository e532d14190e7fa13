"""Notices: what went out and what waits, print batches, and proof that a notice was served."""

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from billing import store as billing
from config.people import Permission
from notices import printing, service
from notices import store as notices
from notices.notice import Channel
from notices.outbox import State
from notices.proof import Method
from notices.record import Told
from web import house, listing
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import Who, who
from web.words import word

pages = Blueprint("notices", __name__, url_prefix="/notices")
BATCHES = 30


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show what went out and what waits, the newest first."""
    channel = request.args.get("channel", "")
    state = request.args.get("state", "")
    before = request.args.get("before", "")
    with house.looking() as session:
        told = notices.notices(
            session,
            channel=Channel(channel) if channel in list(Channel) else None,
            states=[State(state)] if state in list(State) else (),
            before_id=listing.whole_number(before),
            limit=listing.SIZE + 1,
        )
        names = _names(session, told)
        counts = notices.count_by_state(session) if house.offices_seen() is None else {}
        batches = [
            one
            for one in notices.batches(session, limit=BATCHES)
            if one.office_id is None or house.sees_office(one.office_id)
        ]
    older = told[listing.SIZE - 1].id if len(told) > listing.SIZE else None
    return render_template(
        "notices.html",
        told=[one for one in told[: listing.SIZE] if one.customer_id in names],
        names=names,
        counts=counts,
        batches=batches,
        older=older,
        here=listing.here,
        chips=listing.chips(
            {"channel": (_("Channel"), word(channel)), "state": (_("State"), word(state))}
        ),
        waiting=counts.get((Channel.PAPER, State.QUEUED), 0),
        may_wait=house.offices_seen() is not None,
    )


def _names(session: Session, told: Sequence[Told]) -> dict[int, str]:
    """Return the names of the customers that the person may see."""
    customers = billing.customers(session, {one.customer_id for one in told})
    return {key: one.name for key, one in customers.items() if house.sees_office(one.office_id)}


@pages.get("/<number>")
@needs(*SEES)
def show_one(number: str) -> str:
    """Show a notice word for word, and its way to the customer."""
    return _show_one(number, [])


def _show_one(number: str, problems: list[str]) -> str:
    with house.looking() as session:
        told, accounts = _find(session, number)
        events = notices.events(session, told.id)
        proof = notices.proofs(session, [told.id]).get(told.id)
    return render_template(
        "notice.html",
        told=told,
        accounts=accounts,
        events=events,
        proof=proof,
        methods=list(Method),
        problems=problems,
    )


def _find(session: Session, number: str) -> tuple[Told, list[Who]]:
    told = notices.find_notice(session, number)
    if told is None or not _names(session, [told]):
        abort(404)
    ids = notices.account_ids_of(session, [told.id]).get(told.id, ())
    return told, list(who(session, ids).values())


@pages.get("/<number>.pdf")
@needs(*SEES)
def paper(number: str) -> Response:
    """Return a notice as its paper shows it."""
    with house.looking() as session:
        told, _accounts = _find(session, number)
    if told.channel is not Channel.PAPER:
        abort(404)
    return _pdf(printing.letter(house.sessions(), number), f"{number}.pdf")


@pages.post("/<number>/served")
@needs(Permission.SERVE_NOTICES)
def served(number: str) -> AnyResponse:
    """Record that a notice reached the customer: from that day the law counts."""
    form = Form()
    served_on = form.day("served_on", _("Served on"))
    method = form.choice("method", _("How"), {str(one): one for one in Method})
    received_by = form.text("received_by", _("Received by"), required=False, most=100)
    witness = form.text("witness", _("Witness"), required=False, most=100)
    note = form.text("note", _("Note"), required=False)
    form.finish(lambda problems: _show_one(number, problems))
    with house.looking() as session:
        _find(session, number)
    assert method is not None
    try:
        service.serve(
            house.sessions(),
            number,
            served_on=served_on,
            method=method,
            by=house.person().login,
            received_by=received_by,
            witness=witness,
            note=note,
            today=house.today(),
            now=house.now(),
        )
    except service.NotServedError as refused:
        raise BadInputError(
            str(refused).splitlines(), lambda problems: _show_one(number, problems)
        ) from refused
    flash(_("Recorded: %(number)s was served on %(day)s.", number=number, day=served_on), "done")
    return redirect(url_for("notices.show_one", number=number), 303)


@pages.post("/batches")
@needs(Permission.SEND_NOTICES)
def print_due() -> AnyResponse:
    """Print what waits, in walking order, with a cover sheet."""
    made = [_print(office_id) for office_id in sorted(house.offices_seen() or ()) or (None,)]
    if not any(made):
        flash(_("Nothing waits to be printed."), "wait")
    return redirect(url_for("notices.show", _anchor="batches"), 303)


def _print(office_id: int | None) -> printing.PrintBatch | None:
    return printing.print_due(
        house.sessions(),
        house.house().settings.files / "print",
        today=house.today(),
        now=house.now(),
        by=house.person().login,
        office_id=office_id,
    )


@pages.get("/batches/<number>.pdf")
@needs(*SEES)
def batch_paper(number: str) -> Response:
    """Return a print batch as it was printed."""
    with house.looking() as session:
        batch = notices.find_batch(session, number)
    if batch is None or (batch.office_id is not None and not house.sees_office(batch.office_id)):
        abort(404)
    path = house.house().settings.files / "print" / Path(batch.file_name).name
    if not path.is_file():
        abort(404)
    return _pdf(path.read_bytes(), path.name)


def _pdf(data: bytes, name: str) -> Response:
    return Response(
        data,
        mimetype="application/pdf",
        headers={"Content-Disposition": f"inline; filename={name}"},
    )
