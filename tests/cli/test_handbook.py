"""The handbook is read offline, a page a topic."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgenode.cli.edgenode import cli

PAGES = Path(__file__).parents[2] / "edgenode" / "handbook"


def said(*args):
    done = CliRunner().invoke(cli, ["help", *args, "--json"])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def test_every_page_is_listed_with_its_title():
    code, (*items, summary) = said()
    assert (code, summary["topics"]) == (0, len(items))
    assert [item["topic"] for item in items] == sorted(p.stem for p in PAGES.glob("*.md"))
    assert all(item["title"] for item in items)


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_a_page_is_printed_whole(page):
    code, (summary,) = said(page.stem)
    assert (code, summary["text"]) == (0, page.read_text())


def test_an_unknown_topic_names_those_that_there_are():
    code, (error,) = said("nothing")
    assert (code, error["code"]) == (1, "EN006")
    assert "rekey" in error["expected"]
