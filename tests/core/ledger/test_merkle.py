"""The tree against RFC 6962's own words, and against 196 cases made by others."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.ledger import merkle
from edgenode.model.errors import RefusedError

LEAVES = [hashlib.sha256(bytes([i])).digest() for i in range(130)]


def leaves(start: int, end: int) -> list[bytes]:
    return LEAVES[start:end]


def by_the_book(found: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if len(found) == 1:
        return found[0]
    k = 1
    while k * 2 < len(found):
        k *= 2
    return merkle.node_hash(by_the_book(found[:k]), by_the_book(found[k:]))


sizes = st.integers(1, len(LEAVES))


@given(sizes)
def test_the_frontier_has_the_root_of_the_rfc_at_every_size(size):
    assert merkle.root_of(LEAVES[:size]) == by_the_book(LEAVES[:size])


def test_the_empty_tree_has_the_hash_of_nothing():
    assert merkle.Frontier().root == hashlib.sha256(b"").digest()


@given(st.integers(0, len(LEAVES)), st.integers(0, len(LEAVES)))
def test_a_frontier_read_back_from_its_bytes_grows_to_the_same_root(cut, end):
    cut, end = sorted((cut, end))
    frontier = merkle.Frontier()
    for leaf in LEAVES[:cut]:
        frontier.append(leaf)
    again = merkle.Frontier.from_bytes(cut, frontier.to_bytes())
    for leaf in LEAVES[cut:end]:
        again.append(leaf)
    assert again.root == merkle.root_of(LEAVES[:end])
    assert frontier.size == cut


@given(st.integers(0, len(LEAVES)), st.integers(0, len(LEAVES)))
def test_many_leaves_at_once_grow_it_as_one_by_one(cut, end):
    cut, end = sorted((cut, end))
    one_by_one, at_once = merkle.Frontier(), merkle.Frontier()
    for leaf in LEAVES[:end]:
        one_by_one.append(leaf)
    at_once.extend(LEAVES[:cut])
    at_once.extend(LEAVES[cut:end])
    assert (at_once.size, at_once.to_bytes()) == (end, one_by_one.to_bytes())


@given(st.integers(-2, 40), st.integers(0, 200))
def test_a_frontier_of_the_wrong_length_is_refused(size, length):
    if size >= 0 and length == 32 * size.bit_count():
        merkle.Frontier.from_bytes(size, bytes(length))
        return
    with pytest.raises(RefusedError) as caught:
        merkle.Frontier.from_bytes(size, bytes(length))
    assert caught.value.code == "EN402"


@given(sizes, st.data())
def test_every_leaf_is_proved_and_no_other_leaf_is(size, data):
    index = data.draw(st.integers(0, size - 1))
    root = merkle.root_of(LEAVES[:size])
    proof = merkle.inclusion_proof(leaves, index, size)
    merkle.check_inclusion(LEAVES[index], index, size, proof, root)
    with pytest.raises(RefusedError):
        merkle.check_inclusion(bytes(32), index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index)) if size > 1 else -1
    with pytest.raises(RefusedError):
        merkle.check_inclusion(LEAVES[index], other, size, proof, root)


@given(sizes, sizes)
def test_every_prefix_is_proved_and_no_changed_history_is(size1, size2):
    size1, size2 = sorted((size1, size2))
    root1, root2 = merkle.root_of(LEAVES[:size1]), merkle.root_of(LEAVES[:size2])
    proof = merkle.consistency_proof(leaves, size1, size2)
    merkle.check_consistency(size1, size2, proof, root1, root2)
    changed = [bytes(32), *LEAVES[1:size1]]
    with pytest.raises(RefusedError):
        merkle.check_consistency(size1, size2, proof, merkle.root_of(changed), root2)


@given(sizes, sizes, st.data())
def test_a_proof_with_a_changed_missing_or_further_hash_is_refused(size1, size2, data):
    size1, size2 = sorted((size1, size2))
    root1, root2 = merkle.root_of(LEAVES[:size1]), merkle.root_of(LEAVES[:size2])
    proof = merkle.consistency_proof(leaves, size1, size2)
    bad = [[*proof, bytes(32)], [bytes(32), *proof]]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bad += [proof[:at] + proof[at + 1 :], [*proof[:at], bytes(32), *proof[at + 1 :]]]
    for wrong in bad:
        with pytest.raises(RefusedError):
            merkle.check_consistency(size1, size2, wrong, root1, root2)


@pytest.mark.parametrize(("size1", "size2"), [(0, 5), (-1, 5), (6, 5)])
def test_a_proof_from_nothing_or_backwards_is_neither_made_nor_accepted(size1, size2):
    root = merkle.root_of(LEAVES[:5])
    with pytest.raises(RefusedError):
        merkle.consistency_proof(leaves, size1, size2)
    with pytest.raises(RefusedError):
        merkle.check_consistency(size1, size2, [], root, root)


@pytest.mark.parametrize("index", [-1, 5])
def test_a_leaf_outside_the_tree_has_no_proof(index):
    with pytest.raises(RefusedError):
        merkle.inclusion_proof(leaves, index, 5)


def decoded(value: str | None) -> bytes:
    return base64.b64decode(value or "")


def proof_of(case: dict[str, object]) -> list[bytes]:
    return [decoded(h) for h in case["proof"] or []]  # type: ignore[attr-defined]


def holds(check, *arguments) -> bool:
    try:
        check(*arguments)
    except RefusedError:
        return False
    return True


def test_all_196_cases_of_transparency_dev_are_judged_as_there(conformance_dir: Path):
    judged = 0
    for path in sorted((conformance_dir / "merkle").rglob("*.json")):
        case = json.loads(path.read_text())
        if path.relative_to(conformance_dir / "merkle").parts[0] == "inclusion":
            found = holds(
                merkle.check_inclusion,
                decoded(case["leafHash"]), case["leafIdx"], case["treeSize"],
                proof_of(case), decoded(case["root"]),
            )  # fmt: skip
        else:
            found = holds(
                merkle.check_consistency,
                case["size1"], case["size2"], proof_of(case),
                decoded(case["root1"]), decoded(case["root2"]),
            )  # fmt: skip
        assert found == (not case["wantErr"]), f"{path}: {case['desc']}"
        judged += 1
    assert judged == 196
