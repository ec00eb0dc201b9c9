import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.ledger.merkle import (
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    root_of,
)
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import RefusedError
from tests.examples import examples

LEAVES = [hashlib.sha256(b"%d" % at).digest() for at in range(2_100)]
sizes = st.integers(0, len(LEAVES))


class Counted:
    """Leaves, and how many of them were asked for."""

    def __init__(self):
        self.read = 0

    def __call__(self, start, end):
        self.read += end - start
        return LEAVES[start:end]


@settings(max_examples=examples(150))
@given(st.lists(sizes, min_size=1, max_size=6))
def test_roots_are_those_of_the_plain_tree_in_any_order_of_asking(asked):
    tree = Tree(Counted())
    for size in asked:
        assert tree.root_at(size) == root_of(LEAVES[:size])
        assert tree.frontier(size).root == root_of(LEAVES[:size])


@settings(max_examples=examples(150))
@given(st.lists(st.tuples(sizes, sizes).map(sorted), min_size=1, max_size=4))
def test_proofs_are_the_plain_ones_and_verify(asked):
    tree = Tree(Counted())
    for size1, size2 in asked:
        proof = tree.proof(size1, size2)
        if size1 == 0:
            assert proof == ()
            continue
        assert list(proof) == consistency_proof(lambda a, b: LEAVES[a:b], size1, size2)
        check_consistency(size1, size2, proof, tree.root_at(size1), tree.root_at(size2))


def test_growing_by_one_reads_only_the_last_tile():
    leaves = Counted()
    tree = Tree(leaves)
    tree.root_at(2_000)
    before = leaves.read
    for size in range(2_000, 2_040):
        tree.proof(size, size + 1)
        tree.root_at(size + 1)
    assert leaves.read - before <= 2_040 - 2_000 + 256


def test_leaves_that_are_not_there_are_refused():
    tree = Tree(lambda start, end: LEAVES[start : min(end, 300)])
    with pytest.raises(RefusedError, match="leaves of tile 1"):
        tree.root_at(400)
    assert tree.root_at(300) == root_of(LEAVES[:300])
    with pytest.raises(RefusedError):
        tree.proof(5, 4)


def edge(size):
    return Tree(Counted()).frontier(size)


@settings(max_examples=examples(200))
@given(st.lists(sizes, min_size=1, max_size=5).map(sorted), st.data())
def test_behind_a_cut_that_moves_on_roots_and_proofs_are_those_of_the_whole_tree(cuts, data):
    at = [0]

    def leaves(start, end):
        assert start >= at[0], "a leaf below the cut was asked for"
        return LEAVES[start:end]

    tree, whole = Tree(leaves, lambda: edge(at[0])), Tree(Counted())
    for cut in cuts:
        at[0] = cut
        one = data.draw(st.integers(cut, len(LEAVES)))
        two = data.draw(st.integers(one, len(LEAVES)))
        assert tree.begins == cut
        assert tree.root_at(one) == whole.root_at(one)
        assert tree.frontier(two).to_bytes() == whole.frontier(two).to_bytes()
        if one:
            assert tree.proof(one, two) == whole.proof(one, two)
        if one < two:
            assert tree.inclusion(one, two) == whole.inclusion(one, two)


@settings(max_examples=examples(100))
@given(st.integers(1, len(LEAVES)), st.data())
def test_inclusion_proofs_are_the_plain_ones_and_verify(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(Counted())
    proof = tree.inclusion(index, size)
    assert list(proof) == inclusion_proof(lambda a, b: LEAVES[a:b], index, size)
    check_inclusion(LEAVES[index], index, size, proof, tree.root_at(size))
    with pytest.raises(RefusedError):
        tree.inclusion(size, size)


@pytest.mark.parametrize("cut", [5, 256, 700, 1_024])
def test_what_lies_below_the_cut_is_refused_as_pruned(cut):
    tree = Tree(Counted(), lambda: edge(cut))
    for ask in (
        lambda: tree.root_at(cut - 1),
        lambda: tree.proof(cut - 1, 2_000),
        lambda: tree.frontier(cut - 1),
        lambda: tree.inclusion(0, 2_000),
    ):
        with pytest.raises(RefusedError) as refused:
            ask()
        assert refused.value.code == "EN409"
    assert tree.proof(0, 2_000) == ()
