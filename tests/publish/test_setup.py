"""
What init writes for a repository, and what the printed files' steps do under a shell.

The program stands in here and notes how it was started; ``benchmarks.first_pull_request`` runs
the same steps with the program itself.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from catalog.git import origin_of
from config.settings import schedule
from output.schedule.other_forges import forgejo_actions, gitlab_ci
from output.schedule.workflows import KEYS, github_actions, rules_on_pull_requests
from tests.publish.hosted import NAME, TOKEN, git
from tests.workspace import LIST, REPOSITORY, Workspace, run_in

# Each sign means something to a shell, to YAML or to git.
FOLDER = "a b%n$HOME'\"x"
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
STARTED = "github.event.schedule || github.event.inputs.job"
DAILY = "47 6 * * MON,TUE,WED,THU,FRI,SAT"
# Notes its arguments and what it may know, prints, and ends as it is told.
STAND_IN = """\
#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" "token=$GITHUB_TOKEN" "config=$LISTKEEPER_CONFIG" >> "$TOLD"
case "$*" in
  *"--jq"*) printf '%s' "$COMMENT" ;;
  *"rules diff"*) printf '<!-- listkeeper rules diff -->\\n' ;;
esac
case "$(basename "$0")" in uvx|listkeeper) exit "${CODE:-0}" ;; esac
"""


@pytest.fixture
def machine(tmp_path):
    """A runner with the programs that the steps start; what they were told is in ``told``."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("uvx", "gh", "pip", "listkeeper"):
        (tools / name).write_text(STAND_IN)
        (tools / name).chmod(0o755)
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
        "PATH": f"{tools}:{os.environ['PATH']}",
        "TOLD": str(tmp_path / "told"),
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_EVENT_PATH": "/event.json",
    }


