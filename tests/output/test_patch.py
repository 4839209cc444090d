"""A patch is what git and patch take, whatever ends the lines."""

from output.patch import patch


def test_no_change_is_no_patch():
    assert "" == patch(b"a\n", b"a\n", "x.yaml")


def test_line_ends_and_a_missing_one_are_kept():
    assert (
        "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n a\r\n"
        "-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    ) == patch(b"a\r\nb", b"a\r\nc", "x.yaml")
