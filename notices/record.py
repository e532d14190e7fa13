"""What is kept of a notice: who was told what, by which way, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from billing.money import Money
from notices.notice import Channel, Notice, NoticeKind
from notices.outbox import State
from notices.proof import Method
from notices.supplier import Supplier
from notices.wording import Words


@dataclass(frozen=True, slots=True)
class StepRef:
    """A step that a notice carries out, and the account's postings it was written on."""

    step_id: int
    account_id: int
    posted_no: int
    attempt: int


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be kept and queued. `mobile` is none for paper."""

    notice: Notice
    level: str
    channel: Channel
    customer_id: int
    words: Words
    wording_digest: str
    letterhead_id: int
    steps: tuple[StepRef, ...]
    mobile: str | None = None
    segments: int = 0
    follows_id: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as a list shows it: its words, and where it is on its way."""

    id: int
    number: str
    kind: NoticeKind
    level: str
    channel: Channel
    customer_id: int
    language: str
    issued_on: date
    principal: Money
    late_charge: Money
    title: str
    text: str
    state: State
    mobile: str | None
    segments: int
    provider_id: str | None
    reason: str
    batch: str | None
    printed_on: date | None
    served_on: date | None
    method: Method | None


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A notice with all that its paper shows, so that it can be drawn again."""

    id: int
    notice: Notice
    words: Words
    supplier: Supplier


@dataclass(frozen=True, slots=True)
class Queued:
    """A notice that waits in the outbox."""

    outbox_id: int
    notice_id: int
    state: State
    mobile: str | None
    claimed_at: datetime | None
    claimed_on: date | None
    provider_id: str | None


@dataclass(frozen=True, slots=True)
class MessageText:
    """What a message says, the wording it was written by, and the facts that went into it."""

    template: str
    text: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a notice on its way."""

    at: datetime
    state: State
    said: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a letter is carried to: the office and the route, and its place on the walk."""

    office: str
    route: str
    order: int


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """A print batch as it is kept."""

    id: int
    number: str
    office_id: int | None
    language: str
    printed_on: date
    printed_by: str
    letters: int
    pages: int
    file_name: str
    digest: str
    letterhead_id: int
    reprints: int
