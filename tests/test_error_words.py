"""Every error says what was found, what was expected and what to do: read from the syntax."""

import ast

import pytest

from tests.test_shape import modules, name, nodes

ERRORS = {"EdgenodeError", "RefusedError", "UnreachableError", "InvariantBrokenError"}
WORDED = {"expected", "do"}
RINGS = ("model", "wire", "core", "services", "adapters", "daemon", "central", "cli")


def built(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS
    )


@pytest.mark.parametrize(
    "module", modules(*(f"edgenode/{ring}" for ring in RINGS)), ids=name
)  # fmt: skip
def test_an_error_is_built_with_what_was_found_expected_and_what_to_do(module):
    for node in filter(built, nodes(module)):
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        where = f"{name(module)}:{node.lineno}"
        assert node.args, f"{where} says nothing of what was found"
        assert words.keys() >= WORDED, f"{where} lacks {sorted(WORDED - words.keys())}"
        for said in (node.args[0], *(words[word] for word in WORDED)):
            assert not isinstance(said, ast.Constant) or said.value, f"{where} has an empty text"
