"""The package as outsiders meet it: a light import, lazy building blocks, pins in step."""

import re
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path

import pytest

import edgenode
from edgenode.model.release_day import RELEASED_NS

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_importing_edgenode_loads_nothing_but_itself():
    program = (
        "import sys, edgenode; "
        "heavy = ('edgenode.', 'aiohttp', 'asyncio', 'uvloop'); "
        "print([m for m in sys.modules if m.startswith(heavy)])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sorted(edgenode._EXPORTS))
def test_each_building_block_is_where_the_table_says(name):
    block = getattr(edgenode, name)
    assert block.__module__ == edgenode._EXPORTS[name]
    assert getattr(edgenode, name) is block


def test_an_unknown_building_block_is_refused_with_the_list_of_those_offered():
    misspelt = "Orderbook"
    with pytest.raises(
        AttributeError, match=r"no 'Orderbook'; its building blocks are .*OrderBook"
    ):
        getattr(edgenode, misspelt)


def test_the_offered_names_the_table_and_the_type_stub_agree():
    stub = (ROOT / "edgenode" / "__init__.pyi").read_text()
    assert set(edgenode.__all__) == {*edgenode._EXPORTS, "__version__"} <= set(dir(edgenode))
    for name, module in edgenode._EXPORTS.items():
        assert f"from {module} import {name} as {name}\n" in stub


def test_the_version_is_the_same_everywhere(project):
    assert project["version"] == edgenode.__version__


@pytest.mark.parametrize(("pins", "extras"), [("run", []), ("dev", ["dev"])])
def test_what_pyproject_asks_for_is_pinned(project, pins, extras):
    asked = project["dependencies"] + [
        d for e in extras for d in project["optional-dependencies"][e]
    ]
    pinned = re.findall(
        r"^([a-z0-9-]+)==", (ROOT / "requirements" / f"{pins}.txt").read_text(), re.MULTILINE
    )
    missing = {re.split(r"[><=!~\[; ]", wish)[0] for wish in asked} - set(pinned)
    assert not missing, f"run tools/lock: {missing} not in requirements/{pins}.txt"


def test_development_uses_the_same_pins_as_the_box():
    run, dev = ((ROOT / "requirements" / f"{pins}.txt").read_text() for pins in ("run", "dev"))
    pin = re.compile(r"^\S+==\S+", re.MULTILINE)
    assert set(pin.findall(run)) <= set(pin.findall(dev))


def test_the_day_of_the_release_is_the_same_in_both_places():
    day = datetime.fromisoformat(f"{edgenode.RELEASED}T00:00:00+00:00")
    assert int(day.timestamp()) * 10**9 == RELEASED_NS
