"""What only some entries have is a field of a form, with all that goes with it."""

from dataclasses import replace

import pytest

from catalog.forms.proof import try_entry
from catalog.forms.spelling.dates import MONTHS
from config.template import parse_template
from tests.catalog.forms.kinds import FORMS, code, examined, form_of, list_of


def test_a_bar_before_the_code_goes_with_it():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}), {p.day.year}"
            + code(p, " | [code]({0})")
        )
    )

    assert form_of(data).entry == (
        "- [{{ title }}]({{ abs }}), {{ year }}{% if code %} | [code]({{ code }}){% endif %}"
    )


def test_a_bullet_that_has_nothing_but_the_code_goes_with_it():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}** ({p.day.year})\n  - [[Paper]](https://arxiv.org/abs/{p.arxiv_id})\n"
            f"  - {code(p, '[[Code]]({0})') or f'[[Slides {n}]](https://example.org/{n})'}"
        )
    )

    assert "[[Paper]]({{ abs }}){% if code %}\n  - [[Code]]({{ code }})" in form_of(data).entry


def test_one_repository_is_no_two_links():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}** ({p.day.year})\n  - [[Paper]](https://arxiv.org/abs/{p.arxiv_id})\n"
            + (f"  - [[Fast Version]](https://github.com/fast/f{n})\n" if n % 4 == 0 else "")
            + f"  - [[Code]](https://github.com/acme/c{n})"
        )
    )

    assert form_of(data).entry.count("{{ code }}") == 1


def test_an_entry_without_a_closing_mark_puts_no_blank_before_it_in_others():
    data = list_of(
        lambda p, n: (
            f"- {p.title}. [[pdf]](https://arxiv.org/abs/{p.arxiv_id})\n"
            f"  - {', '.join(p.authors)}. *{'KDD' if n % 4 == 0 else 'arXiv'}"
            f"{'' if n == 3 else '*'}, {p.day.year}."
        )
    )

    assert "*{% if venue %}{{ venue }}{% else %}arXiv{% endif %}*, " in form_of(data).entry


def test_a_line_ends_as_it_does_where_the_optional_part_is_left_out():
    """Without two blanks at its end the next line would be shown on the same one."""

    def write(p, n):
        badge = f"[![arXiv](https://img.shields.io/badge/x)](https://arxiv.org/abs/{p.arxiv_id})"
        middle = f"  \n  [![Star](https://img.shields.io/github/stars/{p.code})]" if p.code else ""
        middle += f"(https://github.com/{p.code})\n" if p.code else "  \n"
        return f"+ [{p.title}](https://arxiv.org/abs/{p.arxiv_id}){middle}  {badge}"

    assert "{% else %}  \n  {% endif %}" in form_of(list_of(write)).entry


VENUES = ["ICML 2024", "", "", "ACL 2023", ""]
WORDS = ["small models", "agents", "pruning, speed", "long context"]


def venue_of(p, n, other):
    return VENUES[n % 5] or other.format(p.day.year)


