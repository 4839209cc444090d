"""What GitHub's refusals mean, and what to do about each."""

import pytest

from catalog.errors import ComeBackLater, UsageTrouble
from config.secret import Secret
from output.publish.github import GitHub
from tests.publish.hosted import NAME, TOKEN


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        ("403-archived", UsageTrouble, "unarchive it"),
        ("403-abuse", ComeBackLater, "try again later"),
        ("403-secondary", ComeBackLater, "try again later"),
        ("410-issues", UsageTrouble, "Settings › General › Features"),
        ("403-scope", UsageTrouble, "permissions: contents: write"),
    ],
)
def test_a_refusal_says_what_to_do(fresh, fault, kind, told):
    fresh.sandbox.set_fault("github", fault)
    api = fresh.sandbox.url
    forge = GitHub(NAME, api, Secret(TOKEN), "test", writes_apart_s=0)

    with pytest.raises(kind, match=told):
        forge.open_issue("A title", "A body", "listkeeper")

    assert [] == fresh.threads
