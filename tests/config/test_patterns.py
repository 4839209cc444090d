"""Lazy patterns: they do what compiled ones do, and each of the program's compiles."""

import pkgutil
import re
from importlib import import_module

import pytest

import catalog
import config
import output
import pipelines
from config.patterns import lazy_regex

PACKAGES = (config, catalog, pipelines, output)


def test_a_lazy_pattern_does_what_a_compiled_one_does() -> None:
    lazy, compiled = lazy_regex(r"(a+)-?", re.IGNORECASE), re.compile(r"(a+)-?", re.IGNORECASE)
    text = "Aa-b aaa-"
    assert lazy.sub("x", text) == compiled.sub("x", text)
    assert lazy.findall(text) == compiled.findall(text)
    assert [m.span() for m in lazy.finditer(text)] == [m.span() for m in compiled.finditer(text)]
    assert lazy.split(text) == compiled.split(text)
    assert lazy.subn("x", text) == compiled.subn("x", text)
    assert lazy.match(text, 4) is compiled.match(text, 4) is None
    assert lazy.pattern == compiled.pattern
    assert lazy.groups == compiled.groups == 1


def test_a_lazy_pattern_of_bytes_finds_bytes() -> None:
    found = lazy_regex(rb"b+").search(b"abbc")
    assert found
    assert found[0] == b"bb"


def test_a_mistake_in_a_pattern_shows_at_its_first_use() -> None:
    wrong = lazy_regex(r"(")
    with pytest.raises(re.error):
        wrong.search("text")
    with pytest.raises(re.error):  # and at each later one
        wrong.search("text")


def test_every_pattern_of_the_program_compiles() -> None:
    kind = type(lazy_regex("")).__mro__[1]
    found = 0
    for package in PACKAGES:
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." in info.name:  # these need a store that is open
                continue
            for value in vars(import_module(info.name)).values():
                if isinstance(value, kind):
                    found += 1
                    re.compile(value.pattern, value.flags)
    assert found > 100
