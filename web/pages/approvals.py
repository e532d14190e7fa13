"""Acts that want a second person: the queue, each with its facts, and a word on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config import approval
from config.acts import MAY_APPROVE, Act
from config.approval import (
    AlreadyDecidedError,
    Approval,
    NotAllowedError,
    OwnWorkError,
    State,
    UnseenError,
)
from config.people import Permission
from web import carry_out, house, listing
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import DECIDES
from web.names import Who, who
from web.said import told
from web.shows import cash
from web.words import word

pages = Blueprint("approvals", __name__, url_prefix="/approvals")


@dataclass(frozen=True, slots=True)
class Line:
    """An approval as the queue shows it, and why the person may not decide it, if so."""

    approval: Approval
    who: Who | None
    obstacle: str

    @property
    def about(self) -> str:
        """What the act is about, in the person's language."""
        facts = self.approval.facts
        if self.approval.act is Act.TILL_DIFFERENCE:
            return _of_till(facts)
        if "overdue" not in facts or "overdue_days" not in facts:
            return self._of_account() or self.approval.subject
        owed = _(
            "%(overdue)s overdue, the oldest for %(days)s days",
            overdue=cash(facts["overdue"]),
            days=facts["overdue_days"],
        )
        asked = facts.get("amount")
        return _("asks for %(amount)s", amount=cash(asked)) + " · " + owed if asked else owed

    def _of_account(self) -> str:
        """Say how much is asked for; nothing if it isn't about an account, which stands beside."""
        facts, subject = self.approval.facts, self.approval.subject
        if not subject.startswith("account "):
            return ""
        if not isinstance(facts.get("amount"), int):
            return subject.removeprefix("account ")
        asked = _("asks for %(amount)s", amount=cash(facts["amount"]))
        interest = facts.get("interest")
        if not interest:
            return asked
        return asked + " · " + _("interest of %(amount)s", amount=cash(interest))


def _of_till(facts: Mapping[str, Any]) -> str:
    """Say whose till isn't as it should be, and by how much."""
    named = {
        "who": facts["cashier"],
        "day": facts["day"],
        "amount": cash(abs(facts["difference"])),
    }
    if facts["difference"] < 0:
        return _("till of %(who)s on %(day)s: %(amount)s short", **named)
    return _("till of %(who)s on %(day)s: %(amount)s over", **named)


@pages.get("")
@needs(*DECIDES)
def show() -> str:
    """Show what waits for a word, what is the person's to decide before the rest."""
    act = request.args.get("act", "")
    with house.looking() as session:
        lines = _lines(session, approval.waiting(session, limit=listing.COUNTED_MAX))
    counts = _counts(lines)
    chosen = [line for line in lines if not act or line.approval.act == act]
    chosen.sort(key=lambda line: (bool(line.obstacle), line.approval.id))
    return render_template(
        "approvals.html",
        page=listing.cut(chosen),
        counts=counts,
        act=act,
        mine=sum(not line.obstacle for line in lines),
        here=listing.here,
        chips=listing.chips({"act": (_("Act"), word(act))}),
    )


@pages.get("/<int:approval_id>")
@needs(*DECIDES)
def show_one(approval_id: int) -> str:
    """Show an act with the facts it was asked for on, and what has been said."""
    page = _show_one(approval_id, [])
    with house.sessions().begin() as session:
        approval.look(session, approval_id, by=house.person(), now=house.now())
    return page


def _show_one(approval_id: int, problems: list[str]) -> str:
    with house.looking() as session:
        found = approval.find(session, approval_id)
        lines = _lines(session, [found]) if found else []
    if not lines:
        abort(404)
    return render_template("approval.html", line=lines[0], State=State, problems=problems)


@pages.post("/<int:approval_id>")
@needs(*DECIDES)
def decide(approval_id: int) -> Response:
    """Say yes or no to one act."""
    form = Form()
    accept = form.choice("accept", _("Decision"), {"yes": True, "no": False})
    reason = form.text("reason", _("Reason"), required=accept is False)
    form.finish(lambda problems: _show_one(approval_id, problems))
    with house.looking() as session:
        found = approval.find(session, approval_id)
        if found is None or not _lines(session, [found]):
            abort(404)
    problem = _try(found, accept=bool(accept), reason=reason)
    if problem is not None:
        status = 403 if _obstacle(found) else 400
        raise BadInputError([problem], lambda problems: _show_one(approval_id, problems), status)
    flash(_said(found, accept=bool(accept)), "done")
    return redirect(url_for("approvals.show"), 303)


