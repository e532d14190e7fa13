"""What we do, when: a dunning policy in plain sentences, in English and in Chinese."""

from collections.abc import Iterator
from dataclasses import dataclass

from arrears.credit import Tier
from arrears.policy import Days, Level, OrderApproval, Policy
from arrears.standing import NO_HOLD, HoldReason
from arrears.step import StepKind, Track, track_of
from billing.money import show
from billing.supply import SupplyClass
from config.law import DayCount
from config.market import Market

Both = tuple[str, str]
"""A text in English and in Chinese."""

STEPS: dict[StepKind, Both] = {
    StepKind.COURTESY_REMINDER: ("text message before the due date", "到期提醒短信"),
    StepKind.SMS_REMINDER: ("text message", "催费短信"),
    StepKind.LETTER: ("letter", "催费函"),
    StepKind.VISIT: ("visit", "上门催费"),
    StepKind.DEPOSIT_DEMAND: ("deposit asked for", "要求交纳保证金"),
    StepKind.GUARANTEE_DEMAND: ("guarantee asked for", "要求提供担保"),
    StepKind.PREPAID_CONVERSION: ("conversion to prepayment", "预付费改装"),
    StepKind.DISCONNECTION_NOTICE: ("disconnection notice", "停电通知书"),
    StepKind.SECOND_NOTICE: ("second notice in person", "停电前当面再次通知"),
    StepKind.DISCONNECTION: ("disconnection", "停电"),
    StepKind.RECONNECTION: ("reconnection", "复电"),
    StepKind.LEGAL: ("hand-over to a lawyer", "移交法律途径"),
    StepKind.WRITE_OFF: ("proposal to write off", "提出坏账核销"),
}
_TRACKS: dict[Track, Both] = {
    Track.COLLECTION: ("Collection, step after step", "催收（逐级进行）"),
    Track.SECURITY: ("Security, beside it", "担保（并行）"),
    Track.RECOVERY: ("What is left", "后续追偿"),
}
_TIERS: dict[Tier, Both] = {
    Tier.LOW: ("low risk", "低风险"),
    Tier.MIDDLE: ("middle risk", "中风险"),
    Tier.HIGH: ("high risk", "高风险"),
}
_CLASSES: dict[SupplyClass, Both] = {
    SupplyClass.RESIDENTIAL: ("residential", "居民"),
    SupplyClass.COMMERCIAL: ("commercial", "商业"),
    SupplyClass.INDUSTRIAL: ("industrial", "工业"),
    SupplyClass.AGRICULTURAL: ("agricultural", "农业"),
}
_SEGMENTS: dict[str, Both] = {
    "protected": ("protected", "受保护用户"),
    "large_user": ("large users", "大用户"),
    "small_business": ("small business", "小型工商业"),
    "residential": ("residential", "居民"),
}


