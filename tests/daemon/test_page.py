"""The page as text: what it says in each state, and that nothing escapes into it."""

import copy
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.programmes import Programme, ProgrammeKey, Refusal
from edgenode.daemon.page.page import VERDICTS, fragments, link_text, render, title
from edgenode.daemon.view import programmes
from edgenode.model.errors import REGISTRY
from edgenode.model.ids import DESK_OVERLAY
from tests.core.world import WETH, World

STATUS = {
    "node_id": "edge-07", "mode": "paper", "verdict": "HEDGING", "trading_state": "active",
    "quoting": True, "unhedged": False,
    "residual": "-4.67 WETH", "market_time": "2022-07-27T18:15:00.000Z", "problems": [],
    "paused": False, "hedges_paused": False,
    "ledger": {"size": 813, "root": "ab" * 32},
    "exposure": [{
        "instrument": "WETH-USDC", "exposure_quantity": "-11.87", "mandate_quantity": "-2.60",
        "overlay_quantity": "9.26", "net_quantity": "-5.21", "net_min": "-10.21",
        "net_max": "-0.21", "exposed_quantity": "-5.21", "exposed_min": "-5.21",
        "exposed_max": "-0.21", "band_quantity": "10.00", "overlay": True,
    }],
    "hedge_room": [
        {"instrument": "WETH-USDC", "side": "buy", "quantity": "4.79", "least": "depth",
         "bounded_by": "by depth at venues", "reducing_quantity": "0.21"},
        {"instrument": "WETH-USDC", "side": "sell", "quantity": "4.79", "least": "depth",
         "bounded_by": "by depth at venues", "reducing_quantity": "0.00"},
    ],
    "pnl": {"amount": "-427.091234", "currency": "USDC"},
    "wallet": [
        {"kind": "cash", "unit": "USDC", "available": "259611.26", "granted": "300000.00"},
        {"kind": "position", "unit": "lots", "side": "buy", "available": "9074",
         "granted": "10000"},
    ],
    "events": [{"event_id": "ev-1", "name": "FOMC", "spent": "12.41", "cap": "250.00",
                "currency": "USDC", "running": True, "ends": "2022-07-27T18:30:00.000Z"}],
    "sync": {
        "online": False, "offline_since": "2026-11-23T10:00:00.000Z",
        "checked_at": "2026-11-23T11:05:00.000Z", "unsynced_entries": 1352, "acked_size": 900,
        "at_risk": {"amount": "54.25", "currency": "USDC"},
        "hedging_money": {"used": "54.25", "granted": "500.00", "currency": "USDC"},
    },
}  # fmt: skip
SERIES = {"t": [1_658_943_600, 1_658_943_660], "volume": [64.8, 30.6], "exposure": [1.5, None]}


class Shape(HTMLParser):
    """Checks that tags close in order, and collects texts and ids."""

    VOID = frozenset({"meta", "link", "input", "br", "path", "img"})

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.ids, self.tags = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data.strip())


def shape(html):
    found = Shape()
    found.feed(html)
    assert found.open == []
    return found


def page(**changes):
    return render({**STATUS, **changes}, SERIES, "token-1")


def test_the_page_is_well_formed_and_says_everything_without_a_script():
    found = shape(page())
    texts = " ".join(found.texts)
    for said in ("HEDGING", "PAPER", "edge-07", "\N{MINUS SIGN}5.21", "\N{MINUS SIGN}427.10",
                 "259,611 of 300,000 USDC", "Desk's room to buy", "Position left, buy",
                 "by depth at venues; 0.21 reduce net", "FOMC until 18:30 UTC: 12.41 of 250.00",
                 "64.80"):  # fmt: skip
        assert said in texts, said
    assert len(found.ids) == len(set(found.ids))
    forms = [attrs for tag, attrs in found.tags if tag == "form"]
    assert {(f["method"], f["action"]) for f in forms} == {("post", "/pause"), ("post", "/resume")}
    hidden = [a["value"] for t, a in found.tags if t == "input" and a.get("name") == "csrf"]
    assert hidden == ["token-1", "token-1"]


def test_money_is_rounded_against_us_as_in_a_report():
    status = copy.deepcopy(STATUS)
    status["events"][0]["spent"] = "2.159135"
    status["sync"]["hedging_money"]["used"] = "11.680325"
    status["wallet"][0] |= {"available": "988.319675", "granted": "1000.00"}
    status["pnl"]["amount"] = "9.930865"
    texts = " ".join(shape(render(status, SERIES, "t")).texts)
    for said in ("2.16 of 250.00", "used: 11.69 of 500.00", "988.31 of 1,000.00", "+9.93"):
        assert said in texts, said


