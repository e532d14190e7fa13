"""The first page."""

from flask import Blueprint, render_template

from web.login import needs

pages = Blueprint("home", __name__)


@pages.get("/")
@needs()
def show() -> str:
    """Show the chain."""
    return render_template("home.html")
