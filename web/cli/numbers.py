"""Numbers of accounts as people type them: blanks around, wide digits, leading zeros or not."""

from typing import Any

import click

from billing import store
from web.cli.desk import Desk


class AccountNumber(click.ParamType[str]):
    """The number of an account; one that nobody has stays as it was typed."""

    name = "account"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the number as the books have it."""
        text = store.typed(str(value))
        desk = None if ctx is None else ctx.find_object(Desk)
        if desk is None:
            return text
        with desk.looking() as session:
            return store.meant(session, text)


ACCOUNT = AccountNumber()
