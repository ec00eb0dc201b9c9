"""PouchDB to express-pouchdb, and hypercore: two Node.js programs each, in ../node.

PouchDB's source replicates its documents to the server's database over HTTP, in batches of 1,000
(its default of 100 is slower); hypercore's sink downloads every block of the source's core over
TCP. Neither calls fsync before it says that it is done.
"""

import shutil
import sys
from pathlib import Path

from tools.benchmarks import machine
from tools.benchmarks.bench import AbsentPeerError
from tools.benchmarks.children import Child, ChildError, running
from tools.benchmarks.records import Records
from tools.benchmarks.transfer import Transfer, timed

PROGRAMS = Path(__file__).resolve().parents[1] / "node"
MODULES = Path(sys.prefix) / "node" / "node_modules"


class NodePeer:
    """A pair of programs: one that waits for the other, and the one that is told to go."""

    def __init__(self, name: str, note: str, packages: tuple[str, ...], *, pushes: bool) -> None:
        self.name = name
        self.note = note
        self._packages = packages
        self._pushes = pushes  # the source is told to go; else the sink is

    def version(self) -> str:
        """Say which versions these are."""
        if shutil.which("node") is None:
            raise AbsentPeerError(f"the peer {self.name} is absent (no node)")
        found = []
        for package in self._packages:
            ask = f"require({package!r} + '/package.json').version"
            version = _says(ask)
            if version == "absent" or "Error" in version or "node:" in version:
                raise AbsentPeerError(f"the peer {self.name} is absent (no npm package {package})")
            found.append(f"{package} {version}")
        return f"{', '.join(found)}, node {machine.program_version('node', '--version')}"

    def transfer(self, records: Records, folder: Path) -> Transfer:
        """Start the one that waits, then the other, and tell that one to go."""
        given = str(records.documents if self._pushes else records.binary)
        waits, goes = ("sink", "source") if self._pushes else ("source", "sink")
        first = self._argv(waits, folder, given)
        with running(f"{self.name}-{waits}", first, folder, env=_env()) as waiting:
            where = waiting.hear()
            second = self._argv(goes, folder, given, *(str(word) for word in where.values()))
            with running(f"{self.name}-{goes}", second, folder, env=_env()) as going:
                going.hear()  # ready
                return timed(records.count, lambda: self._go(going, records), going, waiting)

    def _go(self, going: Child, records: Records) -> None:
        moved = going.ask(verb="go")["moved"]
        if moved != records.count:
            raise ChildError(f"{self.name} moved {moved} of {records.count}")

    def _argv(self, end: str, folder: Path, *args: str) -> tuple[str, ...]:
        return ("node", str(PROGRAMS / f"{self.name}_{end}.js"), str(folder / end), *args)


def pouchdb() -> NodePeer:
    """Return PouchDB with express-pouchdb."""
    note = "written by LevelDB at the server, without fsync"
    return NodePeer("pouchdb", note, ("pouchdb", "express-pouchdb"), pushes=True)


def hypercore() -> NodePeer:
    """Return hypercore."""
    note = "verified and written at the sink, without fsync"
    return NodePeer("hypercore", note, ("hypercore",), pushes=False)


def _says(expression: str) -> str:
    argv = ("env", f"NODE_PATH={MODULES}", "node", "-p", expression)
    return machine.program_version(*argv)


def _env() -> dict[str, str]:
    return {"NODE_PATH": str(MODULES), "NODE_ENV": "production"}
