"""What all spiders share: a plan, handed in by the program or made of ``-a`` arguments."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, Self

import scrapy
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.http import Response

from crawler.parsers.arxiv import NoFeed
from crawler.parsers.bodies import reason_of, value_of
from crawler.plans import LinksPlan, PagePlan, Plan
from crawler.project import Project, configure, project_of


class PlanSpider(scrapy.Spider):
    """
    A spider that follows a plan.

    ``arguments`` names the spider arguments that ``plan_of`` takes, all as text; ``as_of`` (ISO
    date and time) is understood by every spider, and needed only where the past is replayed.
    """

    arguments: ClassVar[tuple[str, ...]]
    # The plan that the arguments describe; UsageError where they are missing or wrong.
    plan_of: ClassVar[Callable[..., Plan]]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        if "plan" not in kwargs:
            kwargs = {"plan": cls._plan(crawler, **kwargs)}
        return super().from_crawler(crawler, *args, **kwargs)

    @classmethod
    def _plan(cls, crawler: Crawler, as_of: str = "", **arguments: str) -> Plan:
        for name in arguments:
            if name not in cls.arguments:
                takes = ", ".join((*cls.arguments, "as_of"))
                raise UsageError(f"{cls.name} has no argument {name!r}; it takes: {takes}")
        plan = cls.plan_of(project_of(crawler.settings, as_of), **arguments)
        pages = plan.pages if isinstance(plan, PagePlan | LinksPlan) else ()
        configure(crawler.settings, [page.url for page in pages])
        return plan


def words(text: str, argument: str) -> tuple[str, ...]:
    """The values of an argument, separated by commas; UsageError if there are none."""
    values = tuple(value for part in text.split(",") if (value := part.strip()))
    if not values:
        raise UsageError(f"say which: -a {argument}=…, several separated by commas")
    return values


def categories_of(project: Project, text: str) -> tuple[str, ...]:
    """The named categories, else those of the configured feeds."""
    feeds = words(text, "categories") if text else project.sources.arxiv.feeds
    return tuple(dict.fromkeys(name for feed in feeds for name in feed.split("+")))


def day_of(text: str, argument: str) -> date:
    """A day like 2024-11-11; UsageError otherwise."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"-a {argument}={text}: write a day like 2024-11-11") from None


def words_of_trouble(response: Response, trouble: NoFeed) -> str:
    """Why a response is no feed: an error's own reason, where it gives one, with its status."""
    if response.status == 200:
        return str(trouble)
    return f"HTTP {response.status}: {reason_of(value_of(response.body)) or trouble}"
