"""A template says where fields go, and can do nothing else."""

from contextlib import suppress
from time import process_time

import pytest

from config.errors import ConfigTrouble
from config.rules import load_list
from config.template import Filter, Optional, Slot, WrongTemplate, parse_template

RULES = (
    "list: L\nfile: l.md\nform:\n  entry: |\n{template}  place: bottom\nsections:\n  - name: A\n"
)


def rules_with(tmp_path, template: str, more: str = ""):
    """A list's rules whose form has this template."""
    path = tmp_path / "l.yaml"
    indented = "".join(f"    {line}\n" for line in template.split("\n"))
    path.write_text(RULES.format(template=indented) + more)
    return load_list(path)


def test_a_template_is_texts_places_and_optional_parts():
    template = parse_template(
        '- {{ authors|et_al(3)|joined(", ", " & ") }}{% if code %} C{% endif %}'
    )

    filters = (Filter("et_al", (3,)), Filter("joined", (", ", " & ")))
    assert template.pieces == (
        "- ",
        Slot("authors", filters),
        Optional("code", (" C",)),
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- {{ title }}\n{% for a in authors %}{{ a }}{% endfor %}", 2),
        ("{{ ''.__class__.__mro__ }}", 1),
        ("{{ title.upper() }}", 1),
        ("\n\n{{ title * 1000000000 }}", 3),
        ("{{ range(1000000000) }}", 1),
        ("{{ 9**9**9 }}", 1),
        ("{% include 'secrets' %}", 1),
        ("{% set a = 1 %}", 1),
        ("{{ title|center(1000000000) }}", 1),
        ("{{ authors|et_al(1000000000) }}", 1),
        ("{% if title and abs %}x{% endif %}", 1),
        ("{{ title if abs else pdf }}", 1),
        ("{{ title", 1),
        ("{% if a %}" * 300, 1),
        ("{{" + "(" * 3000 + ")" * 900 + "}}", 1),
        ("x" * 5000, 1),
        ("a\n{% if code %}b", 2),
        ("a{% endif %}", 1),
        ("{{ title[0] }}", 1),
        ("{{ title ~ abs }}", 1),
        ("{% macro m() %}{% endmacro %}", 1),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1),
        ("{% set x = title ~ title %}{% set x = x ~ x %}", 1),
        ("{{ title|attr('__class__') }}", 1),
        ("{{ cycler.__init__.__globals__ }}", 1),
        ("{{ title['__class__'] }}", 1),
        ("{{ lipsum(n=10000) }}", 1),
        ("{{ namespace() }}", 1),
        ("{% import 'os' as os %}", 1),
        ("{% from 'a' import b %}", 1),
        ("{% extends 'a' %}", 1),
        ("a\n{{ title|indent(1000000000) }}", 2),
        ("{{ title|truncate(99999999999) }}", 1),
        ("{{ title|replace('a', 'bbbbbbbbb') }}", 1),
        ("{{ '%1000000000d'|format(1) }}", 1),
        ("{% filter upper %}x{% endfilter %}", 1),
        ("{% call x() %}{% endcall %}", 1),
        ("{% raw %}{{ x }}{% endraw %}", 1),
        ("{% with a = 1 %}{% endwith %}", 1),
        ("{%- for x in y -%}", 1),
        ("{{ title|default('" + "a" * 5000 + "') }}", 1),
        ("{{ title|" + '"' * 3900, 1),
        ("{#" * 1900, 1),
        ("{{ title }}" * 300, 1),
        ("\n{{ title" + "|upper" * 600 + " }}", 2),
    ],
)
def test_what_could_run_or_grow_is_refused_with_its_line(text, line):
    with pytest.raises(WrongTemplate) as refused:
        parse_template(text)

    assert refused.value.line == line


def test_a_hostile_form_is_refused_with_file_and_line(tmp_path):
    with pytest.raises(ConfigTrouble) as refused:
        rules_with(tmp_path, "- {{ title }}\n{% for a in authors %}{{ a }}{% endfor %}")

    assert f"{tmp_path / 'l.yaml'}:4: form › entry: line 2 of the template has" in str(
        refused.value
    )


def test_a_bar_in_quotes_is_text_and_parts_no_filters():
    (slot,) = parse_template("""{{ authors|joined("|", '|')|default('"|')|upper }}""").pieces

    joined, default, upper = (
        Filter("joined", ("|", "|")),
        Filter("default", ('"|',)),
        Filter("upper"),
    )
    assert slot == Slot("authors", (joined, default, upper))


@pytest.mark.parametrize(
    "piece",
    [
        "{{ title" + "|" * 3900 + '"%d }}',
        "{{ stars_b%d }}" + "".join(f"{{{{ stars_bad{n} }}}}" for n in range(90)),
        "{{ title }}" * 80 + "%d",
        "{{ code|default('" + "x" * 3900 + "') }}%d",
        "{%% for x in y %%}%d",
    ],
    ids=["bars", "names like fields", "places", "a text", "loops"],
)
def test_sixty_hostile_sections_are_read_or_refused_at_once(tmp_path, piece):
    """As many templates as a file can hold, each as slow to read as it can be."""
    sections = "".join(
        f"    - name: S{n}\n      entry: |\n        {{{{ title }}}} {{{{ abs }}}} {piece % n}\n"
        for n in range(60)
    )
    path = tmp_path / "l.yaml"
    text = RULES.format(template="    - {{ title }} {{ abs }}\n").replace(
        "  place: bottom\n", f"  sections:\n{sections}"
    )
    path.write_text(text)
    start = process_time()
    with suppress(ConfigTrouble):
        load_list(path)
    # A tenth of a second on a quiet machine; the former reader took four to five for two of them.
    assert process_time() - start < 1


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("- {{ abs }}", "has no place for the title"),
        ("- {{ title }}", "has no place for the paper's address"),
        (
            "- {{ title }} {{ abs }} {{ titel }}",
            'names "titel", which is no field; did you mean title',
        ),
    ],
)
def test_a_form_needs_a_title_an_address_and_known_fields(tmp_path, template, said):
    with pytest.raises(ConfigTrouble, match=said):
        rules_with(tmp_path, template)


def test_plaza_is_the_form_where_none_is_given(tmp_path):
    path = tmp_path / "l.yaml"
    path.write_text("list: L\nfile: l.md\nsections:\n  - name: A\n")
    named = tmp_path / "n.yaml"
    named.write_text("list: L\nfile: l.md\nform: none\nsections:\n  - name: A\n")

    assert load_list(path).form.is_plaza
    assert load_list(named).form.is_read_only


def test_a_section_may_have_a_form_of_its_own(tmp_path):
    path = tmp_path / "l.yaml"
    path.write_text(
        "list: L\nfile: l.md\nform:\n  entry: '- {{ title }} {{ abs }}'\n  own: {mark: '-'}\n"
        "  sections:\n    - name: B\n      entry: '| {{ title }} | {{ pdf }} | {{ mark }} |'\n"
        "      place: bottom\nsections:\n  - name: A\n  - name: B\n"
    )
    form = load_list(path).form

    assert form.template("A").text == "- {{ title }} {{ abs }}"
    assert form.template("B").text == "| {{ title }} | {{ pdf }} | {{ mark }} |"
    assert (form.place_in("A"), form.place_in("B")) == ("top", "bottom")
