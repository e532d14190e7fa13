"""A sender that is killed in the middle, for the test that starts it: `python -m … facts`."""

import json
import os
import signal
import sys
from datetime import date, datetime
from typing import NoReturn

from config.database import sessions
from notices import dispatch
from notices.sms import Answer, Message, TwilioGateway
from tests.notices.office import CALLBACK, SID, TOKEN


class DyingGateway(TwilioGateway):
    """Sends for a while, and then takes its process along without a word."""

    def __init__(self, *, lives: int, is_killed_after_post: bool, origin: str) -> None:
        super().__init__(SID, TOKEN, "+15005550006", callback=CALLBACK, origin=origin)
        self._lives, self._after_post = lives, is_killed_after_post

    def send(self, message: Message) -> Answer:
        """Send, or die before or after."""
        self._lives -= 1
        if self._lives < 0 and not self._after_post:
            _die()
        answer = super().send(message)
        if self._lives < 0:
            _die()
        return answer


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("killed")


def main() -> None:
    """Send what waits until killed."""
    facts = json.loads(sys.argv[1])
    gateway = DyingGateway(
        lives=facts["lives"], is_killed_after_post=facts["after_post"], origin=facts["origin"]
    )
    dispatch.send(
        sessions(facts["url"]),
        gateway,
        today=date.fromisoformat(facts["today"]),
        now=datetime.fromisoformat(facts["now"]),
    )


if __name__ == "__main__":
    main()
