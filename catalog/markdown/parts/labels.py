"""What a label before a colon says of the text behind it: "Venue: ICML 2024"."""

from typing import Literal

from config.patterns import lazy_regex

Role = Literal[
    "", "title", "authors", "venue", "date", "nickname", "affiliation", "label", "remark"
]

# What stands before a colon and says what follows.
ROLE_OF_LABEL: dict[str, Role] = {
    **dict.fromkeys(("author", "authors", "by", "作者"), "authors"),
    **dict.fromkeys(
        ("venue", "conference", "journal", "publication", "published", "published in", "pub",
         "publisher", "where", "会议"),
        "venue",
    ),
    **dict.fromkeys(("date", "year", "time", "published on", "submitted", "日期", "年份"), "date"),
    **dict.fromkeys(("title", "paper title", "paper", "标题", "name"), "title"),
    **dict.fromkeys(
        ("affiliation", "affiliations", "institution", "institutions", "institute", "institutes",
         "organization", "organisation", "company", "team", "机构", "lab"),
        "affiliation",
    ),
    **dict.fromkeys(
        ("summary", "abstract", "tldr", "tl;dr", "note", "notes", "comment", "comments", "keywords",
         "keyword", "tags", "description", "task", "tasks", "remark", "takeaway", "key idea",
         "contribution", "contributions", "highlights", "dataset", "datasets", "benchmark",
         "method", "summary", "摘要", "简介", "bibtex", "citation"),
        "remark",
    ),
    **dict.fromkeys(
        ("code", "github", "project", "project page", "website", "link", "links", "pdf", "arxiv",
         "url", "demo", "homepage", "model", "models", "data", "blog", "代码"),
        "label",
    ),
}  # fmt: skip
LABELLED = lazy_regex(r"\W{0,4}(?P<name>[^\W\d](?:[\w; ]{0,18}\w)?)\s*[:\uff1a]\s*")