def test_less_than_nothing_has_a_true_minus_everywhere():
    series = {**SERIES, "exposure": [-1.5, -1.5]}
    status = copy.deepcopy(STATUS)
    status["exposure"][0]["programme"] = {"said": "-0.09 due, -1.45 scheduled (band)"}
    texts = " ".join(shape(render(status, series, "t")).texts)
    for said in ("exposed: \N{MINUS SIGN}4.67 WETH", "net \N{MINUS SIGN}1.50.",
                 "\N{MINUS SIGN}0.09 due, \N{MINUS SIGN}1.45 scheduled"):  # fmt: skip
        assert said in texts, said


@pytest.mark.parametrize(
    ("programme", "row", "works"),
    [
        ({}, {}, False),
        ({"planned_quantity": "7.41"}, {}, True),
        ({"carried_quantity": "-0.01"}, {}, True),
        ({"working_quantity": "0.02"}, {}, True),
        ({}, {"exposed_max": "10.01"}, True),
        ({}, {"programme": None}, True),
    ],
)
def test_hedges_that_are_only_held_are_not_said_to_work(programme, row, works):
    waits = {f"{name}_quantity": "0.00" for name in ("working", "carried", "planned")}
    held = [{**STATUS["exposure"][0], "programme": {**waits, **programme}, **row}]
    html = fragments({**STATUS, "exposure": held}, SERIES)["verdict"]
    assert (VERDICTS["HEDGING"][1] in html) == works
    assert ("Up to 10.00 WETH is carried unhedged; 5.21 now." in html) == (not works)


def test_the_title_carries_the_verdict():
    assert title(STATUS) == "HEDGING · edge-07 · PAPER"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_has_its_word_its_drawing_and_its_meaning(verdict):
    flat = [{**STATUS["exposure"][0], "exposed_quantity": "0.00"}]
    html = fragments({**STATUS, "verdict": verdict, "exposure": flat}, SERIES)["verdict"]
    assert f"<strong>{verdict}</strong>" in html
    assert VERDICTS[verdict][1] in html
    assert "<svg" in html


def test_nothing_that_others_wrote_escapes_into_the_page():
    evil = "<script>alert(1)</script>\"'&"
    status = copy.deepcopy(STATUS)
    status |= {"node_id": evil, "residual": evil, "verdict": evil, "trading_state": evil}
    status["problems"] = [{"severity": evil, "code": evil, "text": evil, "do": evil}]
    status["events"][0]["name"] = evil
    status["exposure"][0] |= {"instrument": evil, "exposed_quantity": evil}
    status["wallet"][0]["unit"] = evil
    html = render(status, SERIES, evil)
    assert "<script>alert" not in html
    scripts = [attrs for tag, attrs in shape(html).tags if tag == "script"]
    assert all("src" in attrs for attrs in scripts)


def test_missing_figures_are_shown_as_missing():
    status = {**STATUS, "pnl": None, "exposure": [], "wallet": [], "events": [],
              "sync": {"configured": False}, "ledger": {"size": 0, "root": None}}  # fmt: skip
    html = render(status, {"t": [], "volume": [], "exposure": []}, "t")
    found = " ".join(shape(html).texts)
    assert "No market data yet" in found
    assert "No centre: works alone" in found


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({}, "down",
         "Offline 1 h 5 m, 1352 queued, hedging money used: 54.25 of 500.00 USDC"),
        ({"offline_since": "2026-11-23T11:04:30.000Z", "hedging_money": None}, "down",
         "Offline 30 s, 1352 queued"),
        ({"offline_since": None, "hedging_money": None}, "down", "Offline, 1352 queued"),
        ({"offline_since": None, "hedging_money": None, "refused": "It was revoked."}, "down",
         "Centre takes nothing, 1352 queued"),
        ({"online": True, "unsynced_entries": 0}, "up", "Online, 900 entries confirmed"),
        ({"online": True}, "up", "Online, 900 entries confirmed, 1352 on the way"),
    ],
)  # fmt: skip
def test_the_link_in_words(change, kind, words):
    assert link_text({**STATUS["sync"], **change}) == (kind, words)


def test_an_event_that_ends_another_day_says_the_day():
    ends = {**STATUS["events"][0], "ends": "2022-07-28T02:00:00.000Z"}
    html = fragments({**STATUS, "events": [ends]}, SERIES)["event"]
    assert "FOMC until 2022-07-28 02:00 UTC: " in html


