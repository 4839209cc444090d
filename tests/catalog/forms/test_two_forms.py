"""Lists of which a part is written in one form, and a part in another."""

import pytest

from output.forms.proof import prove_form
from tests.catalog.forms.kinds import FORMS, PAPERS

KNOWN = {paper.arxiv_id: paper for paper in PAPERS}
MAIN, OTHER = "months", "a day with dashes"


def written(kind, papers):
    return [FORMS[kind][0](paper, number) for number, paper in enumerate(papers, 1)]


def list_in(*sections):
    text = "".join(f"\n## {name}\n\n" + "\n".join(entries) + "\n" for name, entries in sections)
    return f"# L\n{text}".encode()


@pytest.mark.parametrize("few", [3, 5, 8])
def test_a_section_has_the_form_of_its_own_entries_however_few_they_are(few):
    data = list_in(("One", written(OTHER, PAPERS[:few])), ("Two", written(MAIN, PAPERS[few:])))

    proved = prove_form(data, KNOWN)

    assert (proved.proof.tried, proved.proof.same_form) == (len(PAPERS), len(PAPERS))
    templates = {section.name: section.template for section in proved.sections}
    assert templates == {"One": FORMS[OTHER][1], "Two": FORMS[MAIN][1]}


def test_one_entry_in_another_form_makes_no_form_of_its_section():
    data = list_in(("One", written(OTHER, PAPERS[:1])), ("Two", written(MAIN, PAPERS[1:])))

    proved = prove_form(data, KNOWN)

    assert {section.template for section in proved.sections} == {FORMS[MAIN][1]}


def headed(paper):
    """An entry as a heading with lines below, as lists show the papers that they say more about."""
    names = ", ".join(paper.authors)
    said = f"Authors: {names}\n\nPublished: arXiv {paper.day.year}"
    page = f"**[Paper](https://arxiv.org/pdf/{paper.arxiv_id})**"
    return f"### **{paper.title}**\n\n{said}\n\n{page}\n"


def test_entries_that_a_heading_begins_teach_no_others_and_learn_from_none():
    """Two in each section: too few for forms of their own beside those of the long section."""
    plain = written(MAIN, PAPERS[6:])
    entries = [headed(paper) for paper in PAPERS[:6]]
    data = list_in(
        ("Plain", plain), ("One", entries[:2]), ("Two", entries[2:4]), ("Three", entries[4:])
    )

    proof = prove_form(data, KNOWN).proof

    assert (proof.tried, proof.same_form) == (len(PAPERS), len(PAPERS))


@pytest.mark.long
@pytest.mark.parametrize(("before", "after"), [(MAIN, OTHER), (OTHER, MAIN)])
@pytest.mark.parametrize("newer", [4, 6, 8, 11])
def test_a_section_that_changed_its_form_keeps_that_of_its_newest_entries(before, after, newer):
    """Older entries are tried with the form that they were written in."""
    entries = written(before, PAPERS[:-newer]) + written(after, PAPERS[-newer:])

    proved = prove_form(list_in(("One", entries)), KNOWN)

    assert proved.sections[0].template == FORMS[after][1]
    # Without one of four there are too few to see the change.
    assert proved.proof.same_form == len(PAPERS) - (4 if newer == 4 else 0)
    assert proved.is_kept


@pytest.mark.long
def test_two_forms_by_turns_are_no_change():
    pairs = [written(OTHER if n % 2 else MAIN, [paper])[0] for n, paper in enumerate(PAPERS)]

    assert not prove_form(list_in(("One", pairs)), KNOWN).is_kept
