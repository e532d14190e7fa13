"""The acts that no one may do alone, and which right allows each of them."""

from collections.abc import Mapping
from enum import StrEnum

from config.people import Permission


class Act(StrEnum):
    """An act that no one may do alone."""

    ACTIVATE_FILE = "activate_file"
    ISSUE_BILLS = "issue_bills"
    FINAL_BILL = "final_bill"
    CANCEL_BILL = "cancel_bill"
    CORRECT_BILLS = "correct_bills"
    WAIVE_LATE_CHARGE = "waive_late_charge"
    REFUND = "refund"
    TILL_DIFFERENCE = "till_difference"
    REOPEN_MONTH = "reopen_month"
    SET_CREDIT_LIMIT = "set_credit_limit"
    SET_TERMS = "set_terms"
    TAKE_BACK = "take_back"
    OVERRIDE_GRADE = "override_grade"
    DEMAND_DEPOSIT = "demand_deposit"
    DEMAND_GUARANTEE = "demand_guarantee"
    RELEASE_GUARANTEE = "release_guarantee"
    CALL_GUARANTEE = "call_guarantee"
    WAIVE_DEPOSIT = "waive_deposit"
    REFUND_DEPOSIT = "refund_deposit"
    INSTALMENT_PLAN = "instalment_plan"
    CONVERT_TO_PREPAID = "convert_to_prepaid"
    DISCONNECT = "disconnect"
    TAKE_TO_COURT = "take_to_court"
    WRITE_OFF = "write_off"
    REPORT_ARREARS = "report_arrears"


MAY_APPROVE: Mapping[Act, Permission] = {
    Act.ACTIVATE_FILE: Permission.APPROVE_FILES,
    Act.ISSUE_BILLS: Permission.ISSUE_BILLS,
    Act.FINAL_BILL: Permission.APPROVE_BILLING,
    Act.CANCEL_BILL: Permission.APPROVE_BILLING,
    Act.CORRECT_BILLS: Permission.APPROVE_BILLING,
    Act.WAIVE_LATE_CHARGE: Permission.APPROVE_BILLING,
    Act.REFUND: Permission.APPROVE_BILLING,
    Act.TILL_DIFFERENCE: Permission.APPROVE_BILLING,
    Act.REOPEN_MONTH: Permission.APPROVE_BILLING,
    Act.SET_CREDIT_LIMIT: Permission.APPROVE_CREDIT,
    Act.SET_TERMS: Permission.APPROVE_CREDIT,
    Act.TAKE_BACK: Permission.APPROVE_CREDIT,
    Act.OVERRIDE_GRADE: Permission.APPROVE_CREDIT,
    Act.DEMAND_DEPOSIT: Permission.APPROVE_CREDIT,
    Act.DEMAND_GUARANTEE: Permission.APPROVE_CREDIT,
    Act.RELEASE_GUARANTEE: Permission.APPROVE_CREDIT,
    Act.CALL_GUARANTEE: Permission.APPROVE_CREDIT,
    Act.WAIVE_DEPOSIT: Permission.APPROVE_CREDIT,
    Act.REFUND_DEPOSIT: Permission.APPROVE_CREDIT,
    Act.INSTALMENT_PLAN: Permission.APPROVE_CREDIT,
    Act.CONVERT_TO_PREPAID: Permission.APPROVE_CREDIT,
    Act.DISCONNECT: Permission.APPROVE_DISCONNECTION,
    Act.TAKE_TO_COURT: Permission.APPROVE_CREDIT,
    Act.WRITE_OFF: Permission.APPROVE_CREDIT,
    Act.REPORT_ARREARS: Permission.APPROVE_CREDIT,
}
