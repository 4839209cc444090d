"""The blog of Hugging Face, by its feed."""

from collections.abc import Iterator

from crawler.items import Batch
from crawler.sources.base import Answer, Question, Setting
from crawler.sources.feeds import read_feed

NAME = "hf_blog"


def ask(setting: Setting) -> Iterator[Question]:
    url = f"{setting.services['huggingface']}/blog/feed.xml"
    yield setting.question(NAME, "", url, group="huggingface", kind="blog")


def read(answer: Answer) -> Iterator[Batch]:
    yield read_feed(NAME, answer)
