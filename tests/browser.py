"""A real browser for tests of the page: headless Chromium, driven over its DevTools protocol."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.patience import PATIENCE_S

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--hide-scrollbars", "--remote-debugging-port=0", "--no-first-run"),
)


class Page:
    """One open page. `problems` collects errors it logged and exceptions that nobody caught."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.problems: list[str] = []

    async def listen(self) -> None:
        """Take what the browser says, until it goes away."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Runtime.exceptionThrown":
                details = said["params"]["exceptionDetails"]
                self.problems.append(str(details.get("exception", details)))
            elif said["method"] == "Log.entryAdded":
                entry = said["params"]["entry"]
                if entry["level"] == "error":
                    self.problems.append(f"{entry['text']} {entry.get('url', '')}")

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and give its result."""
        id_ = next(self._ids)
        answer = self._answers[id_] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": id_, "method": method, "params": params})
        said = await answer
        if "error" in said:
            raise AssertionError(f"{method}: {said['error']}")
        result: dict[str, Any] = said["result"]
        return result

    async def open(self, url: str, *, width: int, height: int) -> None:
        """Go to an address on a screen of this size."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def value(self, expression: str) -> Any:
        """Evaluate a JavaScript expression; a promise is awaited."""
        found = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def until(self, condition: str, *, within_s: float = PATIENCE_S) -> None:
        """Ask, as fast as the browser answers, until a condition holds."""
        try:
            async with asyncio.timeout(within_s):
                while not await self._holds(condition):
                    pass
        except TimeoutError as late:
            raise AssertionError(f"{condition} did not come true; {self.problems}") from late

    async def _holds(self, condition: str) -> bool:
        found = await self.call("Runtime.evaluate", expression=condition, returnByValue=True)
        return bool(found["result"].get("value"))  # an exception is no yes: a page is changing

    async def press(self, selector: str) -> None:
        """Put the pointer down on an element."""
        await self._mouse("mousePressed", await self._at(selector))

    async def release(self, selector: str) -> None:
        """Let it go again."""
        await self._mouse("mouseReleased", await self._at(selector))

    async def click(self, selector: str) -> None:
        """Press and release at once, however slow this test is between two commands."""
        at = await self._at(selector)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._mouse("mousePressed", at))
            tasks.create_task(self._mouse("mouseReleased", at))

    async def picture(self) -> bytes:
        """Return what is to be seen, as PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    async def _at(self, selector: str) -> dict[str, float]:
        """Return the middle of an element that was scrolled into view."""
        box = await self.value(
            f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView();"
            " const b = e.getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return {"x": box[0], "y": box[1]}

    async def _mouse(self, kind: str, at: dict[str, float]) -> None:
        await self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)


@asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Page]:
    """Start a browser with a page; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        "chromium", *FLAGS, f"--user-data-dir={profile}", "about:blank",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        port = await _port(process)
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                found = await answer.json()
            url = next(one["webSocketDebuggerUrl"] for one in found if one["type"] == "page")
            async with session.ws_connect(url, max_msg_size=0) as socket:
                page = Page(socket)
                listening = tasks.create_task(page.listen())
                for domain in ("Page", "Runtime", "Log"):
                    await page.call(f"{domain}.enable")
                yield page
                listening.cancel()
    finally:
        process.kill()
        await process.wait()


async def _port(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        async for line in process.stderr:
            text = line.decode(errors="replace")
            if "DevTools listening on" in text:
                return text.split("127.0.0.1:")[1].split("/")[0]
    raise AssertionError("chromium did not start")
