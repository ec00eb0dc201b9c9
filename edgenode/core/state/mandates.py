"""What the centre promises to hedge for this node."""

from dataclasses import dataclass, field

from edgenode.model.facts import Mandate
from edgenode.model.ids import InstrumentId


@dataclass(slots=True)
class Mandates:
    """The mandates part of the state."""

    mandates: dict[InstrumentId, Mandate] = field(default_factory=dict)

    def mandated(self, fact: Mandate) -> None:
        """Take the newest version; an older one changes nothing."""
        held = self.mandates.get(fact.instrument)
        if held is None or fact.version > held.version:
            self.mandates[fact.instrument] = fact

    def lots(self, instrument: InstrumentId) -> int:
        """Return the promised core position. It stays after expiry: the centre may hold it."""
        held = self.mandates.get(instrument)
        return held.quantity_lots if held else 0

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [key, m.quantity_lots, m.version, m.valid_until]
            for key, m in sorted(self.mandates.items())
        ]
