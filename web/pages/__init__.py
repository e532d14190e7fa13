"""The pages, a module for each place of the bar. Each view calls one door and shows the answer."""

from importlib import import_module

from flask import Blueprint

MODULES = (
    "home",
    "search",
    "customers",
    "accounts",
    "tenancy",
    "readings",
    "runs",
    "bills",
    "payments",
    "till",
    "money_acts",
    "ledger",
    "arrears",
    "ageing",
    "cases",
    "backtest",
    "credit",
    "credit_figures",
    "credit_sharing",
    "credit_watch",
    "approvals",
    "notices",
    "field",
    "batches",
    "rules",
    "jobs",
    "people",
    "audit",
    "me",
    "outside",
)


def all_pages() -> list[Blueprint]:
    """Return the blueprint of every place."""
    return [import_module(f"web.pages.{name}").pages for name in MODULES]
