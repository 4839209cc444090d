"""Authors as lists write them: initials without marks, and a word in italics for the others."""

from dataclasses import replace

import pytest

from catalog.forms.spelling.dates import dates_in, month_words
from tests.catalog.forms.kinds import PAPERS, examined, form_of, list_of


def bare(name):
    *given, last = name.split()
    return "".join(part[0] for word in given for part in word.split("-")), last


NAMED = {
    "bare_initials": lambda name: " ".join(filter(None, bare(name))),
    "last_bare_initials": lambda name: " ".join(filter(None, reversed(bare(name)))),
}


@pytest.mark.parametrize("style", NAMED)
def test_initials_without_marks_are_a_way_to_write_names(style):
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) - "
            f"*{', '.join(map(NAMED[style], p.authors))}*"
        )
    )

    assert (
        form_of(data).entry == f"- [{{{{ title }}}}]({{{{ abs }}}}) - *{{{{ authors|{style} }}}}*"
    )
    assert examined(data).proof().same == len(PAPERS)


def test_the_first_author_with_initials_alone_leads_the_others():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) - "
            f"*{NAMED['bare_initials'](p.authors[0])} et al*"
        )
    )

    assert examined(data).proof().same >= len(PAPERS) - 2


def test_a_word_in_italics_for_further_names_is_written_as_the_list_has_it():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}), "
            f"{p.authors[0].split()[-1]} *et al.*, {p.day.year}"
        )
    )

    assert examined(data).proof().same >= len(PAPERS) - 2


def test_an_accent_that_the_list_leaves_out_hides_no_author():
    accented = [replace(p, authors=("Renée Noël", *p.authors[1:])) for p in PAPERS]
    data = list_of(
        lambda p, n: f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}), Renee Noel et al."
    )

    assert examined(data, accented).proof().same_form == len(PAPERS)


def test_marks_and_names_before_a_title_have_their_blanks_with_them():
    data = list_of(
        lambda p, n: (
            f"- {'🌟 ' if n % 3 == 0 else ''}{f'Net number {n}: ' if n % 2 else ''}"
            f"[{p.title}](https://arxiv.org/abs/{p.arxiv_id})"
        )
    )

    assert form_of(data).entry == (
        "- {% if mark %}{{ mark }} {% endif %}{% if short_name %}{{ short_name }}: {% endif %}"
        "[{{ title }}]({{ abs }})"
    )
    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_a_preprint_that_appeared_has_a_venue():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}), "
            f"`{('ICLR 2024', 'arXiv 2024', 'arXiv 2023, ICML 2024')[n % 3]}`"
        )
    )

    assert examined(data).proof().same_form == len(PAPERS)


def test_a_month_that_stands_once_in_full_is_short_as_the_others_are():
    texts = ["(Jan., 2024)", "(Feb., 2024)", "(Sept., 2024)", "(November, 2024)", "(Jan., 2023)"]
    dates = [date for text in texts for date in dates_in(text)]

    words = month_words(dates)

    assert (words[0], words[8], words[10]) == ("Jan.", "Sept.", "Nov.")


def test_the_first_author_alone_is_learned_from_the_entries_themselves():
    where = ("CMU", "DeepMind", "")
    data = list_of(
        lambda p, n: (
            f"- **{p.title.rstrip('.')}.** *{p.authors[0]}"
            f"{where[n % 3] and f' ({where[n % 3]})'} et al. arXiv.* "
            f"[[paper](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )

    assert form_of(data, ()).entry == (
        "- **{{ title|stop }}** *{{ first_author }}"
        "{% if affiliation %} ({{ affiliation }}){% endif %} et al. arXiv.* [[paper]({{ abs }})]"
    )


def test_names_are_cut_off_where_every_entry_cuts_them_off():
    data = list_of(
        lambda p, n: (
            f"- {p.title.rstrip('.')}. {p.authors[0]} et al. arXiv {p.day.year}. "
            f"[[paper](https://arxiv.org/abs/{p.arxiv_id})]"
        )
    )

    assert "{{ authors|et_al(1) }}" in form_of(data, ()).entry


@pytest.mark.parametrize("joiner", [" ", ";", ",", " / ", "、"])
def test_what_stands_between_names_is_kept(joiner):
    data = list_of(
        lambda p, n: (
            f"- **{p.title}** [[pdf](https://arxiv.org/abs/{p.arxiv_id})]\n"
            f"  {joiner.join(name if n % 3 else f'{name}<sup>1</sup>' for name in p.authors)}"
        )
    )

    assert form_of(data).entry.endswith(f'  {{{{ authors|joined("{joiner}") }}}}')
    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_a_given_name_in_brackets_hides_no_author():
    def besides(p, n):
        names = list(p.authors)
        given, _, surname = names[-1].partition(" ")
        if n % 4 == 0 and surname:
            names[-1] = f"{given} (Bob) {surname}"
        return ", ".join(names)

    data = list_of(
        lambda p, n: (
            f"- **{p.title}** [[pdf](https://arxiv.org/abs/{p.arxiv_id})]\n  *{besides(p, n)}*."
        )
    )

    assert form_of(data).entry == "- **{{ title }}** [[pdf]({{ abs }})]\n  *{{ authors }}*."
    assert examined(data).proof().same_form == len(PAPERS)


def test_a_run_of_blanks_between_names_is_one():
    data = list_of(
        lambda p, n: (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}), "
            f"{('  and ' if n % 3 == 0 else ' and ').join(p.authors)}, {p.day.year}"
        )
    )

    assert examined(data).proof().same_but_unknown == len(PAPERS)


def test_a_day_with_its_ending_is_a_date():
    endings = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}

    def write(p, n):
        day = f"{p.day.day}{endings.get(p.day.day, 'th')}"
        return (
            f"- [{p.title}](https://arxiv.org/abs/{p.arxiv_id}) [{day} {p.day:%b}., {p.day.year}]"
        )

    data = list_of(write)

    assert form_of(data).entry == (
        "- [{{ title }}]({{ abs }}) [{{ day_ordinal }} {{ month_word }}, {{ year }}]"
    )
    assert examined(data).proof().same == len(PAPERS)
    assert [one.style for one in dates_in("May 3rd, 2024; 11th Jun 2024")] == [
        "{{ day_ordinal }} {{ month_word }} {{ year }}",
        "{{ month_word }} {{ day_ordinal }}, {{ year }}",
    ]
