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


def test_the_title_says_when_it_ended_also_if_it_was_closed_earlier(found):
    event = {"starts": "2026-12-01T16:24:21.808Z", "ends": "2026-12-01T16:49:21.000Z"}
    for closed, told in (("2026-12-01T16:39:38.543Z", "16:39:38"), (None, "16:49:21")):
        early = {**found, "event": {**found["event"], **event, "closed_at": closed}}
        assert f", 2026-12-01 16:24:21 to {told} UTC</h1>" in event_page.render(early)


def test_what_was_earned_is_rounded_down_and_what_was_spent_up(found):
    told = json.loads(json.dumps(found))
    told["instruments"][0]["result"]["pnl"] = {"amount": "9.930865", "currency": "USDC"}
    told["cost"]["spent"] = {"amount": "2.159135", "currency": "USDC"}
    page = event_page.render(told)
    assert ">9.93 USDC<" in page
    assert ">2.16 USDC of " in page
