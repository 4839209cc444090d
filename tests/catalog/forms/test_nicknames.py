"""What a work is called, before its title: a nickname with its marks, and no venue."""

from tests.catalog.forms.kinds import form_of, list_of


def test_a_remark_in_brackets_behind_a_name_goes_before_its_colon():
    def write(p, n):
        name = p.title.partition(":")[0]
        lead = f"**{name}**{' (adapters)' if n % 3 else ''}: " if n % 4 else ""
        return f'- {lead}"{p.title}" [[paper](https://arxiv.org/abs/{p.arxiv_id})]'

    form = form_of(list_of(write))

    assert form.entry == (
        "- {% if nickname %}**{{ nickname }}**{% if remark %} ({{ remark }}){% endif %}: "
        '{% endif %}"{{ title }}" [[paper]({{ abs }})]'
    )
    assert form.own == {"remark": ""}


def test_the_marks_of_a_name_go_with_it_where_one_entry_has_no_name():
    def write(p, n):
        name = f"**{p.title.partition(':')[0]}**: " if n != 5 else ""
        return f'- {name}"{p.title}" [[paper](https://arxiv.org/abs/{p.arxiv_id})]'

    assert form_of(list_of(write)).entry.startswith(
        '- {% if nickname %}**{{ nickname }}**: {% endif %}"{{ title }}"'
    )


def test_a_name_in_brackets_before_a_title_is_no_venue():
    """Some names begin the title as arXiv has it, and some are the list's own."""

    def write(p, n):
        name, _, rest = p.title.partition(": ")
        title = f"[R{n}R]: {p.title}" if n % 3 == 0 else f"[{name}]: {rest}"
        where = "CVPR 2024" if n % 4 == 0 else f"arXiv {p.day.year}"
        return f"- {title}  \n{where} [paper](https://arxiv.org/abs/{p.arxiv_id})"

    data = list_of(write)

    assert form_of(data).entry == (
        "- {% if tag %}[{{ tag }}]: {% endif %}"
        "{% if nickname %}[{{ nickname }}]: {{ title_rest }}{% else %}{{ title }}{% endif %}  \n"
        "{% if venue %}{{ venue }}{% else %}arXiv {{ year }}{% endif %} [paper]({{ abs }})"
    )


def test_a_name_in_brackets_without_a_colon_begins_the_title():
    def write(p, n):
        name, _, rest = p.title.partition(": ")
        return f"- [{name}] {rest} [paper](https://arxiv.org/abs/{p.arxiv_id})"

    assert form_of(list_of(write)).entry == (
        "- {% if nickname %}[{{ nickname }}] {{ title_rest }}{% else %}{{ title }}{% endif %} "
        "[paper]({{ abs }})"
    )
