"""A template that would cut a bracket, a link or bold text in two writes nothing."""

import pytest

from catalog.forms.parts.pairs import keeps_pairs, without_cut_parts
from config.template import parse_template
from output.forms.proof import prove_form
from tests.catalog.forms.kinds import PAPERS, form_of, list_of


@pytest.mark.parametrize(
    "text",
    [
        "- [{{ title }}]({{ abs }}){% if code %} [[code]]({{ code }}){% endif %}",
        "{{ number }}) **{% if nickname %}{{ nickname }}: {% endif %}{{ title }}** {{ abs }}",
        "- {% if venue %}[{{ venue }}]{% else %}[arXiv]{% endif %}({{ abs }}) “{{ title }}”",
        "- {% if code %}[{% endif %}{{ title }}{% if code %}]({{ code }}){% endif %} ({{ abs }})",
        '<a href="{% if code %}{{ code }}{% else %}{{ abs }}{% endif %}">{{ title }}</a><br>',
        "- ({{ year }}){% if code %} [x]({{ code }}){% endif %}[a]({{ abs }}) {{ title }}",
        "- {{ title }}\n  ```bibtex\n  {{ bibtex }}\n  ```\n  {{ abs }}",
    ],
    ids=["link", "number", "label", "shown together", "tag", "link behind a part", "fence"],
)
def test_pairs_that_are_whole_whatever_is_shown(text):
    assert keeps_pairs(parse_template(text))


@pytest.mark.parametrize(
    "text",
    [
        "- [{{ title }}({{ abs }})",
        "- [{% if venue %}[{{ venue }}**]{% else %}[arXiv]{% endif %}({{ abs }})] {{ title }}",
        "- **{% if note %}{{ note }}** {% endif %}{{ title }}** {{ abs }}",
        "- {{ title }}{% if nickname %} [{{ nickname }}]{% endif %}({{ abs }})",
        "- {{ title }} [x]{% if note %}({% endif %}{{ abs }}{% if note %}){{ note }}{% endif %}",
        "- “{{ title }} {{ abs }}",
        "- {% if tag %}<b>{% endif %}{{ title }}</b> {{ abs }}",
        "- ({{ title }}] {{ abs }}",
    ],
    ids=[
        "bracket",
        "in a part",
        "bold",
        "link of some",
        "address of some",
        "quote",
        "tag",
        "other bracket",
    ],
)
def test_pairs_that_some_entry_would_have_half_of(text):
    assert not keeps_pairs(parse_template(text))


def test_a_part_that_has_half_of_a_pair_is_left_out():
    text = "- **{% if note %}{{ note }}** {% endif %}{{ title }}** {{ abs }}"

    assert without_cut_parts(parse_template(text)).text == "- **{{ title }}** {{ abs }}"


def test_a_list_that_leaves_something_open_itself_keeps_its_form():
    data = list_of(lambda p, n: f"- ({n % 3} {p.title} [paper](https://arxiv.org/abs/{p.arxiv_id})")

    form = form_of(data)

    assert form is not None
    assert "[paper]({{ abs }})" in form.entry


def test_without_a_form_that_keeps_pairs_each_entry_differs_in_its_form():
    """Half of them open bold text that the other half closes: no template is whole."""
    data = list_of(
        lambda p, n: (
            f"- **{p.title} [paper](https://arxiv.org/abs/{p.arxiv_id})"
            if n % 2
            else f"- {p.title}** [paper](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    proved = prove_form(data, {paper.arxiv_id: paper for paper in PAPERS})

    assert {difference.field for difference in proved.proof.differences} <= {"form"}
    assert not proved.is_kept
