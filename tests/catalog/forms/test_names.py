"""What parts of an entry are called."""

import pytest

from catalog.forms.cutting.atoms import Atom, Cut, Known
from catalog.forms.parts.names import name_of_atom
from config.form import FIELDS


@pytest.mark.parametrize("label", ["PDF", "Abs", "Title", "Year", "Date", "Demo"])
@pytest.mark.parametrize("style", ["picture", "link"])
def test_a_link_is_never_called_as_a_field_of_the_program(label, style):
    """The form would be refused: nobody fills in such a field by hand."""
    text = f"{'!' if style == 'picture' else ''}[{label}](https://a.org/x)"
    atom = Atom("group", text, text, style=style)

    name = name_of_atom(atom, Cut((atom,), Known("A Small Model"), text), before_title=False)

    assert name not in FIELDS
    assert name.startswith(label.lower())
