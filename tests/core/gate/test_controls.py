"""The table of the gate's controls names what the registry and the code have, and nothing else."""

import re
from pathlib import Path

from edgenode.model.errors import REGISTRY

GATE = Path(__file__).resolve().parents[3] / "edgenode" / "core" / "gate"
ROW = re.compile(r"^\| (\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)
TABLE = {int(row): where for row, where in ROW.findall((GATE / "CONTROLS.md").read_text())}


def test_every_code_of_a_denial_is_a_row_of_the_table():
    rows = {int(code[2:]) - 100 for code in REGISTRY if "EN101" <= code < "EN140"}
    assert rows <= set(TABLE)


def test_every_row_without_a_code_says_why():
    never_deny = {22, 23, 24, 26, 28}
    coded = {int(code[2:]) - 100 for code in REGISTRY if code.startswith("EN1")}
    for row, where in TABLE.items():
        assert row in coded | never_deny or "not built" in where, row


def test_the_modules_that_it_names_exist():
    for where in TABLE.values():
        for name in re.findall(r"`([\w/]+)`", where):
            if name != "Saw":
                beside = GATE / f"{name}.py"
                assert beside.exists() or (GATE.parents[1] / f"{name}.py").exists(), name