@pytest.mark.parametrize(
    ("held", "said"), [(False, "Hedging goes on."), (True, "Hedges are held too")]
)
def test_a_pause_says_whether_hedges_are_held(held, said):
    html = page(verdict="PAUSED", paused=True, hedges_paused=held)
    assert said in html
    assert ("Hedging goes on" in html) is not held
    boxes = [a for t, a in shape(html).tags if t == "input" and a.get("name") == "hedges"]
    assert ["checked" in box for box in boxes] == [held]


def test_a_break_is_worded_for_people_first_and_for_technicians_after():
    problem = {
        "severity": "warning", "code": "EN408", "text": "Venue a reported it twice", "do": "Ask a",
        "break_id": "fill_content:a/x1", "detail": "known content 9133f5d4",
    }  # fmt: skip
    html = fragments({**STATUS, "problems": [problem]}, SERIES)["problems"]
    told = [text for text in shape(html).texts if text]
    assert told == [
        "Venue a reported it twice", "Ask a", "EN408 fill_content:a/x1", "known content 9133f5d4",
    ]  # fmt: skip


SAID = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), min_size=1)
BESIDE = ("scope", "cause", "ends", "break_id", "detail", "programme_id")  # any row may lack any


@given(
    st.fixed_dictionaries(
        {
            "code": st.sampled_from(sorted(REGISTRY)),
            "severity": st.sampled_from(["warning", "error"]),
            "text": SAID,
            "do": st.just("") | SAID,
            "since": st.none() | st.just("2022-07-27T18:15:00.000Z"),
        },
        optional=dict.fromkeys(BESIDE, SAID) | {"times": st.integers(1)},
    )
)
def test_every_problem_is_shown_whatever_its_row_has_beside_its_words(row):
    html = page(problems=[row])
    (shown,) = [part for part in html.split("<li ")[1:] if row["code"] in part]
    assert escape(row["text"]) in shown
    assert escape(row["do"]) in shown
    for name in ("scope", "cause", "ends", "break_id", "detail"):
        assert name not in row or escape(row[name]) in shown
    shape(html)


def test_hedges_that_do_not_go_out_are_told_with_their_cause_and_no_scope():
    state = World().state
    denied = {"EN113 funds": Refusal(times=2, since_ns=0, detail="cash: 7, limit 5")}
    key = ProgrammeKey(DESK_OVERLAY, WETH)
    state.programmes.held[key] = Programme(id="overlay:WETH-USDC", denied=denied)
    (row,) = programmes.problems(state)
    assert "scope" not in row
    html = page(problems=[row])
    assert "by <code>EN113 funds</code>" in html


def test_only_parts_that_changed_differ():
    one = fragments(STATUS, SERIES)
    two = fragments({**STATUS, "verdict": "PAUSED"}, SERIES)
    assert [name for name in one if one[name] != two[name]] == ["verdict"]
    assert set(one) <= set(shape(page()).ids)


def test_a_ready_box_says_whether_it_quotes_and_whether_anything_is_left_to_hedge():
    def said(*, quoting=True, unhedged=False, net="0.00", overlay=True):
        rows = [{**STATUS["exposure"][0], "exposed_quantity": net, "overlay": overlay}]
        status = {**STATUS, "verdict": "READY", "quoting": quoting, "unhedged": unhedged}
        return fragments({**status, "exposure": rows}, SERIES)["verdict"]

    assert "Quoting and taking orders. Nothing to hedge." in said()
    assert "Taking orders; not quoting. Nothing" in said(quoting=False)
    exposed = said(unhedged=True)
    assert "No hedge is under way for what is exposed." in exposed
    assert "Nothing to hedge" not in exposed
    carried = said(net="-8.50")
    assert "orders. Up to 10.00 WETH is carried unhedged; 8.50 now." in carried
    assert "No overlay: up to 10.00 WETH is carried" in said(net="8.50", overlay=False)
    assert "Nothing to hedge" not in carried


def test_each_grant_is_told_by_its_name_currency_and_end():
    status = copy.deepcopy(STATUS)
    ends = "2100-01-01T00:00:00.000Z"
    status["wallet"] = [
        {"grant": name, "kind": "cost", "unit": unit, "available": "1.00", "granted": "2.00",
         "expires_at": ends}
        for name, unit in (("cost-1", "USDC"), ("cost-2", "EUR"))
    ]  # fmt: skip
    shown = fragments(status, SERIES)["money"]
    assert "Cost left (cost-1)</dt><dd>1.00 of 2.00 USDC <small>until 2100-01-01 00:00" in shown
    assert "Cost left (cost-2)</dt><dd>1.00 of 2.00 EUR" in shown
