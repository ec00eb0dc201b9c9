"""A table of bars in memory, that fails when it is told to."""

from dataclasses import replace

from edgenode.model.errors import UnreachableError
from edgenode.ports.bars import Kept


class MemoryBars:
    """Implements `ports.BarStore`."""

    def __init__(self):
        self.kept, self.held, self.files, self.fails = {}, {}, {}, False

    def _check(self):
        if self.fails:
            raise UnreachableError("it is full", expected="room", do="make room", code="EN404")

    async def load(self):
        return list(self.kept.values())

    async def declare(self, source):
        self._check()
        self.kept.setdefault(source.id, Kept(source=source))
        self.held.setdefault(source.id, {})

    async def forget(self, source):
        self._check()
        self.kept.pop(source, None)
        self.held.pop(source, None)

    async def said(self, source, readings, until_s):
        self._check()
        kept = self.kept[source]
        keys = {r.key for r in kept.readings}
        new = tuple(r for r in readings if r.key not in keys)
        self.kept[source] = replace(
            kept, readings=kept.readings + new, until_s=max(kept.until_s, until_s)
        )

    async def store(self, batch):
        self._check()
        for closed in batch.closed:
            kept = self.kept[closed.source]
            readings = tuple(r for r in kept.readings if r.at_ms >= closed.readings_from_ms)
            self.kept[closed.source] = replace(kept, closed_s=closed.closed_s, readings=readings)
            for bar in closed.bars:
                self.held[closed.source].setdefault(bar.begins_s, bar)
        for source, state in batch.states.items():
            self.kept[source] = replace(self.kept[source], state=state)
        for bars in self.held.values():
            for begins_s in [b for b in bars if b < batch.bars_from_s]:
                del bars[begins_s]

    async def is_read(self, sha256):
        return sha256 in self.files

    async def mark_read(self, sha256, name, **figures):
        self._check()
        self.files.setdefault(sha256, (name, figures))

    async def bars(self, source, from_s, limit):
        found = sorted(self.held.get(source, {}).items())
        return [bar for begins_s, bar in found if begins_s >= from_s][:limit]
