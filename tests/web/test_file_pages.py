"""Files over the pages: tested first, taken in once, failed rows mended and sent again."""

import re
from io import BytesIO

from meters import intake
from tests.web.conftest import Office


def csv(*lines: str, name: str = "抄表.csv") -> tuple[BytesIO, str]:
    """Return a file as a browser sends it."""
    return BytesIO("\n".join(("meter,date,reading", *lines)).encode()), name


GOOD = "M0100000001,2026-05-20,2300"
STRANGE = "M0000000000,2026-05-20,5"
BACKWARDS = "M0100000002,2026-05-20,3"


def test_a_test_shows_every_verdict_and_keeps_nothing(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    tested = clerk.post("/readings", file=csv(GOOD, STRANGE), kind="readings", dry_run="yes")
    assert tested.status_code == 200
    assert "仅为测试" in tested.text
    assert "M0000000000" in tested.text
    again = clerk.post("/readings", file=csv(GOOD, STRANGE), kind="readings", dry_run="no")
    assert again.status_code == 303, "nothing was kept, so the file is new"


def test_the_same_file_twice_changes_nothing_and_says_so(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    first = clerk.post("/readings", file=csv(GOOD), kind="readings", dry_run="no")
    second = clerk.post("/readings", file=csv(GOOD), kind="readings", dry_run="no")
    assert first.headers["Location"] == second.headers["Location"]
    assert "此前已导入" in clerk.get(second.headers["Location"]).text


def test_only_the_failed_rows_come_back_to_be_mended_and_taken_in(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    sent = clerk.post("/readings", file=csv(GOOD, STRANGE), kind="readings", dry_run="no")
    batch = sent.headers["Location"]
    failed = clerk.get(f"{batch}/failed.csv")
    text = failed.data.decode("utf-8-sig")
    assert failed.headers["Content-Disposition"].startswith("attachment")
    assert text.startswith("meter,date,reading,!row")
    assert "M0000000000" in text
    assert "M0100000001" not in text
    mended = text.replace("M0000000000", "M0100000004").replace(",5,", ",1600,")
    again = clerk.post(
        "/readings",
        file=(BytesIO(mended.encode("utf-8-sig")), "修正.csv"),
        kind="readings",
        dry_run="no",
    )
    assert again.status_code == 303, again.text
    assert "全部导入" in clerk.get(again.headers["Location"]).text


def test_a_doubt_waits_for_a_person_and_is_settled_once_with_a_reason(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    clerk.post("/readings", file=csv(BACKWARDS), kind="readings", dry_run="no")
    with own_office.sessions() as session:
        waiting = intake.doubts(session)
    assert waiting, "a dial that ran backwards is doubted"
    place = f"/readings/doubts/{waiting[0].id}"
    assert f'action="{place}"' in clerk.get("/readings").text
    assert clerk.post(place, accept="no", reason="").status_code == 400
    assert clerk.post(place, accept="no", reason="看错").status_code == 303
    assert clerk.post(place, accept="no", reason="看错").status_code == 400


def test_a_file_that_cannot_be_read_is_refused_with_line_and_remedy(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    files = {
        "no.csv": b"what,is,this\n1,2,3\n",
        "bomb.xlsx": b"PK\x03\x04 not really a workbook",
        "empty.csv": b"",
        "picture.csv": b"\x89PNG\r\n\x1a\n",
    }
    for name, data in files.items():
        refused = clerk.post("/readings", file=(BytesIO(data), name), kind="readings", dry_run="no")
        assert refused.status_code == 400, name
        assert name in refused.text, name


def test_a_form_without_a_file_says_that_one_is_wanted(own_office: Office) -> None:
    refused = own_office.as_("clerk").post("/readings", kind="readings", dry_run="no")
    assert refused.status_code == 400
    assert "请先选择文件" in refused.text


def test_the_name_of_a_file_never_leads_out_of_its_folder(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    for name in ("../../etc/passwd.csv", "..\\..\\boot.csv", "/abs.csv", ".csv", "a\x00b.csv"):
        sent = clerk.post("/readings", file=csv(GOOD, name=name), kind="readings", dry_run="yes")
        assert sent.status_code in (200, 400), name
        assert not re.search(r"etc/passwd|\.\.", sent.text.partition("<main")[2])


def test_a_zero_byte_in_a_file_is_refused_in_its_row_or_as_a_whole(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    for line in ("M01\x0000000001,2026-05-20,2300", "M0100000001,2026-05-20,23\x0000"):
        sent = clerk.post("/readings", file=csv(GOOD, line), kind="readings", dry_run="no")
        assert sent.status_code in (303, 400), sent.text[:400]
