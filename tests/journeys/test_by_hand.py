"""A newcomer's way in: init, run, an order; then a sandbox venue beside the box."""

import json
import subprocess
import sys
from contextlib import contextmanager

from edgenode.daemon.page.page import MINUS
from tests.journeys.box import NODE, command, order, running
from tests.journeys.centre import until

CHEAP = {"price": "1502.00"}  # across the spread of 1500.00


@contextmanager
def sandbox(*args):
    process = subprocess.Popen(
        [sys.executable, "-c", NODE, "sandbox", "venue", *args, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_first_order_across_the_spread_fills_and_the_page_says_what_the_desk_does(tmp_path):
    data = tmp_path / "box"
    assert command("init", "--data", str(data))[0] == 0
    with running(data) as box:
        assert until(box, lambda s: s["quoting"])["verdict"] == "READY"
        assert "Quoting and taking orders. Nothing to hedge." in box.text("/")
        status, body, _ = box.ask("POST", "/api/v1/orders", order("1", quantity="2.00", **CHEAP))
        assert (status, body["state"], body["filled_quantity"]) == (201, "DONE", "2.00")
        exposed = until(box, lambda s: s["exposure"][0]["net_quantity"] == "-2.00")
        assert exposed["verdict"] == "READY", "policy lets the desk carry it"
        assert f"{MINUS}2.00" in box.text("/")
        assert box.stop() == 0


def test_a_venue_that_is_configured_at_init_is_funded_and_hedged_at(tmp_path):
    early, late = tmp_path / "early", tmp_path / "late"
    with sandbox() as url:
        config = tmp_path / "box.toml"
        config.write_text(
            f'[[venues]]\nid = "a"\nurl = "{url}"\naccount = "desk"\ninstrument = "WETH-USDC"\n'
        )
        args = ("--config", str(config))
        assert command("init", "--data", str(early), *args)[0] == 0
        assert command("init", "--data", str(late))[0] == 0
        with running(early, *args) as box, running(late, *args) as other:
            until(other, lambda s: s["breaks"] == 2)
            status = until(box, lambda s: s["market"] and s["quoting"])
            assert (status["breaks"], status["problems"]) == (0, [])
            told = [row["detail"] for row in other.ask("GET", "/api/v1/breaks")[1]]
            assert told == [
                "the venue says 150000.00 USDC, we say 0.00 USDC",
                "the venue says 100.00 WETH, we say 0.00 WETH",
            ]
            bought = box.ask("POST", "/api/v1/orders", order("1", quantity="4.00", **CHEAP))
            assert (bought[0], bought[1]["filled_quantity"]) == (201, "4.00")
            until(box, lambda s: s["exposure"] and s["exposure"][0]["overlay_quantity"] != "0.00")
            assert box.stop() == 0
