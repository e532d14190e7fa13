"""Send a decision on to the door that asked for it, which carries it out in one transaction."""

from arrears import approval as arrears_approval
from config import approval
from config.approval import Act, Approval
from web import activation, house


def decide(one: Approval, *, accept: bool, reason: str) -> None:
    """
    Say yes or no to an act, and carry it out when it is approved.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    """
    if one.act is Act.ACTIVATE_FILE:
        _activate(one, accept=accept, reason=reason)
    else:
        door = arrears_approval.approve if accept else arrears_approval.refuse
        door(
            house.sessions(),
            one.id,
            by=house.person(),
            reason=reason,
            today=house.today(),
            now=house.now(),
        )


def _activate(one: Approval, *, accept: bool, reason: str) -> None:
    by, moment = house.person(), house.now()
    with house.sessions().begin() as session:
        if accept:
            activation.activate(session, one.id, by=by, reason=reason, now=moment)
        else:
            approval.decide(session, one.id, by=by, accept=False, reason=reason, now=moment)
