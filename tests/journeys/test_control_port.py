"""The control port of a real daemon: what it answers, and what it turns away."""

import json
import socket
from pathlib import Path

import pytest

from tests.journeys import books
from tests.journeys.box import command, order, running
from tests.patience import PATIENCE_S


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    data = tmp_path_factory.mktemp("control") / "node"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    with running(data) as started:
        yield started


def test_it_is_small(box):
    """A box of 256 MiB shares its memory with the system and the disk's cache."""
    status = Path(f"/proc/{box.process.pid}/status").read_text()
    rows = dict(line.split(":", 1) for line in status.splitlines())
    assert int(rows["VmRSS"].split()[0]) <= 80 * 1024


def test_a_new_order_the_same_again_and_the_id_reused(box):
    status, body, _ = box.ask("POST", "/api/v1/orders", order("A1"))
    assert (status, body["state"], body["quantity"], body["price"]) == (
        201, "WORKING", "1.00", "1452.00",
    )  # fmt: skip
    assert body["reserved"][0]["amount"] == "1452.00"
    again, same, _ = box.ask("POST", "/api/v1/orders", order("A1"))
    assert (again, same["order_id"]) == (200, body["order_id"])
    status, problem, headers = box.ask("POST", "/api/v1/orders", order("A1", quantity="2.00"))
    assert (status, problem["code"]) == (409, "EN007")
    assert headers.get_content_type() == "application/problem+json"


def test_a_denied_order_names_every_failed_check_and_a_repeat_gets_the_same(box):
    big = order("A2", quantity="999.00", price="1500.00")
    status, body, _ = box.ask("POST", "/api/v1/orders", big)
    assert status == 422
    assert [reason["code"] for reason in body["reasons"]] == ["EN107", "EN111", "EN113"]
    assert body["ledger_seq"] == box.ask("POST", "/api/v1/orders", big)[1]["ledger_seq"]
    status, found, _ = box.ask("GET", "/api/v1/orders/A2?account=customer:c1")
    assert (status, found["state"]) == (200, "DENIED")


def test_an_order_can_be_found_and_stopped_by_either_name(box):
    _, body, _ = box.ask("POST", "/api/v1/orders", order("A3"))
    assert box.ask("GET", f"/api/v1/orders/{body['order_id']}")[1]["state"] == "WORKING"
    status, stopped, _ = box.ask("DELETE", "/api/v1/orders/A3?account=customer:c1")
    assert (status, stopped["state"], stopped["done_reason"]) == (200, "DONE", "canceled")
    assert box.ask("DELETE", "/api/v1/orders/A3?account=customer:c1")[0] == 200
    assert box.ask("DELETE", "/api/v1/orders/NONE")[0] == 404
    assert box.ask("GET", "/api/v1/orders/NONE")[1]["code"] == "EN006"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "EN002"),
        (b"{", 400, "EN002"),
        (b"\xff\xfe", 400, "EN002"),
        (b"[" * 50_000, 400, "EN002"),
        (b'{"client_order_id": "x"}', 400, "EN002"),
        (json.dumps(order("x", surprise=1)).encode(), 400, "EN002"),
        (json.dumps(order("x", quantity=1.5)).encode(), 400, "EN002"),
        (json.dumps(order("x", quantity="1e3")).encode(), 400, "EN002"),
        (json.dumps(order("x", quantity="NaN")).encode(), 400, "EN002"),
        (json.dumps(order("x", quantity="-")).encode(), 400, "EN002"),
        (json.dumps(order("x", price="1452.001")).encode(), 400, "EN005"),
        (json.dumps(order("x", side="short")).encode(), 400, "EN002"),
        (json.dumps(order("x" * 65)).encode(), 400, "EN002"),
        (json.dumps(order("x\n")).encode(), 400, "EN002"),
        (json.dumps(order("x", account="")).encode(), 400, "EN002"),
        (b" " * 70_000, 413, "EN505"),
    ],
)
def test_a_malformed_order_is_refused_with_a_code_and_leaves_no_entry(box, body, status, code):
    before = box.ask("GET", "/api/v1/status")[1]["ledger"]["size"]
    got, problem, headers = box.ask("POST", "/api/v1/orders", body)
    assert (got, problem["code"]) == (status, code), problem
    assert headers.get_content_type() == "application/problem+json"
    assert problem["detail"]
    kinds = [row["kind"] for row in books.export(box.data)[before:]]
    assert not [kind for kind in kinds if kind.startswith("Order")], kinds


