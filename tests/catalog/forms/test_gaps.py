"""A new entry has nothing that stood only for what isn't known of its work."""

from time import process_time

import pytest

from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from config.template import parse_template

URL = "https://pages.example/a"
BADGE = "https://badges.example/arXiv-{{ arxiv_id }}-red"
VENUE = "{% if venue %}{{ venue }}{% else %}arXiv {{ year }}{% endif %}"
PAGES = [
    ("- {{ title }}, arXiv, {{ month_word }} {{ year }} \\[[x]({{ abs }})\\]", "T \\[[x](URL)\\]"),
    (
        "- {% if venue %}(*{{ venue }}*){% else %}(*arXiv*){% endif %} [{{ title }}]({{ abs }})",
        "[T](URL)",
    ),
    ("- {{ title }}\n  [[x]({{ abs }})]\n  - {{ authors }}. *" + VENUE + "*", "T\n  [[x](URL)]"),
    ("- {{ title }}.\n  **Authors**: {{ authors }}\n  [x]({{ abs }})", "T.\n  [x](URL)"),
    (
        "- [{{ title }}]({{ abs }})\n    - 📅 Date: {{ month_name }} {{ day }}, {{ year }}",
        "[T](URL)",
    ),
    ("- {{ title }} [[x]({{ abs }})], {{ year }}.{{ month }}.", "T [[x](URL)]."),
    ('- {{ authors }}.<br />\n  "{{ title|stop }}" ' + VENUE + " [x]({{ abs }})", '"T." [x](URL)'),
    ("- **{{ title }}** *{{ first_author }} et al.* [x]({{ abs }})", "**T** [x](URL)"),
    ("- **{{ title }}** *{{ first_author }} et al. arXiv.* [x]({{ abs }})", "**T** [x](URL)"),
    ("- [{{ authors|surnames }}, {{ year }}, {{ title }}]({{ pdf }})", "[T](URL)"),
    ("- {{ title }}, <ins>" + VENUE + "</ins> [x]({{ abs }})", "T [x](URL)"),
    ("- [{{ title }}]({{ abs }}) by {{ authors }}", "[T](URL)"),
    ("- [[{{ arxiv_id }}]({{ pdf }})] {{ title }}", "[[link](URL)] T"),
    ("- {{ title }}: [arXiv {{ arxiv_id }}]({{ abs }})", "T: [link](URL)"),
    ("- {{ title }}: [![arXiv](" + BADGE + ")]({{ abs }})", "T: [link](URL)"),
    ("- {{ title }} [x](https://arxiv.org/pdf/{{ arxiv_id }}v{{ version }})", "T [x](URL)"),
    ("- **{{ title }}**\n\n    *{{ authors }}* [x]({{ abs }})", "**T**\n\n    [x](URL)"),
    ("| [{{ title }}]({{ abs }}) | " + VENUE + " | {{ year }} |", "| [T](URL) |  |  |"),
    ("| [![arXiv](" + BADGE + ")]({{ abs }})<br>{{ title }} |", "| [link](URL)<br>T |"),
    (
        "| {{ title }} | [x]({{ abs }}) · [y](https://d.example/{{ arxiv_id }}) |",
        "| T | [x](URL) |",
    ),
]


@pytest.mark.parametrize(("template", "text"), PAGES)
def test_a_page_of_which_little_is_known(template, text):
    said = write_entry(parse_template(template), values_of(FormWork("T", url=URL)), unknown={})

    assert said.removeprefix("- ").replace(URL, "URL") == text


