"""A column that is one of many: the same answer for ids and texts, and one statement for all."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased, sessionmaker

from config.among import among, with_ids
from config.database import rows_of
from config.people import OfficeRow

NAMES = ("城北供电所", 'O\'Brien "East"', "50 % \\ ?", "a,b]", "")


def open_offices(sessions: sessionmaker[Session]) -> dict[str, int]:
    with sessions.begin() as session:
        rows = [OfficeRow(code=f"O{at}", name_zh=name, name_en="") for at, name in enumerate(NAMES)]
        session.add_all(rows)
        session.flush()
        return {row.name_zh: row.id for row in rows}


def test_texts_of_any_signs_are_found_and_no_others(sessions: sessionmaker[Session]) -> None:
    open_offices(sessions)
    with sessions() as session:
        for wanted in ([], NAMES[:1], NAMES[1:4], [*NAMES, "nobody", "城北"]):
            found = session.scalars(
                select(OfficeRow.name_zh).where(among(OfficeRow.name_zh, wanted))
            )
            assert set(found) == set(wanted) & set(NAMES)


def test_ids_are_found_by_one_statement_however_many(sessions: sessionmaker[Session]) -> None:
    ids = open_offices(sessions)
    query = select(OfficeRow.id).where(with_ids(OfficeRow.id))
    with sessions() as session:
        for some in ([], list(ids.values())[:2], range(40_000)):
            found = {row.id for row in rows_of(session, query, some)}
            assert found == set(some) & set(ids.values())
        one, other = (select(OfficeRow).where(among(OfficeRow.id, some)) for some in ([1], [2, 3]))
        assert str(one) == str(other)
        assert set(session.scalars(one)) != set(session.scalars(other))


def test_two_lists_stand_in_one_statement_and_in_a_change(sessions: sessionmaker[Session]) -> None:
    ids = open_offices(sessions)
    other = aliased(OfficeRow)
    with sessions.begin() as session:
        both = among(OfficeRow.id, list(ids.values())[:3]) & among(OfficeRow.name_zh, NAMES[2:])
        assert session.scalars(select(OfficeRow.name_zh).where(both)).all() == [NAMES[2]]
        of_other = select(other.code).where(among(other.name_zh, NAMES[:1]))
        assert session.scalars(of_other).all() == ["O0"]
        session.execute(
            update(OfficeRow).where(among(OfficeRow.id, [ids[NAMES[4]]])).values(name_zh="new")
        )
    with sessions() as session:
        assert set(session.scalars(select(OfficeRow.name_zh))) == {*NAMES[:4], "new"}
