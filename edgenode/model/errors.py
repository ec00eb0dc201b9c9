"""Errors by who must act, and the registry of their stable codes.

    RefusedError          input turned away, our state as before  -> the caller changes the input
    UnreachableError      the world did not answer                -> retried, within limits
    InvariantBrokenError  our own promise is broken               -> stop trading, exit

Codes: EN0xx input, EN1nn gate (nn = row of the gate's table), EN2xx release, EN3xx sync,
EN4xx ledger, EN5xx access. A code is never re-used.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeInfo:
    """One registered code: its short name, the exit code of a command that ends with it."""

    code: str
    name: str
    text: str
    exit_code: int = 1


class EdgenodeError(Exception):
    """Base of our errors: what was found, what was expected, what to do; with a stable code."""

    code = "EN001"

    def __init__(
        self, found: str, *, expected: str = "", do: str = "", code: str | None = None
    ) -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected
        self.do = do
        if code is not None:
            self.code = code

    @property
    def exit_code(self) -> int:
        """Return the process exit code that outward scripts rely on."""
        info = REGISTRY.get(self.code)
        return info.exit_code if info else 1


class RefusedError(EdgenodeError):
    """Input was turned away. Nothing changed."""


class UnreachableError(EdgenodeError):
    """The other side did not answer. Whether it acted is unknown."""

    code = "EN302"


class InvariantBrokenError(EdgenodeError):
    """A promise of ours does not hold. Stop; do not guess."""

    code = "EN400"


def _codes(*rows: tuple[str, str, str, int]) -> dict[str, CodeInfo]:
    table = {}
    for code, name, text, exit_code in rows:
        if code in table:
            raise ValueError(f"code {code} is registered twice")
        table[code] = CodeInfo(code=code, name=name, text=text, exit_code=exit_code)
    return table


REGISTRY = _codes(
    # EN0xx input
    ("EN001", "failed", "the command failed", 1),
    ("EN002", "malformed", "the input does not have the documented shape", 2),
    ("EN003", "not_canonical", "the bytes are not in canonical form", 1),
    ("EN004", "too_large", "the input is larger than its limit", 1),
    ("EN005", "off_grid", "a price or quantity is not on tick or lot", 1),
    ("EN006", "unknown_id", "no such thing", 1),
    ("EN007", "id_reused", "the same id came with other content", 1),
    ("EN008", "config_refused", "the configuration is not valid", 2),
    ("EN009", "usage", "the command line is not valid", 2),
    ("EN010", "log_lost", "lines of the log were dropped; trading goes on", 1),
    ("EN011", "clock_refused", "the clock stands before the day of this release", 6),
    ("EN012", "too_many", "more than is admitted in this time, or of this kind", 1),
    ("EN013", "rows_refused", "rows of a demand feed were not taken", 3),
    # EN1nn gate: nn is the row of the table in core/gate
    ("EN100", "denied", "the gate denied the order; see its reasons", 6),
    ("EN101", "instrument_unknown", "instrument unknown or not enabled", 6),
    ("EN102", "not_permitted", "restricted, or no permission covers this order now", 6),
    ("EN103", "duplicate_client_order_id", "this client order id was used before", 6),
    ("EN104", "price_off_tick", "a limit price must be positive and on tick", 6),
    ("EN105", "price_collar", "no fresh reference price, or too far beyond it", 6),
    ("EN106", "quantity_out_of_range", "quantity below minimum or above maximum", 6),
    ("EN107", "order_notional_max", "the order's notional is above its limit", 6),
    ("EN108", "order_notional_min", "the order's notional is below the venue's minimum", 6),
    ("EN109", "message_rate", "too many orders in this interval", 6),
    (
        "EN111",
        "net_position_max",
        "worst-case position, or new risk, beyond limit or hedge_room",
        6,
    ),
    ("EN112", "open_orders_max", "too many open orders, or too much notional in them", 6),
    ("EN113", "funds", "funds or grants do not cover the worst case", 6),
    ("EN114", "gross_exposure_max", "gross exposure above its limit", 6),
    ("EN115", "loss_max", "a loss stop is reached, or the loss cannot be told", 6),
    ("EN116", "event_spend_max", "the spend cap would be passed, or a plan needs approval", 6),
    ("EN117", "self_trade", "the order would meet one of the same account", 6),
    ("EN118", "stale_data", "stale market data, or an implausible clock", 6),
    ("EN119", "session", "outside the session, or expired", 6),
    ("EN120", "reduce_only", "the order would not reduce the position", 6),
    ("EN121", "trading_state", "the trading state does not admit this order", 6),
    ("EN127", "unknown_input", "unknown account, venue, type or side", 6),
    ("EN129", "grant_expired", "no unexpired grant covers this order", 6),
    ("EN130", "fx_rate", "no fresh rate to the currency of the limits", 6),
    # EN14n hedges: no row of the gate's table, but what follows from its denials
    ("EN140", "hedge_refused", "a hedge is denied or rejected again and again for one cause", 6),
    # EN3xx sync
    ("EN301", "offline", "the centre is not reachable", 5),
    ("EN302", "unreachable", "the other side did not answer", 5),
    ("EN303", "fork", "two histories of one ledger exist", 4),
    ("EN304", "rollback", "the peer holds a newer copy of this ledger", 1),
    ("EN305", "clone", "another live copy of this node wrote to its ledger", 4),
    ("EN306", "push_refused", "the pushed frame does not start at the held size", 1),
    ("EN307", "peer_unknown", "the peer is not enrolled, or was revoked", 6),
    ("EN308", "frame_refused", "the frame is malformed", 1),
    ("EN309", "centre_rollback", "a peer holds a newer cosignature than the centre", 1),
    ("EN310", "folding", "the book does not hold yet all that is stored; ask again", 5),
    # EN4xx ledger
    ("EN400", "invariant_broken", "an invariant of the node does not hold", 1),
    ("EN401", "no_ledger", "there is no ledger at this path", 10),
    ("EN402", "integrity", "the ledger does not verify", 13),
    ("EN403", "locked", "another process holds this data folder", 11),
    ("EN404", "commit_failed", "the disk failed: an entry was not made durable, or not read", 1),
    ("EN405", "bad_key", "the key is missing, unreadable or does not match the ledger", 12),
    ("EN406", "ledger_exists", "there is a ledger at this path already", 1),
    ("EN407", "anchor_ahead", "the ledger is older than its anchor", 13),
    ("EN408", "break_open", "a difference waits for a rule or a person to close it", 4),
    ("EN409", "pruned", "the entry has left this box; the archive holds it", 1),
    # EN5xx access
    ("EN501", "host_refused", "the Host header is not allowed", 6),
    ("EN502", "unauthorised", "no valid credentials", 6),
    ("EN503", "forbidden", "these credentials do not permit this", 6),
    ("EN504", "origin_refused", "the request is not from the page as this box serves it now", 6),
    ("EN505", "body_too_large", "the body is larger than its limit", 6),
    ("EN506", "too_slow", "the request did not arrive in time", 6),
    ("EN507", "not_released", "this restriction is not a person's to release now", 6),
    ("EN508", "key_differs", "the key that was named is not the one that the box has", 6),
    ("EN509", "packed_body", "the body is compressed, and no port here unpacks one", 6),
    # EN6xx the desk's exposure
    ("EN601", "exposed", "more is exposed than hedging works off", 3),
    ("EN602", "strained", "a market or a venue strains: beyond that new risk is stopped", 3),
    ("EN603", "surge", "volume is far above the usual, and no micro-event was declared", 3),
    ("EN604", "short_ahead", "a micro-event may need more than grants and its cap leave", 3),
)
