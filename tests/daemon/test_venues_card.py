"""The page's card of venues: a row each, what is unknown is a dash, names are escaped."""

from html.parser import HTMLParser

from edgenode.daemon.page.venues import UNKNOWN, card
from tests.core.estimate.venues.test_hedges import story
from tests.core.world import World
from tests.daemon.test_venue_map import shown


def cells(html):
    found, text = [], []

    class Cells(HTMLParser):
        def handle_starttag(self, tag, _):
            if tag == "td":
                text.clear()

        def handle_data(self, data):
            text.append(data)

        def handle_endtag(self, tag):
            if tag == "td":
                found.append("".join(text))

    Cells().feed(html)
    return [found[i : i + 6] for i in range(0, len(found), 6)]


def test_before_anything_is_known_each_figure_is_a_dash():
    rows = cells(card(shown(World())))
    assert rows == [
        ["a reference and hedges", *[UNKNOWN] * 5],
        ["b hedges", *[UNKNOWN] * 5],
    ]


def test_what_a_venue_executed_and_its_share_are_told():
    world = story(("a", 100, "filled"), ("b", 0, "canceled"))
    (_, *_, a_executed, a_share), (_, *_, b_executed, b_share) = cells(card(shown(world)))
    assert (a_executed, a_share) == ("100 % of 1", "100 % 100 %")
    assert (b_executed, b_share) == ("0 % of 1", "0 % 0 %")


def test_without_a_policy_there_is_no_card():
    assert card({}) == card(shown(World(funded=False))) == ""


def test_a_name_is_no_markup():
    found = shown(World())
    found["venues"][0]["venue"] = "<script>"
    assert "<script>" not in card(found)
