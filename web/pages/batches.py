"""A file that was taken in: what became of each row, and the failed rows as a file to mend."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import second_look
from config import batch
from config.batch import OUT_OF_BALANCE, Batch, Kind, Verdict
from config.people import Permission
from config.refusal import RefusedFileError, shown
from config.rows import OURS
from meters.failed import in_own_format
from web import house, listing
from web.forms import Again, BadInputError, Form, uploaded
from web.login import needs
from web.menu import SEES
from web.said import said, told
from web.words import word

pages = Blueprint("batches", __name__, url_prefix="/batches")

HOME = {
    Kind.READINGS: "readings.show",
    Kind.EXCHANGES: "readings.show",
    Kind.CUSTOMERS: "customers.show",
    Kind.PAYMENTS: "payments.show",
    Kind.STATEMENT: "payments.show",
}
"""Where each kind of file is taken in."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file as the page shows it."""

    row: int
    verdict: Verdict
    code: str
    message: str
    remedy: str
    raw: Mapping[str, str]
    decided: str = ""


def take_in(
    door: Callable[..., Batch],
    *,
    again: Again,
    then: Callable[[Batch], None] | None = None,
    **more: Any,
) -> AnyResponse | str:
    """
    Send an uploaded file through a door, or only test it, and show what became of its rows.

    :param again: shows the page with the form once more, with the problems on it.
    :param then: what is to be done once the file is in the books.
    """
    is_test = request.form.get("dry_run") == "yes"
    with uploaded(again=again) as path:
        made = _through(door, path, is_test=is_test, again=again, **more)
    if made.id is None:
        return _show(made, [_of(one) for one in made.verdicts], is_test=True)
    if then is not None:
        then(made)
    if made.is_repeat:
        words = _(
            "This file was taken in before, as batch %(id)s; nothing has changed.", id=made.id
        )
        flash(words, "wait")
    elif made.refused or made.doubted:
        flash(_("Taken in, but for the rows below."), "wait")
    else:
        flash(_("All %(rows)s rows are taken in.", rows=made.rows), "done")
    return redirect(url_for("batches.show", batch_id=made.id), 303)


def _through(
    door: Callable[..., Batch], path: Path, *, is_test: bool, again: Again, **more: Any
) -> Batch:
    try:
        return door(
            house.sessions(),
            path,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
            dry_run=is_test,
            **more,
        )
    except RefusedFileError as refused:
        raise BadInputError(_lines(refused), again) from refused


def _lines(refused: RefusedFileError) -> list[str]:
    """Return every problem of a file by its line: what is wrong, and what would be right."""
    name = shown(refused.file_name)
    return [
        f"{name}{f':{one.row}' if one.row else ''}: "
        f"{said(one.message) or one.message}; {said(one.remedy) or one.remedy}"
        for one in refused.problems
    ]


@pages.get("/<int:batch_id>")
@needs(*SEES)
def show(batch_id: int) -> str:
    """Show a batch and its rows that were not simply accepted."""
    found, lines = _find(batch_id)
    return _show(found, lines, is_test=False)


def _show(
    found: Batch, lines: Sequence[Line], *, is_test: bool, problems: Sequence[str] = ()
) -> str:
    waits = found.kind is Kind.STATEMENT and any(
        line.code == OUT_OF_BALANCE and not line.decided for line in lines
    )
    chosen = request.args.get("verdict", "")
    return render_template(
        "batch.html",
        batch=found,
        page=listing.cut([line for line in lines if not chosen or line.verdict == chosen]),
        has_failed=any(line.verdict is Verdict.REFUSED for line in lines),
        is_test=is_test,
        waits=waits and not is_test,
        is_own=found.received_by == house.person().login,
        problems=problems,
        home=HOME[found.kind],
        here=listing.here,
        chips=listing.chips({"verdict": (_("Verdict"), word(chosen))}),
    )


@pages.post("/<int:batch_id>/accept")
@needs(Permission.APPROVE_BILLING)
def accept(batch_id: int) -> AnyResponse:
    """Say that nothing is missing of a statement that doesn't add up."""

    def again(problems: list[str]) -> str:
        found, lines = _find(batch_id)
        return _show(found, lines, is_test=False, problems=problems)

    form = Form()
    reason = form.text("reason", _("Reason"))
    form.finish(again)
    try:
        second_look.accept(
            house.sessions(), batch_id, by=house.person(), reason=reason, now=house.now()
        )
    except second_look.CannotAcceptError as refused:
        raise BadInputError([told(refused)], again) from refused
    flash(_("The statement is taken to tell all."), "done")
    return redirect(url_for("batches.show", batch_id=batch_id), 303)


@pages.get("/<int:batch_id>/failed.csv")
@needs(*SEES)
def failed(batch_id: int) -> Response:
    """Return the refused rows as a file that can be mended and taken in."""
    found, lines = _find(batch_id)
    with house.looking() as session:
        kept = batch.verdicts(session, batch_id, verdict=Verdict.REFUSED)
    own = in_own_format(found.layout, [one.verdict for one in kept])
    if own is not None:
        return _download(found, *own)
    rows = [line for line in lines if line.verdict is Verdict.REFUSED]
    known = found.facts.get("headings", ())
    names = list(dict.fromkeys([*known, *(name for line in rows for name in line.raw)]))
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    # Our own columns are passed over when the mended file comes back.
    writer.writerow([*names, f"{OURS}row", f"{OURS}problem", f"{OURS}remedy"])
    for line in rows:
        cells = [line.raw.get(name, "") for name in names]
        writer.writerow([*cells, line.row, line.message, line.remedy])
    return _download(found, "\ufeff" + file.getvalue(), ".csv")


def _download(found: Batch, text: str, suffix: str) -> Response:
    name = f"failed-rows-of-batch-{found.id}{suffix}"
    kind = {".csv": "text/csv", ".xml": "application/xml"}[suffix]
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(text, mimetype=f"{kind}; charset=utf-8", headers=headers)


def _find(batch_id: int) -> tuple[Batch, list[Line]]:
    with house.looking() as session:
        found = batch.get(session, batch_id)
        if found is None:
            abort(404)
        kept = batch.verdicts(session, batch_id)
    lines = [
        _of(one.verdict, decided=f"{word(one.decision)}, {one.decided_by}" if one.decision else "")
        for one in kept
    ]
    return found, lines


def _of(one: batch.RowVerdict, *, decided: str = "") -> Line:
    return Line(one.row, one.verdict, one.code, one.message, one.remedy, one.raw, decided)
