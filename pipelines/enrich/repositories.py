"""The code of a paper as its repository's state allows: there, moved, or gone."""

from collections.abc import Mapping

from catalog.address import repository
from catalog.facts import Fact

# A fact of the kind "repository" has one of these values, "moved" followed by the new name.
OK, ARCHIVED, GONE, MOVED = "ok", "archived", "gone", "moved"
GITHUB_URL = "https://github.com/"


def key_of(name: str) -> str:
    """The key of a repository in the store, from ``owner/name``."""
    return f"link:{GITHUB_URL}{name}"


def living_codes(codes: Mapping[str, Fact], states: Mapping[str, Fact]) -> dict[str, Fact]:
    """
    The code of works as lists may show it; repositories that are gone are left out.

    :param codes: by the work's key
    :param states: the states of repositories, by the repository's key
    """
    alive = {key: living(code, states.get(key_of(code.value))) for key, code in codes.items()}
    return {key: code for key, code in alive.items() if code is not None}


def is_archived(code: Fact, states: Mapping[str, Fact]) -> bool:
    """Whether its owner has closed the repository to changes."""
    state = states.get(key_of(code.value))
    return state is not None and state.value == ARCHIVED


def living(code: Fact, state: Fact | None) -> Fact | None:
    """A paper's code as lists may show it: None if it's gone, with its new name if it moved."""
    word, _, name = state.value.partition(" ") if state else (OK, "", "")
    if word == GONE:
        return None
    if word == MOVED and repository(f"{GITHUB_URL}{name}"):
        return Fact(code.work_key, "code", name, code.source, f"{GITHUB_URL}{name}", code.seen_at)
    return code
