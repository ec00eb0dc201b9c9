from edgenode.core.state.mandates import Mandates
from edgenode.model.facts import Mandate
from tests.core.world import WETH


def mandate(version, lots):
    return Mandate(at_ns=1, instrument=WETH, quantity_lots=lots, version=version, valid_until=9)


def test_the_newest_version_counts_however_it_arrives():
    mandates = Mandates()
    assert mandates.lots(WETH) == 0
    for version, lots in ((2, -80), (1, -40), (2, -999)):
        mandates.mandated(mandate(version, lots))
    assert mandates.lots(WETH) == -80


def test_an_expired_mandate_still_counts_for_the_centre_may_hold_it():
    mandates = Mandates()
    mandates.mandated(mandate(1, -40))
    assert mandates.lots(WETH) == -40  # long after valid_until
