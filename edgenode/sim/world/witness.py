"""Who looks on while a world lives: sees all of it, and changes nothing."""

from typing import Protocol

from edgenode.sim.world.population import Population


class Witness(Protocol):
    """Looks at a world as it lives, and once at its end."""

    def looked(self, world: Population) -> None:
        """Look, each half second of market time."""
        ...

    def ended(self, world: Population) -> None:
        """Look once all is healed and judged, before anything is stopped."""
        ...
