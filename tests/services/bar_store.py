"""A table of bars in memory, that fails when it is told to."""

from dataclasses import replace

from edgenode.model.errors import UnreachableError
from edgenode.ports.bars import PRUNED_BEHIND, Kept


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

    async def forget_after(self, at_s):
        for name, one in self.kept.items():
            self.held[name] = {b: bar for b, bar in self.held[name].items() if b < at_s}
            readings = tuple(r for r in one.readings if r.at_ms < 1_000 * at_s)
            step, left = one.source.step_s, {}
            if (one.closed_s or 0) > at_s:
                left = {"closed_s": at_s // step * step, "state": None}
            until_s = min(one.until_s, at_s)
            self.kept[name] = replace(one, readings=readings, until_s=until_s, **left)

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
            old = [b for b in bars if b < batch.bars_from_s]
            if len(bars) - len(old) >= PRUNED_BEHIND:
                for begins_s in old:
                    del bars[begins_s]

    async def is_read(self, sha256):
        return sha256 in self.files

    async def mark_read(self, sha256, name, **figures):
        self._check()
        self.files.setdefault(sha256, (name, figures))

    async def bars(self, source, from_s, limit):
        found = sorted(self.held.get(source, {}).items())
        return [bar for begins_s, bar in found if begins_s >= from_s][:limit]
