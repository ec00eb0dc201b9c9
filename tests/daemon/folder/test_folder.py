"""A folder whose beginning was cut off is never taken for a node without a past."""

import pytest

from edgenode.adapters.ledger.store import OwnLedger
from edgenode.daemon import offline
from edgenode.daemon.folder import folder
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import EdgenodeError


class PowerCutError(Exception):
    """The power went."""


def begin(data):
    folder.init(data, node_id="edge-07", mode="paper", world=PaperWorld())


@pytest.mark.parametrize("at", ["key", "ledger", "entries"])
@pytest.mark.parametrize("behind", [False, True])
def test_an_init_cut_off_anywhere_leaves_a_whole_node_or_one_that_never_starts(
    tmp_path, monkeypatch, at, behind
):
    place, name = {
        "key": (folder.keys_file, "create"),
        "ledger": (folder.ledger_store, "create"),
        "entries": (OwnLedger, "append"),
    }[at]
    real = getattr(place, name)

    def cut(*args, **kwargs):
        if behind:
            made = real(*args, **kwargs)
            if at == "entries":
                return made  # the anchor is what is cut off
        raise PowerCutError

    def no_anchor(_):
        raise PowerCutError

    with monkeypatch.context() as patched:
        patched.setattr(place, name, cut)
        patched.setattr(folder.OpenedNode, "write_anchor", no_anchor)
        with pytest.raises(PowerCutError):
            begin(tmp_path / "cut")
    data = tmp_path / "cut"
    if at == "entries" and behind:
        begin(tmp_path / "whole")
        assert offline.verify(data)["size"] == offline.verify(tmp_path / "whole")["size"]
        return
    with pytest.raises(EdgenodeError) as caught:
        folder.open_for_writing(data)
    no_file = at == "key" or (at == "ledger" and not behind)
    assert caught.value.code == ("EN401" if no_file else "EN402")
    assert "init" in caught.value.do
    if at == "key" and not behind:
        begin(data)  # nothing was made yet
    else:
        with pytest.raises(EdgenodeError, match="is not empty"):
            begin(data)