@pytest.fixture
def clone(tmp_path):
    """A clone of a repository that holds one list and nothing else."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "README.md").write_bytes((REPOSITORY / LIST).read_bytes())
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "A list")
    return folder


JOBS = schedule(REPOSITORY / "config").jobs


def printed(tmp_path, *arguments, folder="config"):
    """What ``schedule`` prints in a repository with its configuration in a folder."""
    root = tmp_path / "printing"
    workspace = Workspace(root)
    git(root, "init", "-q")
    if folder != "config":
        (root / "config").rename(root / folder)
    ended = run_in(workspace.root, "schedule", *arguments, "--config", folder)
    assert 0 == ended.code, ended.err
    return ended.out


def run_steps(folder, machine, text, job, **context):
    """Run a job's steps by the runner's own command line; the code of the last."""
    made = yaml.load(text, yaml.BaseLoader)
    values = {"github.token": TOKEN, **{f"secrets.{name}": "" for name in KEYS}, **context}
    ended = None
    for step in made["jobs"][job]["steps"]:
        if "run" in step:
            own = {**made.get("env", {}), **step.get("env", {})}
            told = {k: EXPRESSION.sub(lambda m: values[m[1]], v) for k, v in own.items()}
            line = ["bash", "-e", "-c", step["run"]]
            ended = subprocess.run(line, cwd=folder, env=machine | told, capture_output=True)
            if ended.returncode:
                break
    return ended.returncode


def told(tmp_path):
    return (tmp_path / "told").read_text().splitlines()


def init(folder, *arguments):
    return run_in(folder, "init", "README.md", "--no-look", *arguments)


@pytest.mark.long
def test_init_writes_what_github_needs_and_says_what_comes_next(clone):
    ended = init(clone, "--publish", NAME)

    assert 0 == ended.code, ended.err
    assert (clone / ".github" / "workflows" / "listkeeper.yml").exists()
    assert f"repository: {NAME}" in (clone / "config" / "publish.yaml").read_text()
    assert b".listkeeper/\n" == (clone / ".gitignore").read_bytes()
    assert "" == git(clone, "status", "--porcelain", "--", ".listkeeper")
    steps = re.findall(r"^next    \d\.", ended.out, re.MULTILINE)
    assert [f"next    {n}." for n in (1, 2, 3)] == steps
    assert f"https://github.com/{NAME}/settings/actions" in ended.out
    before = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()}
    assert "nothing new" in init(clone, "--publish", NAME).out
    assert before.items() <= {p: p.read_bytes() for p in clone.rglob("*") if p.is_file()}.items()


@pytest.mark.parametrize(
    ("origin", "named"),
    [
        ("https://github.com/me/my-list.git", "me/my-list"),
        ("https://x-access-token:secret@github.com/me/my-list", "me/my-list"),
        ("git@github.com:me/my.list.git", "me/my.list"),
        ("ssh://git@ssh.github.com:443/me/my-list.git", "me/my-list"),
        ("https://forge.example/me/my-list.git", ""),
        ("https://github.com.example/me/my-list.git", ""),
        ("../my-list", ""),
    ],
)
def test_the_remote_of_a_clone_names_a_repository_on_github(clone, origin, named):
    git(clone, "remote", "add", "origin", origin)

    assert named == origin_of(clone)


@pytest.mark.long
def test_init_says_that_runs_publish_nothing_where_a_clone_comes_from(clone):
    """And so does ``doctor``, until the two are the same."""
    note = "origin is me/my-list, and publish.yaml names you/other: runs publish nothing there; "
    git(clone, "remote", "add", "origin", "git@github.com:me/my-list.git")

    first, second = (init(clone, "--publish", "you/other") for _ in range(2))

    assert (0, 0) == (first.code, second.code)
    assert f"\nnote    {note}write `repository: me/my-list` in publish.yaml" in first.out
    assert f"\nnote    {note}" in second.out
    assert f"\ntip    publish: {note}" in run_in(clone, "doctor").out
    (clone / "config" / "publish.yaml").write_text("repository: Me/My-List\n")
    assert "note    " not in init(clone, "--publish", "me/my-list").out
    assert "publish: " not in run_in(clone, "doctor").out


def test_what_is_no_repository_is_refused_before_anything_is_written(clone):
    ended = init(clone, "--publish", "octo/li st")

    assert 2 == ended.code
    assert "'octo/li st' is no repository; write OWNER/NAME" in ended.err
    assert "" == git(clone, "status", "--porcelain")


@pytest.mark.parametrize("publish", [True, False])
def test_a_workflow_starts_the_job_that_its_hour_names(tmp_path, clone, machine, publish):
    """Whatever the folder of the configuration is called; 75 is for the next run, 1 for people."""
    text = github_actions(JOBS, publish=publish, config=FOLDER)

    assert 0 == run_steps(clone, machine, text, "keep", **{STARTED: DAILY})
    assert 0 == run_steps(clone, machine | {"CODE": "75"}, text, "keep", **{STARTED: "watch"})
    assert 1 == run_steps(clone, machine | {"CODE": "1"}, text, "keep", **{STARTED: "daily"})

    lines = told(tmp_path)
    assert ["ci daily", "ci watch", "ci daily"] == [
        one.split("listkeeper ")[1] for one in lines[::3]
    ]
    assert all(one.startswith("uvx --from listkeeper[publish]") for one in lines[::3])
    assert {f"token={TOKEN}"} == set(lines[1::3])
    assert {f"config={FOLDER}"} == set(lines[2::3])


@pytest.mark.parametrize("name", ["github-actions", "forgejo-actions", "gitlab-ci"])
def test_a_job_gets_the_secrets_of_its_channels(tmp_path, name):
    """And the packages for them; a name that the step sets itself stays the step's."""
    workspace = Workspace(tmp_path)
    (tmp_path / "config" / "publish.yaml").write_text(
        "mail: { to: [a@list.example], host: smtp.list.example, from: a@list.example }\n"
        "chat: [TEAM_CHAT, GITHUB_TOKEN]\nping: WATCHER\n"
    )

    made = yaml.load(workspace.run("schedule", name).out, yaml.BaseLoader)

    assert "listkeeper[publish]" in json.dumps(made)
    if name == "gitlab-ci":
        return
    step = made["jobs"]["keep"]["steps"][-1]
    secrets = {key for key, text in step["env"].items() if text == f"${{{{ secrets.{key} }}}}"}
    channels = {"LISTKEEPER_SMTP_USER", "LISTKEEPER_SMTP_PASSWORD", "TEAM_CHAT", "WATCHER"}
    assert channels | set(KEYS) == secrets
    assert "${{ github.token }}" == step["env"]["GITHUB_TOKEN"]


def test_a_click_is_a_job_of_its_own(tmp_path, clone, machine):
    text = github_actions(JOBS, publish=True)

    assert 0 == run_steps(clone, machine, text, "people")

    assert told(tmp_path)[0].endswith("listkeeper sync --event /event.json")


