"""Serve the pages, and walk the timetable."""

import click

from config import database
from config.settings import Settings
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, pass_desk
from web.cli.problems import NotDoneError


class BusyPortError(NotDoneError):
    """Somebody else listens on the port."""


@click.command(cls=Command, example="wattledger serve --host 0.0.0.0 --port 8080")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
@pass_desk
def serve(desk: Desk, host: str, port: int, threads: int) -> None:
    """
    Serve the pages until Ctrl+C.

    Beyond this machine put a proxy with TLS before it. The timetable is walked by another
    process: `wattledger worker`.
    """
    _ = desk.sessions  # A database that isn't there or isn't up to date is told first.
    serve_pages(desk, desk.settings, host=host, port=port, threads=threads)


def serve_pages(
    desk: Desk, settings: Settings, *, host: str = "127.0.0.1", port: int = 8000, threads: int = 8
) -> None:
    """
    Serve the pages of a house until Ctrl+C.

    :raises BusyPortError: if somebody else listens on the port.
    """
    import waitress

    from web import create_app

    maker = database.sessions(settings.database)
    app = create_app(settings, maker)
    try:
        server = waitress.create_server(app, host=host, port=port, threads=threads, ident=None)
    except OSError as problem:
        database.engine_of(maker).dispose()
        raise BusyPortError(
            f"port {port} of {host} cannot be listened on ({problem.strerror or problem}); "
            "name another with --port"
        ) from problem
    report.say(desk, f"\nhttp://{host}:{server.effective_port}  (Ctrl+C ends it)")
    try:
        server.run()
    finally:
        server.close()
        database.engine_of(maker).dispose()


@click.command(cls=Command, example="wattledger worker --once")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@pass_desk
def worker(desk: Desk, once: bool) -> None:
    """
    Walk the timetable: do what is due each day, and what people ask for on the pages.

    Of several workers only one walks; the others stand by.
    """
    from web import jobs
    from web.work import JOBS

    if once:
        walker = jobs.Worker(desk.sessions, desk.settings, JOBS)
        report.say(desk, f"{walker.tick() + walker.answer()} done")
    else:
        jobs.work(desk.sessions, desk.settings, JOBS)
