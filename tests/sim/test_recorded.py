"""A file of recorded minutes: read whole, or refused with the line that is wrong."""

import pytest

from edgenode.model.errors import RefusedError
from edgenode.sim import recorded
from edgenode.sim.recorded import MINUTE_NS

HEAD = "timestamp,netAmount0,netAmount1,closeTick,inAmount0,inAmount1,currentLiquidity"
FIRST = "2022-07-19 00:00:00,-30,19253165598944715626,202693,23814930590,34314688834673185254,42"
SECOND = "2022-07-19 00:01:00,-65,41904775239614695519,202770,42197939610,68803243902877561394,53"


def parsed(*lines):
    return recorded.parse("\n".join(lines))


def refused(*lines):
    with pytest.raises(RefusedError) as caught:
        parsed(*lines)
    assert caught.value.code == "EN002"
    return caught.value.found


def test_minutes_are_read_from_the_customers_side():
    day = parsed(HEAD, FIRST, SECOND)
    assert day.net_flow(day.start_ns) == pytest.approx(-19.253, abs=1e-3)
    assert len(day.minutes) == 24 * 60
    assert day.minutes[5].log_price is None


def test_a_repeated_close_in_a_minute_with_swaps_is_an_unknown_price():
    again = SECOND.replace("00:01:00", "00:02:00")
    day = parsed(HEAD, FIRST, SECOND, again)
    assert day.minutes[2].log_price is None
    assert day.minutes[2].net_flow_weth != 0


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((), "no column"),
        (("time,price", "1,2"), "no column"),
        ((HEAD,), "no minute with a price"),
        ((HEAD, FIRST[:40]), "line 2"),
        ((HEAD, FIRST, SECOND.replace("41904775239614695519", "much")), "line 3"),
        ((HEAD, FIRST, SECOND.replace("202770", "9" * 400)), "line 3"),
        ((HEAD, FIRST, SECOND.replace("07-19", "02-30")), "line 3"),
        ((HEAD, FIRST, SECOND.replace("07-19", "07-20")), "line 3"),
        ((HEAD, FIRST, FIRST), "line 3"),
        ((HEAD, FIRST, SECOND.replace("202770", "99999999")), "line 3: closeTick 99999999"),
        ((HEAD, FIRST, SECOND.replace("202770", "-887272")), "line 3: closeTick -887272"),
        ((HEAD, FIRST, SECOND.replace("202770", "nan")), "line 3"),
        ((HEAD, FIRST, SECOND.replace(",421979", ",-421979")), "below 0"),
        ((HEAD, FIRST, SECOND.replace(",53", ",-53")), "below 0"),
        ((HEAD, FIRST, SECOND.replace("42197939610", "9" * 30)), "more than 1e+09 WETH"),
        ((HEAD, SECOND, FIRST.replace("07-19", "07-18")), "line 3"),
    ],
)
def test_what_is_no_recorded_day_is_refused_with_its_line(lines, found):
    assert found in refused(*lines)


def test_a_day_of_other_seconds_within_its_minutes_counts_by_the_minute():
    day = parsed(HEAD, FIRST.replace("00:00:00", "00:03:59"))
    assert day.minutes[3].log_price is not None
    assert day.start_ns % (24 * 60 * MINUTE_NS) == 0
