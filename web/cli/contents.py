"""The table of contents: every word of the command line, in the order of a bill's walk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the command line: what it is for, and the module and name of its command."""

    name: str
    help: str
    module: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """Words that belong together."""

    title: str
    words: tuple[Word, ...]


CHAPTERS = (
    Chapter(
        "Begin",
        (
            Word(
                "demo", "Build a supplier, walk it through months, show its pages.", "demo", "demo"
            ),
            Word("serve", "Serve the pages.", "serve", "serve"),
            Word("worker", "Walk the timetable: do what is due each day.", "serve", "worker"),
            Word("db", "The database: bring it up to date, copy it.", "db", "db"),
            Word("people", "Who works here, and what each may do.", "people", "people"),
            Word("config", "Tariffs, policies and law: what is in force.", "config", "config"),
        ),
    ),
    Chapter(
        "Meters and customers",
        (
            Word(
                "readings",
                "Meter readings: take in, settle doubts, route sheets.",
                "readings",
                "readings",
            ),
            Word(
                "customers",
                "Customers, accounts and supplies: take in, find.",
                "customers",
                "customers",
            ),
        ),
    ),
    Chapter(
        "Bills and money",
        (
            Word("tariff", "Tariffs: check a file, price a usage.", "tariff", "tariff"),
            Word("bills", "Bills: run, look through, issue, explain, print.", "bills", "bills"),
            Word(
                "payments",
                "Payments: at the counter, from files and banks.",
                "payments",
                "payments",
            ),
            Word(
                "ledger",
                "The books: balances, journal, closing of months.",
                "ledger",
                "ledger",
            ),
        ),
    ),
    Chapter(
        "Arrears",
        (
            Word("arrears", "What is overdue, and what should follow.", "arrears", "arrears"),
            Word("risk", "Grades, scorecards, and figures of what is owed.", "risk", "risk"),
            Word("credit", "Credit files, limits, early warnings.", "credit", "credit"),
            Word("approvals", "What waits for a second person.", "approvals", "approvals"),
            Word(
                "notices", "Messages and printed notices: send, print, serve.", "notices", "notices"
            ),
            Word("vend", "Prepaid accounts and conversions to prepaid.", "vend", "vend"),
        ),
    ),
    Chapter(
        "Keep the house",
        (
            Word("jobs", "The timetable: what ran, what is due.", "jobs", "jobs"),
            Word("check", "Prove the books: every invariant, one by one.", "check", "check"),
            Word(
                "sms-simulator",
                "An SMS provider on this machine, to try things.",
                "sms",
                "simulator",
            ),
        ),
    ),
)