# What goes with an optional field: its own line, label, sign, tags or punctuation.
OWNED = {
    "the line of the code": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n  - Keyword: {WORDS[n % 4]}"
            + code(p, "\n  - Code: [Official]({0})")
        ),
        (
            "- [{{ title }}]({{ abs }}){% if keyword %}\n  - Keyword: {{ keyword }}{% endif %}"
            "{% if code %}\n  - Code: [Official]({{ code }}){% endif %}"
        ),
    ),
    "lines that only some have": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n  - {', '.join(p.authors)}"
            + (f"\n  - 📑 Publisher: {VENUES[n % 5]}" if VENUES[n % 5] else "")
            + f"\n  - 🔑 Key: [{WORDS[n % 4]}], [{WORDS[n % 3]}]"
            + ("\n  - Setting: [D4RL](https://github.com/acme/d4rl), Gym" if n % 2 else "")
        ),
        (
            "- [{{ title }}]({{ abs }})\n  - {{ authors }}"
            "{% if venue %}\n  - 📑 Publisher: {{ venue }}{% endif %}"
            "{% if key %}\n  - 🔑 Key: {{ key }}{% endif %}"
            "{% if setting %}\n  - Setting: {{ setting }}{% endif %}"
        ),
    ),
    "a break below a badge": (
        lambda p, n: (
            f"| {code(p, '![Star](https://img.shields.io/github/stars/{1}) <br> ')}[**{p.title}**]"
            f"(https://arxiv.org/abs/{p.arxiv_id}){' <br>' if p.code else ''} | {p.day.year} | "
            f"{WORDS[n % 4]} | {'x' * n} |"
        ),
        (
            "|{% if code %} ![Star](https://img.shields.io/github/stars/{{ code_owner }}/"
            "{{ code_name }}) <br>{% endif %} [**{{ title }}**]({{ abs }})"
            "{% if code %} <br>{% endif %} | {{ year }} | {{ paper }} | {{ code }} |"
        ),
    ),
    "a cell of several links": (
        lambda p, n: (
            f"| {p.day.year} | {p.title} | [pdf](https://arxiv.org/abs/{p.arxiv_id}) | "
            f"{f'[Web](https://acme.example/{n}) ' if n % 2 else ''}{code(p, '[Code]({0})')} |"
        ),
        (
            "| {{ year }} | {{ title }} | [pdf]({{ abs }}) | {% if column_4 %}{{ column_4 }}"
            "{% else %}{% if code %}[Code]({{ code }}){% endif %}{% endif %} |"
        ),
    ),
    "a word where others have a venue": (
        lambda p, n: (
            f"**{p.title}** \\\n[[{VENUES[n % 5] or 'Website'}](https://arxiv.org/abs/{p.arxiv_id})]"
        ),
        (
            "**{{ title }}** \\\n[{% if venue %}[{{ venue }}]{% else %}[Website]{% endif %}"
            "({{ abs }})]"
        ),
    ),
    "a venue beside the date": (
        lambda p, n: (
            f"+ [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) ({MONTHS[p.day.month - 1][:3]}, "
            f"{p.day.year}{f' | {VENUES[n % 5]}' if VENUES[n % 5] and n < 20 else ''})"
        ),
        (
            "+ [{{ title }}]({{ abs }}) ({{ month_word }}, {{ year }}"
            "{% if venue %} | {{ venue }}{% endif %})"
        ),
    ),
    "links of a few entries": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
            + code(p, " [[code]({0})]")
            + {3: " [[demo](https://demo.example)]", 7: " [[slides](https://talk.example)]"}.get(
                n, ""
            )
        ),
        (
            "- [{{ title }}]({{ abs }}){% if code %} [[code]({{ code }})]{% endif %}"
            "{% if more_links %} {{ more_links }}{% endif %}"
        ),
    ),
    "a label in bold": (
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})  \n"
            f"**Venue:** {venue_of(p, n, 'arXiv {}')}" + code(p, "  \n**Code:** <{0}>")
        ),
        (
            "- [{{ title }}]({{ abs }})  \n**Venue:**{% if venue %} {{ venue }}"
            "{% else %} arXiv {{ year }}{% endif %}{% if code %}  \n"
            "**Code:** <{{ code }}>{% endif %}"
        ),
    ),
    "an emoji": (
        lambda p, n: (
            f"* **{p.title}** | 📄 [Paper](https://arxiv.org/abs/{p.arxiv_id})"
            + code(p, " | 💻 [Code]({0})")
        ),
        "* **{{ title }}** | 📄 [Paper]({{ abs }}){% if code %} | 💻 [Code]({{ code }}){% endif %}",
    ),
    "a tag, and the space after it": (
        lambda p, n: (
            f"1. {'' if n % 3 else f'<u>{WORDS[n % 4]}</u>: '}"
            f'**"{p.title}"**. [[Paper](https://arxiv.org/abs/{p.arxiv_id})]'
        ),
        (
            "{{ number }}. {% if short_name %}<u>{{ short_name }}</u>: {% endif %}"
            '**"{{ title }}"**. [[Paper]({{ abs }})]'
        ),
    ),
    "a comma": (
        lambda p, n: (
            f"{n}. {p.title}. {'In: ACL, 2023' if n % 3 == 0 else f'arXiv, {p.day.year}'}. "
            f"arXiv:{p.arxiv_id}"
        ),
        (
            "{{ number }}. {{ title|stop }}{% if venue %} In: {{ venue }}"
            "{% else %} arXiv, {{ year }}{% endif %}. arXiv:{{ arxiv_id }}"
        ),
    ),
}


@pytest.mark.parametrize("kind", OWNED)
def test_what_belongs_to_an_optional_field_goes_with_it(kind):
    write, template = OWNED[kind]

    assert form_of(list_of(write)).entry == template


def test_an_entry_is_in_the_form_only_if_the_template_gives_it():
    """Its elements stand in their order; what `add` would write has no label before the address."""
    found = examined(list_of(FORMS["venue after a break"][0]))
    cut = found.cuts[0]
    learned = found.form_of(cut.section)
    assert learned is not None
    written = learned.template.text.replace("[[Paper]]({{ abs }})", "{{ abs }}")

    trial = try_entry(cut, replace(learned, template=parse_template(written)))

    assert try_entry(cut, learned).outcome == "same"
    assert (trial.outcome, [one.field for one in trial.differences]) == ("different", ["form"])


