"""What a market's law says of capacity that rests (暂停)."""

from dataclasses import dataclass

from config.table import TableReader


@dataclass(frozen=True, slots=True)
class Suspension:
    """
    For how many months of a calendar year a customer's capacity may rest, and by which law.

    It is asked for so many business days before it begins; capacity that is paid for by its demand
    rests for whole calendar months, where the law says so.
    """

    months_a_year_max: int
    article: str
    notice_business_days_min: int = 0
    is_by_months_of_demand: bool = False


def suspension(market: TableReader) -> Suspension | None:
    """Read for how long a market's capacity may rest; none if its file doesn't say."""
    if "suspension" not in market:
        return None
    reader = market.table("suspension")
    rule = Suspension(
        reader.whole("months_a_year_max", least=1),
        reader.text("article"),
        reader.whole("notice_business_days_min", 0),
        reader.flag("whole_months_of_demand", False),
    )
    reader.finish()
    return rule
