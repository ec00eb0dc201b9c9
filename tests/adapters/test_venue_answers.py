"""Only a venue's own view of this order is an answer; whatever else comes decides nothing."""

import json

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.adapters.venues import answers
from edgenode.adapters.venues.answers import Answer
from edgenode.adapters.venues.http import HttpVenue
from edgenode.adapters.venues.messages import Reader
from edgenode.model.errors import EdgenodeError, UnreachableError
from edgenode.model.ids import ExecScope, InstrumentId, OrderId, VenueId
from edgenode.model.venue import NotFound, OrderToSend, Unknown, VenueView
from tests.examples import examples

WETH = InstrumentId("WETH-USDC")
OURS = OrderId("o1")
JSON = "application/json"
PAGE = "<html>Please sign in</html>"


def reader() -> Reader:
    return Reader(VenueId("a"), ExecScope("a"), WETH)


def view(
    client_id: object = "o1", state: object = "new", cum: object = 0, **more: object
) -> bytes:
    return json.dumps({"client_id": client_id, "state": state, "cum_lots": cum, **more}).encode()


def test_a_view_of_this_order_is_an_answer() -> None:
    for status in (200, 201, 202):
        got = answers.submitted(reader(), OURS, Answer(status, JSON, view()))
        assert got == VenueView(order_id=OURS, state="working", cum_lots=0, fills=())
    refused = answers.submitted(reader(), OURS, Answer(422, JSON, view(state="rejected")))
    assert refused.state == "rejected"


UNCLEAR = [
    *((status, "text/html", PAGE.encode()) for status in (200, 302, 404, 408, 502)),
    *((status, JSON, b"{}") for status in (200, 204, 301, 302, 307, 308, 404)),
    *((status, JSON, view()) for status in (400, 404, 408, 409, 425, 429, 499, 500, 503)),
    *((status, JSON, view(state="rejected")) for status in (302, 500, 503)),
    (200, JSON, b""),
    (200, JSON, view()[:-3]),
    (200, JSON, b"\xff\xfe{}"),
    (200, "text/plain", view()),
    (422, JSON, b'{"status":422,"detail":"no"}'),
    (422, JSON, view("o2", "rejected")),
    (200, JSON, view("o2")),
    (200, JSON, view(state="happy")),
    (200, JSON, view(cum=-1)),
    (200, JSON, view(cum=1 << 60)),
    (200, JSON, view(cum=1.5)),
    (200, JSON, view(cum="1")),
    (200, JSON, view(state=None)),
]


@pytest.mark.parametrize(("status", "media_type", "body"), UNCLEAR)
def test_what_is_no_view_of_this_order_decides_nothing(
    status: int, media_type: str, body: bytes
) -> None:
    with pytest.raises(UnreachableError) as unclear:
        answers.submitted(reader(), OURS, Answer(status, media_type, body))
    assert str(status) in unclear.value.found
    assert unclear.value.expected
    assert unclear.value.do


@settings(max_examples=examples(300))
@given(
    st.integers(100, 599),
    st.sampled_from([JSON, "text/html", "", "application/octet-stream"]),
    st.binary(max_size=40) | st.sampled_from([view(), view(state="rejected"), view("o2"), b"{}"]),
)
def test_only_the_venues_own_words_about_this_order_reject_it(
    status: int, media_type: str, body: bytes
) -> None:
    answer = Answer(status, media_type, body)
    try:
        got = answers.submitted(reader(), OURS, answer)
    except UnreachableError:
        return
    assert got.order_id == OURS
    assert media_type == JSON
    assert json.loads(body)["client_id"] == OURS
    assert status // 100 == 2 or (status // 100 == 4 and got.state == "rejected")


@pytest.mark.parametrize(
    ("status", "media_type", "body", "clear"),
    [
        (404, JSON, b"{}", True),
        (404, JSON, b'{"status":404,"detail":"no such order"}', True),
        (404, JSON, b'{"status":404,"client_id":"o1"}', True),
        (404, JSON, b'{"status":404,"client_id":"o2"}', False),
        (404, JSON, b'{"message":"no Route matched with those values"}', False),
        (404, "text/html", PAGE.encode(), False),
        (404, JSON, b"", False),
        (410, JSON, b"{}", False),
        (200, JSON, b"{}", False),
    ],
)
def test_an_order_is_not_known_only_where_the_venue_says_so(
    status: int,
    media_type: str,
    body: bytes,
    clear: bool,
) -> None:
    answer = Answer(status, media_type, body)
    if clear:
        assert answers.asked(reader(), OURS, answer) == NotFound()
        answers.canceled(reader(), OURS, answer)
        return
    with pytest.raises(UnreachableError):
        answers.asked(reader(), OURS, answer)
    with pytest.raises(UnreachableError):
        answers.canceled(reader(), OURS, answer)


def test_a_view_with_executions_of_another_order_is_none() -> None:
    fill = {
        "exec_id": "x1", "client_id": "o2", "account": "desk", "instrument": "WETH-USDC",
        "side": "buy", "lots": 1, "price_ticks": 1, "fee_minor": 0, "fee_currency": "USDC",
        "t_ns": 1,
    }  # fmt: skip
    with pytest.raises(UnreachableError):
        answers.asked(reader(), OURS, Answer(200, JSON, view(cum=1, fills=[fill])))


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", PAGE.encode(),
     b'{"orders":[],"fills":[],"balances":{},"positions":{},"cursor":-1}',
     b'{"orders":[],"fills":[],"balances":{"USDC":1e30},"positions":{},"cursor":1}',
     b'{"orders":[],"fills":[],"balances":{"USDC":1606938044258990275541962092341162602522202993782792835301376},"positions":{},"cursor":1}',
     (b'{"orders":[{"client_id":"o","state":"?","cum_lots":0}],"fills":[],"balances":{},'
     b'"positions":{},"cursor":1}')],
)  # fmt: skip
def test_a_snapshot_that_cannot_be_one_is_not_read(body: bytes) -> None:
    with pytest.raises(EdgenodeError):
        answers.shown(reader(), Answer(200, JSON, body))


async def test_a_redirect_is_not_followed_by_a_request_or_by_the_stream() -> None:
    followed = []

    async def portal(request: web.Request) -> web.StreamResponse:
        followed.append(request.path)
        return web.json_response({"client_id": "o1", "state": "new", "cum_lots": 0})

    async def away(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/portal"})

    app = web.Application()
    app.router.add_get("/portal", portal)
    app.router.add_route("*", "/{rest:.*}", away)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    venue = HttpVenue(
        venue_id=VenueId("a"), url=f"http://127.0.0.1:{runner.addresses[0][1]}", account="desk",
        instrument=WETH,
    )  # fmt: skip
    order = OrderToSend(
        order_id=OURS, instrument=WETH, side="buy", quantity_lots=1, price_ticks=1,
        time_in_force="ioc",
    )  # fmt: skip
    try:
        with pytest.raises(UnreachableError, match="302"):
            await venue.submit(order)
        with pytest.raises(UnreachableError, match="302"):
            await venue.cancel(OURS)
        assert isinstance(await venue.query(OURS), Unknown)
        with pytest.raises(UnreachableError, match="302"):
            await venue.snapshot()
        async for link in venue.events():
            assert getattr(link, "state", "") == "disconnected"
            break
    finally:
        await venue.close()
        await runner.cleanup()
    assert followed == []
