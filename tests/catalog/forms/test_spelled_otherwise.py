"""What entries of one form write otherwise: bold titles, links of other kinds, awards, marks."""

from dataclasses import replace

from catalog.markdown.listfile import parse
from tests.catalog.forms.kinds import (
    PAPERS,
    examined,
    form_of,
    last_initials,
    list_of,
    surname,
)


def test_a_title_without_the_bold_of_the_others_is_in_another_form():
    data = list_of(
        lambda p, n: (
            f"- {'' if n == 6 else '**'}{p.title}.{'' if n == 6 else '**'} "
            f"[[paper](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )
    proof = examined(data).proof()

    assert form_of(data).entry == "- **{{ title|stop }}** [[paper]({{ abs }})]"
    assert proof.same_form == len(PAPERS) - 1
    assert [one.field for one in proof.differences] == ["form"]


def test_links_stand_in_any_order_and_under_other_labels():
    pages = ("Code", "Slides", "Video", "Demo (soon)", "Data")
    data = list_of(
        lambda p, n: (
            f"- {p.title} [[Paper](https://arxiv.org/abs/{p.arxiv_id})]"
            + "".join(
                f" [[{name}](https://example.org/{n})]"
                for name in (pages[:2] if n % 2 else (pages[n % 5], pages[0]))
            )
        )
    )

    assert examined(data).proof().same_form == len(PAPERS)


def test_an_award_in_brackets_is_a_part_of_the_venue():
    data = list_of(
        lambda p, n: (
            f"- {p.title}. {f'ICML {p.day.year}' if n % 2 else f'arXiv {p.day.year}'}"
            f"{' (Oral)' if n == 5 else ''}. [paper](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert examined(data).proof().same_form == len(PAPERS)


def test_marks_above_names_are_no_difference():
    data = list_of(
        lambda p, n: (
            f"- {p.title} \\\n  *{('<sup>1</sup>, ' if n % 5 == 0 else ', ').join(p.authors)}*"
            f" [paper](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_a_title_alone_in_bold_and_the_items_below_it_are_one_entry():
    data = list_of(
        lambda p, n: (
            f"**{p.title}**\n\n- 论文\uff1ahttps://arxiv.org/abs/{p.arxiv_id}\n\n"
            f"- 代码\uff1ahttps://github.com/{p.code or 'a/b'}\n"
        )
    )

    assert form_of(data).entry.startswith("**{{ title }}**\n\n- 论文\uff1a{{ abs }}")
    assert examined(data).proof().same_form == len(PAPERS)


def test_an_entry_whose_line_ends_elsewhere_is_in_another_form():
    data = list_of(
        lambda p, n: (
            f"{n}. **{p.title}** <br>\n   {', '.join(p.authors)}."
            f"{chr(10) if n % 4 else ''} [[paper](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )

    assert examined(data).proof().same_form == len(PAPERS) * 3 // 4


def test_a_figure_of_the_paper_is_no_address_of_it():
    data = list_of(
        lambda p, n: (
            f"- ![](https://arxiv.org/html/{p.arxiv_id}v1/{'x' * (n % 3)}1.png) "
            f"[{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert form_of(data).entry == (
        "- {% if picture %}![]({{ picture }}){% endif %} [{{ title }}]({{ abs }})"
    )
    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_a_link_called_by_the_first_author_has_that_name_where_there_is_no_nickname():
    data = list_of(
        lambda p, n: (
            f"- [{p.title.partition(':')[0] if n % 2 else f'{surname(p)} et al.'}]"
            f"(https://arxiv.org/abs/{p.arxiv_id}). {p.title}, {surname(p)} et al."
        )
    )

    assert form_of(data).entry.startswith(
        "- {% if nickname %}[{{ nickname }}]{% else %}[{{ authors|surnames|et_al(1) }}]{% endif %}"
    )


def test_the_year_in_which_a_paper_appeared_is_in_the_form_and_told_as_a_difference():
    rows = [
        f"| {p.day.year + n % 2} | {'CVPR' if n % 2 else 'arXiv'} | "
        f"[{p.title}](https://arxiv.org/abs/{p.arxiv_id}) |"
        for n, p in enumerate(reversed(PAPERS))
    ]
    head = "# L\n\n## Papers\n\n| Year | Venue | Title |\n|---|---|---|\n"
    proof = examined((head + "\n".join(rows) + "\n").encode()).proof()

    assert (proof.same_form, proof.same_but_unknown) == (len(PAPERS), len(PAPERS) // 2)
    assert {one.field for one in proof.differences} == {"date"}


def test_the_title_stands_behind_a_link_called_by_a_name():
    entry = "- [LEAD](https://arxiv.org/abs/2410.14508). LEAD: A Realignment of Motion, Poe et al."
    (item,) = parse(f"# L\n\n## Papers\n\n{entry}\n".encode()).items

    assert item.split.title.value == "LEAD: A Realignment of Motion"


def test_names_that_lead_to_pages_of_their_own_are_authors():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}**<br>*"
            + ", ".join(
                f"[{name}](https://example.org/~{n})" if (n + at) % 3 == 0 else name
                for at, name in enumerate(p.authors)
            )
            + f".*<br>[[PDF](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )

    assert "*{{ authors }}.*" in form_of(data).entry
    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_a_long_remark_in_brackets_is_a_remark_as_any_other():
    long = " and the University of a Town with quite a long Name, which is told here in full"
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) (from Town {n}"
            f"{long if n % 3 == 0 else ''})"
        )
    )

    assert form_of(data).entry == "- [{{ title }}]({{ abs }}){% if note %} ({{ note }}){% endif %}"
    assert examined(data).proof().same_form == len(PAPERS)


def test_marks_around_a_field_alone_are_left_out_with_it():
    data = list_of(
        lambda p, n: (
            f'- **{p.title.partition(":")[0]}**: "{p.title}". '
            f"[[{'PDF' if n % 4 else 'Paper'}](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )

    assert form_of(data).entry == (
        '- {% if nickname %}**{{ nickname }}**: {% endif %}"{{ title }}". '
        "[{% if label %}[{{ label }}]{% else %}[PDF]{% endif %}({{ abs }})]"
    )


def test_a_heading_for_each_work_above_its_linked_title():
    data = "# L\n\n" + "\n".join(
        f"### {n}th of May\n[{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n\n- A remark.\n\n---\n"
        for n, p in enumerate(reversed(PAPERS), 4)
    )
    items = [item for item in parse(data.encode()).items if item.keys]

    assert len(items) == len(PAPERS)


def test_preprints_show_their_month_where_others_have_a_venue():
    data = list_of(
        lambda p, n: (
            f'* "{p.title}", '
            f"*{f'CVPR {p.day.year}' if n % 5 < 3 else f'arXiv, {p.day:%b} {p.day.year}'}*. "
            f"[[Paper](https://arxiv.org/pdf/{p.arxiv_id})]"
        )
    )

    assert form_of(data).entry == (
        '* "{{ title }}", '
        "*{% if venue %}{{ venue }}{% else %}arXiv, {{ month_word }} {{ year }}{% endif %}*. "
        "[[Paper]({{ pdf }})]"
    )


def test_an_anchor_has_a_name_and_leads_nowhere():
    rows = [
        f'| <a id="work{n}"></a>{p.title} | [Paper](https://arxiv.org/abs/{p.arxiv_id}) |'
        for n, p in enumerate(reversed(PAPERS))
    ]
    data = ("# L\n\n## Papers\n\n| Title | Link |\n|---|---|\n" + "\n".join(rows) + "\n").encode()

    assert '<a id="{{ anchor }}"></a>{% endif %}{{ title }}' in form_of(data).entry
    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_a_mark_in_brackets_is_a_part_that_some_have():
    data = list_of(
        lambda p, n: (
            f"- {'[⭐️] ' if n % 3 == 0 else ''}**{p.title}** [pdf](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_rows_of_html_count_on():
    data = list_of(
        lambda p, n: (
            f"<tr><td>{n}</td><td><em>{p.title}</em></td>"
            f'<td><a href="https://arxiv.org/abs/{p.arxiv_id}">page</a></td></tr>'
        )
    )

    assert form_of(data).entry.startswith("<tr><td>{{ number }}</td><td><em>{{ title }}</em></td>")


def test_papers_cited_in_paragraphs_are_entries():
    ways = (
        lambda p: f"(arXiv:{p.arxiv_id}) {p.title} - [[Paper]](https://arxiv.org/abs/{p.arxiv_id})",
        lambda p: (
            f"{', '.join(map(last_initials, p.authors))} ({p.day.year}). {p.title}. "
            f"https://arxiv.org/abs/{p.arxiv_id}"
        ),
        lambda p: f"{p.title} [paper](https://arxiv.org/abs/{p.arxiv_id}) [code](https://e.org/c)",
    )
    for way in ways:
        text = "# L\n\n## Papers\n\n" + "\n\n".join(map(way, PAPERS)) + "\n"
        assert len(parse(text.encode()).items) == len(PAPERS)


def test_running_text_that_cites_papers_is_no_entry():
    text = "\n\n".join(
        f"However, e.g. the work of Poe (2024) on [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) "
        "is another one, and we build on it."
        for p in PAPERS
    )

    assert not parse(f"# L\n\n## Papers\n\n{text}\n".encode()).items


def test_words_of_a_title_may_be_in_bold():
    """Also its last one, and the first of several."""
    data = list_of(
        lambda p, n: f"- {_bold(p.title, n)}, [[Paper]](https://arxiv.org/abs/{p.arxiv_id})"
    )

    proof = examined(data).proof()

    assert form_of(data).entry == "- {{ title }}, [[Paper]]({{ abs }})"
    assert proof.same_form == proof.tried


def _bold(title, n):
    words = title.split()
    words[-1] = f"**{words[-1]}**" if n % 3 else words[-1]
    words[0], words[1] = (f"**{words[0]}**", f"**{words[1]}**") if n % 4 == 0 else words[:2]
    return " ".join(words)


def test_a_blank_before_a_colon_is_spelling_and_one_before_an_emoji_is_not():
    data = list_of(
        lambda p, n: (
            f"- {p.title}\n  - Paper{' ' if n % 4 == 0 else ''}: https://arxiv.org/abs/{p.arxiv_id}"
        )
    )
    marked = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}){' ' if n % 4 else ''}:fire: new"
        )
    )

    assert form_of(data).entry == "- {{ title }}\n  - Paper: {{ abs }}"
    assert examined(data).proof().same_form == len(PAPERS)
    assert examined(marked).proof().same_form == len(PAPERS) * 3 // 4


def test_a_label_holds_venue_and_nickname():
    def where(p, n):
        return "ICML23" if n % 3 == 0 else f"Arxiv{p.day:%y%m}"

    first = list_of(
        lambda p, n: (
            f"- [[{where(p, n)}{'' if n % 7 == 0 else f' - **Net{n}**'}]"
            f'(https://arxiv.org/abs/{p.arxiv_id})] "{p.title}"'
        )
    )
    last = list_of(
        lambda p, n: f"- [Net{n}, {where(p, n)}](https://arxiv.org/abs/{p.arxiv_id}) {p.title}"
    )

    assert form_of(first).entry == (
        "- [[{% if venue %}{{ venue }}{% else %}Arxiv{{ year_short }}{{ month }}{% endif %}"
        '{% if short_name %} - **{{ short_name }}**{% endif %}]({{ abs }})] "{{ title }}"'
    )
    assert examined(first).proof().same_form == len(PAPERS)
    assert form_of(last).entry == (
        "- [{% if short_name %}{{ short_name }}, {% endif %}{% if venue %}{{ venue }}"
        "{% else %}Arxiv{{ year_short }}{{ month }}{% endif %}]({{ abs }}) {{ title }}"
    )
    assert examined(last).proof().same_form == len(PAPERS)


def test_a_name_in_brackets_behind_a_title_is_the_nickname_if_the_titles_begin_with_theirs():
    named = [replace(paper, title=f"Net{n}: {paper.title}") for n, paper in enumerate(PAPERS)]
    data = list_of(
        lambda p, n: (
            f"- Net{len(PAPERS) - n}: {p.title} (Net{len(PAPERS) - n}) "
            f"[[paper](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )

    assert form_of(data, named).entry == (
        "- {{ title }}{% if nickname %} ({{ nickname }}){% endif %} [[paper]({{ abs }})]"
    )
    assert examined(data, named).proof().same_form == len(PAPERS)
