"""A report's page: verdict first, then its parts; one file, no script, light, dark and on paper.

Text is escaped here; what is called `html` is markup of ours already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

ICONS = {"ready": "✓", "warn": "!", "stop": "▶", "fault": "✕"}
MINUS = "−"  # noqa: RUF001  a true minus


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a report says first. `state`: ready | warn | stop | fault."""

    state: str
    head: str
    text: str = ""


def page(*, title: str, strip: str, verdict: Verdict, parts: Iterable[str], note: str) -> str:
    """Return the whole document; `strip` and `parts` are HTML."""
    name = escape(title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<link rel="icon" href="data:,">
<style>{style()}</style>
</head>
<body>
<p class="strip">{strip}</p>
<header><h1>{name}</h1></header>
<main>
{card(verdict)}
{"".join(parts)}
</main>
<footer><p class="note">{escape(note)}</p></footer>
</body>
</html>
"""


def style() -> str:
    """Return the style that every report shares."""
    found = resources.files("edgenode.daemon.report").joinpath("static", "report.css")
    return found.read_text("utf-8")


def card(verdict: Verdict, role: str = "status") -> str:
    """Return the verdict's box."""
    icon, text = ICONS[verdict.state], escape(verdict.text)
    head = f"<strong>{escape(verdict.head)}</strong> " if verdict.head else ""
    return (
        f'<div class="state {verdict.state}" role="{role}"><span class="icon" aria-hidden="true">'
        f"{icon}</span><p>{head}{text}</p></div>"
    )


def section(title: str, *html: str, note: str = "") -> str:
    """Return one part of a page under its title."""
    told = f'<p class="note">{escape(note)}</p>' if note else ""
    return f'<section class="card"><h2>{escape(title)}</h2>{"".join(html)}{told}</section>'


def figure(svg: str, caption: str) -> str:
    """Return a chart with what it says beneath it."""
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def pair(*html: str) -> str:
    """Return parts side by side where there is room."""
    return f'<div class="pair">{"".join(html)}</div>'


def table(label: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first column names its row, all others are figures or short words."""
    return _table(label, head, rows, '<td class="n">', "")


def listing(label: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of words, which may run over several lines."""
    return _table(label, head, rows, "<td>", ' class="words"')


def _table(
    label: str, head: Sequence[str], rows: Iterable[Sequence[str]], cell: str, style: str
) -> str:
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"{cell}{escape(text)}</td>" for text in row[1:])
        + "</tr>"
        for row in rows
    )
    name = escape(label, quote=True)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table{style}><thead>'
        f"<tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def legend(meanings: Iterable[tuple[str, str]]) -> str:
    """Return words and what they mean."""
    told = (
        f"<div><dt>{escape(word)}</dt><dd>{escape(text)}</dd></div>" for word, text in meanings
    )
    return f'<dl class="legend">{"".join(told)}</dl>'


def paragraph(text: str) -> str:
    """Return one paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def number(value: float | None, decimals: int = 2) -> str:
    """Return a number with thousands apart and a true minus; `-` for none."""
    return "-" if value is None else f"{value:,.{decimals}f}".replace("-", MINUS)


def between(low: float | None, high: float | None, decimals: int = 2) -> str:
    """Return an interval, `-` where there is none."""
    if low is None or high is None:
        return "-"
    return f"{number(low, decimals)} to {number(high, decimals)}"
