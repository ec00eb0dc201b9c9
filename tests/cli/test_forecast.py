"""What `edgenode forecast --data` says of the sources beside the one that speaks."""

from edgenode.cli.forecast import _feeds

FEED = {"source": "feed:x", "state": "used", "weight": "1.000", "skill": "0.1200",
        "last_bar_age_s": 61, "sentence": "has 100 % of the say"}  # fmt: skip


def row(*feeds, sources=2):
    first = {"source": "venue:a/W", "feeds": list(feeds)}
    more = [{"source": f"feed:{i}", "feeds": [FEED]} for i in range(sources - 1)]
    return [{"instrument": "W", "source": "venue:a/W", "sources": [first, *more]}]


def test_each_source_beside_it_has_its_weight_skill_age_and_why():
    old = {**FEED, "source": "feed:old", "last_bar_age_s": 3 * 86_400, "skill": None}
    never = {**FEED, "source": "feed:never", "last_bar_age_s": None}
    head, *lines = _feeds(row(FEED, old, never)).strip().splitlines()
    assert head.split()[:3] == ["instrument", "beside", "it"]
    assert [line.split()[1] for line in lines] == ["feed:x", "feed:old", "feed:never"]
    for words in ("used", "1.000", "0.1200", "61 s ago", "has 100 % of the say"):
        assert words in lines[0]
    assert "3 days ago" in lines[1]
    assert "s ago" not in lines[2]


def test_a_source_that_is_alone_says_nothing_of_others():
    assert not _feeds(row(sources=1))
