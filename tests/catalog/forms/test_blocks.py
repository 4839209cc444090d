"""Parts of entries that are more than a line, or more than one: blocks, rows of pictures."""

from dataclasses import replace

import pytest

from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from config.template import parse_template
from tests.catalog.forms.kinds import PAPERS, code, examined, form_of, list_of


def test_what_is_indented_below_a_label_is_one_field():
    data = list_of(
        lambda p, n: (
            f"### {p.title}\n\n- Paper Link: [arXiv](https://arxiv.org/abs/{p.arxiv_id})\n\n"
            "- Overview: \n\n    ![](./images/one.png)\n\n    \tIt keeps what is asked for.\n\n"
            + ("    ![](./images/two.png)\n" if n % 2 else "    - and more\n    - of it\n")
        )
    )

    assert form_of(data).entry == (
        "### {{ title }}\n\n- Paper Link: [arXiv]({{ abs }})"
        "{% if overview %}\n\n- Overview:{{ overview }}{% endif %}"
    )
    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_several_pictures_in_a_row_are_one_field():
    data = list_of(
        lambda p, n: (
            f"- [[arXiv {p.day.year}](https://arxiv.org/abs/{p.arxiv_id})] {p.title} <br>\n"
            + " ".join(
                f'  <img src="https://example.org/{n + number}.svg" alt="{n + number}">'
                for number in range(1 + n % 3)
            )
        )
    )

    assert form_of(data).entry.endswith("<br>{% if picture %}\n  {{ picture }}{% endif %}")
    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_a_link_without_an_address_stands_where_a_page_is_not_known():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) | [bib](./bib.md#L{n}) "
            f"| [site]({f'https://example.org/{n}' if n % 2 else ''})"
            + (code(p, " | [code]({0})") or " | [code]()")
        )
    )

    assert form_of(data).entry == (
        "- [{{ title }}]({{ abs }}) |{% if bib %} [bib]({{ bib }}){% else %} [bib](){% endif %}"
        " |{% if site %} [site]({{ site }}){% else %} [site](){% endif %}"
        " |{% if code %} [code]({{ code }}){% else %} [code](){% endif %}"
    )
    assert examined(data).proof().same_form == len(PAPERS)


def test_a_line_of_affiliations_below_the_names_is_one_field():
    data = list_of(
        lambda p, n: (
            f"* [**{p.title}**](https://arxiv.org/abs/{p.arxiv_id})"
            f"{' ' if n % 4 == 2 else ''}<br>\n"
            f"{', '.join(f'{name}<sup>{n % 3}</sup>' for name in p.authors)}"
            + (f"<br>\n<sup>1</sup>ACME (Rome), <sup>{n}</sup>Example University" if n % 4 else "")
        )
    )

    assert form_of(data).entry == (
        "* [**{{ title }}**]({{ abs }})<br>\n{{ authors }}{% if affiliation %}<br>{% endif %}"
        "{% if affiliation %}\n{{ affiliation }}{% endif %}"
    )
    assert examined(data).proof().same_form == len(PAPERS)


def test_a_comma_before_a_link_goes_with_it_where_few_entries_have_no_link():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}** [[pdf](https://arxiv.org/pdf/{p.arxiv_id})]"
            f"{'' if n in (3, 8) else f', [[notes](https://example.org/{n})]'}, "
            f"{p.day.year}.{p.day.month:02}."
        )
    )

    assert form_of(data).entry == (
        "- **{{ title }}** [[pdf]({{ pdf }})]{% if notes %}, [[notes]({{ notes }})]{% endif %}, "
        "{{ year }}.{{ month }}."
    )
    assert examined(data).proof().same_form == len(PAPERS)


def test_the_stars_of_one_repository_are_shown_once():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
            + code(p, " [![Star](https://img.shields.io/github/stars/{1}.svg?style=social)]({0})")
            + " [![arXiv](https://img.shields.io/badge/arXiv-b31b1b.svg)]"
            f"(https://arxiv.org/abs/{p.arxiv_id})"
            + (code(p, " [![Star](https://img.shields.io/github/stars/{1})]({0})") if n < 9 else "")
        )
    )

    assert form_of(data).entry.count("shields.io/github/stars") == 1


