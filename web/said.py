"""
What the rooms say in whole sentences, said again in the person's language.

The rooms speak English, with figures and names in their sentences. Each sentence here is one of
theirs, with %(names)s where those stand; it is matched, translated, and filled with the same
figures. A sentence that isn't here is shown as the room said it, and marked as English.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from flask_babel import gettext

from web.language import is_chinese
from web.vocabulary import WORDS


def _(sentence: str) -> str:
    """Mark a sentence for the catalog; it is translated when it is said."""
    return sentence


SENTENCES = (
    # readings: what is wrong, and what would be right
    _("meter %(serial)s register %(code)s"),
    _("%(value)s is below zero"),
    _("%(value)s has more digits than the %(digits)s of %(register)s"),
    _("%(value)s has %(places)s decimals and %(register)s shows %(decimals)s"),
    _("%(day)s is after today, %(today)s"),
    _("%(register)s fell from %(old)s on %(day)s to %(new)s; if the dial went past zero it used %(kwh)s kWh in %(days)s days, and at most %(most)s are believable"),  # noqa: E501
    _("%(register)s went past zero, from %(old)s to %(new)s: %(kwh)s kWh"),
    _("%(register)s went from %(old)s on %(day)s to %(new)s: %(kwh)s kWh in %(days)s days, and at most %(most)s are believable"),  # noqa: E501
    _("%(kwh)s kWh a day, where at most %(usual)s are usual for %(register)s"),
    _("%(register)s used nothing in %(days)s days"),
    _("%(register)s showed %(new)s on %(after)s, which doesn't fit %(value)s on %(day)s"),
    _("the file says %(quantity)s kWh, but from %(old)s to %(new)s it is %(moved)s"),
    _("there is no meter %(serial)s"),
    _("meter %(serial)s has no register %(code)s"),
    _("row %(row)s says the same"),
    _("the reading %(value)s of %(day)s is kept already"),
    _("%(kept)s is kept for %(day)s, and the row says %(value)s"),
    _("%(day)s was estimated at %(kept)s; the row says %(value)s"),
    _("%(register)s was installed on %(first)s, after %(day)s"),
    _("%(register)s was not installed on %(day)s"),
    _("meter %(serial)s was read on %(day)s without %(missing)s"),
    _("%(register)s has no reading on %(day)s"),
    _("no meter was installed at the service point in %(period)s"),
    _("type what the dial shows"),
    _("correct the date"), _("nothing is to be done"),
    _("leave out the digits behind the point and check the meter number"),
    _("check the digits and the meter number, or have it read again"),
    _("check the digits, the multiplier and the service point's kwh_per_day_max"),
    _("compare with the dial; accept it if it is so"),
    _("find out whether the place is empty, cut off, or the meter has stopped"),
    _("check the date and the digits; a wrong reading that is kept must be corrected first"),
    _("ask the meter data provider; accept it if the readings are right"),
    _("check the number, or take the row out"),
    _("check the number, or install the meter first"),
    _("the file has two readings of %(day)s: %(both)s"),
    _("keep the one that is right"),
    _("if the kept one is wrong, correct it with a reason; else take the row out"),
    _("accept it to replace the estimate; if that was billed, the bill must be corrected"),
    _("take in what is missing; it isn't billed before"),
    _("add its supply, or close the account"),
    _("%(register)s shows %(value)s on %(day)s, and bill %(number)s was made on %(other)s"),
    _("%(register)s shows %(value)s on %(day)s, and draft %(number)s was made on %(other)s"),
    _("cancel bill %(number)s and bill again, or correct it with `bills correct`"),
    _("issue the run of draft %(number)s: it is held there; leave it out and bill again"),
    _("its readings changed since it was drawn up: %(was)s kWh then, %(now)s now"),
    _("its readings changed since it was drawn up: %(why)s"),
    _("its readings changed since it was drawn up"),
    _("it goes on from draft %(number)s, whose readings changed"),
    _("leave it out and draw it up again"),
    _("leave both out, the later one first, and draw them up again"),
    _("it has %(codes)s"),
    _("take a reading in, or let it be estimated"),
    _("install a meter with its opening reading, or end the supply"),
    _("correct the reading that is wrong, with a reason"),
    _("%(field)s: %(text)s isn't a number"),
    _("write digits such as 12500.60"),
    # intervals, and files of them
    _("the intervals of %(day)s are kept already"),
    _("%(kept)s kWh is kept for %(day)s, and the row has %(total)s, or other intervals"),
    _("if the kept ones are wrong, take the file in as a correction, with a reason"),
    _("%(n)s intervals of %(day)s were missing, and now came"),
    _("intervals of %(day)s were estimated or substituted; the row has other ones"),
    _("accept it to replace them; if they were billed, the bill must be corrected"),
    _("%(n)s intervals of %(day)s stand there twice, and not the same"),
    _("keep those that are right"),
    _("an interval of %(day)s is below zero"),
    _("%(n)s of the %(all)s intervals of %(day)s are missing"),
    _("%(kwh)s kWh on %(day)s, and at most %(most)s are believable"),
    _("check the unit and the service point's kwh_per_day_max"),
    _("%(kwh)s kWh in %(minutes)s minutes of %(day)s, and at most %(most)s are believable"),
    _("compare with the contracted power; accept it if it is so"),
    _("%(kwh)s kWh on %(day)s, where %(usual)s are usual"),
    _("compare with the meter; accept it if it is so"),
    _("say whose data it is (--meter), or give the service point this number"),
    _("there are several meters %(named)s on %(day)s"),
    _("ask for a file with the meter's number"),
    _("meter %(serial)s was installed on %(first)s, after %(day)s"),
    _("meter %(serial)s was not installed on %(day)s"),
    _("check the date and the meter number"),
    _("the file has two days %(day)s of channel %(mark)s, in rows %(rows)s"),
    _("channel %(mark)s of meter %(serial)s is known to count %(code)s by the clock %(zone)s, and the file has %(new)s by %(other)s"),  # noqa: E501
    _("send it as before, or under another mark"),
    _("%(n)s days before %(day)s are missing in channel %(mark)s"),
    _("ask for them; they aren't billed before"),
    _("%(kwh)s kWh a day is %(ratio)s times the usual %(usual)s, and %(multiplier)s is the multiplier of %(register)s"),  # noqa: E501
    _("%(kwh)s kWh a day is %(ratio)s parts of the usual %(usual)s, and %(multiplier)s is the multiplier of %(register)s"),  # noqa: E501
    _("type what the dial shows, before it is multiplied; check the transformers"),
    _("meter %(serial)s channel %(mark)s lacks intervals on %(n)s days of %(period)s, first on %(day)s"),  # noqa: E501
    _("take in the intervals that are missing"),
    _("meter %(serial)s has %(kwh)s kWh as intervals from %(since)s to %(until)s, and its register went on by %(moved)s"),  # noqa: E501
    _("find out which is right: the multiplier, a reading, or the file of intervals"),
    _("the file breaks off before its %(code)s record"),
    _("ask for it again"),
    _("ask for the file again"),
    _("a %(code)s record stands %(place)s"),
    _("%(wanted)s is wanted; ask for the file again"),
    _("%(wanted)s is wanted"),
    _("%(field)s: has %(text)s"),
    _("there is no %(code)s record"),
    _("look for the right file"),
    _("the %(code)s record has %(n)s fields"),
    _("%(n)s intervals of %(minutes)s minutes and %(more)s fields behind them are wanted; look whether the 200 record has the right IntervalLength"),  # noqa: E501
    _("the 300 record has quality V, and 400 records tell of %(n)s intervals"),
    _("the 400 record is about intervals %(start)s to %(end)s"),
    _("%(unit)s can't be taken in"),
    _("channel %(mark)s in %(unit)s is not one that is billed"),
    _("E and B count kWh, Q and K kvarh"),
    _("an interval has more than 6 decimals of a kWh"),
    _("send what the meter shows"),
    _("an interval is below zero"),
    _("an interval is empty"),
    _("it wants a value, or quality N"),
    _("the feed has no interval readings"),
    _("ask for usage, not for bills alone"),
    _("the file declares its own entities"),
    _("don't open it; ask who made it"),
    _("the XML is broken: %(problem)s"),
    _("it isn't electricity but %(unit)s"),
    _("only Wh are taken in"),
    _("send Wh or VArh"),
    _("the readings are sums that go on, not amounts of an interval"),
    _("send them as a table of register readings"),
    _("flow direction %(code)s can't be taken in"),
    _("1 is energy drawn, 19 energy fed in"),
    _("an interval has %(n)s days"),
    _("send intervals of a day or less"),
    _("intervals of %(n)s seconds can't be taken in"),
    _("5, 15, 30 or 60 minutes, or a day"),
    _("a day has intervals of %(n)s and of %(m)s seconds"),
    _("send the whole day in one length"),
    _("an interval begins at %(at)s, between two others"),
    _("begin each where the last one ends"),
    _("the file is XML or a web page and no table: %(problem)s"),
    _("the file is XML or a web page and no table"),
    _("send the readings as .csv or .xlsx"),
    _("the file is about %(n)s meters"),
    _("leave out which meter it is about"),
    _("%(day)s comes twice or never, on the day that clocks change"),
    _("write how far from UTC it is, such as 02:00+02:00"),
    _("the interval is below zero"),
    # intervals, and files of them

    # intervals, and files of them

    # money
    _("money left the account"),
    _("money was taken back (%(code)s)"),
    _("if it takes back a payment, reverse that one"),
    _("it names no account and no bill"),
    _("the money is in suspense: find out whose it is and assign it"),
    # bills
    _("activate a tariff file for the first day"),
    _("mend the tariff file and activate it"),
    _("correct what was wrong; the next run bills it"),
    _("account %(number)s has no supply at any service point"),
    _("register %(code)s counted energy for which there is no price"),
    _("tariffs/%(file)s: %(problem)s"),
    _("the meter has no register %(code)s, and energy was used"),
    _("limits go by demand, and the meter has no demand reading"),
    _("limits go by capacity, and the supply has no capacity in kVA"),
    _("demand is charged, and the meter has no demand reading"),
    _("demand is charged by register, and none was measured in %(codes)s"),
    _("demand goes by months before, and nobody said what they were"),
    _("demand goes by contract, and the supply has no contracted kW"),
    _("an overrun is charged, and the meter has no demand reading"),
    _("capacity is charged, and the supply has no capacity in kVA"),
    _("the power factor counts, and the meter has no reactive register"),
    _("a charge is for each kW, and the meter has no demand reading"),
    _("a charge is for each contracted kW, and the supply has no contracted kW"),
    _("a charge is for each kVA, and the supply has no capacity in kVA"),
    _("calendar %(calendar)s changes at %(time)s, inside an interval of %(minutes)s minutes; shorter ones are wanted"),  # noqa: E501
    _("the bill is below zero"),
    _("far more than usual"),
    _("nothing was used where much used to be"),
    _("a very large bill for a household"),
    _("a very large bill"),
    _("register %(code)s"),
    _("register %(code)s by calendar %(calendar)s, of intervals of %(minutes)s minutes"),
    _("every kWh"),
    _("every kWh fed in"),
    _("kWh %(lower)s to %(upper)s %(per)s, %(used)s used before"),
    _("kWh %(lower)s to %(upper)s %(per)s"),
    _("register %(code)s, kWh %(lower)s to %(upper)s %(per)s, %(used)s used before"),
    _("register %(code)s, kWh %(lower)s to %(upper)s %(per)s"),
    _("kWh %(lower)s to %(upper)s %(per)s, %(used)s used before, in proportion to %(code)s"),
    _("kWh %(lower)s to %(upper)s %(per)s, in proportion to %(code)s"),
    _("for each month"),
    _("for each day"),
    _("for each period"),
    _("%(kw)s kW for %(days)s days"),
    _("%(kva)s kVA for %(days)s days"),
    _("%(kw)s kW for %(periods)s periods"),
    _("%(kva)s kVA for %(periods)s periods"),
    _("%(free)s free kWh of %(used)s used"),
    _("%(free)s free kWh a month, settled by the year"),
    _("at least %(least)s, less %(owed)s"),
    _("tax added"),
    _("measured"),
    _("measured in %(code)s"),
    _("%(share)s of %(kw)s kW in %(month)s, %(measured)s kW measured"),
    _("%(kva)s kVA for %(months)s months"),
    _("%(kva)s kVA for %(months)s months, less %(idle)s kVA months of suspension"),
    _("contract value, %(kw)s kW measured"),
    _("measured, above %(kw)s kW of contract"),
    _("above %(kw)s kW, once more"),
    _("%(kw)s kW for %(months)s months"),
    _("%(why)s, %(kw)s kW for %(months)s months"),
    _("%(why)s, at %(share)s of %(price)s"),
    _("power factor %(factor)s of %(kwh)s kWh and %(kvarh)s kvarh, standard %(standard)s: %(percent)s %% of %(parts)s"),  # noqa: E501
    _("%(percent)s %% of %(parts)s"),
    _("of the billing period"),
    _("by months"),
    _("by days"),
    _("of the calendar year"),
    _("by kW of maximum demand"),
    _("by kVA of capacity"),
    # arrears
    _("%(overdue)s overdue, the oldest for %(days)s days"),
    _("level %(level)s from %(days)s days"),
    _("tier %(tier)s (%(grade)s)"),
    _("%(level)s of %(day)s is %(state)s"),
    _("the supply is off already"),
    _("%(kinds)s must be done first"),
    _("%(done)s of %(least)s reminders, letters, visits are done"),
    _("what is held or under way is enough"),
    _("refused on %(day)s; not again before %(until)s"),
    _("done on %(day)s for this debt"),
    _("%(days)s days after the step of %(day)s aren't over"),
    _("the policy gives %(days)s days between a notice and a cut"),
    _("nothing is overdue any more"), _("nothing is overdue"), _("a bill is overdue already"),
    _("no bill falls due"),
    _("the next bill falls due in %(days)s days"),
    _("less than %(least)s falls due"),
    _("%(debt)s falls due on %(day)s"),
    _("%(percent)s percent of the bills is open"),
    _("no notice was served %(days)s days ago"),
    _("not for segment %(segment)s"),
    _("duty %(duty)s is to be done %(days)s days before (%(article)s)"),
    _("%(used)s bills are overdue; a deposit wants %(least)s (%(article)s)"),
    _("%(debt)s is overdue; prepayment wants at least %(least)s (%(article)s)"),
    _("nobody decided on it for %(days)s days"),
    _("nothing falls due any more"),
    _("nothing is overdue; there is nothing to promise"),
    _("amount: %(amount)s is promised; up to %(debt)s is overdue"),
    _("due_on: %(day)s is past; a promise names today or a day to come"),
    _("a promise is open already; wait for its day, or for the money"),
    _("%(times)s promises were broken in this case; the policy bears %(most)s"),
    _("bill %(bill)s: the account has none of this number with anything open"),
    _("bill %(bill)s: it is in dispute already; settle that first"),
    _("bill %(bill)s: ends_on: %(day)s is past; a dispute ends today or later"),
    _("account %(account)s: has no open case"),
    _("account %(account)s: has no open case; nothing is to be transferred"),
    _("done_on: %(day)s is to come; record it when it is done"),
    _("%(login)s: nobody of this name works here; see `people list`"),
    _("%(login)s: hands over to somebody else; name another person"),
    _("no message can be sent, and before the due date nobody is written to"),
    _("it is owed again"),
    _("the policy has no such level any more"),
    _("the customer was urged %(times)s times; %(least)s are wanted (%(article)s)"),
    _("%(debt)s may lead to a cut; at least %(least)s is wanted (%(article)s)"),
    _("the oldest bill is %(days)s days overdue; at least %(least)s are wanted (%(article)s)"),
    _("the supply is a %(protection)s (%(article)s)"),
    _("the account has no supply (%(article)s)"),
    _("no notice of at least %(days)s days was served in time (%(article)s)"),
    _("no cut on %(day)s: %(name)s (%(article)s)"),
    _("no deposit may be asked of %(class)s (%(article)s)"),
    _("prepayment may not be asked (%(article)s)"),
    # the books: what stands against closing, giving back, waiving, counting
    _("%(name)s is closed already, since %(day)s"),
    _("%(name)s isn't over before %(day)s; close it then"),
    _("%(name)s is still open; close the earlier months first"),
    _("%(name)s isn't closed; it takes postings as it is"),
    _("%(name)s would no longer carry over what %(code)s ends with; have later months opened first, the newest first"),  # noqa: E501
    _("the books don't hold: %(name)s"),
    _("and %(number)s more; `wattledger check` tells them all"),
    _("%(value)s cannot be given back: %(kept)s stands on account %(number)s"),
    _("say to whom it goes, such as a name and a bank account"),
    _("say to whom the rest goes, such as a name and a bank account"),
    _("no deposit of account %(number)s is held"),
    _("no late charge of account %(number)s is open; one that was paid can't be waived, take back the payment first"),  # noqa: E501
    _("no late charge of account %(number)s is open any more"),
    _("account %(number)s has no bill for %(period)s; look at its bills"),
    _("%(name)s corrected days of %(period)s before"),
    _("%(code)s wants %(least)s figures, and %(most)s were given"),
    _("%(value)s can't be; write a figure above nothing"),
    _("an error of %(value)s %% can't be; -10 is ten per cent slow"),
    _("the till of %(day)s is still open; close it first"),
    _("%(code)s had a till on %(day)s already; it is closed"),
    _("%(code)s has opened no till on %(day)s; open one first"),
    _("the till of %(code)s on %(day)s is closed, by %(name)s"),
    _("%(value)s were counted and %(kept)s should be there: count again, or say in a note what the difference of %(moved)s is"),  # noqa: E501
    _("the till of %(code)s was counted and closed today; somebody else takes the money, or it is taken tomorrow"),  # noqa: E501
    # money that comes in: why it isn't taken
    _("it cannot be undone on %(day)s, before it was posted; undo it on %(last)s or later"),
    _("channel %(code)s is kept for what the books raise themselves"),
    _("name the channel by which the money came"),
    _("channel %(code)s is kept for what the books raise themselves; name the channel by which the money came, such as counter"),  # noqa: E501
    _("say why the payment is taken back; the reason stands in the books"),
    _("%(code)s took %(number)s; somebody else must take it back"),
    _("%(day)s is more than %(days)s days back; take the money as of %(first)s or later, and if a late charge is not the customer's fault, ask for it to be waived (payments waive)"),  # noqa: E501
    _("%(day)s is more than %(days)s days back"),
    _("%(day)s is before %(first)s"), _("correct the day"),
    _("account %(number)s was opened on %(first)s, after %(day)s; correct the day or the account"),
    _("account %(number)s was opened on %(first)s, after %(day)s"),
    _("%(value)s is more than one payment can be; look for a digit too many"),
    _("%(name)s has %(kept)s characters; at most %(most)s are taken"),
    _("%(code)s has asked for bill %(bill)s to be cancelled; approval %(number)s waits for a decision"),  # noqa: E501
    # notices
    _("quiet hours"), _("daily cap"), _("opted out"),
)  # fmt: skip


def told(problem: Exception) -> str:
    """Return what a door refused with, in the person's language where there are words for it."""
    return said(str(problem)) or str(problem)