def test_a_cell_for_the_venue_of_a_page_has_the_sign_of_the_list():
    template = parse_template("| [{{ title }}]({{ abs }}) | " + VENUE + " |")

    said = write_entry(template, values_of(FormWork("T", url=URL)), unknown={}, sign="-")

    assert said == f"| [T]({URL}) | - |"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("-   {% if nickname %}[{{ nickname }}]{% endif %} {{ title }} {{ abs }}", "-   T ABS"),
        ("- {{ title }} {{ abs }} ![](u){% if note %} {{ note }}{% endif %}", "- T ABS ![](u)"),
        ('- {% if note %}**{{ note }}**{% endif %}, "{{ title }}" {{ abs }}', '- "T" ABS'),
        ("**{% if note %}{{ note }}{% endif %}. {{ title }}** {{ abs }}", "**T** ABS"),
        (
            "- {{ title }} [{% if badge %}![Paper]({{ badge }}){% endif %}]({{ abs }})",
            "- T [Paper](ABS)",
        ),
    ],
)
def test_a_paper_without_an_optional_part(template, text):
    values = values_of(FormWork("T", ("Ada Poe",), "2411.04965"))

    said = write_entry(parse_template(template), values, unknown={"note": "", "badge": ""})

    assert said.replace("https://arxiv.org/abs/2411.04965", "ABS") == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("|{% if nickname %}[{{ nickname }}]{% endif %} {{ title }}|{{ abs }}|", "|T|URL|"),
        ("|{{ title }} {% if affiliation %}(@{{ affiliation }}){% endif %}|{{ abs }}|", "|T|URL|"),
        ("| {% if nickname %}[{{ nickname }}]{% endif %} {{ title }} | {{ abs }} |", "| T | URL |"),
        (
            (
                "|{% if mark %}{{ mark }}{% endif %}{% if nickname %}{{ nickname }}{% endif %} "
                "{{ title }}|{{ abs }}|"
            ),
            "|T|URL|",
        ),
    ],
    ids=["beginning", "end", "padded", "two parts"],
)
def test_a_part_left_out_at_the_edge_of_a_cell_leaves_no_blank(template, text):
    said = write_entry(parse_template(template), values_of(FormWork("T", url=URL)), unknown={})

    assert said.replace(URL, "URL") == text


@pytest.mark.parametrize(
    "entry",
    [
        "- [{{ title }}]({{ abs }}) _{{ authors }}_",
        "- [{{ title }}]({{ abs }}) " + "{{ authors }}" * 40,
        '- [{{ title }}]({{ abs }}) {{ authors|joined("' + "x" * 3800 + '") }}',
    ],
    ids=["names", "many-times", "a-long-joiner"],
)
def test_a_paper_of_three_thousand_authors_names_ten(entry):
    names = tuple(f"Ada Number{n} Poe" for n in range(3000))
    work = FormWork("A Paper of Many", names, "2411.04965")
    start = process_time()

    text = write_entry(parse_template(entry), values_of(work), unknown={})

    assert text.startswith("- [A Paper of Many](https://arxiv.org/abs/2411.04965) ")
    assert "Number9 Poe et al." in text or "x" * 3800 in text
    assert "Number10 " not in text
    # Up to twenty seconds before, and a text cut off in the middle of a name.
    assert process_time() - start < 1


@pytest.mark.parametrize(
    "blank", [" ", " \n", "\t", "\\\n"], ids=["blanks", "lines", "tabs", "breaks"]
)
def test_thousands_of_blanks_in_a_template_cost_no_time(blank):
    template = (
        "- {{ title }} {{ abs }} {{ venue }}"
        + blank * (3800 // len(blank))
        + "{{ code }}{{ venue }}"
    )
    start = process_time()

    write_entry(
        parse_template(template), values_of(FormWork("A Title", (), "2411.04965")), unknown={}
    )

    # Seconds before.
    assert process_time() - start < 1


def test_a_point_between_two_parts_is_left_out_where_nothing_follows_it():
    template = parse_template(
        "- [{{ title }}]({{ abs }}) · arXiv ·{% if note %} {{ note }} ·{% endif %}"
        "{% if code %} [code]({{ code }}){% endif %}"
    )
    work = FormWork("T", ("Ada Poe",), "2411.04965")
    with_code = FormWork("T", ("Ada Poe",), "2411.04965", code="https://github.com/acme/tool")

    plain, coded = (
        write_entry(template, values_of(one), unknown={"note": ""}) for one in (work, with_code)
    )

    assert plain == "- [T](https://arxiv.org/abs/2411.04965) · arXiv"
    assert coded.endswith(" · arXiv · [code](https://github.com/acme/tool)")
