"""Tables that call a work by its name alone: what its title begins with."""

from dataclasses import replace

from catalog.forms.spelling.titles import find_name
from catalog.forms.values import nickname_of
from tests.catalog.forms.kinds import PAPERS, examined, form_of, list_of

NAMED = [paper for paper in PAPERS if nickname_of(paper.title)]


def table(papers):
    return list_of(
        lambda p, n: (
            f"| {p.day:%Y-%m} | [{nickname_of(p.title) or p.title}]"
            f"(https://arxiv.org/abs/{p.arxiv_id}) | a remark |"
            if p in papers
            else f"| {p.day:%Y-%m} | nothing | none |"
        )
    )


def test_a_table_that_shows_names_is_learned_with_the_title_for_a_work_without_one():
    data = table(NAMED)
    proof = examined(data, NAMED).proof()

    assert "| [{% if nickname %}{{ nickname }}{% else %}{{ title }}{% endif %}]({{ abs }}) |" in (
        form_of(data, NAMED).entry
    )
    assert proof.same_form == proof.tried == len(NAMED)


def test_the_names_of_other_papers_are_no_names_of_these():
    titles = [paper.title for paper in NAMED]
    moved = [
        replace(paper, title=title)
        for paper, title in zip(NAMED, titles[1:] + titles[:1], strict=True)
    ]

    assert examined(table(NAMED), moved).proof().same_form == 0


def test_a_name_is_the_whole_text_of_a_cell():
    title = "GLM-5: from Vibe Coding to Agentic Engineering"

    assert find_name("| 2026-02 | **GLM-5** | text |", title) is not None
    assert find_name("| 2026-02 | GLM-5 from somewhere | text |", title) is None
    assert find_name("| 2026-02 | GLM | text |", "A GLM-5 Report") is None
