"""The form of a list is learned from its entries, and each entry is proved by the others."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.forms.assembly import draft
from catalog.forms.atoms import Known, cut_entry
from catalog.forms.examination import Examined, examine
from catalog.forms.listed import known_of, listed_in
from catalog.forms.proof import try_entry
from catalog.forms.spelling.dates import MONTHS
from catalog.markdown.listfile import parse
from config.template import parse_template
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


def _called(title):
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
        lambda p, n: f"- {_called(p.title)} [[Paper]](https://arxiv.org/abs/{p.arxiv_id})",
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


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_is_learned_and_every_entry_comes_out_as_it_stands(kind):
    write, template = FORMS[kind]
    data = list_of(write)
    found = examined(data)

    drafted = draft(list(listed_in(parse(data))), found)
    proof = found.proof()

    assert drafted.form is not None
    assert drafted.form.entry == template
    assert (proof.tried, proof.same) == (len(PAPERS), len(PAPERS)), proof.differences[:2]


@pytest.mark.parametrize("kind", FORMS)
def test_what_is_known_of_another_paper_gives_nothing(kind):
    """A form whose blanks would take anything would also take another paper's title."""
    data = list_of(FORMS[kind][0])
    others = [*PAPERS[3:], *PAPERS[:3]]
    swapped = [
        Known(other.title, other.authors, paper.arxiv_id, paper.day, paper.code)
        for paper, other in zip(PAPERS, others, strict=True)
    ]

    proof = examined(data, swapped).proof()

    assert proof.tried == len(PAPERS)
    assert (proof.same, proof.same_but_unknown, proof.same_form) == (0, 0, 0)


def test_shapes_do_not_hide_that_the_facts_are_of_other_papers():
    """Most entries of a real list are not asked about: their own shapes say what they are."""
    data = list_of(FORMS["months"][0])
    some = [
        Known(other.title, other.authors, paper.arxiv_id, paper.day)
        for paper, other in zip(PAPERS[:4], PAPERS[4:8], strict=True)
    ]

    proof = examined(data, some).proof()

    assert (proof.tried, proof.same_form) == (4, 0)


def test_without_facts_the_shapes_of_the_entries_have_to_do():
    data = list_of(FORMS["months"][0])

    found = examined(data, [])

    assert found.by_shape
    assert (found.proof().tried, found.proof().same_form) == (len(PAPERS), len(PAPERS))


def test_a_difference_names_line_field_and_both_values():
    write, _ = FORMS["numbered, names in italics"]
    title = PAPERS[-1].title
    other = title.replace("Adaptive", "Adapted")
    data = list_of(write).replace(title.encode(), other.encode())

    proof = examined(data).proof()

    assert (proof.same_form, proof.same_but_unknown) == (len(PAPERS), len(PAPERS) - 1)
    first, *others = proof.differences
    assert (first.line, first.field, first.stands, first.would_be) == (
        5,
        "title",
        other,
        title,
    )
    assert others == []


def test_capitals_dashes_and_a_final_stop_are_spelling():
    write, _ = FORMS["numbered, names in italics"]
    title = PAPERS[-1].title
    data = list_of(write).replace(
        f"{title}.".encode(), title.upper().replace(": ", " -- ").encode()
    )

    proof = examined(data).proof()

    assert (proof.same, proof.same_but_unknown) == (len(PAPERS) - 1, len(PAPERS))


def test_a_few_entries_with_the_address_of_another_paper_are_left_out():
    """They are slips of the list, and say nothing about its form."""
    write, _ = FORMS["months"]
    data = list_of(write).replace(PAPERS[2].title.encode(), b"Something else altogether")

    found = examined(data)

    assert len(found.strangers) == 1
    assert found.proof().tried == len(PAPERS) - 1


def test_a_row_that_names_fewer_authors_than_the_list_is_left_out():
    data = list_of(FORMS["numbered, names in italics"][0])
    fewer = [
        Known(paper.title, paper.authors[1:], paper.arxiv_id, paper.day) if number == 4 else paper
        for number, paper in enumerate(PAPERS)
    ]

    assert examined(data, fewer).incomplete == 1


def test_a_group_that_arxiv_writes_with_a_colon_is_one_name():
    from catalog.paper import Paper

    paper = Paper("2411.04965", 1, "T", authors=("NVIDIA", ":", "Hongyu Wang", "Furu Wei"))

    assert known_of(paper).authors == ("NVIDIA: Hongyu Wang", "Furu Wei")


