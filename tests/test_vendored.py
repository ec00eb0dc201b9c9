"""What others wrote and we ship: each file with its licence, version, source and hash."""

import gzip
import hashlib
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "edgenode" / "daemon" / "page" / "static" / "vendor"


def test_every_vendored_file_is_the_one_named():
    listed = tomllib.loads((VENDOR / "VENDOR.toml").read_text())["file"]
    assert {row["name"] for row in listed} | {"VENDOR.toml"} == {p.name for p in VENDOR.iterdir()}
    for row in listed:
        assert hashlib.sha256((VENDOR / row["name"]).read_bytes()).hexdigest() == row["sha256"]
        assert row["licence"]
        assert row["version"]
        assert row["source"].startswith("https://")


def test_the_recorded_days_are_the_ones_named():
    data = ROOT / "edgenode" / "sim" / "data"
    source = (data / "SOURCE.md").read_text()
    for day in sorted(data.glob("*.csv.gz")):
        assert hashlib.sha256(gzip.decompress(day.read_bytes())).hexdigest() in source, day.name
