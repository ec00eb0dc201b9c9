"""What two parties do about two heads of one ledger: the state table as data (STATES.md).

`judge` is pure and total: it takes the first row whose condition holds, and the last row always
does. The ledger's writer judges when a HELLO is answered. Who mirrors judges no heads: it takes
only what proves to continue the head that it holds (receive.py), a node its down-ledger too.

    rows in this order: incarnation, cosignature against the mirror's head, equal, ahead,
    behind, else fork
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What the centre knows of the incarnation that the node writes."""

    CURRENT = "current"
    UNKNOWN = "unknown"  # never enrolled here, or the centre was restored from before that
    PENDING = "pending"  # a newer incarnation than the approved one
    SUPERSEDED = "superseded"  # the centre has ended this incarnation
    REVOKED = "revoked"


class Proof(StrEnum):
    """Is the shorter tree a prefix of the longer one? An empty tree is a prefix of any."""

    HOLDS = "holds"
    FAILS = "fails"
    PRUNED = "pruned"  # the writer no longer has what it would need to tell


class Action(StrEnum):
    """What the writer does next."""

    REST = "rest"
    PUSH = "push"
    PULL_BACK = "pull_back"
    AWAIT_ARCHIVE = "await_archive"
    AWAIT_APPROVAL = "await_approval"
    STOP = "stop"  # sign nothing more; a person decides, new keys where it goes on