def test_every_invented_thing_in_an_order_is_denied_on_record(box):
    for index, change in enumerate(
        [{"account": "customer:x"}, {"venue": "moon"}, {"instrument": "X-Y"}]
    ):
        status, body, _ = box.ask("POST", "/api/v1/orders", order(f"I{index}", **change))
        assert status in {400, 422}, body
        assert body["code"]


@pytest.mark.parametrize("host", ["evil.example", "169.254.1.1:80", "", "localhost.evil.example"])
def test_another_host_name_is_not_served(box, host):
    """A page that rebinds its name to this address must learn nothing."""
    with socket.create_connection(("127.0.0.1", box.port), timeout=PATIENCE_S) as raw:
        raw.sendall(f"GET /api/v1/status HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = raw.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 421 ")
    assert "EN501" in answer


def test_changing_needs_the_token_or_our_own_page(box):
    place = ("POST", "/api/v1/orders", order("T1"))
    assert box.ask(*place, Authorization="")[0] == 401
    assert box.ask(*place, Authorization="Bearer wrong")[1]["code"] == "EN502"
    assert box.ask(*place, Authorization="Basic xyz")[0] == 401
    foreign = {"Authorization": "", "Origin": "http://evil.example"}
    assert box.ask("POST", "/pause", b"", **foreign)[1]["code"] == "EN504"
    crossed = {"Authorization": "", "Origin": box.url, "Sec_Fetch_Site": "cross-site"}
    assert box.ask("POST", "/pause", b"", **crossed)[1]["code"] == "EN504"
    assert box.ask("GET", "/api/v1/orders/T1?account=customer:c1")[0] == 404


def page_form(box):
    connection_text = box.text("/")
    token = connection_text.split('name="csrf" content="')[1].split('"')[0]
    return token, {
        "Authorization": "", "Origin": box.url,
        "Content_Type": "application/x-www-form-urlencoded",
        "Cookie": f"edgenode_csrf={token}",
    }  # fmt: skip


def test_the_page_pauses_and_resumes_by_a_plain_form_with_its_token(box):
    token, headers = page_form(box)
    status, _, answered = box.ask("POST", "/pause", f"csrf={token}".encode(), **headers)
    assert status == 303, answered.items()
    assert answered["Location"].startswith("/?paused=")
    assert box.ask("GET", "/api/v1/status")[1]["verdict"] == "PAUSED"
    denied = box.ask("POST", "/api/v1/orders", order("P1"))
    assert (denied[0], denied[1]["reasons"][0]["code"]) == (422, "EN121")
    status, _, answered = box.ask("POST", "/resume", f"csrf={token}".encode(), **headers)
    assert status == 303
    assert box.ask("GET", "/api/v1/status")[1]["verdict"] == "READY"


def test_a_form_without_the_right_token_changes_nothing_and_says_what_is_wrong(box):
    token, headers = page_form(box)
    form = f"csrf={token}".encode()
    for data, cookie, detail, do in (
        (b"csrf=wrong", headers["Cookie"], "form token does not match", "reload the page"),
        (form, "edgenode_csrf=x", "cookie does not match", "reload the page"),
        (form, "", "cookie did not come along", "allow this box's cookies, reload the page"),
    ):
        status, said, _ = box.ask("POST", "/pause", data, **{**headers, "Cookie": cookie})
        assert (status, said["code"], said["do"]) == (403, "EN504", do)
        assert said["detail"] == f"The page's {detail}"
        assert "another origin" not in said["title"]
    assert box.ask("GET", "/api/v1/status")[1]["verdict"] == "READY"


def test_answers_carry_the_headers_that_keep_browsers_honest(box):
    _, _, headers = box.ask("GET", "/api/v1/status")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"].partition("style-src")[0]


def test_health_metrics_and_the_document(box):
    assert box.ask("GET", "/healthz")[0] == 200
    assert box.ask("GET", "/readyz")[1]["ready"] is True
    assert box.ask("GET", "/online")[0] == 503  # it has no centre
    metrics = box.text("/metrics")
    assert metrics.endswith("# EOF\n")
    assert "edgenode_" in metrics
    _, document, _ = box.ask("GET", "/api/v1/openapi.json")
    for path, operations in document["paths"].items():
        for method in operations:
            if method == "get" and "{" not in path and path not in {"/live", "/api/v1/events"}:
                assert box.ask("GET", path)[0] in {200, 503}, path


