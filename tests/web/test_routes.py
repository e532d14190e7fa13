"""Every route and every role: who gets in, who is refused, and that nobody sees what is refused."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from werkzeug.routing import Rule

from config.people import PERMISSIONS
from tests.web.conftest import Office
from tests.web.office import STAFF

ROLES = ("nobody", "clerk", "cashier", "collector", "supervisor", "officer", "auditor",
         "administrator")  # fmt: skip

# What each role gets when it asks: 200 a page, 303 done, 400 a form to be mended, 403 refused,
# 302 sent to the login page. Forms are sent empty, so whoever may send one is told what is missing.
TABLE = """
path                                   nobody clerk cashier collector supervisor officer auditor administrator
GET  /                                    302   200     200       200        200     200     200           200
GET  /health                              200   200     200       200        200     200     200           200
GET  /login                               200   302     302       302        302     302     302           302
POST /login                               401   401     401       401        401     401     401           401
POST /language                            303   303     303       303        303     303     303           303
GET  /me                                  302   200     200       200        200     200     200           200
POST /me/password                         302   400     400       400        400     400     400           400
POST /me/stays                            302   303     303       303        303     303     303           303
GET  /search                              302   200     200       200        200     200     200           403
GET  /search/suggest                      302   200     200       200        200     200     200           403
GET  /customers                           302   200     200       200        200     200     200           403
POST /customers                           302   400     403       403        403     403     403           403
GET  /customers/template.xlsx             302   200     200       200        200     200     200           403
POST /customers/open                      302   400     403       403        403     403     403           403
GET  /accounts/<number>                   302   200     200       200        200     200     200           403
GET  /accounts/<number>/preview           302   200     200       200        200     200     200           403
GET  /readings                            302   200     200       200        200     200     200           403
GET  /readings/missing                    302   200     200       200        200     200     200           403
GET  /readings/unread                     302   200     200       200        200     200     200           403
GET  /readings/template.xlsx              302   200     200       200        200     200     200           403
GET  /readings/batches/<int:batch_id>/report.xlsx 302   200     200       200        200     200     200           403
GET  /readings/batches/<int:batch_id>/report.json 302   200     200       200        200     200     200           403
GET  /readings/routes/<code>.xlsx         302   200     200       200        200     200     200           403
POST /readings                            302   400     403       403        403     403     403           403
POST /readings/doubts/<int:verdict_id>    302   400     403       403        403     403     403           403
GET  /batches/<int:batch_id>              302   200     200       200        200     200     200           403
GET  /batches/<int:batch_id>/failed.csv   302   200     200       200        200     200     200           403
GET  /runs                                302   200     200       200        200     200     200           403
GET  /runs/table                          302   200     200       200        200     200     200           403
POST /runs                                302   303     403       403        403     403     403           403
GET  /runs/<int:run_id>                   302   200     200       200        200     200     200           403
GET  /runs/<int:run_id>/progress          302   200     200       200        200     200     200           403
POST /runs/<int:run_id>/issue             302   403     403       403        303     403     403           403
POST /runs/<int:run_id>/resume            302   400     403       403        403     403     403           403
POST /runs/<int:run_id>/held              302   403     403       403        400     403     403           403
GET  /bills/<number>                      302   200     200       200        200     200     200           403
GET  /bills/<number>.pdf                  302   200     200       200        200     200     200           403
POST /bills/<number>/cancel               302   403     403       403        400     403     403           403
GET  /payments                            302   200     200       200        200     200     200           403
POST /payments                            302   403     400       403        403     403     403           403
GET  /payments/take                       302   403     200       403        403     403     403           403
POST /payments/take-deposit               302   403     400       403        403     403     403           403
POST /payments/take                       302   403     400       403        403     403     403           403
GET  /payments/suspense                   302   200     200       200        200     200     200           403
POST /payments/suspense/<int:payment_id>  302   403     400       403        403     403     403           403
GET  /payments/<int:payment_id>           302   200     200       200        200     200     200           403
GET  /payments/<int:payment_id>.pdf       302   200     200       200        200     200     200           403
POST /payments/<int:payment_id>/reverse   302   403     403       403        400     403     403           403
GET  /till                                302   200     200       200        200     200     200           403
POST /till                                302   403     303       403        403     403     403           403
POST /till/close                          302   403     400       403        403     403     403           403
POST /till/recount                        302   403     403       403        400     403     403           403
POST /accounts/<number>/refund            302   403     400       403        403     403     403           403
POST /accounts/<number>/release-deposit   302   403     400       403        403     403     403           403
POST /accounts/<number>/waive             302   403     400       403        403     403     403           403
POST /accounts/<number>/correct           302   403     403       403        400     403     403           403
POST /accounts/<number>/move-in           302   400     403       403        403     403     403           403
POST /accounts/<number>/move-out          302   400     403       403        403     403     403           403
POST /accounts/<number>/change            302   400     403       403        403     403     403           403
POST /accounts/<number>/suspend           302   400     403       403        403     403     403           403
POST /accounts/<number>/take-back         302   400     403       403        403     403     403           403
POST /accounts/<number>/name              302   400     403       403        403     403     403           403
POST /accounts/<number>/close             302   400     403       403        403     403     403           403
POST /accounts/<number>/terms             302   400     403       403        400     400     403           403
POST /batches/<int:batch_id>/accept        302   403     403       403        400     403     403           403
POST /accounts/<number>/final             302   400     403       403        403     403     403           403
GET  /accounts/<number>/statement.pdf     302   200     200       200        200     200     200           403
GET  /accounts/<number>/corrections/<document>.pdf 302 404 404    404        404     404     404           403
GET  /accounts/<number>/parts/<document>.pdf       302 404 404    404        404     404     404           403
POST /accounts/<number>/corrections/<document>/cancel 302 403 403    403        400     403     403           403
GET  /ledger                              302   200     200       200        200     200     200           403
GET  /ledger/<month>                      302   200     200       200        200     200     200           403
POST /ledger/<month>/close                302   403     403       403        400     403     403           403
POST /ledger/<month>/reopen               302   403     403       403        400     403     403           403
GET  /ledger/<month>/journal.<form>       302   200     200       200        200     200     200           403
GET  /arrears                             302   200     200       200        200     200     200           403
GET  /arrears/export.xlsx                 302   200     200       200        200     200     200           403
GET  /arrears/ageing                      302   200     200       200        200     200     200           403
GET  /arrears/ageing.xlsx                 302   200     200       200        200     200     200           403
GET  /arrears/tonight                     302   403     403       403        200     200     403           403
GET  /arrears/tonight.xlsx                302   403     403       403        200     200     403           403
POST /arrears/holds/<number>              302   403     403       400        400     400     403           403
POST /arrears/holds/<number>/<int:hold_id>/lift 302 403 403       400        400     400     403           403
GET  /cases                               302   200     200       200        200     200     200           403
POST /cases/transfer                      302   403     403       403        400     400     403           403
POST /cases/hand-over                     302   403     403       403        400     400     403           403
POST /cases/days                          302   403     403       403        400     400     403           403
POST /cases/days/<int:event_id>/remove    302   403     403       403        400     400     403           403
POST /cases/<number>/promise              302   403     403       400        400     400     403           403
POST /cases/<number>/dispute              302   403     403       400        400     400     403           403
POST /cases/<number>/dispute/<int:dispute_id> 302 403   403       400        400     400     403           403
POST /cases/<number>/duty                 302   403     403       400        400     400     403           403
POST /cases/<number>/write-off            302   403     403       403        400     400     403           403
POST /cases/<number>/recover              302   403     403       403        400     400     403           403
GET  /backtest                            302   403     403       403        200     200     403           403
GET  /credit                              302   403     403       200        200     200     200           403
POST /credit/scan                         302   403     403       403        303     303     403           403
POST /credit/targets                      302   403     403       403        403     400     403           403
POST /credit/warnings/<int:warning_id>    302   403     403       403        400     400     403           403
GET  /credit/figures                      302   403     403       200        200     200     200           403
GET  /credit/figures.xlsx                 302   403     403       200        200     200     200           403
GET  /credit/files/<number>               302   403     403       200        200     200     200           403
POST /credit/files/<number>               302   403     403       403        400     400     403           403
POST /credit/files/<number>/limit         302   403     403       403        400     400     403           403
POST /credit/files/<number>/grade         302   403     403       403        400     400     403           403
POST /credit/files/<number>/items/<int:item_id>/end 302   403     403       403        400     400     403           403
GET  /credit/changes                      302   200     200       200        200     200     200           403
GET  /credit/watch                        302   403     403       200        200     200     200           403
GET  /credit/watch.xlsx                   302   403     403       200        200     200     200           403
POST /credit/files/<number>/watch         302   403     403       403        400     400     403           403
GET  /credit/platform                     302   403     403       200        200     200     200           403
POST /credit/platform                     302   403     403       403        400     400     403           403
GET  /credit/platform.xlsx                302   403     403       200        200     200     200           403
POST /credit/files/<number>/change        302   400     400       400        400     400     400           403
GET  /approvals                           302   200     200       200        200     200     200           200
POST /approvals                           302   400     400       400        400     400     400           400
GET  /approvals/<int:approval_id>         302   200     200       200        200     200     200           404
POST /approvals/<int:approval_id>         302   400     400       400        400     400     400           404
GET  /notices                             302   200     200       200        200     200     200           403
GET  /notices/<number>                    302   200     200       200        200     200     200           403
GET  /notices/<number>.pdf                302   200     200       200        200     200     200           403
POST /notices/<number>/served             302   403     403       400        403     403     403           403
POST /notices/batches                     302   303     403       403        303     403     403           403
GET  /notices/batches/<number>.pdf        302   200     200       200        200     200     200           403
GET  /field                               302   200     200       200        200     200     200           403
POST /field/visits/<int:step_id>          302   403     403       400        403     403     403           403
POST /field/orders/<int:step_id>          302   403     403       400        403     403     403           403
POST /field/conversions/<int:conversion_id>/agree 302 403 403      404        403     403     403           403
POST /field/conversions/<int:conversion_id>/activate 302 403 403   404        403     403     403           403
POST /field/conversions/<int:conversion_id>/withdraw 302 403 403   404        404     404     403           403
GET  /rules                               302   200     200       200        200     200     200           200
GET  /rules/<digest>                      302   200     200       200        200     200     200           200
GET  /rules/<digest>/trial                302   404     404       404        404     404     404           403
GET  /rules/<digest>/plain                302   200     200       200        200     200     200           200
GET  /rules/<digest>/plain.pdf            302   200     200       200        200     200     200           200
POST /rules                               302   400     403       403        403     400     403           403
GET  /jobs                                302   200     200       200        200     200     200           200
GET  /jobs/table                          302   200     200       200        200     200     200           200
POST /jobs/<name>/<kind>                  302   403     403       403        303     403     403           303
GET  /people                              302   403     403       403        403     403     403           200
POST /people                              302   403     403       403        403     403     403           400
POST /people/<login>/active               302   403     403       403        403     403     403           400
POST /people/<login>/password             302   403     403       403        403     403     403           400
GET  /audit                               302   403     403       403        403     403     200           200
POST /sms/status/<int:key>                403   403     403       403        403     403     403           403
POST /logout                              302   303     303       303        303     303     303           303
"""  # noqa: E501

LINES = [line.split() for line in TABLE.strip().splitlines()[1:]]


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield each method and address that the application answers."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint != "static":
                yield method, rule.rule


@pytest.fixture(scope="session")
def places(shared_office: Office) -> dict[str, str]:
    """Return what to put for the variable parts of addresses: things that are in the office."""
    look = shared_office.as_("everything")

    def first(page: str, pattern: str) -> str:
        found = re.search(pattern, look.get(page).text)
        assert found is not None, (page, pattern)
        return str(found.group(1))

    return {
        "accounts": "0100000003",
        "holds": "0100000003",
        "cases": "0100000003",
        "event_id": "999999",
        "dispute_id": "999999",
        "files": "0100000003",
        "warning_id": "999999",
        "bills": first("/accounts/0100000003", r"/bills/(\w+)"),
        "notices": first("/notices?channel=paper", r"/notices/([A-Z]{2}\d{4}-\d+)"),
        "batches": first("/notices", r"/notices/batches/([A-Z0-9-]+)\.pdf"),
        "run_id": first("/runs", r"/runs/(\d+)"),
        "payment_id": first("/payments", r"/payments/(\d+)"),
        "approval_id": first("/approvals", r"/approvals/(\d+)"),
        "batch_id": first("/readings", r"/batches/(\d+)"),
        "digest": first("/accounts/0100000003", r"/rules/([0-9a-f]{64})"),
        "verdict_id": "999999",
        "hold_id": "999999",
        "conversion_id": "999999",
        "item_id": "999999",
        "step_id": first("/field", r"/field/visits/(\d+)"),
        "code": "R01",
        "key": "999999",
        "login": "clerk",
        "name": "sweep",
        "month": "2026-04",
        "document": "K00000000",
        "form": "csv",
        "kind": "pause",
    }


def filled(path: str, places: dict[str, str]) -> str:
    """Return an address with something in its variable parts."""

    def put(match: re.Match[str]) -> str:
        name = match.group(1).rpartition(":")[2]
        if name == "number":
            return places[re.findall(r"/(\w+)/<number>", path)[0]]
        return places[name]

    return re.sub(r"<([^>]+)>", put, path)


def test_every_route_has_a_line_in_the_table_and_every_line_a_route(shared_office: Office) -> None:
    written = [(line[0], line[1]) for line in LINES]
    assert sorted(written) == sorted(routes(shared_office.app)), "write the route into the table"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says(
    own_office: Office, places: dict[str, str], role: str
) -> None:
    visitor = own_office.browse() if role == "nobody" else own_office.as_(role)
    wrong = []
    for method, path, *wanted in LINES:
        address = filled(path, places)
        answer = visitor.get(address) if method == "GET" else visitor.post(address)
        expected = int(wanted[ROLES.index(role)])
        if answer.status_code != expected:
            wrong.append((method, address, expected, answer.status_code))
    assert not wrong


def test_every_view_says_what_it_needs(shared_office: Office) -> None:
    views = shared_office.app.view_functions
    silent = [name for name, view in views.items() if not hasattr(view, "needs")]
    assert silent == ["static"]


@pytest.mark.alike_on_databases
@pytest.mark.parametrize("login", [login for login, (_, roles) in STAFF.items() if len(roles) == 1])
def test_nobody_is_shown_a_button_or_a_link_that_would_be_refused(
    shared_office: Office, places: dict[str, str], login: str
) -> None:
    may = PERMISSIONS[STAFF[login][1][0]]
    visitor = shared_office.as_(login)
    adapter = shared_office.app.url_map.bind("wattledger.example")
    offered: set[tuple[str, str]] = set()
    for method, path, *_wanted in LINES:
        if method == "GET" and not path.endswith((".pdf", ".xlsx", ".csv")):
            page = visitor.get(filled(path, places))
            if page.status_code == 200 and page.mimetype == "text/html":
                offered |= set(_offers(page.text))
    refused = []
    for method, address in sorted(offered):
        rule, _arguments = adapter.match(address, method=method, return_rule=True)
        needs = _needs(shared_office.app, rule)
        if needs and not any(one in may for one in needs):
            refused.append((method, address))
    assert not refused


def _needs(app: Flask, rule: Rule) -> tuple[object, ...]:
    return getattr(app.view_functions[rule.endpoint], "needs", None) or ()


def _offers(page: str) -> Iterator[tuple[str, str]]:
    """Yield the method and address of each form and link of a page that leads into it."""
    for form in re.findall(r"<form[^>]*>", page):
        action = re.search(r'action="([^"]+)"', form)
        if action:
            method = "POST" if 'method="post"' in form else "GET"
            yield method, unescape(action.group(1)).partition("?")[0]
    for link in re.findall(r'(?:href|hx-get)="(/[^"]*)"', page):
        address = unescape(link).partition("?")[0].partition("#")[0]
        if not address.startswith("/static/"):
            yield "GET", address


def test_a_post_that_is_only_a_get_elsewhere_is_refused_in_words(shared_office: Office) -> None:
    answer = shared_office.as_("clerk").post("/audit")
    assert answer.status_code == 405
    assert "按钮" in answer.text
