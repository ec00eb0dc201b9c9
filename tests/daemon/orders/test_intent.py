import pytest

from edgenode.daemon.orders.intent import carried_of
from edgenode.model.errors import RefusedError
from tests.core.world import World


@pytest.mark.parametrize(
    ("break_id", "amount", "found"),
    [
        ("balance_mismatch:a/USDC", "-12.50", -12_500_000),
        ("position_mismatch:a/WETH-USDC", "-0.40", -40),
    ],
)
def test_what_is_carried_in_is_written_in_whole_units(break_id, amount, found):
    assert carried_of(break_id, amount, World().state.rules) == found


@pytest.mark.parametrize(
    ("break_id", "amount", "code"),
    [
        ("balance_mismatch:a/XYZ", "1", "EN006"),
        ("balance_mismatch:a/USDC", "0.0000001", "EN005"),
        ("balance_mismatch:a/USDC", "1e3", "EN002"),
    ],
)
def test_an_amount_of_unknown_scale_or_off_its_grid_is_refused(break_id, amount, code):
    with pytest.raises(RefusedError) as refused:
        carried_of(break_id, amount, World().state.rules)
    assert refused.value.code == code
