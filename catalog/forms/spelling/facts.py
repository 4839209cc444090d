"""
Facts in lines of their own below an entry: "- Key: planning", "  * **Venue:** ICML 2024".

Each is one part of the entry, named by its label; some entries have it, and others don't.
"""

import re

from config.patterns import lazy_regex

# A bullet, perhaps an emoji, and a short label with its colon and marks of emphasis.
FACT = (
    r"[-*+][ \t]+(?:[^\w\s!-~]{1,4}[ \t]*)?[*_`]{0,3}[^\W\d_][\w /;-]{0,24}[*_`]{0,3}"
    r"[:\uff1a][*_`]{0,3}"
)
_LEAD = lazy_regex(rf"(?P<lead>{FACT}[ \t]*)")
_VENUES = frozenset(
    ("venue", "publisher", "conference", "journal", "publication", "published_in", "pub")
)
_NAMES = {
    "代码": "code",
    "源码": "code",
    "コード": "code",
    "会议": "venue",
    "主页": "project_page",
    "项目": "project_page",
    "数据集": "dataset",
    "解读": "notes",
    "视频": "video",
    "机构": "affiliation",
    "摘要": "summary",
}
_CODES = lazy_regex(r"(?:official_)?(?:code|codes|github|repo|repository|implementation|source)")
# Facts that the program fills in itself.
FACT_FIELDS = frozenset({"venue", "code"})


def lead_of(text: str) -> str:
    """The bullet and the label, with the blanks after it if the fact stands in the same line."""
    lead = _LEAD.match(text)
    if lead is None:
        return ""
    below = text[lead.end() : lead.end() + 1] in ("\r", "\n")
    return lead["lead"].rstrip() if below else lead["lead"]


def name_of_fact(text: str) -> str:
    """The name of the field that a line shows: ``venue`` and ``code`` by any of their labels."""
    lead = lead_of(text)
    name = re.sub(r"[^a-z0-9]+", "_", lead.lower()).strip("_")
    if not name:
        return next((field for word, field in _NAMES.items() if word in lead), "fact")
    if name in _VENUES:
        return "venue"
    if _CODES.fullmatch(name):
        return "code"
    return name if re.match(r"[a-z]", name) else "fact"
