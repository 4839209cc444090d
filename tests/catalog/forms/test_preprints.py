"""What a preprint shows where other entries have a venue, and a work without a date or authors."""

from datetime import date

import pytest

from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from config.template import parse_template
from tests.catalog.forms.kinds import examined, form_of, list_of


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("+ [{{ title }}]({{ abs }}) ({{ month_word }}, {{ year }}) [x]", "+ [A Page](URL) [x]"),
        (
            "+ [{{ title }}]({{ abs }}) ({{ year }}{% if venue %} | {{ venue }}{% endif %})",
            "+ [A Page](URL)",
        ),
        (
            "+ [{{ title }}]({{ abs }})  \n  [![arXiv](https://i.example/arXiv.svg)]({{ abs }})",
            "+ [A Page](URL)",
        ),
        ("- {{ title }} [[arXiv]({{ abs }})]", "- A Page [[arXiv](URL)]"),
        ("- [{{ title }}]({{ abs }}), {{ year }} ({{ first_author }})", "- [A Page](URL)"),
    ],
    ids=["a date", "a date and a venue", "a badge of arXiv", "its only link", "brackets of names"],
)
def test_a_page_without_a_date_gets_no_empty_brackets(template, text):
    work = FormWork("A Page", url="https://pages.example/a")

    said = write_entry(parse_template(template), values_of(work), unknown={})

    assert said.replace("https://pages.example/a", "URL") == text


@pytest.mark.parametrize(
    ("template", "dated", "undated"),
    [
        (
            (
                "1. **[{{ title }}]({{ abs }})** *{{ authors }}.*"
                "{% if venue %} {{ venue }}{% else %} Preprint'{{ year_short }}{% endif %}"
            ),
            "1. **[A Page](URL)**",
            "1. **[A Page](URL)**",
        ),
        (
            (
                "- [{{ title }}]({{ abs }}) _{{ authors }}_,"
                "{% if venue %} {{ venue }}{% else %} arXiv {{ year }}{% endif %}"
            ),
            "- [A Page](URL) 2024",
            "- [A Page](URL)",
        ),
        (
            "- **{{ title }}**\n  *{{ authors|et_al(3) }}*\n  [page]({{ abs }})",
            "- **A Page**\n  [page](URL)",
            "- **A Page**\n  [page](URL)",
        ),
    ],
    ids=["italics and a stop", "italics and a comma", "a line of names"],
)
def test_a_page_without_authors_has_no_empty_marks_and_is_no_preprint(template, dated, undated):
    said = [
        write_entry(
            parse_template(template),
            values_of(FormWork("A Page", url="https://pages.example/a", day=day)),
            unknown={},
        ).replace("https://pages.example/a", "URL")
        for day in (date(2024, 5, 6), None)
    ]

    assert said == [dated, undated]


def test_a_venue_stays_where_the_date_beside_it_is_not_known():
    template = "- [{{ title }}]({{ abs }}) ({{ year }}{% if venue %} | {{ venue }}{% endif %})"
    work = FormWork("A Page", url="https://pages.example/a", venue="ACL 2024")

    said = write_entry(parse_template(template), values_of(work), unknown={})

    assert said == "- [A Page](https://pages.example/a) (ACL 2024)"


def test_what_a_preprint_shows_is_no_venue():
    """Its own marks are learned: "(*arXiv 2024.10*)", not "(arXiv 2024.10)"."""
    data = list_of(
        lambda p, n: (
            f"- (*{f'arXiv {p.day:%Y.%m}' if n % 3 else f'ICLR{chr(39)}{p.day:%y}'}*) {p.title} "
            f"[[paper](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )

    assert form_of(data).entry.startswith(
        "- {% if venue %}(*{{ venue }}*){% else %}(*arXiv {{ year }}.{{ month }}*){% endif %} "
    )


def test_the_newest_months_say_whether_they_have_a_zero():
    def write(p, n):
        month = f"{p.day.month:02d}" if n == 2 else p.day.month
        return f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}), {p.day.year}.{month}"

    assert form_of(list_of(write)).entry.endswith("{{ year }}.{{ month_number }}")


def test_one_preprint_without_its_month_does_not_decide_for_the_others():
    def write(p, n):
        where = f"arXiv {p.day.year}/{p.day.month:02d}"
        where = "ICSE 2026" if n % 4 == 1 else f"arXiv {p.day.year}" if n == 3 else where
        return (
            f"- **{p.title}**\n  _{p.authors[0]}._ {where}.\n  <https://arxiv.org/abs/{p.arxiv_id}>"
        )

    assert (
        "{% if venue %} {{ venue }}{% else %} arXiv {{ year }}/{{ month }}{% endif %}.\n"
        in form_of(list_of(write)).entry
    )


@pytest.mark.parametrize(
    ("said", "usual"),
    [
        ("Arxiv{year}", "Arxiv{{ year }}"),
        ("arXiv' {short}", "arXiv' {{ year_short }}"),
        ("arXiv{short}", "arXiv{{ year_short }}"),
    ],
)
def test_a_preprint_has_its_own_year_however_that_is_written(said, usual):
    def write(p, n):
        year = str(p.day.year)
        shown = f"ICCV' {n + 10}" if n % 4 == 0 else said.format(year=year, short=year[-2:])
        return f"- {p.title} | **{shown}** | [pdf](https://arxiv.org/abs/{p.arxiv_id})"

    assert (
        f"| **{{% if venue %}}{{{{ venue }}}}{{% else %}}{usual}{{% endif %}}** |"
        in form_of(list_of(write)).entry
    )


def test_a_preprint_links_itself_where_others_link_the_page_of_their_venue():
    venues = ["ICLR", "ACL", "ICML", "EMNLP"]

    def write(p, n):
        page = f"https://arxiv.org/abs/{p.arxiv_id}"
        first = f"[[{p.day.year}-arXiv]]({page})"
        if n % 3:
            first = f"[[{p.day.year}-{venues[n % 4]}]](https://pages.example/{n})"
        return f"- {first} **{p.title}** [PDF](https://arxiv.org/pdf/{p.arxiv_id})"

    data = list_of(write)
    proof = examined(data).proof()

    assert proof.same_form == proof.tried
    assert form_of(data).entry == (
        "- {% if link %}[[{% if venue %}{{ venue }}{% else %}link{% endif %}]]({{ link }})"
        "{% else %}[[{{ year }}-arXiv]](https://arxiv.org/abs/{{ arxiv_id }}){% endif %} "
        "**{{ title }}** [PDF]({{ pdf }})"
    )
