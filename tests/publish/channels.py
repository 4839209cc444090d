"""A list whose week goes out on channels: its settings, publishing, and what that says."""

from tests.review.week import NOW

WEEK = "2024-W46"


def configure(workspace, text):
    (workspace.root / "config" / "publish.yaml").write_text(f"on: fri\n{text}")
    return workspace


def told(ended):
    report = ended.report
    return "\n".join([*report["notes"], *report["needs_person"]])


def publish(workspace, *names, **settings):
    return workspace.run("publish", *names, "--json", as_of=NOW, **settings)
