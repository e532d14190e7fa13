"""Nonsense over the pages: it is refused in words, and never breaks anything on our side."""

import pytest

from tests.web.conftest import Office
from tests.web.test_routes import LINES, filled, places  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow

NONSENSE = (
    "",
    "-1",
    "0",
    "99999999999999999999999999",
    "1e309",
    "NaN",
    "'; DROP TABLE customer; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "../../etc/passwd",
    "\x00",
    "\ud7ff\ufffd",
    "%",
    "_",
    "𬎆" * 200,
    "0" * 5000,
    "2026-02-30",
    "yes",
)
ARGUMENTS = ("q", "page", "sort", "bucket", "class", "tier", "grade", "measure", "state", "act",
             "channel", "before", "since", "by", "subject", "verdict", "kind", "owing", "all",
             "account", "next")  # fmt: skip
FIELDS = ("account", "amount", "reference", "method", "payer", "value_on", "bills", "reason",
          "accept", "ids", "cycle", "until", "digest", "login", "name", "language", "roles",
          "offices", "password", "active", "old", "new", "again", "served_on", "received_by",
          "witness", "note", "ends_on", "kind", "dry_run", "next")  # fmt: skip


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
def test_no_argument_of_an_address_breaks_a_page(
    shared_office: Office,
    places: dict[str, str],  # noqa: F811
    nonsense: str,
) -> None:
    visitor = shared_office.as_("everything")
    for method, path, *_wanted in LINES:
        if method == "GET" and not path.endswith(".pdf") and path not in ("/login", "/health"):
            query = dict.fromkeys(ARGUMENTS, nonsense)
            answer = visitor.client.get(filled(path, places), query_string=query, buffered=True)
            assert answer.status_code < 500, (path, nonsense)
            assert b"<script>alert" not in answer.data, path


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
def test_no_field_of_a_form_breaks_a_page(
    own_office: Office,
    places: dict[str, str],  # noqa: F811
    nonsense: str,
) -> None:
    visitor = own_office.as_("everything")
    for method, path, *_wanted in LINES:
        if method == "POST" and path not in ("/logout", "/login"):
            fields = dict.fromkeys(FIELDS, nonsense)
            answer = visitor.post(filled(path, places), **fields)
            assert answer.status_code < 500, (path, nonsense)
            assert b"<script>alert" not in answer.data, path


@pytest.mark.parametrize("nonsense", ["0", "-1", "9" * 30, "x", "%2e%2e", "<b>", "%00", "'"])
def test_no_number_in_an_address_breaks_a_page(shared_office: Office, nonsense: str) -> None:
    visitor = shared_office.as_("everything")
    for method, path, *_wanted in LINES:
        if method == "GET" and "<" in path:
            before, _, rest = path.partition("<")
            answer = visitor.get(before + nonsense + rest.partition(">")[2])
            assert answer.status_code in (400, 404, 405), (path, nonsense, answer.status_code)