_HOLDS: dict[HoldReason, Both] = {
    HoldReason.DISPUTE: ("dispute", "争议"),
    HoldReason.PROMISE: ("promise to pay", "承诺缴费"),
    HoldReason.HARDSHIP: ("hardship", "经济困难"),
    HoldReason.PLAN: ("payment plan", "分期付款"),
    HoldReason.AUTHORITY: ("order of an authority", "主管部门要求"),
    HoldReason.OTHER: ("another reason", "其他原因"),
}
_CURRENCIES = {"CNY": "元"}
_COUNTS: dict[DayCount, Both] = {
    DayCount.CALENDAR: ("calendar", "自然"),
    DayCount.CLEAR: ("clear", "整"),
    DayCount.BUSINESS: ("business", "工作"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A level in plain words: when, what, who is asked, and what else must hold."""

    level: str
    when: str
    what: str
    approval: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The rules of one track for one segment, the earliest first."""

    segment: str
    track: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Readable:
    """A policy for people: its name, what holds for all of it, and its sections."""

    title: str
    name: str
    general: tuple[str, ...]
    sections: tuple[Section, ...]


def readable(policy: Policy, market: Market, language: str) -> Readable:
    """Return a policy in plain words; `language` is zh, or else English is spoken."""
    at = 1 if language == "zh" else 0
    segments = [one.name for one in policy.segments] or [""]
    sections = []
    for segment in segments:
        for track in Track:
            levels = [
                level
                for level in policy.levels
                if track_of(level.step) is track
                and (not level.segments or segment in level.segments)
                and not (segment == "protected" and level.protected is False)
            ]
            ordered = sorted(levels, key=_earliest)
            rules = tuple(_rule(level, at, market.currency) for level in ordered)
            if rules:
                named = _SEGMENTS.get(segment, (segment.replace("_", " "), segment))[at]
                sections.append(Section(named, _TRACKS[track][at], rules))
    titles = policy.title.split(" · ")
    title = titles[-1] if at and len(titles) > 1 else titles[0]
    return Readable(title, policy.name, tuple(_general(policy, market, at)), tuple(sections))


def _earliest(level: Level) -> tuple[int, int]:
    if level.before_due_days is not None:
        return -level.before_due_days, 0
    return level.overdue_days_min, list(StepKind).index(level.step)


def _rule(level: Level, at: int, currency: str) -> Rule:
    return Rule(
        level=level.name,
        when=_when(level)[at],
        what=STEPS[level.step][at],
        approval=_approval(level)[at],
        conditions=tuple(both[at] for both in _conditions(level, currency)),
    )


def _when(level: Level) -> Both:
    if level.before_due_days is not None:
        days = level.before_due_days
        return f"{days} days before the due date", f"到期日前 {days} 天"
    days = level.overdue_days_min
    if level.days is Days.BUSINESS:
        return f"from business day {days} after the due date", f"逾期第 {days} 个工作日起"
    return f"from day {days} after the due date", f"逾期第 {days} 天起"


def _approval(level: Level) -> Both:
    if not level.needs_approval:
        return "at once", "自动执行"
    if level.approvals == 1:
        return "one person approves", "须 1 人审批"
    return f"{level.approvals} people approve", f"须 {level.approvals} 人审批"


def _conditions(level: Level, currency: str) -> Iterator[Both]:
    yield from _of_the_debt(level, currency)
    yield from _of_the_customer(level)
    yield from _of_what_was_done(level)


def _of_the_debt(level: Level, currency: str) -> Iterator[Both]:
    if level.overdue_min:
        amount = show(level.overdue_min)
        yield (
            f"at least {amount} {currency} is owed",
            f"金额不少于 {amount} {_CURRENCIES.get(currency, currency)}",
        )
    if level.bills_min > 1:
        yield f"at least {level.bills_min} bills overdue", f"至少 {level.bills_min} 张账单逾期"
    if level.average_bills_min:
        share = level.average_bills_min
        yield f"at least {share} average bills overdue", f"逾期不少于 {share} 个月均电费"
    if level.open_percent_min:
        still = level.open_percent_min
        yield f"at least {still} percent of the bills still open", f"账单未缴部分不少于 {still}%"
    if level.overdue_days_max:
        most = level.overdue_days_max
        yield f"not after day {most}", f"逾期不超过 {most} 天"


def _of_the_customer(level: Level) -> Iterator[Both]:
    if len(level.tiers) < len(Tier):
        named = [_TIERS[one] for one in Tier if one in level.tiers]
        yield _listed(named, ("only ", "仅限"))
    if len(level.classes) < len(SupplyClass):
        named = [_CLASSES[one] for one in SupplyClass if one in level.classes]
        yield _listed(named, ("only ", "仅限"))
    if level.protected is False:
        yield "nobody who is protected", "受保护用户除外"
    if level.protected is True:
        yield "only who is protected", "仅限受保护用户"
    reasons = [_HOLDS[one] for one in HoldReason if one in level.holds]
    if reasons and NO_HOLD in level.holds:
        yield _listed(reasons, ("also while on hold for ", "暂缓期间照常执行，暂缓原因："))
    elif reasons:
        yield _listed(reasons, ("only while on hold for ", "仅限暂缓期间，暂缓原因："))


def _of_what_was_done(level: Level) -> Iterator[Both]:
    if level.after:
        yield _listed([STEPS[kind] for kind in level.after], ("after ", "此前已执行："))
    if level.dunnings_min:
        least = level.dunnings_min
        yield f"urged at least {least} times before", f"此前至少催费 {least} 次"
    if level.served_days_min is not None:
        days = level.served_days_min
        yield f"a notice was served {days} days ago or more", f"停电通知书送达满 {days} 天"
    if level.min_dwell_days > 1:
        days = level.min_dwell_days
        yield f"{days} days after the step before", f"距上一措施满 {days} 天"
    if level.repeat_every_days is not None:
        days = level.repeat_every_days
        yield f"again after {days} days", f"每 {days} 天可再次执行"
    elif level.before_due_days is not None:
        yield "once for a due date", "每个到期日一次"
    else:
        yield "once for a debt", "每笔欠费一次"


def _general(policy: Policy, market: Market, at: int) -> Iterator[str]:
    yield from (both[at] for both in _times(policy, market, at))
    if policy.order_approval is OrderApproval.REUSE:
        yield (
            "Who approved a notice has approved the cut it announces.",
            "批准停电通知书即批准其所告知的停电。",
        )[at]
    for source in policy.sources:
        hours = source.hours
        yield (
            f"Nothing is sent or cut while payments of {source.name} are {hours} hours late.",
            f"{source.name} 的缴费数据超过 {hours} 小时未到时，不发通知、不停电。",
        )[at]


def _times(policy: Policy, market: Market, at: int) -> list[Both]:
    days = {one: policy.notice_days_for(one) for one in SupplyClass}
    spoken = "，" if at else ", "
    told = spoken.join(f"{_CLASSES[one][at]} {n}" for one, n in days.items())
    how = _COUNTS[market.disconnection.count][at]
    hours = market.reconnection_hours
    share, pay_days = policy.deposit.average_bills, policy.deposit.days_to_pay
    return [
        (
            f"Between the service of a notice and the cut lie so many {how} days: {told}.",
            f"停电通知书送达至停电的间隔（{how}日）：{told}。",
        ),
        (
            f"Supply is given back within {hours} hours once the debt is paid.",
            f"缴清后 {hours} 小时内复电。",
        ),
        (
            f"A deposit is {share} average bills less what is held, due in {pay_days} days.",
            f"保证金为 {share} 个月均电费减去已有担保，{pay_days} 天内交纳。",
        ),
        (
            f"What somebody refused isn't proposed again for {policy.refused_rest_days} days.",
            f"被否决的措施 {policy.refused_rest_days} 天内不再提出。",
        ),
    ]


def _listed(named: list[Both], before: Both) -> Both:
    return (
        before[0] + ", ".join(one[0] for one in named),
        before[1] + "、".join(one[1] for one in named),
    )
