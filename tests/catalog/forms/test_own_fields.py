"""What no service knows of a work is a field of the list's own."""

import pytest

from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from config.template import parse_template
from tests.catalog.forms.kinds import PAPERS, examined, form_of, list_of


def test_remarks_in_several_places_are_several_fields():
    remarks = ["small", "quick", "cheap", "strong", "new", "open"]
    data = list_of(
        lambda p, n: (
            f"- ({remarks[n % 6]}) [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) - "
            f"{remarks[n % 5]} and {remarks[n % 4]} work"
        )
    )

    form = form_of(data)

    assert [name for name in form.own if name.startswith("note")] == ["note", "note_2", "note_3"]


@pytest.mark.parametrize(
    ("written", "piece"),
    [
        ("\n  - **TL;DR**: {}", "{% if tl_dr %}\n  - **TL;DR**: {{ tl_dr }}{% endif %}"),
        (
            "\n\n  <details><summary>Abstract</summary>{}</details>",
            "<summary>Abstract</summary>{{ abstract }}<",
        ),
    ],
)
def test_a_long_text_is_a_field_of_its_own(written, piece):
    def write(p, n):
        text = " ".join(f"word{n * number % 17}" for number in range(40))
        return f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}){written.format(text)}"

    found = examined(list_of(write))

    assert piece in form_of(list_of(write)).entry
    assert found.proof().same_form == len(PAPERS)


def test_a_block_of_code_below_an_entry_is_a_field_of_its_own():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n"
            f"  ```{'text' if n % 4 else ''}\n  In {n} words: [this] says | what it is about.\n"
            "  ```"
        )
    )
    form = form_of(data)

    assert form.entry == (
        "- [{{ title }}]({{ abs }}){% if summary %}\n  ```text\n  {{ summary }}\n  ```{% endif %}"
    )
    assert examined(data).proof().same_form == len(PAPERS)


def test_links_that_somebody_fills_in_stay_links():
    template = parse_template(
        "- {{ title }} {{ abs }}{% if more_links %} {{ more_links }}{% endif %}"
    )
    links = (
        "[[demo](https://demo.example)] [![Talk](https://i.example/t.svg)](https://talk.example)"
    )

    def written(text):
        values = values_of(
            FormWork("A Small Model", arxiv_id="2411.04965", own={"more_links": text})
        )
        return write_entry(template, values, unknown={})

    head = "- A Small Model https://arxiv.org/abs/2411.04965"
    assert written(links) == f"{head} {links}"
    assert written("") == head
    assert "](" not in written("[demo](https://a.example) and [more")


@pytest.mark.parametrize("label", ["Authors", "Date", "Title"])
@pytest.mark.parametrize("lead", ["\n\n  **{0}:** ", "\n  - {0}: "])
def test_a_label_of_a_field_before_what_nobody_knows_makes_a_field_of_another_name(label, lead):
    """An `init` without a network knows no authors: the line is kept, for somebody to fill in."""
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
            f"{lead.format(label)}what the people of laboratory {n} wrote there in so many words"
        )
    )

    learned = form_of(data)

    assert [] == list(learned.mistakes(()))
    assert not {"authors", "date", "title"} & set(learned.own)


def test_a_link_to_a_file_of_the_lists_own_keeps_its_label():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
            + (f" | [notes](./notes/{n}.md)" if n % 2 else "")
        )
    )

    assert "{% if notes %} | [notes]({{ notes }}){% endif %}" in form_of(data).entry


def test_an_affiliation_before_et_al_is_a_field_of_its_own():
    """Where an entry has none, "et al." stands there all the same, and is no other style."""
    data = list_of(
        lambda p, n: (
            f"- {p.title} - *{p.authors[0]}{' (ACME)' if n % 4 else ''} et al.* "
            f"[[paper](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )

    assert form_of(data).entry == (
        "- {{ title }} - *{{ first_author }}{% if affiliation %} ({{ affiliation }}){% endif %} "
        "et al.* [[paper]({{ abs }})]"
    )


def test_the_lists_own_word_for_what_it_does_not_know_stands_there_until_it_is_filled_in():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id})\n"
            f"  - Institutions: {'ACME' if n % 4 == 0 else 'Unknown'}"
        )
    )

    assert form_of(data).own == {"institutions": "Unknown"}


def test_a_word_of_most_affiliations_is_no_part_of_the_form():
    places = ["Kyoto University", "The Open University", "University of Oslo", "Rice University"]

    def write(p, n):
        place = "MIT" if n == 7 else f"{places[n % 4]}, {places[n % 3]}"
        return (
            f"* **{p.title}**\n  * {', '.join(p.authors)}\n  * {place}\n"
            f"  * [Arxiv{p.day.year}] https://arxiv.org/abs/{p.arxiv_id}"
        )

    assert form_of(list_of(write)).entry.startswith(
        "* **{{ title }}**\n  * {{ authors }}{% if note %}\n  * {{ note }}{% endif %}\n  *"
    )


def test_a_label_in_italics_before_a_text_goes_with_it():
    text = "Shows in which of all the cases that it looks at nothing else would have been as good"
    data = list_of(
        lambda p, n: (
            f"- **{p.title}**. [paper](https://arxiv.org/abs/{p.arxiv_id}). _Why it matters:_ "
            f"{text} {n}."
        )
    )

    assert form_of(data).entry == (
        "- **{{ title }}**. [paper]({{ abs }}).{% if summary %} _Why it matters:_ {{ summary }}"
        "{% endif %}"
    )


def test_a_label_in_italics_with_what_it_says_is_one_field_however_short_that_is():
    """Some say two words there and some a line: commas and blanks in it are of the value."""
    said = ["depth", "depth, video", "depth, stereo/multi-view, and far more than that of video"]

    def write(p, n):
        page = f"[Paper](https://arxiv.org/abs/{p.arxiv_id})"
        return f"**{p.title}**  \narXiv {p.day.year} | {page} | *Keywords: {said[n % 3]}*"

    form, proof = form_of(list_of(write)), examined(list_of(write)).proof()

    assert form.entry.endswith("{% if keywords %} | *Keywords: {{ keywords }}*{% endif %}")
    assert proof.same_but_unknown == len(PAPERS)
    assert form.own == {"keywords": ""}


def test_a_bar_before_a_link_goes_with_it():
    def write(p, n):
        links = [f"**[{kind}](https://pages.example/{n})**" for kind in ("Project", "Demo")]
        page = f"**[Paper](https://arxiv.org/abs/{p.arxiv_id})**"
        return f"- {p.title}\n  {page} | {links[0]} | {links[1]}"

    form = form_of(list_of(write))
    new = FormWork("A Title", ("Ada Poe",), "2412.00001")

    assert write_entry(parse_template(form.entry), values_of(new), unknown=form.own) == (
        "- A Title\n  **[Paper](https://arxiv.org/abs/2412.00001)**"
    )


def test_a_word_of_code_for_nothing_stands_in_the_place_of_the_code():
    def write(p, n):
        code = f"[[Code](https://github.com/{p.code})]" if p.code else "`None`"
        return f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) | {code}"

    form = form_of(list_of(write))

    assert form.entry == (
        "- [{{ title }}]({{ abs }}) |{% if code %} [[Code]({{ code }})]{% else %} `None`{% endif %}"
    )
    assert form.own == {}