class Trading(StrEnum):
    """The most that trading may be while this verdict stands. Cancels are always allowed."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """A pair of heads of one ledger: the writer's own, and the one its mirror holds durably.

    `cosigned` is the size of the newest cosignature by this mirror that the writer holds (0 for
    none), `cosignature_holds` whether the mirror's tree still has that root at that size (true
    where the mirror is shorter, which is a row of its own). `fresh`: no HELLO of this start has
    been answered before, and this start has appended nothing.
    """

    standing: Standing = Standing.CURRENT
    own: int
    mirror: int
    proof: Proof
    cosigned: int = 0
    cosignature_holds: bool = True
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncVerdict:
    """A row's right side. `appends`: may the writer append while this verdict stands?"""

    name: str
    action: Action
    trading: Trading
    appends: bool
    evidence: str  # what is kept
    page: str  # what people read
    code: str | None = None
    do: str = ""  # what a person can do about it, at NODE

    def do_at(self, node: str) -> str:
        """Return what a person can do about it, for this node."""
        return self.do.replace("NODE", node)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its condition in words (as in STATES.md), as a test, and what follows."""

    condition: str
    when: Callable[[Heads], bool]
    verdict: SyncVerdict


_BOTH = "both signed heads and the proof that they disagree"

UNKNOWN = SyncVerdict(
    name="unknown",
    action=Action.AWAIT_APPROVAL,
    trading=Trading.ACTIVE,
    appends=True,
    evidence="none",
    page="The centre does not know this node; entries wait here. Enrol it.",
    code="EN307",
    do="edgecentral node enroll --node-id NODE, then edgenode enroll here",
)
REVOKED = SyncVerdict(
    name="revoked",
    action=Action.AWAIT_APPROVAL,
    trading=Trading.REDUCING,
    appends=True,
    evidence="entries after the last accepted head go to quarantine",
    page="This node was revoked: it only reduces.",
    code="EN307",
    do="ask the desk why; a box that shall trade again is enrolled under another node id",
)
PENDING = SyncVerdict(
    name="pending",
    action=Action.AWAIT_APPROVAL,
    trading=Trading.REDUCING,
    appends=True,
    evidence="none",
    page="This incarnation waits for approval at the centre.",
    code="EN307",
    do="edgecentral node approve NODE --key FINGERPRINT, by a second person",
)
SUPERSEDED = SyncVerdict(
    name="superseded",
    action=Action.STOP,
    trading=Trading.HALTED,
    appends=False,
    evidence="the centre's answer",
    page="The centre ended this incarnation: this box is no longer the node.",
    code="EN305",
    do="keep its folder as evidence; if it is the node, edgenode rekey begins its next ledger",
)
FORK = SyncVerdict(
    name="fork",
    action=Action.STOP,
    trading=Trading.HALTED,
    appends=False,
    evidence=_BOTH,
    page="Two histories of this ledger exist. Both are kept; re-key after human approval.",
    code="EN303",
    do="keep both copies; new keys for every box that claims the node",
)
HEAL_FIRST = SyncVerdict(
    name="pruned",
    action=Action.AWAIT_ARCHIVE,
    trading=Trading.ACTIVE,
    appends=True,
    evidence="none",
    page="The centre is older than this node's oldest entry and must heal from its archive.",
    code="EN309",
    do="restore the centre's archive; entries wait here",
)
LOST = SyncVerdict(
    name="lost",
    action=Action.STOP,
    trading=Trading.HALTED,
    appends=False,
    evidence="the cosigned head that neither side holds any more",
    page="Entries that the centre once confirmed are held by neither side. Find a third copy.",
    code="EN304",
    do="look for a newer copy of this folder or of the centre's",
)
CENTRE_ROLLBACK = SyncVerdict(
    name="centre_rollback",
    action=Action.PUSH,
    trading=Trading.ACTIVE,
    appends=True,
    evidence="the cosignature newer than the centre's head",
    page="The centre was restored from an old copy; this node gives it back what it lost.",
    code="EN309",
    do="nothing here; at the centre, find out what else it lost",
)
EQUAL = SyncVerdict(
    name="equal",
    action=Action.REST,
    trading=Trading.ACTIVE,
    appends=True,
    evidence="none",
    page="Synced.",
)
AHEAD = SyncVerdict(
    name="ahead",
    action=Action.PUSH,
    trading=Trading.ACTIVE,
    appends=True,
    evidence="none",
    page="Sending.",
)
ROLLBACK = SyncVerdict(
    name="rollback",
    action=Action.PULL_BACK,
    trading=Trading.REDUCING,
    appends=False,  # until its own entries are back; then reducing until venues are reconciled
    evidence="the head at start and the centre's head",
    page="This node was restored from an old copy; it takes its own entries back first.",
    code="EN304",
    do="nothing: it only reduces until each venue is reconciled",
)
CLONE = SyncVerdict(
    name="clone",
    action=Action.STOP,
    trading=Trading.HALTED,
    appends=False,
    evidence="the head this process held and the longer one that it did not write",
    page="Another live copy of this node wrote to its ledger. Treated as a fork.",
    code="EN305",
    do="stop the other copy; new keys for every box that claims the node",
)

TABLE: tuple[Row, ...] = (
    Row("the centre does not know the node", lambda h: h.standing is Standing.UNKNOWN, UNKNOWN),
    Row("the node was revoked", lambda h: h.standing is Standing.REVOKED, REVOKED),
    Row("its incarnation is not approved yet", lambda h: h.standing is Standing.PENDING, PENDING),
    Row(
        "this incarnation was ended",
        lambda h: h.standing is Standing.SUPERSEDED,
        SUPERSEDED,
    ),
    Row("the centre contradicts its own cosignature", lambda h: not h.cosignature_holds, FORK),
    Row("the shorter head is no prefix of the longer", lambda h: h.proof is Proof.FAILS, FORK),
    Row(
        "a cosignature is newer than both heads", lambda h: h.cosigned > max(h.own, h.mirror), LOST
    ),
    Row(
        "ahead, and pruned above the centre's head",
        lambda h: h.own > h.mirror and h.proof is Proof.PRUNED,
        HEAL_FIRST,
    ),
    Row(
        "a cosignature is newer than the centre's head",
        lambda h: h.cosigned > h.mirror,
        CENTRE_ROLLBACK,
    ),
    Row("equal", lambda h: h.own == h.mirror, EQUAL),
    Row("ahead", lambda h: h.own > h.mirror, AHEAD),
    Row("behind, at the first HELLO of a start", lambda h: h.fresh, ROLLBACK),
    Row("behind a head that this process has held", lambda _: True, CLONE),
)


def judge(heads: Heads) -> SyncVerdict:
    """Judge a pair of heads of a node's own ledger: the first row that holds."""
    return next(row.verdict for row in TABLE if row.when(heads))


class Anchor(StrEnum):
    """What the anchor outside the ledger's partition says of the ledger at start."""

    AGREES = "agrees"
    ABSENT = "absent"  # fine only while the ledger is empty
    DIFFERS = "differs"  # behind it, or another root at its size


def may_append(
    judged: SyncVerdict | None, *, waited_out: bool, anchor: Anchor, empty: bool
) -> bool:
    """Return whether a start may append its first entry.

    Nothing is appended until HELLO has answered, or no peer answered in time and the anchor
    agrees: otherwise every restored disk forks itself before it can be recognised.
    """
    if judged is not None:
        return judged.appends
    return waited_out and (anchor is Anchor.AGREES or (anchor is Anchor.ABSENT and empty))
