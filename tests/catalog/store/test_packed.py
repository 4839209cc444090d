"""Long texts are packed as small as zlib can, in a fraction of the time for short ones."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rows.values import long_text
from catalog.tables import SHORT_BYTES, packed

WORDS = "quantized attention needs less memory while the model keeps most of what it knows".split()  # noqa: SIM905


@pytest.mark.parametrize("length", [100, 1_300, SHORT_BYTES, SHORT_BYTES + 1, 50_000])
def test_a_text_is_packed_as_small_as_by_zlib_itself(length):
    text = " ".join(f"{WORDS[n * n % 14]} {n % 97}" for n in range(length))[:length].encode()

    assert zlib.decompress(packed(text)) == text
    assert len(packed(text)) <= len(zlib.compress(text)) * 1.01


@given(st.text())
def test_any_text_comes_back(text):
    assert long_text(packed(text.encode())) == text
