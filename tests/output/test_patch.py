"""A patch is what git and patch take, whatever ends the lines."""

from output.patch import patch


def test_no_change_is_no_patch():
    assert "" == patch(b"a\n", b"a\n", "x.yaml")


def test_line_ends_and_a_missing_one_are_kept():
    assert (
        "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n a\r\n"
        "-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    ) == patch(b"a\r\nb", b"a\r\nc", "x.yaml")


def test_an_entry_that_moved_is_all_that_a_patch_shows():
    """Half of a list's lines are blank: they once hid all but the entry itself."""
    entries = [f"- entry {n}\n\n" for n in range(400)]
    before = "".join(entries).encode()
    moved = [*entries[:20], *entries[21:300], entries[20], *entries[300:]]

    lines = patch(before, "".join(moved).encode(), "l.md").splitlines()

    assert [line for line in lines if line[:1] in "+-"] == [
        *("--- a/l.md", "+++ b/l.md", "-- entry 20", "-", "+- entry 20", "+")
    ]
