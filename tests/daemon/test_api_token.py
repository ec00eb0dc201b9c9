"""The token of programs on TCP: whole, the owner's alone, and made again where it is not whole."""

import stat

import pytest

from edgenode.daemon.control import api_token


def test_it_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "api-token"
    made = api_token.of(path)
    assert path.read_text().strip() == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert api_token.of(path) == made
    assert [p.name for p in tmp_path.iterdir()] == ["api-token"]


@pytest.mark.parametrize(
    "held", [b"", b"\n", b"abc", b"\x00" * 43, b"two words of some length", b"\xff" * 43]
)
def test_where_it_is_empty_or_cut_off_it_is_made_again(tmp_path, held):
    path = tmp_path / "api-token"
    path.write_bytes(held)
    path.chmod(0o644)
    made = api_token.of(path)
    assert len(made) == 43
    assert path.read_text().strip() == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_part_that_a_power_cut_left_is_not_in_the_way(tmp_path):
    path = tmp_path / "api-token"
    part = tmp_path / "api-token.part"
    part.write_text("x")
    part.chmod(0o644)
    made = api_token.of(path)
    assert path.read_text().strip() == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not part.exists()


def test_a_token_that_a_person_chose_stays(tmp_path):
    path = tmp_path / "api-token"
    path.write_text("a-token.of~my+own/choice==\n")
    assert api_token.of(path) == "a-token.of~my+own/choice=="
