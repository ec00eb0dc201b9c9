"""Some codes need whole processes: beside other work they take as long as a journey."""

import pytest

LIMIT_S = 600


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.timeout(LIMIT_S))
