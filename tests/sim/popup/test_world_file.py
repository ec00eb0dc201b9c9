"""A world of yours: figures by name, within bounds; what is none is refused by its name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.errors import RefusedError
from edgenode.sim.popup.prior import BASE
from edgenode.sim.popup.world_file import BOUNDS, BYTES_MAX, read

figures = st.fixed_dictionaries(
    {}, optional={name: st.floats(low, high) for name, (low, high) in BOUNDS.items()}
)


def written(folder, text, name="world.json"):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@given(figures)
def test_what_a_file_says_is_the_world_and_the_rest_is_base(tmp_path_factory, told):
    folder = tmp_path_factory.mktemp("world")
    toml = "\n".join(f"{name} = {value!r}" for name, value in told.items())
    for path in (written(folder, json.dumps(told)), written(folder, toml, "world.toml")):
        made = read(path)
        for name in BOUNDS:
            assert getattr(made, name) == told.get(name, getattr(BASE, name))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"surges": 2}', "'surges' is the name of no figure"),
        ('{"surge": 51}', "surge = 51"),
        ('{"surge": 1e999}', "surge = a number of many digits"),
        ('{"surge": NaN}', "surge = a number of many digits"),
        (f'{{"surge": {"9" * 400}}}', "surge = a number of many digits"),
        ('{"surge": true}', "surge = True is no number"),
        ('{"surge": "6"}', "surge = '6' is no number"),
        ("[6]", "a list instead of figures"),
        ("{", "property name"),
        ("[" * 50_000, "nests too deeply"),
        (b"\xff", "utf-8"),
        (" " * (BYTES_MAX + 1), "bytes"),
    ],
)
def test_what_is_no_world_is_refused_by_what_was_found(tmp_path, text, found):
    with pytest.raises(RefusedError, match=r"world\.json") as refused:
        read(written(tmp_path, text))
    assert refused.value.code == "EN002"
    assert found in refused.value.found


def test_bounds_are_told(tmp_path):
    with pytest.raises(RefusedError) as refused:
        read(written(tmp_path, "outage_min = 90", "w.toml"))
    assert refused.value.expected == "outage_min from 0 to 75"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RefusedError) as refused:
        read(tmp_path / "none.json")
    assert refused.value.code == "EN006"
