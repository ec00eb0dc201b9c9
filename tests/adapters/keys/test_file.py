import pytest

from edgenode.adapters.keys import file as keys_file
from edgenode.model.errors import RefusedError
from edgenode.wire.note import COSIGNATURE_V1


def test_a_key_comes_back_and_is_private_from_its_first_byte(tmp_path):
    path = tmp_path / "keys" / "ledger.key"
    made = keys_file.create(path, "edge-07", COSIGNATURE_V1)
    assert path.stat().st_mode & 0o777 == 0o600
    read = keys_file.load(path)
    assert (read.vkey, read.key.private_bytes_raw()) == (made.vkey, made.key.private_bytes_raw())


def test_a_key_is_never_replaced(tmp_path):
    keys_file.create(tmp_path / "k", "n")
    with pytest.raises(RefusedError, match="there already"):
        keys_file.create(tmp_path / "k", "n")


@pytest.mark.parametrize(
    "text",
    [
        "", "edgenode-key/1 n 01", "edgenode-key/2 n 01 " + "00" * 32,
        "edgenode-key/1 n 01 " + "00" * 31, "edgenode-key/1 n zz " + "00" * 32,
        "edgenode-key/1 n 07 " + "11" * 32, "edgenode-key/1 n+m 01 " + "11" * 32,
    ],
)  # fmt: skip
def test_another_content_is_refused(tmp_path, text):
    path = tmp_path / "k"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(RefusedError) as caught:
        keys_file.load(path)
    assert caught.value.code == "EN405"


def test_a_key_that_others_may_read_is_refused(tmp_path):
    keys_file.create(tmp_path / "k", "n")
    (tmp_path / "k").chmod(0o640)
    with pytest.raises(RefusedError, match="chmod 600"):
        keys_file.load(tmp_path / "k")
    with pytest.raises(RefusedError):
        keys_file.load(tmp_path / "missing")
