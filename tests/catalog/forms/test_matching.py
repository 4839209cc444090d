"""A template is laid over an entry itself; what no service knows is taken as it stands."""

from datetime import date

import pytest

from catalog.forms.cutting.atoms import Known
from catalog.forms.cutting.cutter import cut_entry
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


def test_a_column_of_the_lists_own_may_hold_a_link():
    template = parse_template("|{{ title }}|{{ demo }}|[pdf]({{ pdf }})|")

    assert gives(template, cut(f"|A Small Model|[Demo](https://a.org)|[pdf]({URL})|", row=True))
    assert not gives(template, cut(f"|A Small Model|[Demo](https://a.org)|{URL}|", row=True))


@pytest.mark.parametrize(
    ("template", "text", "given"),
    [
        ("- [**{{ title }}.**]({{ abs }})", f"- [**A Small Model**]({URL})", True),
        ("- {{ title }} ({{ note }}) {{ abs }}", f"- A Small Model (*new*) {URL}", False),
        ("- {{ title }} (*{{ note }}*) {{ abs }}", f"- A Small Model (new) {URL}", True),
        ("- {{ title }} {{ venue }} {{ abs }}", f"- A Small Model _ACL_ {URL}", False),
        ("- {{ title }} _{{ venue }}_ {{ abs }}", f"- A Small Model ACL {URL}", False),
    ],
    ids=["a stop", "emphasis missing", "emphasis of its own", "swallowed", "of a known field"],
)
def test_stops_and_emphasis(template, text, given):
    assert gives(parse_template(template), cut(text)) is given


def test_a_badge_of_stars_is_the_same_in_all_spellings():
    page = "https://img.shields.io/github/stars"
    badge = f"![]({page}/{{{{ code_owner }}}}/{{{{ code_name }}}}.svg?style=social)"
    template = parse_template("- {{ title }} {{ abs }} " + badge)

    assert gives(template, cut(f"- A Small Model {URL} ![]({page}/poe/model)"))
    assert not gives(template, cut(f"- A Small Model {URL} ![](https://a.org/poe/model)"))


def test_a_tick_is_no_matter_of_form():
    template = parse_template("- [ ] {{ title }} {{ abs }}")

    assert gives(template, cut(f"- [x] A Small Model {URL}"))
    assert not gives(template, cut(f"- [y] A Small Model {URL}"))


@pytest.mark.parametrize(
    "text",
    ['- **"A Small Model".** *Ada Poe, Bo Roe*.', '- **"A Small Model"**. *Ada Poe, Bo Roe.*'],
    ids=["before the mark and behind it", "behind the mark and before it"],
)
def test_a_final_stop_stands_before_or_behind_what_closes_a_title_or_names(text):
    template = parse_template('- **"{{ title }}."** *{{ authors }}*. {{ abs }}')

    assert gives(template, cut(f"{text} {URL}"))
    assert not gives(template, cut(f"{text.replace('*Ada', '_Ada')} {URL}"))


def test_blanks_inside_the_brackets_of_a_link_are_a_matter_of_spelling():
    template = parse_template("- [{{ title }}]({{ abs }}), 2024")

    assert gives(template, cut(f"- [ A Small Model ]( {URL}), 2024"))
    assert not gives(template, cut(f"- [A Small Model] ({URL}), 2024"))
