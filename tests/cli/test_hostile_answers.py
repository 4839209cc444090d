"""
Commands whose services answer with anything else than they should.

The long form, with every shape, service and command, is ``benchmarks/hostile_answers.py``.
"""

import threading

import pytest

from benchmarks.hostile_answers import COMMANDS, LATER, Hostile, shapes
from tests.workspace import Workspace

pytestmark = pytest.mark.long

SERVICES = ("ARXIV_RSS", "ARXIV_API", "ARXIV_OAI", "SEMANTIC_SCHOLAR", "OPENALEX", "HUGGINGFACE")
SERVICES += ("GITHUB", "PAGES")
TRIED = (
    *("[[[]]]", "one item", "error of objects", "900 objects deep", "wrong types"),
    *("control characters", "422 Unprocessable", "redirect to private", "gzip bomb"),
)


@pytest.fixture(scope="module")
def found():
    """All shapes by name. Some are packed from hundreds of megabytes: not while collecting."""
    return shapes()


@pytest.fixture(scope="module")
def hostile(found):
    server = Hostile(found)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("shape", TRIED)
def test_counts(hostile, found, tmp_path, shape):
    """No bug, no byte of the list changed, and a line says what was not understood."""
    url = hostile.url([*found].index(shape))
    workspace = Workspace(tmp_path, {f"LISTKEEPER_{name}_URL": url for name in SERVICES})
    before = workspace.listed.read_bytes()

    ended = workspace.json(*COMMANDS["citations"], as_of=LATER)

    assert 1 == ended.code, ended.err
    assert "BROKEN" == ended.word("semantic_scholar")
    assert before == workspace.listed.read_bytes()
    assert 0 == ended.report["counts"].get("openalex/known", 0)


@pytest.mark.parametrize(
    ("command", "shape", "says"),
    [
        ("add-repository", "900 objects deep", "GitHub answered with something else"),
        ("add-repository", "422 Unprocessable", "HTTP 422: Validation Failed: q is too long"),
        ("add-page", "charset idna", "cannot be read: its charset is 'idna'"),
        ("add-paper", "Atom of entries", "says there are 1 papers, and shows none"),
    ],
)
def test_additions(hostile, found, tmp_path, command, shape, says):
    url = hostile.url([*found].index(shape))
    workspace = Workspace(tmp_path, {f"LISTKEEPER_{name}_URL": url for name in SERVICES})
    before = workspace.listed.read_bytes()

    ended = workspace.run(*COMMANDS[command], as_of=LATER)

    assert 1 == ended.code, ended.err
    assert says in ended.out + ended.err
    assert before == workspace.listed.read_bytes()
