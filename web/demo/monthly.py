"""What the demo's people do once a month: readings in, mend, estimate, bill, issue."""

import csv
from datetime import date, time
from pathlib import Path

import billing.run
import billing.store
import meters.exchange
import meters.intake
from billing.bill import RunState
from billing.outcome import RunReport
from config import batch
from config.batch import Batch, KeptVerdict, Kind
from config.database import reading
from web.demo import corrected, files
from web.demo.lots import chance
from web.demo.people import PROVIDER_OFFICE
from web.demo.readings import Row, is_provided
from web.demo.staff import CLERK, SUPERVISOR
from web.demo.stage import Stage

# Every so many months the crews of one office send workbooks instead of their terminals' files,
# and one office's terminals still write the encoding of twenty years ago.
_WORKBOOK_OFFICE, _WORKBOOK_EVERY = "R", 3
_GB18030_OFFICE = "W"
# Permille of failed rows that somebody mends before the bill run; the rest is estimated.
_MENDED = 850
# Permille of months whose file of a route is sent a second time under another name.
_SENT_TWICE = 25
# Permille of held bills that the supervisor doesn't believe.
_LEFT_OUT = 60


class Month:
    """One month's readings, from the dials to the bills."""

    def __init__(self, stage: Stage, month: date) -> None:
        """Read every dial as it stands at the beginning of the month."""
        self._stage = stage
        self.month = month
        self.routes, self.exchanged = stage.readings_of(month)
        # What the clerk's list of the month says: a meter's rows by the serial as it was typed.
        self._rows: dict[str, list[Row]] = {}
        for rows in self.routes.values():
            for row in rows:
                self._rows.setdefault(row.written_serial, []).append(row)

    def take_in(self, day: date) -> None:
        """Take in the month's exchanges and every route's readings."""
        stage, now = self._stage, self._stage.now(day)
        if self.exchanged:
            path = files.write_exchanges(
                stage.file("exchanges", f"{self.month:%Y-%m}.csv"), self.exchanged
            )
            meters.exchange.take_in(stage.sessions, path, by=CLERK, today=day, now=now)
        for path in self._files(day):
            meters.intake.take_in(stage.sessions, path, by=CLERK, today=day, now=now)

    def mend(self, day: date) -> None:
        """Settle what was doubted, and mend most of what failed and take it in again."""
        stage, now = self._stage, self._stage.now(day, time(14))
        failed = [self._mended_file(one) for one in self._batches(day) if one.refused]
        again = self._settle_doubts(day)
        if again:
            path = stage.file("readings", f"{self.month:%Y-%m}/read-again.csv")
            failed.append(files.write_handheld(path, again))
        for path in filter(None, failed):
            meters.intake.take_in(stage.sessions, path, by=CLERK, today=day, now=now)

    def bill(self, day: date) -> None:
        """Estimate what nobody could read, and draw the bills up."""
        stage, now = self._stage, self._stage.now(day)
        meters.intake.estimate_missing(
            stage.sessions, route=None, day=self.month, by=CLERK, now=now
        )

        begun = run_of(stage, self.month)
        if begun is not None and begun.state is not RunState.DRAWING_UP:
            return  # The demo was stopped just after the run.
        billing.run.bill(
            stage.sessions,
            cycle=None,
            until=self.month,
            by=CLERK,
            today=day,
            now=now,
        )

    def _files(self, day: date) -> list[Path]:
        stage, sent = self._stage, []
        for route, rows in self.routes.items():
            office, name = route[0], f"{self.month:%Y-%m}/{route}"
            provided = [row for row in rows if self._is_provided(row)]
            own = [row for row in rows if not self._is_provided(row)]
            if provided:
                path = stage.file("readings", f"{name}-nem13.csv")
                sent.append(files.write_nem13(path, provided, sent_on=day))
            if office == _WORKBOOK_OFFICE and self.month.month % _WORKBOOK_EVERY == 0:
                sent.append(files.write_by_register(stage.file("readings", f"{name}.xlsx"), own))
            elif own:
                encoding = "gb18030" if office == _GB18030_OFFICE else "utf-8-sig"
                path = stage.file("readings", f"{name}.csv")
                sent.append(files.write_handheld(path, own, encoding=encoding))
            if own and chance(_SENT_TWICE, stage.world.seed, "sent twice", route, self.month):
                path = stage.file("readings", f"{name}-again.csv")
                sent.append(files.write_handheld(path, own))
        return sent

    def _is_provided(self, row: Row) -> bool:
        if not row.point_number.startswith(f"NCH{PROVIDER_OFFICE}"):
            return False
        return is_provided(self._stage.world.by_point[row.point_number])

    def _batches(self, day: date) -> list[Batch]:
        with reading(self._stage.sessions) as session:
            found = batch.batches(session, Kind.READINGS, limit=200)
            return [one for one in reversed(found) if one.received_on == day]

    def _mended_file(self, failed: Batch) -> Path | None:
        """Write the failed rows as the door gives them, and beside them the mended ones."""
        assert failed.id is not None, "a batch that was kept has an id"
        folder = self._stage.file("readings", f"{self.month:%Y-%m}")
        stem = Path(failed.file_name).stem
        path = folder / f"{stem}-failed.csv"
        with reading(self._stage.sessions) as session:
            if not meters.intake.failed_rows(session, failed.id, path):
                path.unlink(missing_ok=True)
                return None
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if self._is_mended(row)]
        if not rows:
            return None
        mended = folder / f"{stem}-mended.csv"
        with mended.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return mended

    def _is_mended(self, cells: dict[str, str]) -> bool:
        """Mend a failed row's cells in place, unless nobody finds the time."""
        known = self._rows.get(cells[files.SERIAL], [])
        seed = self._stage.world.seed
        if not known or not chance(_MENDED, seed, "mended", known[0].serial, self.month):
            return False
        cells[files.SERIAL] = known[0].serial
        for row in known:
            column = files.REGISTERS[row.register]
            if column in cells:
                cells[column] = row.truth
            elif cells.get(files.REGISTER) == column:
                cells[files.VALUE] = row.truth
        return True

    def _settle_doubts(self, day: date) -> list[Row]:
        """Accept what the dial did show; refuse the rest, and return it as it was read again."""
        stage, again = self._stage, []
        with reading(stage.sessions) as session:
            doubts = meters.intake.doubts(session)
        for doubt in doubts:
            rows = self._rows_of(doubt)
            wrong = rows if any(row.is_wrong for row in rows) else []
            if doubt.verdict.code == "backwards" and not wrong:
                corrected.set_right(stage, rows, day)
            meters.intake.settle(
                stage.sessions,
                doubt.id,
                accept=not wrong,
                by=CLERK,
                reason="read again: mistyped" if wrong else "read again: the dial shows it",
                today=day,
                now=stage.now(day, time(14)),
            )
            again += [row.mended for row in wrong]
        return again

    def _rows_of(self, doubt: KeptVerdict) -> list[Row]:
        raw = doubt.verdict.raw
        serial = raw.get(files.SERIAL, raw.get("MeterSerialNumber", ""))
        rows = self._rows.get(serial, [])
        if files.REGISTER in raw:
            return [row for row in rows if files.REGISTERS[row.register] == raw[files.REGISTER]]
        return rows


