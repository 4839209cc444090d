"""What the state of a repository makes of the code that a paper names: there, moved, or gone."""

from collections.abc import Mapping

from catalog.address import repository
from catalog.paper import Fact

# What a fact of the kind "repository" says: one of these words, with the new name behind "moved".
OK, ARCHIVED, GONE, MOVED = "ok", "archived", "gone", "moved"
GITHUB_URL = "https://github.com/"


def key_of(name: str) -> str:
    """The key of a repository in the store, from ``owner/name``."""
    return f"link:{GITHUB_URL}{name}"


def living_codes(codes: Mapping[str, Fact], states: Mapping[str, Fact]) -> dict[str, Fact]:
    """
    The code of works as it may stand in a list; what is gone is left out.

    :param codes: by the work's key
    :param states: how repositories do, by the repository's key
    """
    alive = {key: living(code, states.get(key_of(code.value))) for key, code in codes.items()}
    return {key: code for key, code in alive.items() if code is not None}


def is_archived(code: Fact, states: Mapping[str, Fact]) -> bool:
    """Whether its owner has closed the repository to changes."""
    state = states.get(key_of(code.value))
    return state is not None and state.value == ARCHIVED


def living(code: Fact, state: Fact | None) -> Fact | None:
    """A paper's code as it may stand in a list: not where it is gone, by its new name if moved."""
    word, _, name = state.value.partition(" ") if state else (OK, "", "")
    if word == GONE:
        return None
    if word == MOVED and repository(f"{GITHUB_URL}{name}"):
        return Fact(code.work_key, "code", name, code.source, f"{GITHUB_URL}{name}", code.seen_at)
    return code