def said(text: str) -> str | None:
    """
    Return what a room said in the person's language; none if there are no words for it.

    Several sentences in one, parted by semicolons, are said again one by one.
    """
    if not text or not is_chinese():
        return text
    whole = _again(text)
    if whole is not None:
        return whole
    # A semicolon may stand inside a sentence, too: try the longest pieces first.
    halves = text.split("; ")
    for at in range(len(halves) - 1, 0, -1):
        first = _again("; ".join(halves[:at]))
        rest = said("; ".join(halves[at:])) if first is not None else None
        if first is not None and rest is not None:
            return "；".join(part for part in (first, rest) if part)
    return None


def _again(text: str) -> str | None:
    for sentence, pattern in zip(SENTENCES, _patterns(), strict=True):
        match = pattern.fullmatch(text)
        if match is not None:
            values = {name: _value(value) for name, value in match.groupdict().items()}
            return gettext(sentence) % values
    return None


def _value(text: str) -> str:
    """Return what stands in a sentence: a code's word, a sentence of its own, or as it is."""
    if text in WORDS:
        return str(WORDS[text])
    if "," in text and all(one.strip() in WORDS for one in text.split(",")):
        return "、".join(str(WORDS[one.strip()]) for one in text.split(","))
    return _again(text) or text


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[re.Pattern[str]]:
    for sentence in SENTENCES:
        parts = re.split(r"%\((\w+)\)s", sentence)
        pieces = (
            f"(?P<{part}>{_SHAPES.get(part, '.+?')})"
            if at % 2
            else re.escape(part.replace("%%", "%"))
            for at, part in enumerate(parts)
        )
        yield re.compile("".join(pieces))


# What stands in a place, where it is less than anything.
_WORDS = (
    "code serial level grade state day today after until first value days times least most usual "
    "kwh lower upper used kva kw idle factor kvarh standard percent old new row digits places "
    "decimals quantity moved kept done debt overdue number months"
)
_SHAPES = dict.fromkeys(_WORDS.split(), r"\S+")


def is_english(text: str) -> bool:
    """Test whether a text stands in English on a page that speaks Chinese."""
    return is_chinese() and not re.search(r"[\u4e00-\u9fff]", text)
