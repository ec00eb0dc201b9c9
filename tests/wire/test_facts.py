import dataclasses
import types
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.errors import RefusedError
from edgenode.model.facts import KINDS, AccountFunded, SessionClosed
from edgenode.wire import facts
from edgenode.wire.canonical import pack, reader, unpack

int64 = st.integers(-(1 << 63), (1 << 63) - 1)


def strategy(hint):
    """Return values of a field's type; a type that is not listed here is not allowed."""
    while isinstance(hint, typing.NewType):
        hint = hint.__supertype__
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(strategy(args[0]), max_size=3).map(tuple)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*(strategy(arg) for arg in args))
    if dataclasses.is_dataclass(hint):
        return made(hint)
    return {
        int: int64, bool: st.booleans(), bytes: st.binary(max_size=40), type(None): st.none(),
        str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    }[hint]  # fmt: skip


def made(cls):
    hints = typing.get_type_hints(cls)
    return st.builds(cls, **{f.name: strategy(hints[f.name]) for f in dataclasses.fields(cls)})


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_comes_back_from_its_body(name):
    @given(made(KINDS[name]))
    def comes_back(fact):
        body = facts.encode(fact)
        assert facts.decode(name, body) == fact
        assert facts.encode(facts.decode(name, body)) == body

    comes_back()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_is_written_can_be_read(name):
    """Law: a body is refused when it is written, never only when it is read again."""
    cls = KINDS[name]
    whole = [field.name for field in dataclasses.fields(cls) if field.type in {int, "int"}]

    @given(made(cls), st.sampled_from(whole), st.integers(-(1 << 80), 1 << 80))
    def holds(fact, field, number):
        fact = dataclasses.replace(fact, **{field: number})
        try:
            body = facts.encode(fact)
        except RefusedError:
            return
        assert facts.decode(name, body) == fact

    holds()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_direct_way_reads_every_kind_and_nothing_that_the_slow_way_refuses(name):
    cls = KINDS[name]
    read, (_, from_map) = reader(cls), facts._codec(cls)

    @given(made(cls), st.data())
    def agrees(fact, data):
        body = bytearray(facts.encode(fact))
        assert read(bytes(body)) == fact
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        direct = read(bytes(body))
        if direct is not None:
            assert direct == from_map(unpack(bytes(body)))

    agrees()


def test_an_integer_beyond_int64_is_refused():
    body = pack({**CLOSED, "at_ns": (1 << 63) - 1})
    facts.decode("SessionClosed", body)
    with pytest.raises(RefusedError) as caught:
        facts.decode(
            "SessionClosed", body.replace(b"\xcf\x7f" + b"\xff" * 7, b"\xcf" + b"\xff" * 8)
        )
    assert caught.value.code == "EN003"


def test_money_may_lie_beyond_int64_and_a_time_may_not():
    funded = AccountFunded(at_ns=1, account="a", venue="v", currency="WEI", instrument=None,
                           amount=10**24, reference="")  # fmt: skip
    assert facts.decode("AccountFunded", facts.encode(funded)) == funded
    with pytest.raises(RefusedError) as caught:
        facts.encode(dataclasses.replace(funded, at_ns=1 << 64))
    assert (caught.value.code, caught.value.found) == ("EN002", "at_ns of 65 bits")


def test_the_fields_that_hold_money_exist():
    classes = {c for kind in KINDS.values() for c in (kind, *parts_of(kind))}
    names = {field.name for cls in classes for field in dataclasses.fields(cls)}
    assert names >= facts.MONEY


def parts_of(cls):
    """Return the classes inside a fact."""
    hints = typing.get_type_hints(cls).values()
    inner = {
        arg for hint in hints for arg in typing.get_args(hint) if dataclasses.is_dataclass(arg)
    }
    inner |= {hint for hint in hints if dataclasses.is_dataclass(hint)}
    return inner


CLOSED = {"at_ns": 1, "account": "customer:c1", "reason": "r"}


@pytest.mark.parametrize(
    "body",
    [
        {**CLOSED, "more": 1},
        {k: v for k, v in CLOSED.items() if k != "reason"},
        {**CLOSED, "account": 1},
        {**CLOSED, "at_ns": True},
        {**CLOSED, "reason": None},
        [],
    ],
)
def test_another_shape_is_refused(body):
    with pytest.raises(RefusedError) as caught:
        facts.decode("SessionClosed", pack(body))
    assert caught.value.code == "EN002"


def test_an_unknown_kind_is_refused():
    with pytest.raises(RefusedError, match="Surprise"):
        facts.decode("Surprise", b"\x80")
    assert facts.decode("SessionClosed", pack(CLOSED)) == SessionClosed(**CLOSED)
