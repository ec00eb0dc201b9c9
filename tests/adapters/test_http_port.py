"""Whoever serves HTTP here registers its routes in one place, which tells reading from acting."""

import ast
from pathlib import Path

import pytest
from aiohttp import web

from edgenode.adapters import http_port

ROOT = Path(__file__).resolve().parents[2] / "edgenode"
OWN = {"add_route", "add_get", "add_head", "add_post", "add_put", "add_delete", "add_view"}
OWN |= {
    "add_patch",
    "add_routes",
    "AppRunner",
    "ServerRunner",
    "run_app",
    "SimpleHTTPRequestHandler",
}


def test_no_other_module_registers_a_route_or_makes_a_server():
    found = {
        (path.relative_to(ROOT).as_posix(), node.attr)
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in OWN
    }
    annotated = {(path, name) for path, name in found if name == "AppRunner"}
    assert {path for path, _ in found - annotated} == {"adapters/http_port.py"}
    for path, _ in annotated - {("adapters/http_port.py", "AppRunner")}:
        assert "AppRunner(" not in (ROOT / path).read_text(), path


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "*"])
def test_a_method_that_reads_is_never_registered_to_act(method):
    with pytest.raises(AssertionError):
        http_port.acting(web.Application(), method, "/", lambda _: None)
