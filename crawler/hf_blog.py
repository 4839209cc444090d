"""The blog of Hugging Face, by its feed."""

from collections.abc import Iterator

from crawler.batch import Batch
from crawler.feeds import read_feed
from crawler.source import Answer, Question, Setting

NAME = "hf_blog"


def ask(setting: Setting) -> Iterator[Question]:
    url = f"{setting.services['huggingface']}/blog/feed.xml"
    yield setting.question(NAME, "", url, group="huggingface", kind="blog")


def read(answer: Answer) -> Iterator[Batch]:
    yield read_feed(NAME, answer)
