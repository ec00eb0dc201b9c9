"""A report is one file that needs nothing else, and shows what it is given as text."""

import re
from html.parser import HTMLParser

import pytest

from edgenode.daemon.report.document import (
    ICONS,
    Verdict,
    between,
    figure,
    legend,
    number,
    page,
    paragraph,
    section,
    table,
)

EVIL = '<script>alert("x")</script> & more'
VOID = {"meta", "link"}


class Balanced(HTMLParser):
    """Checks that elements close in order; collects tags and text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag, _):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)


def made(state="ready"):
    parts = [
        section(EVIL, paragraph(EVIL), figure("<svg></svg>", EVIL), note=EVIL),
        section("table", table(EVIL, [EVIL, "n"], [[EVIL, EVIL]]), legend([(EVIL, EVIL)])),
    ]
    return page(
        title=EVIL, strip="<b>PAPER</b>", verdict=Verdict(state, EVIL, EVIL), parts=parts,
        note=EVIL,
    )  # fmt: skip


@pytest.mark.parametrize("state", ICONS)
def test_a_page_is_whole_and_its_verdict_comes_before_every_part(state):
    found = Balanced(made(state))
    assert found.tags.count("script") == 0
    text = "".join(found.text)
    assert text.index(ICONS[state]) < text.index("table")
    assert text.count("alert(") == 14


def test_a_page_needs_no_other_file():
    assert not re.findall(r"(?:src|href)=\"(?!data:)[^\"]*\"|url\((?!#)|@import|<script", made())


def test_numbers_have_a_true_minus_and_none_is_a_dash():
    assert number(-1_234.5) == "−1,234.50"  # noqa: RUF001
    assert number(None) == between(None, 1.0) == "-"
    assert between(-1.0, 2.0, 1) == "−1.0 to 2.0"  # noqa: RUF001
