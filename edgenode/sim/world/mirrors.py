"""Ledgers that others write, on a simulated disk: the twin of adapters/mirrors/sqlite."""

import asyncio
from collections.abc import Callable, Sequence

from edgenode.core.sync.receive import HeldLedger, OffsetError, Taken
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.ledgers import LedgerId, Sealed
from edgenode.sim.world.disk import Disk, Mirror, PowerGoneError


class SimMirrors:
    """Implements `ports.MirrorStore`."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._power = disk.powered

    async def held(self, ledger: LedgerId) -> HeldLedger:
        """Return what is durably held of a ledger."""
        mirror = self._disk.files.mirrors.get(ledger.name)
        return mirror.held if mirror else HeldLedger(ledger)

    async def store(self, before: HeldLedger, taken: Taken, cosigned: str = "") -> None:
        """Make verified entries and their head durable; OffsetError if `before` has passed."""
        name = before.ledger.name

        def keep() -> None:
            mirror = self._disk.files.mirrors.get(name) or Mirror(HeldLedger(before.ledger))
            if mirror.held.size != before.size:
                raise OffsetError(name, before.size + 1, mirror.held.size)
            mirror.sealed.extend(taken.sealed)
            mirror.held, mirror.cosigned = taken.after, cosigned
            self._disk.files.mirrors[name] = mirror

        await self._commit(keep)

    async def entries(self, ledger: LedgerId, after: int, limit: int) -> list[Sealed]:
        """Return held entries with seq > `after`, in order."""
        mirror = self._disk.files.mirrors.get(ledger.name)
        return mirror.sealed[after : after + limit] if mirror else []

    async def leaves(self, ledger: LedgerId, start: int, end: int) -> Sequence[bytes]:
        """Return held leaves [start, end), from 0."""
        return [sealed.leaf for sealed in await self.entries(ledger, start, end - start)]

    async def ledgers(self) -> list[LedgerId]:
        """List the ledgers held."""
        return [LedgerId.parse(name) for name in sorted(self._disk.files.mirrors)]

    async def cosigned(self, ledger: LedgerId) -> str:
        """Return the newest head's note with its cosignature as stored, "" where none."""
        mirror = self._disk.files.mirrors.get(ledger.name)
        return mirror.cosigned if mirror else ""

    async def acked(self, ledger: LedgerId, peer: str) -> str:
        """Return the newest cosigned note by a peer, "" where none."""
        return self._disk.files.acks.get((ledger.name, peer), (0, ""))[1]

    async def ack(self, ledger: LedgerId, peer: str, size: int, note: str) -> None:
        """Keep a peer's cosignature where it is newer."""
        key = ledger.name, peer

        def keep() -> None:
            if size >= self._disk.files.acks.get(key, (0, ""))[0]:
                self._disk.files.acks[key] = size, note

        await self._commit(keep)

    async def set_aside(self, ledger: LedgerId, seq: int, reason: str, at_ns: int) -> None:
        """Note an entry that was stored and could not be folded."""
        assert at_ns >= 0
        key = (ledger.name, seq)

        def keep() -> None:
            self._disk.files.quarantine.setdefault(key, reason)

        await self._commit(keep)

    async def quarantined(self, ledger: LedgerId) -> dict[int, str]:
        """Return the entries set aside, by seq, with their reasons."""
        found = sorted(self._disk.files.quarantine.items())
        return {seq: reason for (name, seq), reason in found if name == ledger.name}

    async def keep(self, ledger: LedgerId, evidence: bytes, at_ns: int) -> None:
        """Keep evidence of two histories."""
        assert at_ns
        kept = ledger.name, evidence

        def keep() -> None:
            if kept not in self._disk.files.evidence:
                self._disk.files.evidence.append(kept)

        await self._commit(keep)

    async def evidence(self, ledger: LedgerId) -> bytes:
        """Return the first evidence kept of a ledger, empty if there is none."""
        return self._disk.files.evidence_of(ledger.name)

    async def close(self) -> None:
        """Nothing to close."""

    async def _commit(self, keep: Callable[[], None]) -> None:
        """Run a commit to its end, also if its caller is canceled."""
        if self._power != self._disk.powered:
            raise PowerGoneError
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def told(error: Exception | None) -> None:
            if done.done():
                return  # the caller went away
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

        self._disk.commit(keep, told)
        try:
            await done
        except OSError as error:
            raise InvariantBrokenError(f"a commit failed: {error}", code="EN404") from error
