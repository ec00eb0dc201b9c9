from edgenode.core.state.rules import Rules
from edgenode.daemon import paper


def test_only_a_newer_policy_replaces_one():
    rules = Rules()
    for version in (2, 1, 2):
        rules.policy_set(paper.policy(paper.PaperWorld(), 0, version))
    assert (rules.policy.version, rules.version) == (2, 1)
