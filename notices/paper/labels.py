"""What papers call things, in both languages. A supplier's own words are in the wordings."""

from billing.customer import Language

_LABELS = {
    "account": ("户号", "Account"),
    "address": ("用电地址", "Supply address"),
    "amount": ("金额（元）", "Amount"),
    "answer_by": ("请于此日前答复", "Answer by"),
    "batch": ("批次", "Batch"),
    "charged": ("应收", "Charged"),
    "code": ("编号", "No."),
    "customer": ("户名", "Customer"),
    "customer_number": ("客户编号", "Customer no."),
    "cut": ("计划停电", "Planned disconnection"),
    "date": ("日期", "Date"),
    "days": ("逾期天数", "Days late"),
    "debt": ("待结清欠费", "Unpaid"),
    "deposit": ("商请金额", "Deposit asked"),
    "deposit_held": ("已存保证金", "Deposit held"),
    "due_on": ("缴费期限", "Due"),
    "energy": ("电费", "Energy"),
    "fee": ("其他费用", "Fee"),
    "hotline": ("服务热线", "Hotline"),
    "issued_on": ("日期", "Date"),
    "item": ("账期", "Period"),
    "kwh": ("电量 kWh", "kWh"),
    "late_charge": ("违约金", "Late charge"),
    "late_from": ("违约金起算", "Late from"),
    "late_per_day": ("每日加收约", "Added per day"),
    "meters": ("电表编号", "Meter"),
    "open": ("欠费", "Unpaid"),
    "last_page": ("第 {} 页，共 {} 页", "Page {} of {}"),
    "page": ("第 {} 页，续下页", "Page {}, continued"),
    "paid": ("已缴", "Paid"),
    "pay_by": ("请于此日前缴清", "Pay by"),
    "recovery": ("每次购电还欠", "Debt share"),
    "total": ("合计", "Total"),
    "total_due": ("应缴合计", "Total to pay"),
    "usage": ("近十二个月用电量（千瓦时）", "Energy used in the last twelve months (kWh)"),
    # How to pay.
    "how_to_pay": ("缴费方式", "How to pay"),
    "pay_scan": ("扫描右侧付款码", "Scan the code"),
    "pay_scan_how": (
        "户号和金额已在码中，无需填写。",
        "Account and amount are in it; nothing to fill in.",
    ),
    "pay_bank": ("银行转账", "Bank transfer"),
    "pay_bank_how": ("附言请只写户号 {}", "Reference: {}"),
    "pay_hall": ("营业厅缴费", "In person"),
    "pay_scan_caption": ("付款码", "Payment code"),
    # Signature, agreement.
    "seal_here": ("（盖章）", "(seal)"),
    "approved_by": ("批准", "Approved by"),
    "party_a": ("甲方（供电人）", "Supplier"),
    "party_b": ("乙方（用电人）", "Customer"),
    "sign": ("签字（盖章）", "Signature (seal)"),
    "agree": ("同意按上述条款改为预付费", "I agree to prepayment on these terms"),
    "disagree": ("不同意，理由：", "I do not agree, because:"),
    # Marks across a paper.
    "reprint": ("补印", "REPRINT"),
}

BOTH = {
    "receipt_of_service": "送达回执  Receipt of service",
    "how_served": "送达方式 Method",
    "direct": "直接送达 In person",
    "left": "留置送达 Left with a witness",
    "registered": "挂号邮寄 Registered mail",
    "refused": "拒收 Refused",
    "received_by": "签收人 Received by",
    "relation": "与户主关系 Relation",
    "served_by": "送达人 Served by",
    "witness": "见证人 Witness",
    "acknowledged": "已收到本通知书。 I have received this notice.",
    "served_at": "送达时间 Date and time",
    "note": "备注 Note",
}
"""Labels for the supplier's own people, who read either language on every paper."""


def label(name: str, language: str) -> str:
    """Return what a paper calls a thing in a language."""
    return _LABELS[name][0 if language == Language.CHINESE else 1]