def test_rows_say_what_arxiv_says():
    rows = [json.loads(line) for line in ROWS.read_text().splitlines()]

    assert {row["arxiv_id"] for row in rows} == set(rows_of(ROWS))


def test_entries_with_braces_of_their_own_are_no_template():
    """A citation in BibTeX in every entry: nothing of it can be written, and nothing breaks."""
    data = list_of(
        lambda p, n: (
            f"- {p.title} [abs](https://arxiv.org/abs/{p.arxiv_id})\n\n"
            f"  `@article{{x, year={{{p.day.year}}}}}` {{{{{p.day.year}}}}}"
        )
    )

    assert draft(list(listed_in(parse(data))), examined(data)).form is None


def form_of(data: bytes, papers=PAPERS):
    return draft(list(listed_in(parse(data))), examined(data, papers)).form


def test_a_bar_before_the_code_goes_with_it():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}), {p.day.year}"
            + code(p, " | [code]({0})")
        )
    )

    assert form_of(data).entry == (
        "- [{{ title }}]({{ abs }}), {{ year }}{% if code %} | [code]({{ code }}){% endif %}"
    )


def test_a_line_ends_as_it_does_where_the_optional_part_is_left_out():
    """Without two blanks at its end the next line would be shown on the same one."""

    def write(p, n):
        badge = f"[![arXiv](https://img.shields.io/badge/x)](https://arxiv.org/abs/{p.arxiv_id})"
        middle = f"  \n  [![Star](https://img.shields.io/github/stars/{p.code})]" if p.code else ""
        middle += f"(https://github.com/{p.code})\n" if p.code else "  \n"
        return f"+ [{p.title}](https://arxiv.org/abs/{p.arxiv_id}){middle}  {badge}"

    assert "{% else %}  \n  {% endif %}" in form_of(list_of(write)).entry


def test_remarks_in_several_places_are_several_fields():
    remarks = ["small", "quick", "cheap", "strong", "new", "open"]
    data = list_of(
        lambda p, n: (
            f"- ({remarks[n % 6]}) [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) - "
            f"{remarks[n % 5]} and {remarks[n % 4]} work"
        )
    )

    form = form_of(data)

    assert [name for name in form.own if name.startswith("note")] == ["note", "note_2", "note_3"]


def test_a_preprint_in_a_column_of_venues_is_what_the_list_calls_it():
    data = list_of(
        lambda p, n: (
            f"| {'ICML' if n % 3 == 0 else 'Preprint'} | {p.title} | "
            f"[pdf](https://arxiv.org/pdf/{p.arxiv_id}) | - |"
        )
    ).replace(b"| Date |", b"| Venue |")

    assert "{% if venue %}{{ venue }}{% else %}Preprint{% endif %}" in form_of(data).entry


def test_a_section_of_few_entries_that_differ_is_in_the_form_of_the_list():
    write, _ = FORMS["numbered, names in italics"]
    data = list_of(write) + (
        b"\n## Other\n\n1. [**Another Work.**](https://arxiv.org/abs/2301.00001) _Ada Poe._ "
        b"ICML 2023: with a remark [page](https://acme.example/x)\n"
    )

    assert form_of(data).sections == ()


@pytest.mark.long
def test_entries_that_no_template_gives_are_not_in_one_form():
    """Without facts an entry always agrees with itself: then the template has to give it."""
    texts = [
        "{n}. **{t}.** Preprint. ![](https://img.shields.io/badge/a)\n   *{a}* [[pdf]({u})], {y}",
        "{n}. **{t}** ACL {y}.\n\n    *{a}.*\n    [[pdf]({u})] [[page](https://acme.example/{n})]",
        "{n}. **{t}.** ![](https://img.shields.io/badge/b)\n\n      *{a}*\n[[pdf]({u})]. {y}",
        "{n}.  **{t}**  Preprint {y}\n      [[pdf]({u})] *{a}*.",
    ]
    data = list_of(
        lambda p, n: texts[n % 4].format(
            n=n,
            t=p.title,
            a=", ".join(p.authors),
            u=f"https://arxiv.org/abs/{p.arxiv_id}",
            y=p.day.year,
        )
    )

    proof = examined(data, []).proof()

    assert proof.same_form < 0.7 * proof.tried


def test_a_venue_stands_in_the_brackets_of_the_year():
    def write(p, n):
        venue = p.day.year if n % 2 else f"ICML {p.day.year}"
        return f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) ({venue})"

    either = "{% if venue %} ({{ venue }}){% else %} ({{ year }}){% endif %}"
    assert form_of(list_of(write)).entry == "- [{{ title }}]({{ abs }})" + either


