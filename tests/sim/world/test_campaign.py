"""What `tools/campaign sim` refuses before it begins, and the page that it writes."""

import pytest

from edgenode.sim.world import __main__ as campaign_main
from edgenode.sim.world import campaign, report


@pytest.fixture
def nothing_runs(monkeypatch):
    def run(*_, **__):
        raise AssertionError("the worlds began")

    monkeypatch.setattr(campaign, "run", run)


@pytest.mark.parametrize(
    "args",
    [
        ("--seeds", "0"), ("--seeds", "-3"), ("--seeds", "many"), ("--jobs", "0"),
        ("--html", "/nope/x.html"), ("--json", "/nope/x.json"), ("--html", "/"),
    ],
)  # fmt: skip
def test_what_cannot_end_well_is_refused_before_a_world_lives(nothing_runs, args, capsys):
    with pytest.raises(SystemExit) as ended:
        campaign_main.main([*args])
    assert ended.value.code == 2
    assert f"argument {args[0]}" in capsys.readouterr().err


def test_a_file_that_can_be_written_is_taken_and_not_touched(tmp_path):
    new, old = tmp_path / "new.html", tmp_path / "old.html"
    old.write_text("before")
    assert [campaign_main.writable(str(path)) for path in (new, old)] == [new, old]
    assert not new.exists()
    assert old.read_text() == "before"


def test_the_page_fits_a_telephone():
    page = report.as_html(campaign.Campaign(0))
    assert '<meta name=viewport content="width=device-width, initial-scale=1">' in page


def test_a_scenario_of_which_no_world_lived_did_not_hold(capsys):
    tallies = {"links": campaign.Tally(worlds=1), "copies": campaign.Tally()}
    campaign_main.tell(campaign.Campaign(1, tallies))
    links, copies = capsys.readouterr().err.splitlines()
    assert links.endswith("held")
    assert copies.endswith("none lived")
