"""The centre's time: only of a fresh signature, counted on, and never an earlier one."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.sync.signed_time import ANSWER_NS_MAX, HEADS_MAX, SECOND_NS, SignedTime

NOON_S = 1_700_000_000


def shown(made_ns=5 * SECOND_NS, answered_ns=6 * SECOND_NS, at_s=NOON_S):
    time = SignedTime()
    time.made(7, made_ns)
    time.signed(7, at_s, "note", answered_ns)
    return time


def test_nothing_is_known_before_the_centre_signed():
    assert SignedTime().at(5) is None


def test_time_counts_on_from_the_moment_at_which_it_can_have_been_signed_first():
    now_ns, evidence = shown().at(8 * SECOND_NS)
    assert (now_ns, evidence) == ((NOON_S + 3) * SECOND_NS, "note")


def test_a_head_of_before_the_start_and_an_answer_held_back_show_nothing():
    time = SignedTime()
    time.signed(7, NOON_S, "note", 1)  # cosigned before, told again
    time.made(9, 2)
    time.signed(8, NOON_S, "note", 3)
    assert time.at(4) is None
    assert shown(0, ANSWER_NS_MAX).at(1) is not None
    assert shown(0, ANSWER_NS_MAX + 1).at(1) is None


def test_an_acknowledgement_shows_time_by_its_own_head_and_only_once():
    time = SignedTime()
    for size in (3, 5, 7):
        time.made(size, size * SECOND_NS)
    time.signed(5, NOON_S, "five", 8 * SECOND_NS)
    assert time.at(5 * SECOND_NS).now_ns == NOON_S * SECOND_NS
    time.signed(5, NOON_S + 99, "five again", 8 * SECOND_NS)
    assert time.at(5 * SECOND_NS).evidence == "five"
    time.signed(7, NOON_S + 99, "seven", 8 * SECOND_NS)
    assert time.at(7 * SECOND_NS) == ((NOON_S + 99) * SECOND_NS, "seven")


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20), st.integers(0, 10**9))))
def test_what_was_shown_never_goes_back(signatures):
    time, boot_ns, before = SignedTime(), 0, None
    for size, (waits_s, answers_s, at_s) in enumerate(signatures, 1):
        boot_ns += waits_s * SECOND_NS
        time.made(size, boot_ns)
        boot_ns += answers_s * SECOND_NS
        time.signed(size, at_s, "", boot_ns)
        now = time.at(boot_ns)
        if before is not None:
            assert now.now_ns - before[0] >= boot_ns - before[1]
        before = (now.now_ns, boot_ns) if now else None


def test_heads_that_nobody_cosigns_are_let_go_of():
    time = SignedTime()
    for size in range(1, HEADS_MAX + 2):
        time.made(size, size)
    time.signed(1, NOON_S, "note", HEADS_MAX + 2)
    assert time.at(HEADS_MAX + 2) is None
