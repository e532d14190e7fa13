"""What every journey asks for: a house at work on an empty database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.journeys.house import House


@pytest.fixture
def house(sessions: sessionmaker[Session], tmp_path: Path) -> Iterator[House]:
    """Return a house with its people at work and the SMS provider's stand-in listening."""
    made = House(sessions, tmp_path)
    made.employ()
    with made.simulator:
        yield made
