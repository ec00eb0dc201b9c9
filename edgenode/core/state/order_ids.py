"""Order ids that no start can repeat: node 20 bits | boot tag 50 bits | counter 30 bits, base32.

A counter kept in the ledger alone would repeat after an old disk is restored, and the venue would
swallow a new order as a duplicate; the random boot tag of each start prevents that. A start that
uses up its counter goes on under a tag hashed from its own: as unlikely to meet another start's as
a random one, for no other start ever had that tag, and the same wherever the ledger is folded.
"""

import hashlib

from edgenode.model.ids import OrderId

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
TAG_BITS = 50
COUNTER_BITS = 30
_NODE_BITS = 20
_CHARS = (_NODE_BITS + TAG_BITS + COUNTER_BITS) // 5

_DOMAIN = b"edgenode/boot-tag/1\n"


def after(boot_tag: int, counter: int) -> tuple[int, int]:
    """Return the tag and counter of the next order, once one was taken under these."""
    if counter + 1 < 1 << COUNTER_BITS:
        return boot_tag, counter + 1
    digest = hashlib.sha256(_DOMAIN + boot_tag.to_bytes(8, "big")).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - TAG_BITS), 0


def order_id(node_id: str, boot_tag: int, counter: int) -> OrderId:
    """Return the 20 characters for one order of one start."""
    assert 0 <= counter < 1 << COUNTER_BITS, "an exhausted counter takes a new boot tag"
    digest = hashlib.sha256(node_id.encode()).digest()
    node = int.from_bytes(digest[:3], "big") >> (24 - _NODE_BITS)
    number = (node << TAG_BITS | boot_tag) << COUNTER_BITS | counter
    chars = [ALPHABET[number >> 5 * place & 31] for place in range(_CHARS)]
    return OrderId("".join(reversed(chars)))