@pytest.mark.parametrize(
    ("written", "piece"),
    [
        ("\n  - **TL;DR**: {}", "{% if tl_dr %}\n  - **TL;DR**: {{ tl_dr }}{% endif %}"),
        (
            "\n\n  <details><summary>Abstract</summary>{}</details>",
            "<summary>Abstract</summary>{{ abstract }}<",
        ),
    ],
)
def test_a_long_text_is_a_field_of_its_own(written, piece):
    def write(p, n):
        text = " ".join(f"word{n * number % 17}" for number in range(40))
        return f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}){written.format(text)}"

    found = examined(list_of(write))

    assert piece in form_of(list_of(write)).entry
    assert found.proof().same_form == len(PAPERS)


VENUES = ["ICML 2024", "", "", "ACL 2023", ""]
WORDS = ["small models", "agents", "pruning, speed", "long context"]


def venue_of(p, n, other):
    return VENUES[n % 5] or other.format(p.day.year)


# What goes with an optional field: its own line, label, sign, tags or punctuation.
OWNED = {
    "the line of the code": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n  - Keyword: {WORDS[n % 4]}"
            + code(p, "\n  - Code: [Official]({0})")
        ),
        (
            "- [{{ title }}]({{ abs }}){% if keyword %}\n  - Keyword: {{ keyword }}{% endif %}"
            "{% if code %}\n  - Code: [Official]({{ code }}){% endif %}"
        ),
    ),
    "lines that only some have": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n  - {', '.join(p.authors)}"
            + (f"\n  - 📑 Publisher: {VENUES[n % 5]}" if VENUES[n % 5] else "")
            + f"\n  - 🔑 Key: [{WORDS[n % 4]}], [{WORDS[n % 3]}]"
            + ("\n  - Setting: [D4RL](https://github.com/acme/d4rl), Gym" if n % 2 else "")
        ),
        (
            "- [{{ title }}]({{ abs }})\n  - {{ authors }}"
            "{% if venue %}\n  - 📑 Publisher: {{ venue }}{% endif %}"
            "{% if key %}\n  - 🔑 Key: {{ key }}{% endif %}"
            "{% if setting %}\n  - Setting: {{ setting }}{% endif %}"
        ),
    ),
    "a break below a badge": (
        lambda p, n: (
            f"| {code(p, '![Star](https://img.shields.io/github/stars/{1}) <br> ')}[**{p.title}**]"
            f"(https://arxiv.org/abs/{p.arxiv_id}){' <br>' if p.code else ''} | {p.day.year} | "
            f"{WORDS[n % 4]} | {'x' * n} |"
        ),
        (
            "|{% if code %} ![Star](https://img.shields.io/github/stars/{{ code_owner }}/"
            "{{ code_name }}) <br>{% endif %} [**{{ title }}**]({{ abs }})"
            "{% if code %} <br>{% endif %} | {{ year }} | {{ paper }} | {{ code }} |"
        ),
    ),
    "a cell of several links": (
        lambda p, n: (
            f"| {p.day.year} | {p.title} | [pdf](https://arxiv.org/abs/{p.arxiv_id}) | "
            f"{f'[Web](https://acme.example/{n}) ' if n % 2 else ''}{code(p, '[Code]({0})')} |"
        ),
        (
            "| {{ year }} | {{ title }} | [pdf]({{ abs }}) | {% if column_4 %}{{ column_4 }}"
            "{% else %}{% if code %}[Code]({{ code }}){% else %}{% endif %}{% endif %} |"
        ),
    ),
    "a word where others have a venue": (
        lambda p, n: (
            f"**{p.title}** \\\n[[{VENUES[n % 5] or 'Website'}](https://arxiv.org/abs/{p.arxiv_id})]"
        ),
        (
            "**{{ title }}** \\\n[{% if venue %}[{{ venue }}]{% else %}[Website]{% endif %}"
            "({{ abs }})]"
        ),
    ),
    "a label in bold": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})  \n"
            f"**Venue:** {venue_of(p, n, 'arXiv {}')}" + code(p, "  \n**Code:** <{0}>")
        ),
        (
            "- [{{ title }}]({{ abs }})  \n**Venue:**{% if venue %} {{ venue }}"
            "{% else %} arXiv {{ year }}{% endif %}{% if code %}  \n"
            "**Code:** <{{ code }}>{% endif %}"
        ),
    ),
    "an emoji": (
        lambda p, n: (
            f"* **{p.title}** | 📄 [Paper](https://arxiv.org/abs/{p.arxiv_id})"
            + code(p, " | 💻 [Code]({0})")
        ),
        "* **{{ title }}** | 📄 [Paper]({{ abs }}){% if code %} | 💻 [Code]({{ code }}){% endif %}",
    ),
    "a tag, and the space after it": (
        lambda p, n: (
            f"1. {'' if n % 3 else f'<u>{WORDS[n % 4]}</u>: '}"
            f'**"{p.title}"**. [[Paper](https://arxiv.org/abs/{p.arxiv_id})]'
        ),
        (
            '{{ number }}. {% if note %}<u>{{ note }}</u>: {% endif %}**"{{ title }}"**. '
            "[[Paper]({{ abs }})]"
        ),
    ),
    "a comma": (
        lambda p, n: (
            f"{n}. {p.title}. {'In: ACL, 2023' if n % 3 == 0 else f'arXiv, {p.day.year}'}. "
            f"arXiv:{p.arxiv_id}"
        ),
        (
            "{{ number }}. {{ title|stop }}{% if venue %} In: {{ venue }}"
            "{% else %} arXiv, {{ year }}{% endif %}. arXiv:{{ arxiv_id }}"
        ),
    ),
}


