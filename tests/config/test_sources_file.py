"""What ``sources.yaml`` says of a mistake: the line, and what to write instead."""

import pytest

from config.errors import ConfigTrouble
from config.settings import sources

LONG = f"https://example.org/{'a' * 60}"


@pytest.mark.parametrize(
    ("item", "do"),
    [
        ("https://example.org/feed", "write:  {name: ..., url: https://example.org/feed}"),
        (LONG, "write:  {name: ..., url: ...}"),
        ("example", "write:  name: ..."),
    ],
)
def test_a_plain_address_of_a_feed_is_told_as_it_is_written(tmp_path, item, do):
    (tmp_path / "sources.yaml").write_text(f"arxiv: {{feeds: [cs.CL]}}\nfeeds:\n  - {item}\n")

    with pytest.raises(ConfigTrouble, match="must be keys with values, got the word") as told:
        sources(tmp_path)

    assert do == told.value.do
    assert 3 == told.value.line