@pytest.mark.parametrize(
    "badge",
    [
        "[![arXiv](https://a.io/x.svg){% if pdf_link %}![PDF]({{ pdf_link }}){% endif %}]",
        "[{% if picture %}{{ picture }}{% endif %}]",
    ],
)
def test_a_page_has_no_badge_of_arxiv_in_any_spelling(badge):
    template = parse_template(f"- [{{{{ title }}}}]({{{{ abs }}}})  \n  {badge}({{{{ abs }}}})")
    page = FormWork("On Caches", url="https://example.org/caches")

    text = write_entry(template, values_of(page, ()), unknown={})

    assert text == "- [On Caches](https://example.org/caches)"


def test_one_known_paper_with_another_title_does_not_stop_the_shapes():
    data = list_of(lambda p, n: f"- {p.title} [[pdf](https://arxiv.org/pdf/{p.arxiv_id})]")
    renamed = replace(PAPERS[0], title="On What Nobody Asked in Distant Gardens")

    proof = examined(data, [renamed, PAPERS[1]]).proof()

    assert (proof.tried, proof.same_form) == (len(PAPERS), len(PAPERS) - 1)


def test_an_entry_ends_in_no_empty_line_where_its_links_are_not_known():
    template = parse_template(
        "- [{{ title }}]({{ abs }})  \n  {% if website %}[web]({{ website }}){% endif %}"
    )
    paper = values_of(FormWork("On Caches", ("Ada Poe",), "2411.31234"), ())

    assert (
        write_entry(template, paper, unknown={})
        == "- [On Caches](https://arxiv.org/abs/2411.31234)"
    )


def test_a_picture_that_leads_nowhere_is_no_link_that_waits_for_its_address():
    data = list_of(
        lambda p, n: (
            f"- [![Area](https://img.shields.io/badge/a-{n % 4})]() "
            f"[{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert "]()" not in form_of(data).entry


def test_a_citation_below_is_a_field_of_the_lists_own():
    cited = list_of(
        lambda p, n: (
            f"- **{p.title}** [[paper](https://arxiv.org/abs/{p.arxiv_id})]"
            + (
                f'\n  - {p.authors[0]} et al. "{p.title}". arXiv:{p.arxiv_id} ({p.day.year})'
                if n % 3
                else ""
            )
        )
    )
    bibtex = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n"
            f"  @article{{net{n}, title={{{p.title}}}, year={{{p.day.year}}}}}"
        )
    )

    assert form_of(cited).entry == (
        "- **{{ title }}** [[paper]({{ abs }})]{% if citation %}\n  - {{ citation }}{% endif %}"
    )
    assert form_of(cited).own == {"citation": ""}
    assert examined(cited).proof().same_but_unknown == len(PAPERS)
    assert form_of(bibtex).entry == (
        "- [{{ title }}]({{ abs }}){% if bibtex %}\n  {{ bibtex }}{% endif %}"
    )
    assert examined(bibtex).proof().same_but_unknown == len(PAPERS)


def test_a_citation_with_the_only_address_is_the_entry():
    data = list_of(
        lambda p, n: (
            f"### {p.title}\n\n{p.authors[0]} et al. {p.title}. "
            f"[pdf](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert "citation" not in form_of(data).own


REMARKS = ("shorter training", "Step {0}: what is near", "no distillation, in 2024 at least")


@pytest.mark.parametrize("bullet", ["    - ", "   * ", "  > "])
def test_items_with_remarks_are_one_field_however_many(bullet):
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
            + "".join(f"\n{bullet}{REMARKS[(n + at) % 3].format(n)} {n}" for at in range(n % 4))
            + (
                f"\n{bullet}[Code](https://github.com/{p.code})"
                if p.code and bullet[-2] == "-"
                else ""
            )
        )
    )

    entry = form_of(data).entry

    assert f"{{% if note %}}\n{bullet}{{{{ note }}}}{{% endif %}}" in entry
    assert examined(data).proof().same_form == len(PAPERS)


def test_items_that_each_entry_has_are_fields_each():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n"
            f"    - a method for {n} models\n    - *tested on {n} sets*"
        )
    )

    assert "note_2" in form_of(data).own