@pages.post("")
@needs(*DECIDES)
def decide_many() -> Response:
    """Say yes or no to all that are ticked; what can't be decided is named, one by one."""
    form = Form()
    accept = form.choice("accept", _("Decision"), {"yes": True, "no": False})
    reason = form.text("reason", _("Reason"), required=accept is False)
    ids = listing.ticked("ids")
    if not ids:
        form.problems.append(_("Tick at least one row."))
    form.finish()
    with house.looking() as session:
        known = [one for one in (approval.find(session, key) for key in ids) if one]
        lines = _lines(session, known)
        if accept:
            _refuse_unseen(session, [line.approval.id for line in lines])
    problems = [
        f"{line.approval.summary}: {problem}"
        for line in lines
        if (problem := _try(line.approval, accept=bool(accept), reason=reason)) is not None
    ]
    done = len(lines) - len(problems)
    flash(ngettext("%(num)s decided.", "%(num)s decided.", done), "done" if done else "wait")
    for problem in problems[:20]:
        flash(problem, "bad")
    return redirect(url_for("approvals.show"), 303)


def _refuse_unseen(session: Session, ids: Sequence[int]) -> None:
    """Refuse a yes to many acts at once whose sample the person hasn't opened."""
    try:
        approval.refuse_unseen(session, ids, by=house.person())
    except UnseenError as unseen:
        named = ", ".join(map(str, unseen.unseen))
        raise BadInputError(
            [_("Many at once: open these first and see what they rest on: %(ids)s.", ids=named)]
        ) from unseen


def _try(one: Approval, *, accept: bool, reason: str) -> str | None:
    """Decide, and return what stood against it, if anything did."""
    try:
        carry_out.decide(
            house.sessions(),
            one,
            accept=accept,
            reason=reason,
            by=house.person(),
            today=house.today(),
            now=house.now(),
        )
    except OwnWorkError:
        return _(
            "You asked for this yourself, or have said yes already; somebody else must decide."
        )
    except NotAllowedError:
        return _("None of your roles may decide this; it takes: %(right)s.", right=_right(one))
    except AlreadyDecidedError:
        return _("It has been decided already, or was taken back. Look at the queue again.")
    except carry_out.REFUSALS as refused:
        return told(refused)
    return None


def _said(one: Approval, *, accept: bool) -> str:
    if not accept:
        return _("Refused: %(what)s.", what=word(one.act))
    if one.missing > 1:
        return _("Noted. One more person must say yes to: %(what)s.", what=word(one.act))
    return _("Approved and carried out: %(what)s.", what=word(one.act))


def _right(one: Approval) -> str:
    return word(MAY_APPROVE[one.act])


def _lines(session: Session, approvals: Sequence[Approval]) -> list[Line]:
    """Return the approvals that the person may see."""
    ids = [one.account_id for one in approvals if one.account_id is not None]
    names = who(session, ids) if ids else {}
    found = []
    for one in approvals:
        whose = names.get(one.account_id) if one.account_id is not None else None
        if _is_visible(one, whose):
            found.append(Line(one, whose, _obstacle(one)))
    return found


def _is_visible(one: Approval, whose: Who | None) -> bool:
    if one.act is Act.ACTIVATE_FILE:
        return True
    if not house.may(Permission.SEE_ACCOUNTS):
        return False
    return whose is None or whose.is_visible


def _obstacle(one: Approval) -> str:
    """Return why the person may not decide, or nothing if they may."""
    me = house.person()
    if one.state is not State.WAITING:
        return _("decided")
    if one.maker == me.login:
        return _("your own work: somebody else decides")
    if any(vote.by == me.login for vote in one.votes):
        return _("you have said yes: somebody else must be the second")
    if not me.may(MAY_APPROVE[one.act]):
        return _("takes the right: %(right)s", right=_right(one))
    return ""


def _counts(lines: Sequence[Line]) -> Mapping[Any, int]:
    counts: dict[Any, int] = {}
    for line in lines:
        counts[line.approval.act] = counts.get(line.approval.act, 0) + 1
    return counts
