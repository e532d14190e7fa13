"""Commands whose help ends with an example, and groups of them."""

from typing import Any

import click


class Command(click.Command):
    """A command with an example in its help; a test runs every example as far as its options."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example below the options."""
        if self.example:
            with formatter.section("Example"):
                formatter.write_text(self.example)
        super().format_epilog(ctx, formatter)


class Words(click.Group):
    """A group of such commands, in the order in which they are used."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands as they were written down: in the order of the work."""
        return list(self.commands)
