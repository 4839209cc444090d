"""Ways to write the same papers, by the kind of list; and what is learned of them."""

from pathlib import Path

from catalog.forms.assembly import draft
from catalog.forms.examination import Examined, examine
from catalog.forms.listed import listed_in
from catalog.forms.spelling.dates import MONTHS
from catalog.markdown.listfile import parse
from output.forms.proof import rows_of

# What arXiv says of some papers; some of their authors.
ROWS = Path(__file__).parents[2] / "cases" / "forms" / "papers.jsonl"
PAPERS = sorted(rows_of(ROWS).values(), key=lambda paper: paper.arxiv_id or "")


def anded(names, last):
    """``A, B and C``."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + last + names[-1]


def code(paper, shape):
    return shape.format(f"https://github.com/{paper.code}", paper.code) if paper.code else ""


def surname(paper):
    return paper.authors[0].split()[-1]


def last_initials(name):
    *given, last = name.split()
    initials = ("-".join(f"{part[0]}." for part in word.split("-")) for word in given)
    return f"{last}, {' '.join(initials)}" if given else last


def called(title):
    """***VPTQ:*** Extreme ..., where a title begins with a name."""
    name, colon, rest = title.partition(": ")
    return f"***{name}:*** {rest}" if colon and len(name) <= 40 and len(name.split()) < 5 else title


# A venue stands in the place of "Arxiv 2024" where it is known.
ARXIV = "{% if venue %} {{ venue }}{% else %} Arxiv {{ year }}{% endif %}"
# How an entry is written, by the kind of list; each with the template that is to be learned.
FORMS = {
    "venue after a break": (
        lambda p, n: (
            f"- {p.title} <br> Arxiv {p.day.year} [[Paper]](https://arxiv.org/abs/{p.arxiv_id})"
            + code(p, " [[Code]]({0})")
        ),
        "- {{ title }} <br>" + ARXIV + " [[Paper]]({{ abs }})"
        "{% if code %} [[Code]]({{ code }}){% endif %}",
    ),
    "numbered, names in italics": (
        lambda p, n: (
            f"{n}. [**{p.title}.**](https://arxiv.org/abs/{p.arxiv_id}) _{', '.join(p.authors)}._ "
            f"Arxiv {p.day.year}."
        ),
        "{{ number }}. [**{{ title|stop }}**]({{ abs }}) _{{ authors }}._" + ARXIV + ".",
    ),
    "names with and, not in italics": (
        lambda p, n: (
            f"- {anded(p.authors, ', and ' if len(p.authors) > 2 else ' and ')}. "
            f"[{p.title}](https://arxiv.org/pdf/{p.arxiv_id}.pdf), {p.day.year}."
        ),
        (
            '- {{ authors|joined(", ", ", and ") }}. '
            "[{{ title }}](https://arxiv.org/pdf/{{ arxiv_id }}.pdf), {{ year }}."
        ),
    ),
    "names with et al.": (
        lambda p, n: (
            f"* **{p.title}**, {surname(p)} et al., [abs](http://arxiv.org/abs/{p.arxiv_id})"
        ),
        (
            "* **{{ title }}**, {{ authors|surnames|et_al(1) }}, "
            "[abs](http://arxiv.org/abs/{{ arxiv_id }})"
        ),
    ),
    "the first author alone": (
        lambda p, n: f"- {p.title} | {p.authors[0]} | https://arxiv.org/abs/{p.arxiv_id}",
        '- {{ title }} | {{ authors|et_al(1, 1, "") }} | {{ abs }}',
    ),
    "initials after the surname": (
        lambda p, n: (
            f"- {anded([last_initials(name) for name in p.authors], ', & ')} ({p.day.year}). "
            f"{p.title}{'' if p.title[-1] in '?!' else '.'} https://arxiv.org/abs/{p.arxiv_id}"
        ),
        (
            '- {{ authors|last_initials|joined(", ", ", & ") }} ({{ year }}). '
            "{{ title|stop }} {{ abs }}"
        ),
    ),
    "folded": (
        lambda p, n: (
            f"<details>\n<summary><b>{p.title}</b></summary>\n\n- Names: {', '.join(p.authors)}\n"
            f"- [arXiv](https://arxiv.org/abs/{p.arxiv_id})\n\n</details>"
        ),
        (
            "<details>\n<summary><b>{{ title }}</b></summary>\n\n- Names: {{ authors }}\n"
            "- [arXiv]({{ abs }})\n\n</details>"
        ),
    ),
    "a day with dashes": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) {p.day:%Y-%m}-{p.day.day:02d}"
        ),
        "- [{{ title }}]({{ abs }}) {{ year }}-{{ month }}-{{ day }}",
    ),
    "a day without a zero": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) "
            f"{p.day.day} {MONTHS[p.day.month - 1][:3]} {p.day.year}"
        ),
        "- [{{ title }}]({{ abs }}) {{ day_number }} {{ month_word }} {{ year }}",
    ),
    "a nickname set off": (
        lambda p, n: f"- {called(p.title)} [[Paper]](https://arxiv.org/abs/{p.arxiv_id})",
        (
            "- {% if nickname %}***{{ nickname }}:*** {{ title_rest }}{% else %}"
            "{{ title }}{% endif %} [[Paper]]({{ abs }})"
        ),
    ),
    "a heading with a number": (
        lambda p, n: f"### {n}. [{p.title}](https://arxiv.org/pdf/{p.arxiv_id})",
        "### {{ number }}. [{{ title }}]({{ pdf }})",
    ),
    "rows that are counted": (
        lambda p, n: (
            f"| {n} | {p.title} | [pdf](https://arxiv.org/pdf/{p.arxiv_id}) | "
            f"{code(p, '[code]({0})') or '-'} |"
        ),
        (
            "| {{ number }} | {{ title }} | [pdf]({{ pdf }}) | "
            "{% if code %}[code]({{ code }}){% else %}-{% endif %} |"
        ),
    ),
    "months": (
        lambda p, n: (
            f"+ [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) "
            f"({MONTHS[p.day.month - 1][:3]}., {p.day.year})"
        ),
        "+ [{{ title }}]({{ abs }}) ({{ month_word }}, {{ year }})",
    ),
    "rows with a word for none": (
        lambda p, n: (
            f"| {p.day:%Y.%m} | {p.title} | [論文](https://arxiv.org/abs/{p.arxiv_id}) | "
            f"{code(p, '[実装]({0})') or 'なし'} |"
        ),
        (
            "| {{ year }}.{{ month }} | {{ title }} | [論文]({{ abs }}) | "
            "{% if code %}[実装]({{ code }}){% else %}なし{% endif %} |"
        ),
    ),
    "several lines": (
        lambda p, n: (
            f"1. **[{p.title}](https://arxiv.org/abs/{p.arxiv_id})**\n\n"
            f"    *{', '.join(p.authors)}.* Preprint'{p.day.year % 100}"
        ),
        (
            "{{ number }}. **[{{ title }}]({{ abs }})**\n\n    *{{ authors }}.*"
            "{% if venue %} {{ venue }}{% else %} Preprint'{{ year_short }}{% endif %}"
        ),
    ),
    "task with a badge": (
        lambda p, n: (
            f"- [ ] {p.title} [![arXiv](https://img.shields.io/badge/arXiv-{p.arxiv_id}-red)]"
            f"(https://arxiv.org/abs/{p.arxiv_id})"
        ),
        (
            "- [ ] {{ title }} [![arXiv](https://img.shields.io/badge/arXiv-{{ arxiv_id }}-red)]"
            "({{ abs }})"
        ),
    ),
    "table": (
        lambda p, n: (
            f"| {p.day:%Y.%m} | {p.title} | [pdf](https://arxiv.org/pdf/{p.arxiv_id}) | "
            f"{code(p, '[code]({0})') or '-'} |"
        ),
        (
            "| {{ year }}.{{ month }} | {{ title }} | [pdf]({{ pdf }}) | "
            "{% if code %}[code]({{ code }}){% else %}-{% endif %} |"
        ),
    ),
}


def list_of(write) -> bytes:
    """A list with all papers in one section, newest first."""
    entries = [write(paper, number) for number, paper in enumerate(reversed(PAPERS), 1)]
    table = entries[0].startswith("|")
    first = "#" if entries[0].startswith("| 1") else "Date"
    head = f"| {first} | Title | Paper | Code |\n|---|---|---|---|\n" if table else ""
    between = "\n\n" if "\n" in entries[0] else "\n"
    return f"# L\n\n## Papers\n\n{head}{between.join(entries)}\n".encode()


def examined(data: bytes, papers=PAPERS) -> Examined:
    return examine(listed_in(parse(data)), {paper.arxiv_id: paper for paper in papers})


def form_of(data: bytes, papers=PAPERS):
    return draft(list(listed_in(parse(data))), examined(data, papers)).form
