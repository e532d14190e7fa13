"""What stands between a browser and the pages, on every answer."""

import re

import pytest

from config.settings import Settings
from tests.web.conftest import SECRET, Office
from web import create_app, shield

PAGES = (
    "/",
    "/customers",
    "/accounts/0100000003",
    "/readings",
    "/runs",
    "/payments",
    "/payments/take?account=0100000003",
    "/payments/suspense",
    "/arrears",
    "/arrears/tonight",
    "/approvals",
    "/notices",
    "/rules",
    "/jobs",
    "/people",
    "/audit",
    "/me",
    "/search?q=01",
    "/no/such/page",
)


@pytest.mark.parametrize("path", PAGES)
def test_scripts_run_only_with_the_number_of_their_own_answer(
    shared_office: Office, path: str
) -> None:
    answer = shared_office.as_("everything").get(path)
    policy = answer.headers["Content-Security-Policy"]
    (nonce,) = set(re.findall(r"'nonce-([^']+)'", policy))
    assert "unsafe" not in policy
    assert "script-src 'nonce-" in policy
    assert "default-src 'none'" in policy
    for tag in re.findall(r"<script[^>]*>", answer.text):
        assert f'nonce="{nonce}"' in tag
    # The policy would throw these away in silence, and with them what they were for.
    assert not re.search(r"<[^>]+\s(style|on\w+)=", answer.text)
    assert "<style" not in answer.text


def test_the_number_is_drawn_anew_for_each_answer(shared_office: Office) -> None:
    visitor = shared_office.as_("clerk")
    policies = {visitor.get("/me").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5


def test_a_form_without_its_check_number_is_a_page_and_not_a_fault(shared_office: Office) -> None:
    for visitor in (shared_office.browse(), shared_office.as_("cashier")):
        answer = visitor.client.post("/payments/take", data={"account": "0100000003"})
        assert answer.status_code == 400
        assert "表单" in answer.text or "form" in answer.text
        assert "'nonce-" in answer.headers["Content-Security-Policy"]


def test_the_check_number_of_one_login_is_worth_nothing_in_another(shared_office: Office) -> None:
    stolen = shared_office.as_("clerk").token()
    victim = shared_office.as_("administrator")
    answer = victim.client.post("/people/clerk/active", data={"csrf_token": stolen, "active": "no"})
    assert answer.status_code == 400


def test_every_answer_carries_the_headers(shared_office: Office) -> None:
    for path in ("/login", "/health", "/static/app.css", "/no/such/page"):
        headers = shared_office.browse().get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_in_a_shared_machines_cache(shared_office: Office) -> None:
    assert shared_office.as_("clerk").get("/customers").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cookies_are_for_our_pages_only(furnished: Office, scheme: str) -> None:
    settings = Settings(secret_key=SECRET, base_url=f"{scheme}://wattledger.example")
    app = create_app(settings, furnished.sessions)
    cookie = app.test_client().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) == (scheme == "https")
    assert cookie.startswith("__Host-") == (scheme == "https")
    has_hsts = "Strict-Transport-Security" in app.test_client().get("/login").headers
    assert has_hsts == (scheme == "https")


def test_a_file_that_is_too_large_is_refused_in_words(shared_office: Office) -> None:
    visitor = shared_office.as_("clerk")
    answer = visitor.client.post(
        "/readings", data={"csrf_token": visitor.token(), "file": "x" * (shield.UPLOAD_MAX + 2**20)}
    )
    assert answer.status_code == 413
    assert "20 MiB" in answer.text


def test_the_key_that_signs_cookies_is_drawn_once_and_kept_to_ourselves(
    furnished: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("files")
    settings = Settings(files=folder)
    first, second = (create_app(settings, furnished.sessions) for _ in range(2))
    assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"]
    assert len(str(first.config["SECRET_KEY"])) >= 48
    assert (folder / "secret-key").stat().st_mode & 0o077 == 0
