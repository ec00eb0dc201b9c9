"""One word, one meaning: the glossary names no word twice."""

from collections import Counter
from pathlib import Path

GLOSSARY = Path(__file__).parents[1] / "GLOSSARY.md"


def test_no_word_stands_twice():
    rows = [line.split("|") for line in GLOSSARY.read_text().splitlines() if line.startswith("| ")]
    words = Counter(word.strip() for row in rows for word in row[1].replace("/", ",").split(","))
    assert [word for word, times in words.items() if times > 1] == []