@pytest.mark.parametrize("kind", OWNED)
def test_what_belongs_to_an_optional_field_goes_with_it(kind):
    write, template = OWNED[kind]

    assert form_of(list_of(write)).entry == template


def test_an_entry_is_in_the_form_only_if_the_template_gives_it():
    """Its elements stand in their order; what `add` would write has no label before the address."""
    found = examined(list_of(FORMS["venue after a break"][0]))
    cut = found.cuts[0]
    learned = found.form_of(cut.section)
    assert learned is not None
    written = learned.template.text.replace("[[Paper]]({{ abs }})", "{{ abs }}")

    trial = try_entry(cut, replace(learned, template=parse_template(written)))

    assert try_entry(cut, learned).outcome == "same"
    assert (trial.outcome, [one.field for one in trial.differences]) == ("different", ["form"])


def test_a_sign_stands_where_there_is_no_code():
    data = list_of(
        lambda p, n: (
            f"- {p.title} [pdf](https://arxiv.org/abs/{p.arxiv_id}) "
            f"<td>{code(p, '[code]({0})') or '–'}</td>"
        )
    )

    assert "{% if code %}[code]({{ code }}){% else %}–{% endif %}" in form_of(data).entry


def test_marks_above_names_and_two_people_of_one_surname_are_authors():
    """Whom a list marks as equal, or of which place, is no part of a name."""
    paper = Known("A Paper on Caches", ("Ada Poe", "Bo Poe", "Cy Roe"), "2401.00001")
    names = "Ada Poe<sup>1</sup>, Bo Poe<sup>1,2</sup>, Cy Roe"
    text = f"- A Paper on Caches. *{names}* arxiv.org/abs/2401.00001"

    cut = cut_entry(text, paper)

    assert cut is not None
    (run,) = [atom for atom in cut.atoms if atom.kind == "authors"]
    assert (run.text, run.agrees) == (names, "exact")


def test_a_table_of_few_rows_is_not_learned_from_tables_with_other_columns():
    few = [
        f"| [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) | {p.day.year} | a |"
        for p in PAPERS[:3]
    ]
    many = [
        f"| [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) | {p.day.year} |" for p in PAPERS[3:]
    ]
    text = "# L\n\n## Few\n\n| Paper | Year | Type |\n|---|---|---|\n" + "\n".join(few)
    text += "\n\n## Many\n\n| Paper | Year |\n|---|---|\n" + "\n".join(many) + "\n"

    proof = examined(text.encode()).proof()

    assert (proof.tried, proof.same_form) == (len(PAPERS), len(PAPERS))


def test_blanks_at_line_ends_and_between_links_are_spelling():
    """Curators leave some: an entry with another number of them is in the same form."""
    data = list_of(
        lambda p, n: (
            f"- **{p.title}**{' ' * (n % 3)}\\\n  [[pdf](https://arxiv.org/abs/{p.arxiv_id})]"
            f"{' ' * (n % 2)}[[notes](https://acme.example/{n})]{' ' * (n % 4)}"
        )
    )

    proof = examined(data).proof()

    assert (proof.tried, proof.same_form) == (len(PAPERS), len(PAPERS))


