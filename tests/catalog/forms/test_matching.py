"""A template is laid over an entry itself; what no service knows is taken as it stands."""

from datetime import date

import pytest

from catalog.forms.atoms import Known, cut_entry
from catalog.forms.matching import gives
from config.template import parse_template

PAPER = Known("A Small Model", ("Ada Poe", "Bo Roe"), "2411.04965", date(2024, 11, 1))
URL = "https://arxiv.org/abs/2411.04965"


def cut(text, *, row=False):
    found = cut_entry(text, PAPER, () if row else None)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("- [{{ title }}]({{ abs }})", f"- [A Small Model]({URL})"),
        ("- **{{ title }}** [p]({{ pdf }})", f"-  **A Small Model.**  [p]({URL})"),
        (
            "- {{ title }}, {{ authors }}{% if venue %} {{ venue }}{% endif %}. {{ abs }}",
            f"- A Small Model, Ada Poe, Bo Roe Some Meeting 2024. {URL}",
        ),
        ("- {{ title }}{% if own %} ({{ own }}){% endif %} {{ abs }}", f"- A Small Model {URL}"),
    ],
    ids=["as it stands", "spaces and a stop", "another value", "without its optional part"],
)
def test_a_template_gives_an_entry(template, text):
    assert gives(parse_template(template), cut(text))


@pytest.mark.parametrize(
    "template",
    [
        "* [{{ title }}]({{ abs }})",
        "- [{{ title }}]({{ abs }}) {{ year }}",
        "- {{ title }} {{ abs }}",
        "- [{{ title }}]({{ abs }}), {{ authors }}",
    ],
    ids=["another mark", "a field in addition", "no link", "no names"],
)
def test_another_template_does_not(template):
    assert not gives(parse_template(template), cut(f"- [A Small Model]({URL})"))


def test_the_cells_of_a_row_may_have_other_blanks():
    template = parse_template("|{{ title }}|{{ rating }}|[pdf]({{ pdf }})|")

    assert gives(template, cut(f"| A Small Model | ⭐⭐ | [pdf]({URL}) |", row=True))
    assert not gives(template, cut(f"| A Small Model | [pdf]({URL}) |", row=True))
