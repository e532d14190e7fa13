"""An SMS provider on this machine: it speaks Twilio's language and sends nothing anywhere."""

import contextlib

import click

from web import clock
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, pass_desk


@click.command("sms-simulator", cls=Command, example="wattledger sms-simulator --port 8010")
@click.option("--port", default=8010, show_default=True, type=click.IntRange(0, 65535))
@pass_desk
def simulator(desk: Desk, port: int) -> None:
    """
    Play an SMS provider on this machine until Ctrl+C, to try things.

    It takes messages as Twilio does, reports what became of them, and shows them on its page. Set
    WATTLEDGER_TWILIO_ORIGIN to its address, and the account and token to those it names.
    """
    from notices.simulator import Simulator

    account = desk.settings.twilio_account_sid or "AC" + 32 * "0"
    token = desk.settings.twilio_auth_token or "simulator"
    playing = Simulator(account, token, clock=clock.now, port=port)
    report.say(desk, f"WATTLEDGER_TWILIO_ORIGIN={playing.origin}")
    report.say(desk, f"WATTLEDGER_TWILIO_ACCOUNT_SID={account}")
    report.say(desk, f"WATTLEDGER_TWILIO_AUTH_TOKEN={token}")
    report.say(desk, f"{playing.origin} shows the messages  (Ctrl+C ends it)")
    with contextlib.suppress(KeyboardInterrupt):
        playing.serve_forever()
