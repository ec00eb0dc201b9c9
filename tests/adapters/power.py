"""A disk whose power can be cut at any moment: an apsw VFS that writes down what SQLite asks for.

Every write, truncation and sync is logged while the real file is written beside it. From the log
the files can be rebuilt as they may lie on the platter after a cut: what was synced is there; of
what came after, any part may be, in any order, torn at sectors of 512 bytes. The disk is honest: a
sync that returned has happened.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from edgenode.adapters import durable_file

SECTOR = 512


@dataclass
class Op:
    """One thing that SQLite asked of a file."""

    file: str
    kind: str  # write | truncate | sync; of names: rename (data: the new one) | unlink | folder
    offset: int = 0
    data: bytes = b""


@dataclass
class Log:
    """All of them in order, and when the ledger told what was durable."""

    ops: list[Op] = field(default_factory=list)
    told: list[tuple[int, int]] = field(default_factory=list)  # (ops so far, size acknowledged)


class PowerVFS(apsw.VFS):
    """The default VFS, with a log."""

    NAME = "power"

    def __init__(self, log: Log) -> None:
        super().__init__(self.NAME, base="")
        self.log = log

    def xOpen(self, name, flags):  # noqa: N802  SQLite's word
        return PowerFile(self.log, name, flags)


class PowerFile(apsw.VFSFile):
    def __init__(self, log: Log, name, flags) -> None:
        super().__init__("", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self.name = Path(path).name
        self.log = log

    def xWrite(self, data, offset):  # noqa: N802
        self.log.ops.append(Op(self.name, "write", offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size):  # noqa: N802
        self.log.ops.append(Op(self.name, "truncate", size))
        super().xTruncate(size)

    def xSync(self, flags):  # noqa: N802
        super().xSync(flags)
        self.log.ops.append(Op(self.name, "sync"))


class FileLog:
    """Logs what is done to whole files, beside the ones that SQLite asks for."""

    def __init__(self, log: Log, monkeypatch) -> None:
        self.log = log
        self._real = {name: getattr(durable_file, name) for name in ("sync", "place", "remove")}
        for name in self._real:
            monkeypatch.setattr(durable_file, name, getattr(self, name))

    def sync(self, path: Path) -> None:
        if path.is_dir():
            self._real["sync"](path)
            self.log.ops.append(Op(name_of(path), "folder"))
            return
        # What was written since the last sync may be there or not: all of it, as one write.
        self.log.ops.append(Op(name_of(path), "truncate", 0))
        self.log.ops.append(Op(name_of(path), "write", 0, path.read_bytes()))
        self._real["sync"](path)
        self.log.ops.append(Op(name_of(path), "sync"))

    def place(self, path: Path) -> None:
        part = durable_file.part_of(path)
        self.log.ops.append(Op(name_of(part), "rename", data=name_of(path).encode()))
        self._real["place"](path)

    def remove(self, path: Path) -> None:
        self.log.ops.append(Op(name_of(path), "unlink"))
        self._real["remove"](path)


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def cut(begun: dict[str, bytes], log: Log, at: int, rng: random.Random) -> dict[str, bytes]:
    """Return the files as they may lie there when power goes before op `at`."""
    files = defaultdict(bytearray, {name: bytearray(data) for name, data in begun.items()})
    last_sync = {op.file: index for index, op in enumerate(log.ops[:at]) if op.kind == "sync"}
    loose: dict[str, list[Op]] = defaultdict(list)
    for index, op in enumerate(log.ops[:at]):
        if op.kind not in {"write", "truncate"}:
            continue
        if index <= last_sync.get(op.file, -1):
            apply(files[op.file], op)
        else:
            loose[op.file].append(op)
    for name, ops in loose.items():
        style = rng.randrange(3)
        if style == 0:  # in order, up to somewhere
            kept = ops[: rng.randrange(len(ops) + 1)]
        elif style == 1:  # any of them
            kept = [op for op in ops if rng.random() < 0.5]
        else:  # any of them, in any order
            kept = rng.sample(ops, rng.randrange(len(ops) + 1))
        for op in kept:
            apply(files[name], torn(op, rng))
    rename(files, log.ops[:at], rng)
    return {name: bytes(data) for name, data in files.items()}


def rename(files: dict[str, bytearray], ops: list[Op], rng: random.Random) -> None:
    """Let names change in order, as far as the folder was synced, and perhaps further."""
    names = [op for op in ops if op.kind in {"rename", "unlink", "folder"}]
    synced = max((i for i, op in enumerate(names) if op.kind == "folder"), default=0)
    for op in names[: rng.randint(synced, len(names))]:
        if op.kind == "rename":
            files[op.data.decode()] = files.pop(op.file)
        elif op.kind == "unlink":
            files.pop(op.file, None)


def torn(op: Op, rng: random.Random) -> Op:
    """Return a write of which only some sectors came through, now and then."""
    if op.kind != "write" or len(op.data) <= SECTOR or rng.random() < 0.6:
        return op
    upto = rng.randrange(len(op.data) // SECTOR + 1) * SECTOR
    return Op(op.file, "write", op.offset, op.data[:upto])


def apply(data: bytearray, op: Op) -> None:
    if op.kind == "truncate":
        del data[op.offset :]
        return
    end = op.offset + len(op.data)
    if len(data) < end:
        data.extend(bytes(end - len(data)))
    data[op.offset : end] = op.data