def issue(stage: Stage, month: date, day: date) -> None:
    """Have the held bills looked at by the supervisor, and issue the month's run."""
    run = run_of(stage, month)
    assert run is not None, "the bills were drawn up"
    now = stage.now(day)
    held = billing.run.held(stage.sessions, run.run_id)
    if held:
        wrong = [one.bill_id for one in held if _is_left_out(stage, one.account_id, month)]
        billing.run.settle_held(
            stage.sessions,
            run.run_id,
            accept=[one.bill_id for one in held if one.bill_id not in wrong],
            leave_out=wrong,
            by=SUPERVISOR,
            reason="compared with the meter's history",
            now=now,
        )
    billing.run.issue(stage.sessions, run.run_id, by=SUPERVISOR, today=day, now=now)
    with reading(stage.sessions) as session:
        issued = billing.store.bills(session, run_id=run.run_id)
    stage.reassess((bill.account_id for bill in issued), day)


def run_of(stage: Stage, month: date) -> RunReport | None:
    """Return the run that bills up to the first day of the month, if it was begun."""
    with reading(stage.sessions) as session:
        return next((run for run in billing.store.runs(session) if run.until == month), None)


def _is_left_out(stage: Stage, account_id: int, month: date) -> bool:
    number = stage.subscribers[account_id].account_number
    return chance(_LEFT_OUT, stage.world.seed, "held", number, month)
