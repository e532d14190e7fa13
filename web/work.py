"""What the timetable's jobs do: each calls the rooms' doors and says what came of it."""

from collections.abc import Mapping

from web.timetable import Job

JOBS: Mapping[str, Job] = {}
