"""Every number that others write has both ends, and every text an end, before it is used.

Shapes of foreign text are found by what they are, so that a new one without bounds fails here.
"""

import importlib
import pkgutil

import msgspec
import pytest
from msgspec import inspect

import edgenode
from edgenode.central.desk import asked
from edgenode.model.errors import RefusedError

# Amounts in a currency's smallest unit, bounded where they are judged (core/venues/credible).
MONEY_OF_VENUES = {"fee_minor", "balances", "positions"}
ELSEWHERE = {"Missing", "Bar"}  # told of an answer, not read from it; judged by its reader


def structs():
    for module in pkgutil.walk_packages(edgenode.__path__, "edgenode."):
        if ".sim" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting, found = [msgspec.Struct], set()
    while waiting:
        for cls in waiting.pop().__subclasses__():
            waiting.append(cls)
            if cls.__module__.startswith("edgenode.") and ".sim." not in cls.__module__:
                found.add(cls)
    return sorted(found, key=lambda cls: (cls.__module__, cls.__name__))


def numbers(kind):
    match kind:
        case inspect.IntType() | inspect.FloatType():
            yield kind
        case inspect.UnionType(types=kinds):
            for one in kinds:
                yield from numbers(one)
        case inspect.TupleType(item_types=kinds):
            for one in kinds:
                yield from numbers(one)
        case inspect.VarTupleType(item_type=one) | inspect.ListType(item_type=one):
            yield from numbers(one)
        case inspect.DictType(value_type=one):
            yield from numbers(one)
        case _:
            return


def open_ended(number):
    low = number.ge is None and number.gt is None
    return low or (number.le is None and number.lt is None)


def test_every_number_in_a_shape_that_others_fill_has_both_ends():
    found = structs()
    assert len(found) > 30
    lacking = [
        f"{cls.__module__}.{cls.__name__}.{field.name}"
        for cls in found
        if cls.__name__ not in ELSEWHERE
        for field in inspect.type_info(cls).fields
        if field.name not in MONEY_OF_VENUES
        and any(open_ended(number) for number in numbers(field.type))
    ]
    assert not lacking


@pytest.mark.parametrize(
    "args", [{"desk": "x" * 70_000}, {"facts": [{"reason": "x" * 201}]}, {"reason": " "}]
)
def test_a_text_that_no_entry_should_hold_is_refused(args):
    with pytest.raises(RefusedError) as caught:
        asked.check_texts(args)
    assert caught.value.code == "EN002"
