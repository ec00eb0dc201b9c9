"""Names in a configuration: what an entry of a list is called, once."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

# As it stands in the ledger, in scopes (`venue:NAME`), in paths and in a cause (`stale:NAME`).
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]


Filled = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]  # a name that others gave


def check_once(field: str, names: Sequence[str]) -> None:
    """Raise ValueError, with the path of the mistake, if a name comes twice."""
    for k, name in enumerate(names):
        if name in names[:k]:
            first = names.index(name)
            raise ValueError(f"{field}[{k}].id: {name!r} is the name of {field}[{first}] too")
