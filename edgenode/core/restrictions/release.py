"""A person's release of a cause: only loss and stress, and only once its evidence is gone."""

from edgenode.core.observations import Act, ReleaseAsked
from edgenode.core.restrictions import loss
from edgenode.core.restrictions.causes import LOSS, PERSON, RELEASED_BY_PERSON, family, lift
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.errors import RefusedError

EVIDENCE = "a person looked at it"


def acts(state: NodeState, seen: Seen, asked: ReleaseAsked, now_ns: int) -> tuple[Act, ...]:
    """Return the facts that lift a cause at every scope that it restricts.

    RefusedError EN006 if the cause restricts nothing, EN507 if no person may release it, or if
    the loss that set it still stands: it would be set again at once.
    """
    scopes = [scope for scope, cause, _ in state.restrictions.rows() if cause == asked.cause]
    if not scopes:
        held = sorted({cause for _, cause, _ in state.restrictions.rows()})
        raise RefusedError(
            f"cause {asked.cause[:40]!r} restricts nothing",
            expected=f"one of {', '.join(held) or 'none: nothing is restricted'}",
            do="edgenode status names the causes",
            code="EN006",
        )
    if asked.cause == PERSON:
        raise RefusedError(
            "a person's pause is resumed, not released",
            expected="loss:day, loss:EVENT or stress:NAME",
            do="edgenode resume",
            code="EN507",
        )
    if family(asked.cause) not in RELEASED_BY_PERSON:
        raise RefusedError(
            f"cause {asked.cause} is not a person's to release",
            expected="loss:day, loss:EVENT or stress:NAME",
            do="edgenode status says what ends this cause",
            code="EN507",
        )
    for scope in scopes if family(asked.cause) == LOSS else ():
        _check_loss(state, seen, asked.cause, scope, now_ns)
    return tuple(
        act
        for scope in scopes
        for act in lift(state, scope, asked.cause, asked.reason, EVIDENCE, now_ns, by=asked.actor)
    )


def _check_loss(state: NodeState, seen: Seen, cause: str, scope: str, now_ns: int) -> None:
    still = loss.still(state, seen, scope, now_ns)
    if still:
        raise RefusedError(
            f"{cause} still stands: {still}",
            expected="a loss within its limit",
            do="reduce what is exposed, or wait for the next trading day",
            code="EN507",
        )
