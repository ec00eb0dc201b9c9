"""The types of breaks that rules open, the first part of a break's id, and what people decide."""

# what a venue reports of executions
FILL_CONTENT, TOMBSTONE = "fill_content", "tombstone"
UNKNOWN_ORDER, NOT_AS_ORDERED = "unknown_order", "not_as_ordered"
FILL_INSTRUMENT, FEE_UNPRICED = "fill_instrument", "fee_unpriced"
BEYOND_LIMIT, AFTER_END, OVERFILL = "beyond_limit", "after_end", "overfill"

# what a venue says, or does not say, of orders
CUM_QUANTITY, OPEN_ORDER = "cum_quantity", "open_order"
UNRESOLVED, NOT_CANCELED, FORGOTTEN = "unresolved", "not_canceled", "forgotten"

# books beside a venue's, a grant, the centre, a lost ledger
POSITION, BALANCE = "position_mismatch", "balance_mismatch"
VENUE_MESSAGE, NOT_APPLIED, RESTORED = "venue_message", "not_applied", "restored"
GRANT_OVERDRAWN = "grant_overdrawn"  # a venue's act beyond a grant: closes the gate for risk

# what people decide
BOTH, VERSION, NEVER = "both", "version", "never_happened"
WRITE_OFF, CARRY_IN = "write_off", "carry_in"
