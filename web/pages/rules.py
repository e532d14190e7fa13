"""What rules: law, tariffs and policies in force, word for word, and who allowed them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from arrears import rules as arrears_rules
from arrears.readable import Readable, readable
from billing.comparison import ALL
from billing.customer import Language
from billing.tariff import parse_tariff
from billing.trial import try_on_bills
from config import approval, dated
from config.in_force import market_on
from config.people import Permission
from notices import stationery
from notices.paper import press
from web import activation, house
from web.comparing import mean_bills
from web.forms import BadInputError, Form
from web.language import is_chinese
from web.login import needs
from web.menu import SEES
from web.words import word

TARIFFS = "tariffs/"
SHOWN = 50
"""Bills that a trial lists one by one, those first that would rise most."""

pages = Blueprint("rules", __name__, url_prefix="/rules")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A proposed or activated file as the list shows it."""

    activation: dated.Activation
    state: str
    checked_by: tuple[str, ...]


@pages.get("")
@needs()
def show() -> str:
    """Show what is in force, what will be, what waits, and what could be proposed."""
    with house.looking() as session:
        rulings = _rulings(session, house.today())
    known = {one.activation.file.digest for one in rulings}
    kinds: dict[str, list[Ruling]] = defaultdict(list)
    for one in rulings:
        kinds[one.activation.file.subject.partition("/")[0]].append(one)
    offered = [
        file for file in dated.shipped(house.house().settings.config) if file.digest not in known
    ]
    return render_template("rules.html", kinds=kinds, offered=offered)


@pages.get("/<digest>")
@needs()
def show_file(digest: str) -> str:
    """Show a file word for word."""
    with house.looking() as session:
        file = dated.by_digest(session, digest)
        if file is None:
            abort(404)
        found = [one for one in _rulings(session, house.today()) if one.activation.file == file]
    return render_template("rule.html", file=file, rulings=found)


@pages.get("/<digest>/trial")
@needs(*SEES)
def try_tariff(digest: str) -> str:
    """Show what the latest bills of a tariff would have come to by a file of it."""
    with house.looking() as session:
        file = dated.by_digest(session, digest)
        if file is None or not file.subject.startswith(TARIFFS):
            abort(404)
        tariff = parse_tariff(file.name, file.table, digest=file.digest)
        found = try_on_bills(session, file.subject.removeprefix(TARIFFS), tariff)
    chart = mean_bills(_("Mean bill by class, billed and by this file"), found, called=_class)
    return render_template("trial.html", file=file, found=found, chart=chart, most=SHOWN)


def _class(name: str) -> str:
    return _("All") if name == ALL else word(name)


@pages.get("/<digest>/plain")
@needs()
def show_plain(digest: str) -> str:
    """Show a dunning policy in plain words: what we do, when."""
    return render_template("policy.html", digest=digest, plain=_plain(digest, _language()))


@pages.get("/<digest>/plain.pdf")
@needs()
def print_plain(digest: str) -> Response:
    """Return a dunning policy in plain words as a PDF."""
    language = _language()
    plain = _plain(digest, language)
    supplier = stationery.read(house.house().settings.config).supplier
    name = plain.name.replace("/", "-")
    return Response(
        press.print_policy(plain, supplier, language),
        mimetype="application/pdf",
        headers={"Content-Disposition": f"inline; filename={name}-{language}.pdf"},
    )


def _plain(digest: str, language: Language) -> Readable:
    with house.looking() as session:
        offered = dated.shipped(house.house().settings.config)
        file = dated.by_digest(session, digest) or next(
            (one for one in offered if one.digest == digest), None
        )
        if file is None or not file.subject.startswith(arrears_rules.DUNNING):
            abort(404)
        market = market_on(session, house.today())
    return readable(arrears_rules.policy_of(file), market, language)


def _language() -> Language:
    return Language.CHINESE if is_chinese() else Language.ENGLISH


@pages.post("")
@needs(Permission.PROPOSE_FILES)
def propose() -> Response:
    """Propose that a file of the supplier's folder take force; another person then decides."""
    form = Form()
    offered = {file.digest: file for file in dated.shipped(house.house().settings.config)}
    file = form.choice("digest", _("File"), offered)
    form.finish()
    assert file is not None
    with house.sessions().begin() as session:
        if any(one.file.digest == file.digest for one in dated.activations(session)):
            raise BadInputError([_("%(file)s has been proposed before.", file=file.name)])
        try:
            activation.propose(session, file, by=house.person().login, now=house.now())
        except activation.UnfitFileError as unfit:
            raise BadInputError(str(unfit).splitlines()) from unfit
    flash(_("%(file)s is proposed; another person must allow it now.", file=file.name), "done")
    return redirect(url_for("rules.show"), 303)


def _rulings(session: Session, today: date) -> list[Ruling]:
    activations = dated.activations(session)
    decided = approval.find_all(session, [one.approval_id for one in activations])
    in_force = _in_force(activations, today)
    return [
        Ruling(
            one,
            _state(one, decided[one.approval_id], in_force, today),
            tuple(vote.by for vote in decided[one.approval_id].votes),
        )
        for one in sorted(
            activations, key=lambda one: (one.file.subject, -one.file.starts_on.toordinal())
        )
    ]


def _in_force(activations: Sequence[dated.Activation], today: date) -> set[int]:
    """Return the activations that rule today: of each subject the newest by day, then by id."""
    newest: dict[str, dated.Activation] = {}
    for one in sorted(activations, key=lambda one: (one.file.starts_on, one.id)):
        if one.activated_at is not None and one.file.starts_on <= today:
            newest[one.file.subject] = one
    return {one.id for one in newest.values()}


def _state(
    one: dated.Activation, decided: approval.Approval, in_force: set[int], today: date
) -> str:
    if one.activated_at is None:
        return str(decided.state)
    if one.id in in_force:
        return "in_force"
    return "takes_force" if one.file.starts_on > today else "superseded"
