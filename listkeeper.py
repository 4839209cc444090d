"""
The command ``listkeeper``, and ``python -m listkeeper``: makes sure that its packages are its own.

They have short names (``config``, ``output``). Where another package of such a name comes first,
half of this program would run with half of that one.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

PACKAGES = ("config", "catalog", "crawler", "pipelines", "output", "cli", "sandbox")
USAGE = 2


def main() -> NoReturn:
    """Run the command line; end with 2 where a package is not ours."""
    for name in PACKAGES:
        if found := _stranger(name):
            sys.stderr.write(
                f"listkeeper: {found} is not Listkeeper's package {name!r} but comes first; give"
                " Listkeeper an environment of its own: pipx install listkeeper\n"
            )
            sys.exit(USAGE)
    from cli.main import main as run

    run()


def _stranger(name: str) -> str:
    """Where a package of this name comes from, if not from beside this file."""
    spec = find_spec(name)
    if spec is None:
        return f"nothing ({name} is missing)"
    ours = Path(__file__).resolve().parent / name / "__init__.py"
    origin = spec.origin or next(iter(spec.submodule_search_locations or ()), "a built-in module")
    return "" if Path(origin).resolve() == ours else origin


if __name__ == "__main__":
    main()
