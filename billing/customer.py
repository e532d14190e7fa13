"""Who is supplied: a person or a company."""

from dataclasses import dataclass
from enum import StrEnum


class CustomerKind(StrEnum):
    """What a customer is before the law."""

    PERSON = "person"
    COMPANY = "company"


class Language(StrEnum):
    """The language in which a customer is written to."""

    CHINESE = "zh"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Customer:
    """A person or company. `mobile` is in international form, such as +8613800000000."""

    id: int
    number: str
    name: str
    kind: CustomerKind
    language: Language
    mobile: str | None
    email: str | None
    address: str | None
    office_id: int
    industry: str | None
