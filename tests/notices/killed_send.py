"""A sender that is killed in the middle, for the test that starts it."""

import os
import signal
from datetime import datetime
from typing import NoReturn

from config.database import sessions
from notices import dispatch
from notices.sms import Answer, Message, TwilioGateway
from tests.notices.office import CALLBACK, DAY, DUE, SID, TOKEN

REMINDED = DUE + 3 * DAY


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


def send(url: str, origin: str, now: datetime, *, lives: int, after_post: bool) -> None:
    """Send what waits until killed."""
    gateway = DyingGateway(lives=lives, is_killed_after_post=after_post, origin=origin)
    dispatch.send(sessions(url), gateway, today=REMINDED, now=now)
