"""Text from outside becomes markup that says the same and does nothing else."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from output.marked_text import coded


def test_names_of_the_rules_look_like_names():
    said = coded("lacked a word of `helps` or `about`")

    assert "lacked a word of <code>helps</code> or <code>about</code>" == said


@given(st.text(st.sampled_from("`<>&a_\"'"), max_size=20))
def test_nothing_but_code_is_made_of_a_text(text):
    said = coded(text)

    bare = re.sub("</?code>", "`", said)
    assert text == html.unescape(bare)
    assert not set("<>\"'") & set(bare)


def test_other_backticks_are_signs_like_others():
    assert "a ` b `of`" == coded("a ` b `of`")
