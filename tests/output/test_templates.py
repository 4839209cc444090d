"""Templates are compiled once, and again where anything about them is another."""

import jinja2
import pytest
from jinja2.ext import Extension

from output.templates import environment


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "page.html").write_text("<p>{{ title }}</p>")
    return tmp_path


def test_the_code_of_a_template_is_kept_for_the_next_command(folder, monkeypatch):
    before = environment(folder).get_template("page.html").render(title="<b>")
    monkeypatch.setattr(jinja2.Environment, "compile", None)

    after = environment(folder).get_template("page.html").render(title="<b>")

    assert before == after == "<p>&lt;b&gt;</p>"


def test_a_changed_template_is_compiled_anew(folder):
    environment(folder).get_template("page.html")
    (folder / "page.html").write_text("<h1>{{ title }}</h1>")

    assert environment(folder).get_template("page.html").render(title="A") == "<h1>A</h1>"


class Loud(Extension):
    def preprocess(self, source, name, filename=None):
        return source.upper().replace("TITLE", "title")


def test_a_template_that_an_extension_changes_is_compiled_anew(folder):
    environment(folder).get_template("page.html")
    loud = environment(folder)
    loud.add_extension(Loud)

    assert loud.get_template("page.html").render(title="A") == "<P>A</P>"


def test_a_page_is_shown_where_nothing_can_be_kept(folder):
    (folder / "__pycache__").write_text("no folder")

    assert environment(folder).get_template("page.html").render(title="A") == "<p>A</p>"


def test_nothing_is_kept_where_python_keeps_nothing(folder, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", True)

    environment(folder).get_template("page.html")

    assert [folder / "page.html"] == list(folder.iterdir())


def test_damaged_code_is_made_anew(folder):
    environment(folder).get_template("page.html")
    for kept in (folder / "__pycache__").iterdir():
        kept.write_bytes(kept.read_bytes()[:40])

    assert environment(folder).get_template("page.html").render(title="A") == "<p>A</p>"
