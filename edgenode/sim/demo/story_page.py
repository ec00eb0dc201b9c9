"""The whole page around the story's parts: served while the demo runs, and kept as one file."""

from importlib import resources

from edgenode.daemon.report import document
from edgenode.sim.demo import story_parts
from edgenode.sim.demo.story import Story

TITLE = "One recorded hour, twelve arms, one question: what does the overlay change?"
PAPER = "<b>PAPER</b> · practice, no real money · recorded market, invented centre price"
HATCH = (  # of the cut, for every chart
    '<svg class="defs" aria-hidden="true"><pattern id="hatch" width="8" height="8"'
    ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V8"/></pattern>'
    "</svg>"
)
NOTE = (
    "2022-07-27 and, as the quiet day, 2022-08-07, 17:40 to 18:50 UTC. One path, not evidence: the"
    " recorded price does not answer our trades. Typical = root mean square. The twelve arms are"
    " lived through in virtual time; the two live nodes are processes of their own."
)


def page(of: Story) -> str:
    """Return the page; its script fetches the parts again, without one it has a Reload link."""
    script = '<script src="/story.js" defer></script>'
    reload = '<noscript><p>Does not refresh by itself. <a href="/">Reload</a></p></noscript>'
    return _document(of, script, f'{reload}<p class="note"><a href="/report.html">Report</a></p>')


def report(of: Story) -> str:
    """Return the page as one file that needs nothing else."""
    return _document(of, "", "")


def asset(name: str) -> str:
    """Return the text of a packaged file."""
    return resources.files("edgenode.sim.demo").joinpath("static", name).read_text("utf-8")


def _document(of: Story, script: str, foot: str) -> str:
    part = story_parts.parts(of)
    slot = {name: f'<div id="{name}">{html}</div>' for name, html in part.items()}
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>edgenode demo, PAPER</title>
<link rel="icon" href="data:,">
<style>{document.style()}{asset("story.css")}</style>
{script}
</head>
<body>
<p class="strip">{PAPER}</p>
{HATCH}
<header><h1>{TITLE}</h1></header>
<p id="lost" class="state warn" role="alert" hidden>The demo no longer answers: this is how it
ended, or was stopped.</p>
<main>
{slot["state"]}
<div class="top">
<section id="numbers" aria-label="Figures">{part["numbers"]}</section>
<section class="card main" aria-labelledby="chart-title">
<div class="head"><h2 id="chart-title">Net exposure, WETH, one minute each</h2>
<fieldset class="switch"><legend>Link of the chart</legend>
<label><input type="radio" name="link" value="cut" checked><span>Link cut 30 min</span></label>
<label><input type="radio" name="link" value="up"><span>Link up</span></label></fieldset></div>
{slot["cut-chart"]}
{slot["up-chart"]}
</section>
</div>
<section class="card" aria-labelledby="live-title"><h2 id="live-title">Two live nodes, recorded
flow, link cut 17:58 to 18:28</h2><ul id="live">{part["live"]}</ul></section>
<section id="panels" class="panels" aria-label="Three flows, link up and cut">{part["panels"]}
</section>
<details class="card"><summary>Table of all arms</summary>{slot["table"]}</details>
<details class="card"><summary>Net exposure by the minute, WETH, as recorded</summary>
{slot["minutes"]}</details>
</main>
<footer><p class="note">{NOTE}</p>{foot}</footer>
</body>
</html>
"""
