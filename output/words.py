"""How we name what others call by a word of their own."""

SOURCES = {"semanticscholar": "Semantic Scholar", "openalex": "OpenAlex"}


def source_name(source: str) -> str:
    """A source as people write it."""
    return SOURCES.get(source, source)
