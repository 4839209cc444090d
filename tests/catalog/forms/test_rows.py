"""Rows of tables with bars at their ends, or without: learned, written, read and put in."""

import pytest

from catalog.errors import ListConflict
from catalog.forms.counts import counts_in
from catalog.forms.inserter import NewEntry, cells_in, insert_entries
from catalog.forms.spelling.rows import closed, end_of_cells, may_be_row
from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from catalog.markdown.listfile import parse
from config.form import Form
from config.template import parse_template
from output.forms import inserted
from output.forms.templated import in_form, starred
from tests.catalog.forms.kinds import PAPERS, examined, form_of, list_of

HEAD = "# L\n\n## Papers\n\nDate|Method|Venue|Paper title and notes|Code\n---|---|---|---|---\n"


def table(write, head=HEAD) -> bytes:
    rows = (write(paper, number) for number, paper in enumerate(reversed(PAPERS)))
    return (head + "\n".join(rows) + "\n").encode()


def row(paper, number, title="{}"):
    venue = ("ICML 2024", "Arxiv 2024", "Arxiv 2024")[number % 3]
    code = f"[code](https://github.com/{paper.code})" if paper.code else "None"
    shown = title.format(paper.title)
    method = f"[M{number}](https://arxiv.org/abs/{paper.arxiv_id})"
    return f"{paper.day:%y-%m-%d}|{method}|{venue}|{shown}|{code}"


ROW = (
    "{{ year_short }}-{{ month }}-{{ day }}|"
    "{% if nickname %}[{{ nickname }}]{% else %}[Paper]{% endif %}({{ abs }})|"
    "{% if venue %}{{ venue }}{% else %}Arxiv {{ year }}{% endif %}|{{ title }}|"
    "{% if code %}[code]({{ code }}){% else %}None{% endif %}"
)


def test_a_row_without_bars_at_its_ends_is_learned_with_the_columns_of_its_table():
    data = table(row)

    assert form_of(data).entry == ROW
    assert examined(data).proof().same_form == len(PAPERS)


def named_row(paper, number):
    """**VPTQ** | *Extreme Low-bit ...*: the nickname, and what it leaves of the title."""
    name, _, rest = paper.title.partition(": ")
    return f"**{name}** | *{rest or name}* | [[arXiv]](https://arxiv.org/abs/{paper.arxiv_id}) |"


def test_a_nickname_in_a_column_of_its_own_is_filled_in_with_the_rest_of_the_title_beside_it():
    head = "# L\n\n## Papers\n\n*Name* | *Summary* | *Paper* |\n---|---|---|\n"
    data = table(named_row, head)
    form, proof = form_of(data), examined(data).proof()
    new = FormWork("ArcQuant: Kernels for All", ("Ada Poe",), "2412.00001")

    assert form.entry == (
        "{% if name %}{{ name }}{% else %}{% if nickname %}**{{ nickname }}**{% endif %}"
        "{% endif %} | *{% if nickname %}{{ title_rest }}{% else %}{{ title }}{% endif %}* | "
        "[[arXiv]]({{ abs }}) |"
    )
    assert proof.same_but_unknown == len(PAPERS)
    assert write_entry(parse_template(form.entry), values_of(new), unknown=form.own).startswith(
        "**ArcQuant** | *Kernels for All* | [[arXiv]](https://arxiv.org/abs/2412.00001)"
    )


def test_a_closing_bar_that_some_rows_have_makes_no_other_form():
    data = table(lambda p, n: row(p, n) + (" |" if n % 4 == 0 else ""))

    assert form_of(data).entry == ROW
    assert examined(data).proof().same_form == len(PAPERS)


def test_a_title_that_leads_to_notes_in_most_rows_is_written_without_them_first():
    notes = "https://notes.example/"
    data = table(lambda p, n: row(p, n, f"[{{}}]({notes}{n})" if n % 4 else "{}"))
    form = form_of(data)

    assert "|{% if page %}[{{ title }}]({{ page }}){% else %}{{ title }}{% endif %}|" in form.entry
    assert form.own["page"] == ""
    assert examined(data).proof().same_form == len(PAPERS)


def test_a_break_of_the_line_in_a_cell_is_layout():
    data = table(
        lambda p, n: (
            f"| {n + 1} | [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) | "
            f"{p.authors[0]},{' <br />' if n % 2 else ''} {p.day.year} |"
        ),
        "# L\n\n## Papers\n\n| # | Title | Author and year |\n|---|---|---|\n",
    )

    assert examined(data).proof().same_form == len(PAPERS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|a|b|", True),
        ("a|b", True),
        ("{{ title|stop }}|{{ abs }}", True),
        ("{{ title|stop }} {{ abs }}", False),
        ("- a | b", False),
        ("1. a | b", False),
        ("a \\| b", False),
        ("a | b\nc", False),
    ],
)
def test_a_line_with_bars_and_no_marker_may_be_a_row(text, expected):
    assert may_be_row(text) is expected


def test_the_last_cell_ends_before_the_bar_that_closes_the_row():
    assert closed("a|b") == closed("|a|b |") == closed("a|b|") == "|a|b |"
    assert "| a |  |"[: end_of_cells("| a |  |")] == "| a | "


