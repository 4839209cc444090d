"""A file that is no store of ours, or a damaged one, is refused with a way out, and left alone."""

import sqlite3
from contextlib import closing

import pytest

from catalog.errors import StoreTrouble
from catalog.store import Store, engine
from tests.fakes import decision


def nothing(path):
    path.write_bytes(b"")


def garbage(path):
    path.write_bytes(bytes(range(256)) * 40)


def a_page_of_text(path):
    path.write_text("# Not a database\n")


def someone_elses(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE works (key TEXT)")
        other.commit()


def cut_in_the_middle(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_in_its_head(path):
    path.write_bytes(path.read_bytes()[:50])


def cut_after_its_head(path):
    path.write_bytes(path.read_bytes()[:100])


def cut_after_its_first_page(path):
    path.write_bytes(path.read_bytes()[:4096])


def of_the_future(path):
    with closing(sqlite3.connect(path)) as later:
        later.execute("UPDATE alembic_version SET version_num = '0099'")
        later.commit()


@pytest.mark.parametrize(
    ("harm", "matter", "way_out"),
    [
        pytest.param(nothing, "not one of Listkeeper's", "another --state", id="zero bytes"),
        pytest.param(garbage, "cannot be read as a database", "backup", id="garbage"),
        pytest.param(a_page_of_text, "cannot be read as a database", "backup", id="text"),
        pytest.param(someone_elses, "not one of Listkeeper's", "another --state", id="foreign"),
        pytest.param(cut_in_the_middle, "damaged|cannot be read", "backup", id="cut to half"),
        pytest.param(cut_in_its_head, "cannot be read", "backup", id="cut in the head"),
        pytest.param(cut_after_its_head, "damaged|cannot be read", "backup", id="cut to the head"),
        pytest.param(cut_after_its_first_page, "damaged|cannot", "backup", id="cut to a page"),
        pytest.param(
            of_the_future, f"0099.*newer than {engine.SCHEMA}", "newer program", id="newer schema"
        ),
    ],
)
def test_what_cannot_be_used_is_refused_and_left_alone(path, harm, matter, way_out):
    """The trouble names the path, the matter and a way out; not a byte is changed."""
    harm(path)
    before = path.read_bytes()

    with pytest.raises(StoreTrouble) as trouble:
        Store(path)

    assert str(path) == trouble.value.where
    assert trouble.match(matter)
    assert way_out in trouble.value.do
    assert 1 == trouble.value.exit_code
    assert before == path.read_bytes()


def test_a_folder_in_its_place_is_refused(tmp_path):
    path = tmp_path / "listkeeper.db"
    path.mkdir()

    with pytest.raises(StoreTrouble, match=r"listkeeper\.db: is a folder.*move it away"):
        Store(path)

    assert [] == list(path.iterdir())


def test_a_state_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "state").write_text("mine")

    with pytest.raises(StoreTrouble, match=r"state: is a file, not a folder"):
        Store(tmp_path / "state" / "listkeeper.db")

    assert "mine" == (tmp_path / "state").read_text()


def test_damage_inside_is_found_and_named(path):
    """A page that rotted is found by a check, and by whoever reads it."""
    data = bytearray(path.read_bytes())
    half = len(data) // 2 // 4096 * 4096
    data[half:] = b"\x5a" * (len(data) - half)
    path.write_bytes(data)

    with closing(Store(path)) as store:
        assert [] != store.check()
        with pytest.raises(StoreTrouble, match=r"listkeeper\.db: is damaged .*backup"):
            list(store.works.all())


def test_a_store_that_may_not_be_written_says_so(path):
    with closing(Store(path)) as store:
        with store.transaction(), store._database.begin() as connection:
            connection.exec_driver_sql("PRAGMA query_only = 1")

        with pytest.raises(StoreTrouble, match=r"listkeeper\.db: is read-only; check"):
            store.decisions.add([decision("reject")])
