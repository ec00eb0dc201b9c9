"""edgenode: a box that keeps hedging, and keeps its books straight, when the network does not.

`import edgenode` stays light: the building blocks of the SDK are loaded at first use (PEP 562).
Their types stand beside this file in `__init__.pyi`.
"""

from importlib import import_module

__version__ = "0.1.0"
RELEASED = "2026-11-23"  # a clock that stands before this day, UTC, is wrong

_EXPORTS = {
    "OrderBook": "edgenode.core.market.book",
    "Verifier": "edgenode.wire.verifier",
}

__all__ = ["OrderBook", "Verifier", "__version__"]


def __getattr__(name: str) -> object:
    """Load a building block the first time someone names it."""
    module = _EXPORTS.get(name)
    if module is None:
        offered = ", ".join(sorted(_EXPORTS))
        raise AttributeError(f"edgenode has no {name!r}; its building blocks are {offered}")
    block: object = getattr(import_module(module), name)
    globals()[name] = block
    return block


def __dir__() -> list[str]:
    """Name what is offered, whether or not it is loaded yet."""
    return sorted({*globals(), *_EXPORTS})