def test_a_row_without_bars_goes_into_its_table():
    old = "24-02|[A title](https://arxiv.org/abs/2402.01234)|None"
    new = "24-05|[Another title](https://arxiv.org/abs/2405.01234)|None"
    data = f"# L\n\n## Papers\n\nDate|Paper|Code\n---|---|---\n{old}\n\nText.\n"
    form = Form(entry="{{ date }}|[{{ title }}]({{ abs }})|None", place="bottom", own={})

    done = insert_entries(
        data.encode(), [NewEntry("Papers", new, "2405.01234")], form, name="l.md"
    ).decode()

    assert done == data.replace(old, f"{old}\n{new}")
    assert in_form(new, "arxiv:2405.01234", star=False) == new
    assert starred(new) == new.replace("[Another", "🌟 [Another")


def test_a_paragraph_with_bars_is_no_row():
    text = "**A title of a paper** | [pdf](https://arxiv.org/abs/2405.01234) | 2024"

    assert in_form(text, "arxiv:2405.01234", star=False) == text


def test_counts_stand_in_the_column_of_a_row_without_bars():
    data = (
        "# L\n\n## Papers\n\nCited|Paper\n---|---\n"
        "12|[A title of 30 words](https://arxiv.org/abs/2402.01234)\n"
    )
    form = Form(entry="{{ citations }}|[{{ title }}]({{ abs }})", place="bottom", own={})

    (shown,) = counts_in(parse(data.encode()), form)

    assert (shown.count, data[shown.start : shown.end]) == (12, "12")


def test_rows_with_an_empty_last_cell_are_in_the_form_of_the_others():
    data = table(
        lambda p, n: (
            f"| [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) | {'small' if n % 3 else ''} |"
        ),
        "# L\n\n## Papers\n\n| Title | Notes |\n|---|---|\n",
    )

    assert examined(data).proof().same_form == len(PAPERS)


def test_a_number_that_is_missing_stops_no_table_from_counting():
    rows = "".join(
        f"| {n} | [A title of words](https://arxiv.org/abs/24{n:02d}.01234) |\n"
        for n in (1, 2, 3, 4, 5, 6, 8)
    )
    data = f"# L\n\n## Papers\n\n| # | Paper |\n|---|---|\n{rows}"
    new = "| 1 | [Another title](https://arxiv.org/abs/2409.01234) |"
    form = Form(entry="| {{ number }} | [{{ title }}]({{ abs }}) |", place="bottom", own={})

    done = insert_entries(
        data.encode(), [NewEntry("Papers", new, "2409.01234")], form, name="l.md"
    ).decode()

    assert done == data + new.replace("| 1 |", "| 9 |") + "\n"


def test_dashes_of_any_number_say_that_nothing_is_known():
    rows = [
        f"| [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) | "
        f"{'---' if n == 3 else f'[Github](https://github.com/a/b{n})'} |"
        for n, p in enumerate(PAPERS)
    ]
    data = "# L\n\n## Papers\n\n| Title | Code |\n|---|---|\n" + "\n".join(rows) + "\n"

    assert examined(data.encode()).proof().same_but_unknown == len(PAPERS)


PAGE = values_of(FormWork(title="A Page", url="https://example.org/page"))


@pytest.mark.parametrize(
    ("template", "row"),
    [
        (
            "|{{ year }}.{{ month }}|{{ title }}|[pdf](https://arxiv.org/pdf/{{ arxiv_id }}.pdf)|",
            "||A Page|[pdf](https://example.org/page)|",
        ),
        (
            "{{ title }}|{{ day }}/{{ month }}|http://arxiv.org/abs/{{ arxiv_id }}v{{ version }}",
            "A Page||https://example.org/page",
        ),
        (
            "- [{{ title }}](http://arxiv.org/abs/{{ arxiv_id }})",
            "- [A Page](https://example.org/page)",
        ),
    ],
)
def test_a_page_has_its_own_address_where_those_of_papers_are_built_from_ids(template, row):
    assert row == write_entry(parse_template(template), PAGE, unknown={})


def test_a_row_whose_first_cell_is_empty_has_as_many_cells():
    assert 3 == cells_in("||A Page|x|") == cells_in("|2024|A Page|x|") == cells_in("2024|A|x")


def test_an_entry_that_does_not_lead_to_its_work_is_refused():
    """Nobody would find it in the list again, and the next `add` would put it there twice."""
    data = b"# L\n\n## Papers\n\n- x (2411.01001)\n"
    addition = ("Papers", "- A Page ()", "link:https://example.org/page")

    with pytest.raises(ListConflict, match="doesn't lead to https:"):
        inserted(data, Form(entry="- {{ title }} ({{ arxiv_id }})"), [addition], name="L.md")


def test_a_second_address_in_a_column_of_other_links_is_one_of_them():
    rows = [
        f"| [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) | "
        f"[page](https://{f'arxiv.org/abs/{p.arxiv_id}' if n % 5 == 0 else f'acme.example/{n}'}) |"
        for n, p in enumerate(reversed(PAPERS))
    ]
    head = "# L\n\n## Papers\n\n| Title | Others |\n|---|---|\n"

    proof = examined((head + "\n".join(rows) + "\n").encode()).proof()

    assert proof.same_but_unknown == len(PAPERS)


def test_a_column_of_code_that_few_works_have_shows_the_sign_of_the_others():
    for few in (0, 2):
        data = list_of(
            lambda p, n: (
                f"| {p.day:%Y.%m} | {p.title} | [pdf](https://arxiv.org/pdf/{p.arxiv_id}) | "
                f"{f'[code](https://github.com/a/b{n})' if n <= few else '-'} |"  # noqa: B023
            )
        )
        piece = "[code]({{ code }})" if few else "{{ code }}"

        assert form_of(data).entry.endswith(f"{{% if code %}}{piece}{{% else %}}-{{% endif %}} |")
        assert examined(data).proof().same_form == len(PAPERS)
