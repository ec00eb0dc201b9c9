"""What every test may rely on: outside programs, outside material, and a patient hypothesis.

A test that needs a program says so, with `@pytest.mark.needs("chromium")` or, in a fixture, with
the fixture `needs`. On a developer's machine it is skipped without it; in CI (CI=true) that is a
failure, so that a green run has left nothing out.

Tests over outside material ask for the fixture `conformance_dir` or `recorded_dir` (or carry the
marker `conformance` or `recorded`); they are deselected, with one line, where it is not at hand.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_MATERIAL = {"conformance": "EDGENODE_CONFORMANCE", "recorded": "EDGENODE_RECORDED"}
_DESELECTED = pytest.StashKey[dict[str, int]]()

# Chosen with `pytest --hypothesis-profile NAME`. A busy machine of two cores is slow now and then;
# that is no fault of the code under test.
_PATIENT = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True, max_examples=100
)
settings.register_profile("default", _PATIENT)
settings.register_profile("quick", _PATIENT, max_examples=10)  # for every save: tools/dev quick
settings.register_profile("ci", _PATIENT, database=None)  # no run depends on the run before it
settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")


def require(*programs: str) -> None:
    """Skip the running test if a program is absent; in CI, fail it."""
    for program in programs:
        if shutil.which(program):
            continue
        if os.environ.get("CI") == "true":
            pytest.fail(
                f"needs {program}: CI leaves nothing out; name its package in tools/dev deps"
            )
        pytest.skip(f"needs {program}, run tools/dev deps")


def material(kind: str) -> Path:
    """Return the folder with outside material of this kind, or end the run with what is wrong."""
    variable = _MATERIAL[kind]
    folder = Path(os.environ[variable])
    if not folder.is_dir():
        raise pytest.UsageError(
            f"{variable} names {folder}, which is no folder; correct or unset it"
        )
    return folder


@pytest.fixture(scope="session")
def needs() -> Callable[..., None]:
    """Offer `require` to fixtures of any scope."""
    return require


@pytest.fixture(scope="session")
def conformance_dir() -> Path:
    """Return the folder of test definitions by others."""
    return material("conformance")


@pytest.fixture(scope="session")
def recorded_dir() -> Path:
    """Return the folder of recorded market data."""
    return material("recorded")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*programs): outside programs, found on PATH")
    config.stash[_DESELECTED] = {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for kind in _MATERIAL:
            if f"{kind}_dir" in getattr(item, "fixturenames", ()):
                item.add_marker(kind)
    for kind, variable in _MATERIAL.items():
        if os.environ.get(variable):
            continue
        without = [item for item in items if item.get_closest_marker(kind)]
        if without:
            config.stash[_DESELECTED][kind] = len(without)
            config.hook.pytest_deselected(items=without)
            items[:] = [item for item in items if item not in without]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        require(*marker.args)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    workers = config.getoption("numprocesses", None)  # under xdist only they know the counts
    for kind, variable in _MATERIAL.items():
        count = config.stash[_DESELECTED].get(kind, "all" if workers else 0)
        if count and not os.environ.get(variable):
            terminalreporter.write_line(f"deselected: {count} {kind} tests, {variable} is not set")
