"""The report on a scorecard as one page with plots, to be read, printed and put into a file."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from arrears.credit import Scorecard
from arrears.judging import Judgement
from arrears.prediction import Judged

SIZE = 320
EDGE = 36
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body{{font:14px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:1000px;margin:2rem auto;
padding:0 1rem;color:#1c2733}}h1{{font-size:1.5rem}}h2{{font-size:1.1rem;margin-top:2rem}}
table{{border-collapse:collapse;margin:.5rem 0}}th,td{{padding:.2rem .7rem;text-align:right;
border-bottom:1px solid #d8dee6}}th:first-child,td:first-child{{text-align:left}}
.plots{{display:flex;flex-wrap:wrap;gap:1.5rem}}figure{{margin:0}}figcaption{{color:#55606e}}
text{{font-size:11px;fill:#55606e}}</style></head><body>{body}</body></html>
"""


def page(card: Scorecard, found: Judgement, facts: Mapping[str, Any]) -> str:
    """Return the page: how well the card tells who fails, by which indicators, and for whom."""
    own = "the card" if found.is_own_probability else "cross-validation"
    body = [
        f"<h1>{escape(card.title)}</h1>",
        f"<p>{found.customers} customers 客户, {found.bad} failed 违约. "
        f"AUC <b>{facts['auc']}</b> · KS <b>{facts['ks']}</b> · Brier <b>{facts['brier']}</b> · "
        f"calibration 校准误差 <b>{facts['calibration_error_mean']}</b> "
        f"(worst 最大 {facts['calibration_error_worst']}, "
        f"probability from {own})"
        + (f" · PSI <b>{facts['stability_psi']}</b>" if "stability_psi" in facts else "")
        + "</p>",
        '<div class="plots">',
        _figure("Separation 区分度 (ROC)", _curve(_roc(found.judged))),
        _figure("Calibration 校准: expected 预期 → failed 实际", _curve(_calibration(found))),
        _figure(
            "Failed by grade 各等级违约率", _bars([(o["name"], o["rate"]) for o in facts["grades"]])
        ),
        _figure("Customers by grade 各等级户数", _bars(_counts(found))),
        "</div>",
        "<h2>Grades 信用等级</h2>",
        _shares(facts["grades"]),
        "<h2>Tenths 十分位</h2>",
        _shares(facts["calibration"]),
        "<h2>The card 评分卡</h2>",
        _card(card, facts.get("information_values", {})),
        "<h2>Why scores are low 低分原因</h2>",
        _table(("indicator 指标", "customers 客户"), list(facts["reasons"].items())),
    ]
    if facts["fairness"]:
        body.append(
            "<h2>Fairness 公平性</h2><p>These attributes are never an input; the table shows how "
            "each group fared. 这些属性从不作为输入，仅列出各组结果。</p>"
        )
        for attribute, rows in facts["fairness"].items():
            body += [f"<h3>{escape(attribute)}</h3>", _shares(rows)]
    return _PAGE.format(title=escape(card.title), body="\n".join(body))


def _card(card: Scorecard, values: Mapping[str, Any]) -> str:
    rows = [
        (
            one.indicator,
            "; ".join(f"{band}: {band.points}" for band in one.bands),
            one.missing,
            values.get(one.indicator, ""),
        )
        for one in card.weighings
    ]
    return _table(("indicator 指标", "bands: points 分段得分", "missing 缺失", "IV"), rows)


def _shares(rows: Sequence[Mapping[str, Any]]) -> str:
    head = ("", "customers 客户", "failed 违约", "rate 违约率", "expected 预期")
    keys = ("name", "customers", "failed", "rate", "expected")
    return _table(head, [["" if row[key] is None else row[key] for key in keys] for row in rows])


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(one)}</th>" for one in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"


def _figure(caption: str, drawing: str) -> str:
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def _roc(judged: Sequence[Judged]) -> list[tuple[float, float]]:
    bads = sum(one.is_bad for one in judged) or 1
    goods = len(judged) - bads or 1
    points, bad, good, before = [(0.0, 0.0)], 0, 0, None
    for one in sorted(judged, key=lambda one: one.score):
        if one.score != before:
            points.append((good / goods, bad / bads))
            before = one.score
        bad, good = bad + one.is_bad, good + (not one.is_bad)
    return [*points, (1.0, 1.0)]


def _calibration(found: Judgement) -> list[tuple[float, float]]:
    return [(float(o.expected_rate or 0), float(o.rate or 0)) for o in found.calibration]


def _counts(found: Judgement) -> list[tuple[str, float]]:
    return [(one.name, one.customers) for one in found.grades]


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Draw points from 0 to 1 and the line on which both are the same."""
    room = SIZE - 2 * EDGE
    at = [(EDGE + x * room, SIZE - EDGE - y * room) for x, y in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#1f4e79"/>' for x, y in at[:40]
    )
    return (
        f'<svg width="{SIZE}" height="{SIZE}" role="img"><rect x="{EDGE}" y="{EDGE}" '
        f'width="{room}" height="{room}" fill="none" stroke="#d8dee6"/>'
        f'<line x1="{EDGE}" y1="{SIZE - EDGE}" x2="{SIZE - EDGE}" y2="{EDGE}" stroke="#b9c2cd" '
        f'stroke-dasharray="4"/><polyline points="{line}" fill="none" stroke="#1f4e79" '
        f'stroke-width="2"/>{dots if len(at) <= 40 else ""}'
        f'<text x="{EDGE}" y="{SIZE - 18}">0</text><text x="{SIZE - EDGE - 6}" y="{SIZE - 18}">1'
        f'</text><text x="{EDGE - 14}" y="{EDGE + 4}">1</text></svg>'
    )


def _bars(values: Sequence[tuple[str, float | None]]) -> str:
    """Draw columns with their values."""
    most = max((value or 0 for _, value in values), default=0) or 1
    step = (SIZE - 2 * EDGE) / max(1, len(values))
    drawn = []
    for at, (name, value) in enumerate(values):
        tall = (value or 0) / most * (SIZE - 2 * EDGE - 16)
        x, y = EDGE + at * step, SIZE - EDGE - tall
        shown = "" if value is None else f"{value:.0%}" if most <= 1 else f"{value:.0f}"
        drawn.append(
            f'<rect x="{x + 2:.1f}" y="{y:.1f}" width="{step - 4:.1f}" height="{tall:.1f}" '
            f'fill="#1f4e79"/><text x="{x + step / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle">'
            f'{shown}</text><text x="{x + step / 2:.1f}" y="{SIZE - 18}" text-anchor="middle">'
            f"{escape(name)}</text>"
        )
    return f'<svg width="{SIZE}" height="{SIZE}" role="img">{"".join(drawn)}</svg>'
