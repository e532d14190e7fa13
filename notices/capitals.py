"""An amount of yuan in Chinese capitals (大写金额), the form that can't be altered by a stroke."""

from billing.money import Money

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("", "万", "亿", "万亿")
_YUAN_MAX = 10**16


class AmountTooLargeError(Exception):
    """An amount has more digits than the capitals have names for."""


def capitals(amount: Money) -> str:
    """
    Return an amount of fen in capitals, with 整 after yuan or jiao and 负 before a credit.

    Follows the rules for filling in bills and settlement vouchers (正确填写票据和结算凭证的基本
    规定): one 零 for any row of zeros inside the number; after 元 a 零 is written where the digit
    before it or the jiao is zero; none where only the digit before 万 is. Where the rules leave a
    choice the form with 元零 is taken.

    :raises AmountTooLargeError: from 10^16 yuan on.
    """
    if amount < 0:
        return "负" + capitals(-amount)
    yuan, fen = divmod(amount, 100)
    if yuan >= _YUAN_MAX:
        raise AmountTooLargeError(f"{amount} fen has no name in capitals; at most 10^16 yuan has")
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not fen:
        return (whole or "零元") + "整"
    jiao, rest = divmod(fen, 10)
    gap = "零" if yuan and (yuan % 10 == 0 or not jiao) else ""
    part = f"{_DIGITS[jiao]}角" if jiao else ""
    return whole + gap + part + (f"{_DIGITS[rest]}分" if rest else "整")


def _whole(yuan: int) -> str:
    text = ""
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = yuan // 10_000**power % 10_000
        if not group:
            continue
        # A row of zeros is read once: the group has fewer than four digits, or one was skipped.
        if text and (group < 1000 or _skipped(yuan, power)):
            text += "零"
        text += _group(group) + _group_name(yuan, power)
    return text


def _skipped(yuan: int, power: int) -> bool:
    """Whether the whole group above this one is zero though something stands before it."""
    above: int = yuan // 10_000 ** (power + 1) % 10_000
    return above == 0


def _group_name(yuan: int, power: int) -> str:
    """万亿 is only said in full when the 亿 group itself is empty: 壹万亿, but 壹万零贰亿."""
    if power == len(_GROUPS) - 1 and yuan // 10**8 % 10_000:
        return "万"
    return _GROUPS[power]


def _group(group: int) -> str:
    text, gap = "", False
    for place, name in enumerate(_PLACES):
        digit = group // 10 ** (3 - place) % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[digit] + name
        gap = False
    return text
