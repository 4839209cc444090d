"""The blog of Hugging Face, by its feed."""

from collections.abc import Iterator

from crawler.items import WebAnswer
from crawler.sources.base import SourceContext, SourceRequest, SourceResponse
from crawler.sources.feeds import read_feed

NAME = "hf_blog"


def ask(setting: SourceContext) -> Iterator[SourceRequest]:
    url = f"{setting.services['huggingface']}/blog/feed.xml"
    yield setting.question(NAME, "", url, group="huggingface", kind="blog")


def read(answer: SourceResponse) -> Iterator[WebAnswer]:
    yield read_feed(NAME, answer)
