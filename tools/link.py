"""Make this checkout importable in the running virtual environment, with its commands.

What `pip install --editable .` would do, without a build backend and in a few milliseconds: one
path file and one small script per entry of [project.scripts]. Run again at any time.
"""

import sys
import sysconfig
import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent

# The first three lines are sh and Python at once: a #! line can hold neither a path with a space
# nor one longer than 127 bytes.
_SCRIPT = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from {module} import {function}

sys.argv[0] = {name!r}
sys.exit({function}())
"""


def main() -> None:
    """Write the path file and the commands."""
    if sys.prefix == sys.base_prefix:
        sys.exit("tools/link.py: run it with the python of a virtual environment")
    Path(sysconfig.get_path("purelib"), "_edgenode_checkout.pth").write_text(f"{_ROOT}\n")
    with (_ROOT / "pyproject.toml").open("rb") as file:
        scripts: dict[str, str] = tomllib.load(file)["project"]["scripts"]
    for name, target in scripts.items():
        module, function = target.split(":")
        script = Path(sysconfig.get_path("scripts"), name)
        script.write_text(
            _SCRIPT.format(python=sys.executable, module=module, function=function, name=name)
        )
        script.chmod(0o755)


if __name__ == "__main__":
    main()