def test_a_section_that_writes_its_links_otherwise_has_a_form_of_its_own():
    half = len(PAPERS) // 2
    first = [f"- **{p.title}** [[Web](https://arxiv.org/abs/{p.arxiv_id})]" for p in PAPERS[half:]]
    second = [f"- **{p.title}** [[Web]](https://arxiv.org/abs/{p.arxiv_id})" for p in PAPERS[:half]]
    text = "# L\n\n## New\n\n" + "\n".join(first) + "\n\n## Old\n\n" + "\n".join(second) + "\n"

    form = form_of(text.encode())

    assert {form.entry, *(section.entry for section in form.sections if section.entry)} == {
        "- **{{ title }}** [[Web]({{ abs }})]",
        "- **{{ title }}** [[Web]]({{ abs }})",
    }


def test_a_block_of_code_below_an_entry_is_a_field_of_its_own():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n"
            f"  ```{'text' if n % 4 else ''}\n  In {n} words: [this] says | what it is about.\n"
            "  ```"
        )
    )
    form = form_of(data)

    assert form.entry == (
        "- [{{ title }}]({{ abs }}){% if summary %}\n  ```text\n  {{ summary }}\n  ```{% endif %}"
    )
    assert examined(data).proof().same_form == len(PAPERS)


def test_a_journal_with_a_long_name_is_a_venue_and_takes_no_link_with_it():
    names = "ACME Transactions on Audio, Speech, and Language Processing in the World"
    data = list_of(
        lambda p, n: (
            f'- {surname(p)} et al. "{p.title}." {f"{names} {n}" if n % 3 else "arXiv preprint"} '
            f"({p.day.year}). [paper](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert form_of(data).entry.endswith(
        "{% if venue %} {{ venue }}{% else %} arXiv preprint ({{ year }}){% endif %}. "
        "[paper]({{ abs }})"
    )
    assert examined(data).proof().same_form == len(PAPERS)


def test_a_stop_after_the_authors_and_a_blank_before_a_bracket_are_spelling():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}**{' ' if n % 4 == 0 else ''}({p.day.year}), {surname(p)} et al"
            f"{'.' if n % 3 else ''} [[pdf]](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert examined(data).proof().same_form == len(PAPERS)


def test_a_paper_that_appeared_years_later_has_the_year_of_its_venue():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}**({p.day.year + 3 * (n in (4, 9))}) "
            f"[[pdf]](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert "({{ year }})" in form_of(data).entry
    assert examined(data).proof().same_form == len(PAPERS)


def test_a_preprint_shows_its_year_where_others_have_a_venue_in_the_same_bracket():
    data = list_of(
        lambda p, n: (
            f"+ [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) "
            f"({p.authors[0]} et al., {f'ICML {p.day.year}' if n % 3 else p.day.year})"
        )
    )

    assert form_of(data).entry.endswith(
        ",{% if venue %} {{ venue }}{% else %} {{ year }}{% endif %})"
    )


def test_a_label_in_escaped_brackets_is_a_link_as_any_other():
    data = list_of(
        lambda p, n: (
            f"* **{p.title}**. [\\[pdf\\]](https://arxiv.org/abs/{p.arxiv_id})"
            + code(p, " [\\[code\\]]({0})")
        )
    )

    assert form_of(data).entry == (
        "* **{{ title }}**. [\\[pdf\\]]({{ abs }}){% if code %} [\\[code\\]]({{ code }}){% endif %}"
    )


def test_a_bar_before_a_link_that_no_service_knows_goes_with_it():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}** | [📄 Paper](https://arxiv.org/abs/{p.arxiv_id})"
            f"{f' | [🌐 Project Page](https://acme.example/{n}/)' if n % 2 else ''}"
        )
    )

    assert form_of(data).entry.endswith(
        "{% if project_page %} | [🌐 Project Page]({{ project_page }}){% endif %}"
    )


def test_a_name_before_a_title_in_bold_is_the_lists_own():
    data = list_of(
        lambda p, n: (
            f"- [{f'Model{n}: ' if n % 3 == 0 else ''}**{p.title}**]"
            f"(https://arxiv.org/abs/{p.arxiv_id})"
        )
    )
    form = form_of(data)

    assert form.entry == (
        "- [{% if short_name %}{{ short_name }}: {% endif %}**{{ title }}**]({{ abs }})"
    )
    assert list(form.own) == ["short_name"]