def test_a_body_that_does_not_say_its_length_is_not_waited_for(box):
    """Its end is not known at the door, which could not time it."""
    head = f"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {box.token}"
    with socket.create_connection(("127.0.0.1", box.port), timeout=PATIENCE_S) as raw:
        raw.sendall(f"{head}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n".encode())
        assert raw.recv(12) == b"HTTP/1.1 411"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", (404, "EN006")), ("GET", "/api/v1/nothing", (404, "EN006")),
        ("GET", "/static/../node.py", (404, "EN006")), ("PUT", "/api/v1/orders", (405, "EN002")),
        ("GET", "/api/v1/ledger?after=x", (400, "EN002")),
        ("GET", "/api/v1/ledger?after=-1", (400, "EN002")),
        ("GET", "/api/v1/fills?limit=99999999999999999999999", (400, "EN002")),
    ],
)  # fmt: skip
def test_other_requests_get_a_problem_with_a_code(box, method, path, status):
    got, body, _ = box.ask(method, path)
    assert (got, body["code"]) == status
    assert body["detail"]
    assert body["expected"]


def test_the_end_of_an_event_may_be_written_as_a_person_writes_it(box):
    declare = ("event", "declare", "drop", "--data", str(box.data))
    code, said = command(*declare, "--ends", "2100-01-02T03:04:05+01:00")
    assert (code, said["message_type"]) == (0, "summary")
    rows = box.ask("GET", "/api/v1/ledger?limit=1000")[1]
    ends = [r["body"]["ends"] for r in rows if r["kind"] == "MicroEventOpened"]
    assert 4_102_538_645 * 10**9 in ends


def test_the_ledger_can_be_read_behind_a_seq(box):
    rows = box.ask("GET", "/api/v1/ledger?after=2&limit=3")[1]
    assert [row["seq"] for row in rows] == [3, 4, 5]
    assert {"kind", "actor", "body", "leaf"} <= set(rows[0])


def test_nonsense_on_the_socket_does_not_harm_the_process(box):
    for junk in (b"\x00" * 4_096, b"GET " + b"a" * 70_000, b"POST / HTTP/1.1\r\nHost: x\r\n" * 9):
        with socket.create_connection(("127.0.0.1", box.port), timeout=PATIENCE_S) as raw:
            raw.sendall(junk + b"\r\n\r\n")
            raw.shutdown(socket.SHUT_WR)
            raw.makefile("rb").read()
    assert box.ask("GET", "/healthz")[0] == 200


def test_the_unix_socket_serves_the_commands_of_the_box(box):
    data = ("--data", str(box.data))
    code, status = command("status", *data)
    assert (code, status["node_id"], status["mode"]) == (0, "edge-07", "paper")
    assert command("pause", *data, "--reason", "drill")[1]["paused"] is True
    assert command("status", *data, "--exit-code")[0] == 3
    assert command("resume", *data)[0] == 0
    assert command("status", *data, "--exit-code")[0] == 0
    assert (box.data / "control.sock").stat().st_mode & 0o777 == 0o600
    assert (box.data / "api-token").stat().st_mode & 0o777 == 0o600


def test_a_micro_event_is_declared_listed_reported_and_ended(box):
    body = {"name": "Friday drop", "ends": 1 << 61, "event_id": "drop"}
    assert box.ask("POST", "/api/v1/micro-events", body)[0] == 201
    _, events, _ = box.ask("GET", "/api/v1/micro-events")
    assert ("drop", "declared") in {(one["event_id"], one["source"]) for one in events}
    status, found, _ = box.ask("GET", "/api/v1/micro-events/drop/report")
    assert (status, found["event"]["name"], found["state"]) == (200, "Friday drop", "stop")
    assert command("event", "close", "drop", "--reason", "over", "--data", str(box.data))[0] == 0
    _, found, _ = box.ask("GET", "/api/v1/micro-events/drop/report")
    assert (found["event"]["closed_because"], found["state"]) == ("over", "ready")
    status, problem, _ = box.ask("GET", "/api/v1/micro-events/none-such/report")
    assert (status, problem["code"]) == (404, "EN006")
    assert box.ask("POST", "/api/v1/micro-events/drop/close", {"reason": "again"})[0] == 404
