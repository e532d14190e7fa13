"""A tariff is tried on what was billed, before anybody puts it in force."""

import re

from config import dated
from tests.web.conftest import Office
from tests.web.test_language import english_in


def digest_of(office: Office, subject: str) -> str:
    """Return the digest of a file that is in force."""
    with office.sessions() as session:
        return next(
            one.file.digest for one in dated.activations(session) if one.file.subject == subject
        )


def test_by_the_tariff_in_force_nobody_pays_more_or_less(
    shared_office: Office,
) -> None:
    clerk = shared_office.as_("clerk")
    digest = digest_of(shared_office, "tariffs/residential_beijing")
    rule = clerk.get(f"/rules/{digest}").text
    assert f"/rules/{digest}/trial" in rule

    page = clerk.get(f"/rules/{digest}/trial")

    assert page.status_code == 200
    # Nobody pays more or less by the tariff that they were billed by.
    row = re.search(r"<tr><td>全部</td>(.*?)</tr>", page.text)
    assert row is not None
    bills, more, less, same, *_ = re.findall(r'<td class="num">(.*?)</td>', row[1])
    assert (more, less) == ("0", "0")
    assert int(bills) == int(same) > 0
    assert not list(english_in(page.text))


def test_what_is_no_tariff_cannot_be_tried(
    shared_office: Office,
) -> None:
    clerk = shared_office.as_("clerk")
    market = digest_of(shared_office, "markets/cn")
    assert clerk.get(f"/rules/{market}/trial").status_code == 404
    assert clerk.get(f"/rules/{'0' * 64}/trial").status_code == 404
