"""The form of a list is learned from its entries, and each entry is proved by the others."""

import json
from dataclasses import replace

import pytest

from catalog.forms.assembly import draft
from catalog.forms.cutting.atoms import Known
from catalog.forms.cutting.cutter import cut_entry
from catalog.forms.listed import known_of, listed_in
from catalog.forms.values import nickname_of
from catalog.markdown.listfile import parse
from output.forms.proof import rows_of
from tests.catalog.forms.kinds import FORMS, PAPERS, ROWS, code, examined, form_of, list_of, surname


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


def test_another_paper_that_an_entry_links_lends_it_no_title():
    """Its facts are exchanged with those of the paper that the title leads to."""
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
            f" [![arXiv](https://acme.example/b.svg)]"
            f"(https://arxiv.org/abs/{PAPERS[0].arxiv_id if n == 1 else p.arxiv_id})"
        )
    )
    swapped = [
        Known(other.title, other.authors, paper.arxiv_id, paper.day)
        for paper, other in zip(PAPERS, [*PAPERS[-1:], *PAPERS[:-1]], strict=True)
    ]

    assert examined(data, swapped).proof().same_form == 0


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

    assert len(examined(data, fewer).incomplete) == 1


def test_such_a_row_is_left_out_where_the_list_shortens_a_given_name_too():
    """ "MA Weyssow" in the list is "Mara A Weyssow": only the other authors are lacking."""
    data = list_of(FORMS["numbered, names in italics"][0])
    paper = PAPERS[3]
    first, *others = paper.authors
    longer = Known(
        paper.title, (f"Mara A {first.split()[-1]}", *others[:-1]), paper.arxiv_id, paper.day
    )
    shortened = data.replace(f"_{first}".encode(), f"_MA {first.split()[-1]}".encode())
    papers = [longer if one is paper else one for one in PAPERS]

    assert len(others) > 1
    assert len(examined(shortened, papers).incomplete) == 1


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


def test_a_stop_after_the_authors_is_spelling_and_a_blank_where_others_have_none_is_not():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}**{' ' if n % 4 == 0 else ''}({p.day.year}), {surname(p)} et al"
            f"{'.' if n % 3 else ''} [[pdf]](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert examined(data).proof().same_form == len(PAPERS) * 3 // 4


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


def test_an_archive_with_a_month_stands_where_others_have_a_venue():
    data = list_of(
        lambda p, n: (
            f"- {f'ICML {p.day.year + 1}' if n % 3 == 0 else f'arXiv {p.day:%Y.%m}'}, {p.title}, "
            f"[abs](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert form_of(data).entry == (
        "- {% if venue %}{{ venue }}{% else %}arXiv {{ year }}.{{ month }}{% endif %}, "
        "{{ title }}, [abs]({{ abs }})"
    )
    assert examined(data).proof().same_but_unknown == len(PAPERS)


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


def test_a_heading_with_a_nickname_shows_the_title_of_a_paper_that_has_none():
    data = (
        "# L\n\n## Caches\n\n"
        + "\n".join(
            f"### **{nickname_of(paper.title) or 'Acme Bits'}**\n"
            f"**Paper:** [{paper.title}](https://arxiv.org/abs/{paper.arxiv_id})  \n"
            f"**Submitted:** {paper.day:%Y.%m}\n"
            for paper in PAPERS
        )
    ).encode()

    assert form_of(data).entry == (
        "### {% if nickname %}**{{ nickname }}**{% else %}**{{ title }}**{% endif %}\n"
        "**Paper:** [{{ title }}]({{ abs }})  \n**Submitted:** {{ year }}.{{ month }}"
    )


def test_the_first_half_of_an_arxiv_id_is_a_date():
    data = list_of(
        lambda p, n: f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}), arXiv {p.arxiv_id[:4]}"
    )

    assert form_of(data).entry == ("- [{{ title }}]({{ abs }}), arXiv {{ year_short }}{{ month }}")


def test_the_date_of_one_preprint_is_not_said_of_all():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}** ({'arXiv 25.09' if n == 2 else f'ICML {2020 + n % 5}'}) "
            f"[paper](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert "(arXiv)" in form_of(data).entry
    assert "25.09" not in form_of(data).entry


def test_blanks_that_are_written_out_go_with_what_follows_them():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}**. arXiv {p.day.year}."
            f" [paper](https://arxiv.org/abs/{p.arxiv_id})" + code(p, "&nbsp;&nbsp; [code]({0})")
        )
    )

    assert form_of(data).entry.endswith("{% if code %}&nbsp;&nbsp; [code]({{ code }}){% endif %}")


def test_the_number_in_the_name_of_a_tag_counts():
    data = list_of(
        lambda p, n: (
            f'- <span id = "{n}">**{p.title}**</span> [pdf](https://arxiv.org/pdf/{p.arxiv_id})'
        )
    )

    proof = examined(data).proof()

    assert proof.same == proof.tried
    assert form_of(data).entry == (
        '- <span id = "{{ number }}">**{{ title }}**</span> [pdf]({{ pdf }})'
    )


def test_quotation_marks_at_the_ends_of_a_title_are_a_matter_of_spelling():
    quoted = PAPERS[3].arxiv_id
    papers = [
        replace(paper, title=f'"{paper.title}"') if paper.arxiv_id == quoted else paper
        for paper in PAPERS
    ]

    def write(p, n):
        title = f"“{p.title}”" if p.arxiv_id == quoted else p.title
        return f"| {n} | [{title}](https://arxiv.org/abs/{p.arxiv_id}) | MIT | - |"

    proof = examined(list_of(write), papers).proof()

    assert proof.same_but_unknown == proof.tried
