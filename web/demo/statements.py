"""Bank statements as the demo's bank would send them: ISO 20022 camt.053, one a day of business."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from web.demo.behaviour import Paid
from web.demo.names import SUPPLIER_EN

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
# Made up: neither the bank nor the account exists. The account is that of the supplier file.
BANK = "CHBKCNB0XXX"
ACCOUNT = "6200000000000000018"
CURRENCY = "CNY"
# How the bank's references begin: money that came, and money that was taken back again.
TRANSFER, RETURN = "CH", "RT"
# Every evening the bank moves what came in to the supplier's main account, but for this.
_OPENING = 100_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement; money that leaves the account has a negative amount."""

    amount: int
    booked_on: date
    value_on: date
    reference: str
    text: str
    party: str
    return_reason: str = ""


def line_of(paid: Paid, *, booked_on: date) -> Line:
    """Return a customer's transfer as the bank books it."""
    return Line(
        amount=paid.amount,
        booked_on=booked_on,
        value_on=paid.value_on,
        reference=f"{TRANSFER}{paid.serial}",
        text=paid.reference,
        party=paid.payer_name,
    )


def return_of(amount: int, reference: str, day: date) -> Line:
    """Return the line by which a payer's bank takes a transfer back, naming it in its own way."""
    back = f"{RETURN}{reference.removeprefix(TRANSFER)}"
    return Line(-amount, day, day, back, f"退汇 {reference}", "付款行", return_reason="AC04")


def fee(day: date) -> Line:
    """Return what the bank takes for keeping the account: a line that no customer paid."""
    return Line(-1500, day, day, f"{TRANSFER}{day:%y%m%d}FEE", "账户管理费", "澄湖商业银行")


def statement(lines: Sequence[Line], *, day: date) -> str:
    """Return the statement of a day with its lines, from the opening to the closing balance."""
    closing = _OPENING + sum(line.amount for line in lines)
    entries = "".join(_entry(line) for line in lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{NAMESPACE}">\n<BkToCstmrStmt>\n'
        f"<GrpHdr><MsgId>{TRANSFER}-{day:%Y%m%d}</MsgId><CreDtTm>{day}T18:00:00+08:00</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>{day:%Y%m%d}</Id><CreDtTm>{day}T18:00:00+08:00</CreDtTm>\n"
        f"<Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id><Ccy>{CURRENCY}</Ccy>"
        f"<Ownr><Nm>{escape(SUPPLIER_EN)}</Nm></Ownr>"
        f"<Svcr><FinInstnId><BIC>{BANK}</BIC></FinInstnId></Svcr></Acct>\n"
        f"{_balance('OPBD', _OPENING, day)}{_balance('CLBD', closing, day)}{entries}"
        "</Stmt>\n</BkToCstmrStmt>\n</Document>\n"
    )


def _balance(code: str, amount: int, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(amount)}"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _entry(line: Line) -> str:
    role = "Dbtr" if line.amount >= 0 else "Cdtr"
    remittance = f"<RmtInf><Ustrd>{escape(line.text)}</Ustrd></RmtInf>" if line.text else ""
    returned = f"<RtrInf><Rsn><Cd>{line.return_reason}</Cd></Rsn></RtrInf>"
    return (
        f"<Ntry>{_amount(line.amount)}<Sts>BOOK</Sts>"
        f"<BookgDt><Dt>{line.booked_on}</Dt></BookgDt><ValDt><Dt>{line.value_on}</Dt></ValDt>"
        f"<AcctSvcrRef>{line.reference}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn>"
        "</BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><AcctSvcrRef>{line.reference}</AcctSvcrRef></Refs>"
        f"<RltdPties><{role}><Nm>{escape(line.party)}</Nm></{role}></RltdPties>{remittance}"
        f"{returned if line.return_reason else ''}</TxDtls></NtryDtls></Ntry>\n"
    )


def _amount(amount: int) -> str:
    sign = "CRDT" if amount >= 0 else "DBIT"
    yuan, fen = divmod(abs(amount), 100)
    return f'<Amt Ccy="{CURRENCY}">{yuan}.{fen:02d}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
