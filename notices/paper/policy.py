"""A dunning policy on paper: what we do, when, for whoever must keep to it."""

from arrears.readable import Readable, Rule
from billing.customer import Language
from notices.paper.heads import draw_letterhead, draw_title
from notices.paper.labels import label
from notices.paper.sheet import BLUE, BODY, GREY, LEFT, ROOM, RULE, SMALL, Sheet, Style
from notices.supplier import Supplier
from notices.wording import Span

_HEAD = Style(11, 17, BLUE, is_strong=True)


def draw_policy(sheet: Sheet, policy: Readable, supplier: Supplier, language: Language) -> None:
    """Draw a policy from the top of an empty page on."""
    draw_letterhead(sheet, supplier, language)
    draw_title(sheet, label("what_we_do", language), policy.title)
    sheet.write((Span(policy.name),), SMALL, room=ROOM)
    for line in policy.general:
        sheet.need(BODY.leading * 2)
        sheet.write((Span(line),), BODY, room=ROOM)
    for section in policy.sections:
        sheet.y -= 8
        sheet.need(90)
        head = " · ".join(part for part in (section.segment, section.track) if part)
        sheet.write((Span(head, is_strong=True),), _HEAD, room=ROOM)
        for rule in section.rules:
            _draw_rule(sheet, rule, language)


def _draw_rule(sheet: Sheet, rule: Rule, language: Language) -> None:
    sheet.need(48)
    sheet.rule(LEFT, sheet.y, LEFT + ROOM, color=RULE, line=1 / 4)
    sheet.y -= 2
    head = (Span(f"{rule.when}: "), Span(rule.what, is_strong=True), Span(f" · {rule.approval}"))
    sheet.write(head, BODY, room=ROOM)
    joined = ("；" if language == "zh" else "; ").join(rule.conditions)
    sheet.write((Span(f"{joined} ({rule.level})"),), Style(8, 12, GREY), room=ROOM)
