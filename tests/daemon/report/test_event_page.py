"""The page of an event report: whole, alone, and no text of the ledger becomes markup."""

import json
import re

import pytest

from edgenode.daemon.report import event_page
from edgenode.daemon.view.event_report import report
from tests.core.report.lived import begun, drop, ended, folded
from tests.daemon.report.test_document import EVIL, Balanced


@pytest.fixture(scope="module")
def found():
    return report(folded(drop()))


def test_the_verdict_comes_first_and_every_part_is_there(found):
    page = Balanced(event_page.render(found))
    text = "".join(page.text)
    places = [
        text.index(part)
        for part in (
            "PAPER", found["verdict"], "WETH-USDC", "What it cost", "Orders and fills",
            "Still open", "What happened", "Proof", found["records"]["digest"],
        )
    ]  # fmt: skip
    assert places == sorted(places)
    assert page.tags.count("svg") == 2
    assert page.tags.count("h1") == 1


def test_it_needs_no_script_and_no_other_file(found):
    page = event_page.render(found)
    assert not re.findall(r"(?:src|href)=\"(?!data:)[^\"]*\"|url\((?!#)|@import|<script", page)
    assert "size: A4" in page


def test_what_people_wrote_stays_text(found):
    evil = json.loads(json.dumps(found))
    evil["event"]["name"] = evil["ledger"] = evil["verdict"] = EVIL
    evil["happened"][0] |= {"what": EVIL, "who": EVIL}
    evil["open"]["breaks"] = [{"break_id": EVIL, "detail": EVIL}]
    evil["instruments"][0] |= {"instrument": EVIL, "unit": EVIL}
    page = event_page.render(evil)
    Balanced(page)
    assert "<script" not in page


def test_what_is_not_known_is_told_and_never_zero(found):
    evil = json.loads(json.dumps(found))
    evil["instruments"][0]["result"] |= {"pnl": None, "mark": None}
    assert "not known" in event_page.render(evil)
    assert "no price" in event_page.render(evil)


def test_an_event_in_which_nothing_happened_has_a_page():
    world = begun()
    ended(world)
    page = Balanced(event_page.render(report(folded(world))))
    assert "Nothing of it is open." in "".join(page.text)


def test_live_money_is_no_paper(found):
    page = event_page.render({**found, "mode": "live"})
    assert "LIVE · real money" in page
    assert "PAPER" not in page
