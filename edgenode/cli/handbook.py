"""`edgenode help`: the handbook, offline."""

from importlib.resources import files
from importlib.resources.abc import Traversable

import click

from edgenode.cli.options import Command
from edgenode.cli.output import emit, json_option, reports_errors
from edgenode.model.errors import RefusedError

SUFFIX = ".md"


@click.command("help", cls=Command)
@click.argument("topic", required=False)
@json_option
@reports_errors
def handbook(topic: str | None, *, as_json: bool) -> None:
    """Print a page of the handbook; without a topic list its pages."""
    pages = _pages()
    if topic is None:
        for name, page in pages.items():
            title = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            item = {"message_type": "item", "topic": name, "title": title}
            emit(item, as_json=as_json, text=f"edgenode help {name:<10} {title}")
        emit({"message_type": "summary", "topics": len(pages)}, as_json=as_json, text="")
        return
    if topic not in pages:
        raise RefusedError(
            f"topic {topic[:40]!r}",
            expected=" | ".join(pages),
            do="edgenode help lists the pages; a command says its options with --help",
            code="EN006",
        )
    text = pages[topic].read_text(encoding="utf-8")
    emit({"message_type": "summary", "topic": topic, "text": text}, as_json=as_json, text=text)


def _pages() -> dict[str, Traversable]:
    """Return the pages by topic."""
    found = (page for page in files("edgenode").joinpath("handbook").iterdir())
    return {
        page.name.removesuffix(SUFFIX): page
        for page in sorted(found, key=lambda page: page.name)
        if page.name.endswith(SUFFIX)
    }