def test_a_sign_stands_where_there_is_no_code():
    data = list_of(
        lambda p, n: (
            f"- {p.title} [pdf](https://arxiv.org/abs/{p.arxiv_id}) "
            f"<td>{code(p, '[code]({0})') or '–'}</td>"
        )
    )

    assert "{% if code %}[code]({{ code }}){% else %}–{% endif %}" in form_of(data).entry


def test_a_bar_before_a_link_that_no_service_knows_goes_with_it():
    data = list_of(
        lambda p, n: (
            f"- **{p.title}** | [📄 Paper](https://arxiv.org/abs/{p.arxiv_id})"
            f"{f' | [🌐 Project Page](https://acme.example/{n}/)' if n % 2 else ''}"
        )
    )

    assert form_of(data).entry.endswith(
        "{% if project_page %} | [🌐 Project Page]({{ project_page }}){% endif %}"
    )


def test_a_label_goes_with_the_names_that_some_entries_lack():
    data = list_of(
        lambda p, n: (
            f"* [[{p.arxiv_id}](https://arxiv.org/pdf/{p.arxiv_id})] {p.title}"
            + ("" if n % 5 == 0 else f"\nAuthors: {', '.join(p.authors)}")
        )
    )

    assert form_of(data).entry == (
        "* [[{{ arxiv_id }}]({{ pdf }})] {{ title }}\nAuthors: {{ authors }}"
    )


def test_a_dash_before_a_remark_goes_with_it():
    words = ("kernels", "caches", "tables")
    data = list_of(
        lambda p, n: f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) — {words[n % 3]} {n}"
    )

    assert form_of(data).entry == (
        "- [{{ title }}]({{ abs }}){% if note %} — {{ note }}{% endif %}"
    )


def test_the_picture_of_a_link_to_the_code_is_the_same_for_all():
    icon = '<img src="https://github.com/acme/icons/blob/main/github.svg" alt="Code">'
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})" + code(p, f" [{icon}]({{0}})")
        )
    )

    assert f"{{% if code %}} [{icon}]({{{{ code }}}}){{% endif %}}" in form_of(data).entry


def test_parts_stand_in_the_order_of_the_entries_that_have_both():
    """A remark stands first where it stands alone; with the code it stands behind that."""

    def write(p, n):
        shown = f"\n  [Site](https://example.org/{n})\n  [Code](https://github.com/acme/c{n})"
        remark = f"\n  > {['Small models', 'Long texts', 'Two bits'][n % 5 % 3]} of {n}"
        return f"+ [{p.title}](https://arxiv.org/abs/{p.arxiv_id}){'' if n % 3 else shown}{remark}"

    entry = form_of(list_of(write)).entry

    assert 0 < entry.index("{% if code %}") < entry.index("{% if note %}")


def test_a_link_is_not_cut_where_other_entries_have_their_address_alone():
    def write(p, n):
        page = f"http://arxiv.org/abs/{p.arxiv_id}"
        shown = f"\n  * ICLR 2024\n  * <{page}>" if n % 3 == 0 else f" [text]({page})"
        return f"* {p.title}{shown}"

    assert (
        form_of(list_of(write)).entry == "* {{ title }} [text](http://arxiv.org/abs/{{ arxiv_id }})"
    )


def test_marks_around_a_name_in_brackets_go_with_it():
    data = list_of(
        lambda p, n: (
            f"- {'' if n % 4 == 0 else f'**[Tag-{n}]** '}{p.title} | "
            f"[[pdf]](https://arxiv.org/pdf/{p.arxiv_id}.pdf)"
        )
    )

    assert form_of(data).entry.startswith("- {% if tag %}**[{{ tag }}]** {% endif %}{{ title }} |")


def test_a_dash_before_a_remark_goes_with_it_and_its_stop():
    words = ["Core", "Important", "Optional", "Recent"]
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) ({p.day.year}) - {words[n % 4]}."
        )
    )

    assert form_of(data).entry == (
        "- [{{ title }}]({{ abs }}) ({{ year }}){% if note %} - {{ note }}.{% endif %}"
    )


def test_a_link_of_html_goes_with_the_picture_in_it():
    def write(p, n):
        page = f'<a href="https://arxiv.org/abs/{p.arxiv_id}" target="_blank">'
        badge = f'<img alt="V{n}" src="https://badges.example/V{n}-orange"/>'
        return f"- {p.title}. {page}link</a> {page}{badge}</a>"

    assert form_of(list_of(write)).entry.endswith(
        'link</a>{% if picture %} <a href="{{ abs }}" target="_blank">{{ picture }}</a>{% endif %}'
    )
