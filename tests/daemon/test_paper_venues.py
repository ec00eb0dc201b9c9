"""A late publisher costs more to trust; what is standard there is what the overlay sends."""

from edgenode.daemon.paper_venues import overlay_venue, standard


def test_only_a_venue_that_is_no_reference_may_be_late_and_pays_for_it():
    reference, late = overlay_venue("a", "a", 500), overlay_venue("b", "a", 500)
    assert reference.fee_ppm == late.fee_ppm == 500
    assert reference.age_ms_max < late.age_ms_max
    assert reference.stale_ppm == 0 < late.stale_ppm


def test_a_standard_hedge_is_of_the_instrument_at_that_venue():
    made = standard("b", "WETH-USDC")
    assert (made.venue, made.instrument) == ("b", "WETH-USDC")
