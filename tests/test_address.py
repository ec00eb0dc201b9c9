"""The URL of a server of ours is one that HTTP can be spoken to, whatever its host."""

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.address import http_url, is_http


@given(st.ip_addresses(), st.integers(1, 65_535))
def test_a_url_of_any_address_is_read_back_as_it_was(address, port):
    url = http_url(str(address), port)
    parts = urlsplit(url)
    assert is_http(url)
    assert (ipaddress.ip_address(parts.hostname), parts.port) == (address, port)
    assert ("[" in url) == (address.version == 6)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:80"),
        ("[::1]", "http://[::1]:80"),
        ("fe80::1%eth0", "http://[fe80::1%25eth0]:80"),
    ],
)
def test_names_brackets_and_zones(host, url):
    assert http_url(host, 80) == url
