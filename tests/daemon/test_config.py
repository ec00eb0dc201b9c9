"""The names that a configuration gives to venues: each once, and usable wherever it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.daemon import config
from edgenode.model.errors import RefusedError


def load(file, names, **more):
    rows = {"url": "http://h:1", "account": "desk", "instrument": "WETH-USDC", **more}
    text = "".join(f"{key} = {value!r}\n" for key, value in rows.items())
    file.write_text("".join(f"[[venues]]\nid = {name!r}\n{text}" for name in names))
    return config.load(file=file, environ={}).config


@pytest.mark.parametrize(
    ("names", "path"),
    [(["a", "a"], "venues[1].id"), (["a", "b", "a"], "venues[2].id"), (["a", "local"], "venues"),
     (["a", ""], "$.venues[1].id"), (["a:b"], "$.venues[0].id"), (["a/b"], "$.venues[0].id")],
)  # fmt: skip
def test_venues_that_cannot_be_told_apart_are_refused_by_their_path(tmp_path, names, path):
    with pytest.raises(RefusedError) as refused:
        load(tmp_path / "c.toml", names)
    assert refused.value.code == "EN008"
    assert path in refused.value.found


@pytest.mark.parametrize("key", ["account", "instrument"])
def test_an_empty_name_of_others_is_refused(tmp_path, key):
    with pytest.raises(RefusedError, match=rf"venues\[0\]\.{key}"):
        load(tmp_path / "c.toml", ["a"], **{key: ""})


@given(names=st.lists(st.sampled_from(["a", "b", "c-1", "D.x"]), max_size=4))
def test_every_venue_of_a_configuration_that_is_taken_has_a_name_of_its_own(
    tmp_path_factory, names
):
    file = tmp_path_factory.getbasetemp() / "c.toml"
    try:
        taken = [venue.id for venue in load(file, names).venues]
    except RefusedError:
        taken = None
    assert taken == (names if len(set(names)) == len(names) else None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("market_time.speed", 0),
        ("market_time.speed", -1),
        ("market_time.from_ns", (1 << 63) - 1),
        ("central.retry_max_s", float("inf")),
        ("central.hello_wait_s", -1.0),
        ("control.host", ""),
    ],
)
def test_a_number_that_would_end_a_start_is_refused_before(key, value):
    with pytest.raises(RefusedError) as caught:
        config.load(environ={}, overrides={key: value})
    assert caught.value.code == "EN008"
    assert key in caught.value.found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nonsense = 1", "unknown field `nonsense`, which is 1"),
        ("log_level = 'loud'", "at `$.log_level`, which is 'loud'"),
        ("control = 1", "at `$.control`, which is 1"),
        ("[control]\nnonsense = 1", "at `$.control`, which is 1"),
        ("[control]\nport = 'x'", "at `$.control.port`, which is 'x'"),
        ("venues = 1", "at `$.venues`, which is 1"),
    ],
)
def test_a_mistake_at_any_depth_names_its_value_and_its_file(tmp_path, text, found):
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(RefusedError) as refused:
        config.load(file=file, environ={}, overrides={"ledger.keep_days": 5})
    assert refused.value.found.endswith(f"{found}, from {file}")


def test_a_mistake_of_several_keys_names_the_file_that_holds_them(tmp_path):
    with pytest.raises(RefusedError, match=r"venues\[1\]\.id: .*, from .*c\.toml$"):
        load(tmp_path / "c.toml", ["a", "a"])
