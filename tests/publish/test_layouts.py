"""A week in checkouts of every kind: shallow, detached, in a sub-folder, of another branch."""

import shutil
from dataclasses import dataclass
from datetime import timedelta

import pytest

from sandbox.process import running
from tests.publish.hosted import DAILY, MONDAY, SYNC, Hosted, commit, git
from tests.publish.test_people import decisions
from tests.publish.test_several import SECOND_LIST, SECOND_RULES
from tests.workspace import LIST, REPOSITORY, Workspace

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = {
    SECOND_LIST: (REPOSITORY / LIST).read_text(),
    "config/lists/second.yaml": SECOND_RULES.replace(f"file: {LIST}", f"file: {SECOND_LIST}"),
}


@dataclass
class Layout(Hosted):
    """``inside`` is the list's folder in its repository; the other fields are of each clone."""

    inside: str = ""
    default: str = "main"
    is_shallow: bool = False
    is_detached: bool = False

    def __post_init__(self):
        super().__post_init__()
        if self.inside:
            self._move()
        if self.default != "main":
            self.sandbox.act("rename", "ann", branch="main", to=self.default)

    def _move(self):
        """Put all that is in the repository into the folder, beside other things."""
        person = self.root / "person"
        git(self.root, "clone", "-q", str(self.root / "bare.git"), str(person))
        (person / self.inside).mkdir(parents=True)
        for path in person.iterdir():
            if path.name not in (".git", self.inside.partition("/")[0]):
                git(person, "mv", path.name, self.inside)
        (person / "README.md").write_text("# Other things\n")
        commit(person, "Move the list")
        git(person, "push", "-q", "origin", "HEAD")
        shutil.rmtree(person)

    def clone(self):
        self.jobs += 1
        folder = self.root / f"job-{self.jobs}"
        # As actions/checkout has it by default; git makes a local clone whole.
        depth = ["--depth=1", "--no-tags"] if self.is_shallow else []
        source = (self.root / "bare.git").as_uri()
        git(self.root, "clone", "-q", *depth, source, str(folder))
        git(folder, "remote", "set-url", "origin", self.address)
        if self.is_detached:
            git(folder, "checkout", "-q", "--detach")
            git(folder, "branch", "-q", "-D", self.default)
        return Workspace(folder / self.inside, self.environment)

    def list_of(self, branch, path=LIST):
        return self.file(branch, f"{self.inside}/{path}" if self.inside else path).decode()


@pytest.mark.long
@pytest.mark.parametrize(
    "layout",
    [
        {"is_shallow": True},
        {"is_detached": True, "default": "trunk/new"},
        {"inside": "docs/my lists"},
        {
            "inside": "100% of $HOME's",
            "default": "trunk",
            "is_shallow": True,
            "is_detached": True,
            "files": SECOND,
        },
    ],
    ids=["shallow", "detached", "sub-folder", "all, and two lists"],
)
def test_a_week_from_ticks_to_the_merge(tmp_path, layout):
    with running(now=MONDAY, profile={"invented": False}) as sandbox:
        hosted = Layout(tmp_path, sandbox, **layout)
        hosted.job(*DAILY, at=MONDAY)
        number = len(hosted.threads)
        assert ["open"] * (2 if "files" in layout else 1) == [t["state"] for t in hosted.threads]
        paths = [LIST, SECOND_LIST][:number]

        for thread, _ in enumerate(paths, 1):
            hosted.tick(1, "ann", thread=thread)
            hosted.tick(2, "ben", "reject", thread=thread)
            event = hosted.sandbox.act("tick", "ann", number=thread, marker="apply")
            hosted.event_job(event, at=MONDAY + thread * HOUR)
            hosted.sandbox.act("comment", "ben", number=thread, body="/listkeeper accept 3")
        (ended,) = hosted.job(*SYNC, at=MONDAY + DAY)
        assert 0 == ended.code, ended

        for thread, path in enumerate(paths, 1):
            branch = hosted.threads[thread - 1]["head"]["ref"]
            keys = [hosted.key(one, thread) for one in (1, 2, 3)]
            assert [True, False, True] == [key in hosted.list_of(branch, path) for key in keys]
            hosted.sandbox.act("merge", "ben", number=thread)
        (ended,) = hosted.job(*SYNC, at=MONDAY + 2 * DAY)

        assert 0 == ended.code, ended
        assert number == ended.out.count("was merged by ben: 2 accepted")
        for thread, path in enumerate(paths, 1):
            keys = [hosted.key(one, thread) for one in (1, 2, 3)]
            listed = hosted.list_of(hosted.default, path)
            assert [True, False, True] == [key in listed for key in keys]
        acts = [act for _, act, _ in decisions(hosted)]
        assert sorted(["pick", "reject", "pick", "accept", "accept"] * number) == sorted(acts)
        assert {hosted.default, "listkeeper-state"} == hosted.branches()
        (status,) = hosted.job(("state", "show"), at=MONDAY + 2 * DAY)
        assert "decisions/2024-11.jsonl" in status.out