@pytest.mark.parametrize("earlier", ["", "1234"], ids=["first", "again"])
def test_the_job_that_comments_runs_nothing_of_the_pull_request(tmp_path, clone, machine, earlier):
    """A stranger's text goes into a comment as it is; no name, title or branch reaches a shell."""
    text = rules_on_pull_requests()
    hostile = "<!-- listkeeper rules diff -->\n$(touch pwned) `touch pwned`; @file\n"
    (clone / "diff.md").write_text(hostile)
    context = {"github.repository": NAME, "github.event.pull_request.number": "7"}

    code = run_steps(clone, machine | {"COMMENT": earlier}, text, "comment", **context)

    assert 0 == code
    wrote = [line for line in told(tmp_path) if line.startswith("gh ")][-1]
    way = f"gh api --silent -X PATCH repos/{NAME}/issues/comments/1234 -F body=@diff.md"
    assert wrote == (way if earlier else "gh pr comment 7 --body-file diff.md")
    assert not (clone / "pwned").exists()
    assert hostile == (clone / "diff.md").read_text()
    steps = yaml.load(text, yaml.BaseLoader)["jobs"]["comment"]["steps"]
    assert ["actions/download-artifact"] == [s["uses"].split("@")[0] for s in steps if "uses" in s]
    known = {*context, "github.token"}
    assert known >= set(EXPRESSION.findall(json.dumps(steps)))


def test_no_diff_no_comment(tmp_path, clone, machine):
    text = rules_on_pull_requests()
    (clone / "diff.md").touch()
    context = {"github.repository": NAME, "github.event.pull_request.number": "7"}

    assert 0 == run_steps(clone, machine, text, "comment", **context)

    assert not (tmp_path / "told").exists()


def test_the_effect_of_rules_is_in_the_summary(tmp_path, clone, machine):
    text = rules_on_pull_requests()

    assert 0 == run_steps(clone, machine, text, "diff")

    assert "<!-- listkeeper rules diff -->" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize(
    ("print_file", "schema"), [(gitlab_ci, "gitlab-ci"), (forgejo_actions, "github-workflows")]
)
def test_files_for_other_forges_fit_their_schema(tmp_path, print_file, schema):
    path = tmp_path / "file.yml"
    path.write_text(print_file(JOBS, config=FOLDER))

    line = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    ended = subprocess.run([*line, str(path)], capture_output=True, text=True)

    assert 0 == ended.returncode, ended.stdout
    assert "uses:" not in path.read_text()
    if schema == "github-workflows":
        line = [Path(sys.executable).with_name("zizmor"), "--offline", "--no-progress", path]
        ended = subprocess.run(line, capture_output=True, text=True)
        assert 0 == ended.returncode, ended.stdout


def test_gitlab_s_script_starts_the_job_and_leaves_no_token(tmp_path, clone, machine):
    made = yaml.load(printed(tmp_path, "gitlab-ci", folder=FOLDER), yaml.BaseLoader)["listkeeper"]
    git(clone, "remote", "add", "origin", "https://gitlab-ci-token:job@gitlab.example/o/l.git")
    given = {
        "CI_PROJECT_URL": "https://gitlab.example/o/l",
        "CI_SERVER_URL": "https://gitlab.example",
    }
    asked = {"LISTKEEPER_JOB": "citations", "LISTKEEPER_TOKEN": TOKEN, **made["variables"], **given}

    script = "\n".join(made["script"])
    ended = subprocess.run(["bash", "-e", "-c", script], cwd=clone, env=machine | asked)

    assert 0 == ended.returncode
    assert ["listkeeper ci citations", f"token={TOKEN}", f"config={FOLDER}"] == told(tmp_path)[3:]
    assert "https://gitlab.example/o/l.git" == git(clone, "remote", "get-url", "origin").strip()
    assert TOKEN not in (clone / ".git" / "config").read_text()
    assert {"exit_codes": "75"} == made["allow_failure"]


def test_forgejo_s_steps_clone_and_start_the_job(tmp_path, clone, machine):
    text = forgejo_actions(JOBS, config=FOLDER)
    (tmp_path / NAME).parent.mkdir()
    git(tmp_path, "clone", "-q", "--bare", str(clone), f"{tmp_path / NAME}.git")
    runner = tmp_path / "runner"
    runner.mkdir()
    server = machine | {"GITHUB_SERVER_URL": f"file://{tmp_path}"}

    assert 0 == run_steps(runner, server, text, "keep", **{STARTED: DAILY})
    assert 0 == run_steps(tmp_path / "tools", server | {"CODE": "75"}, _last_step(text), "keep",
                          **{STARTED: "watch"})  # fmt: skip

    lines = told(tmp_path)
    assert (runner / "README.md").exists()
    assert ["listkeeper ci daily", "listkeeper ci watch"] == [lines[3], lines[9]]
    assert TOKEN not in (runner / ".git" / "config").read_text()


def _last_step(text):
    made = yaml.load(text, yaml.BaseLoader)
    del made["jobs"]["keep"]["steps"][0]
    return yaml.safe_dump(made)
