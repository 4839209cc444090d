"""Workflows that run everything on GitHub: pinned actions, least permissions, no server."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.errors import UsageTrouble

if TYPE_CHECKING:
    from config.channels import Channels
    from config.settings import Job

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1  # v7.0.1"
SETUP_UV = "astral-sh/setup-uv@20cfd1bf945f4377ade1205e4dbc17946fc9a30d  # v10.0.1"
UPLOAD = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f  # v7.0.0"
DOWNLOAD = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c  # v8.0.1"
# Services' keys that a repository may have as secrets.
KEYS = ("LISTKEEPER_SEMANTIC_SCHOLAR_KEY", "LISTKEEPER_OPENALEX_KEY")
# What the job's step sets itself; a channel's address in one of them cannot be meant.
OWN_VARIABLES = frozenset({"GITHUB_TOKEN", "LISTKEEPER_GITHUB_TOKEN", "STARTED_BY"})
# Commands of schedule.yaml that `listkeeper ci` knows, by their first word.
JOBS = {"run": "daily", "citations": "citations", "watch": "watch"}

START = """\
name: listkeeper
on:
  schedule:
{crons}
  workflow_dispatch:
    inputs:
      job:
        description: daily, citations or watch
        default: daily
"""

_KEEP = """\
    runs-on: ubuntu-latest
    timeout-minutes: 90
    concurrency:
      group: listkeeper-keep
    permissions:
{permissions}
    steps:
      - uses: {checkout}
        with:
          persist-credentials: false
      - uses: {setup_uv}
        with:
          enable-cache: false
      - name: keep
        env:
          GITHUB_TOKEN: ${{{{ github.token }}}}
          LISTKEEPER_GITHUB_TOKEN: ${{{{ github.token }}}}
{secrets}
          STARTED_BY: ${{{{ github.event.schedule || github.event.inputs.job }}}}
        run: |
          case "$STARTED_BY" in
{cases}
            *) job="$STARTED_BY" ;;
          esac
          code=0
          {program} ci "$job" || code=$?
          # 75: throttled, or somebody else was faster; the next run continues.
          test "$code" = 75 || exit "$code"
"""

_PEOPLE = """\
  people:
    # Only a tick on "Apply", a merge or a close of ours. A skipped job costs nothing.
    if: >-
      github.event.sender.type == 'User' && (
        (github.event_name == 'pull_request' && startsWith(github.head_ref, 'listkeeper/') &&
          github.event.pull_request.head.repo.full_name == github.repository &&
          (github.event.action == 'closed' ||
            contains(github.event.pull_request.body, '[x] <!-- apply -->'))) ||
        (github.event_name == 'issues' &&
          github.event.issue.user.login == 'github-actions[bot]' &&
          contains(github.event.issue.body, '[x] <!-- apply -->'))
      )
    runs-on: ubuntu-latest
    timeout-minutes: 10
    concurrency:
      group: listkeeper-people-${{{{ github.event.number || github.event.issue.number }}}}
    permissions:
      contents: write       # the state branch and the week's branch
      pull-requests: write  # the status comment
      issues: write         # ... on an issue
    steps:
      - uses: {checkout}
        with:
          ref: ${{{{ github.event.repository.default_branch }}}}
          persist-credentials: false
      - uses: {setup_uv}
        with:
          enable-cache: false
      - name: take what people said
        env:
          GITHUB_TOKEN: ${{{{ github.token }}}}
        run: |
          code=0
          {program} sync --event "$GITHUB_EVENT_PATH" || code=$?
          test "$code" = 75 || exit "$code"
"""

_PUBLISHING = f"""\
# .github/workflows/listkeeper.yml
# Finds new papers by day, publishes by week, and takes what people tick and merge.
# Made by `listkeeper schedule github-actions --publish`; make it anew after an update.
{START}\
  pull_request:
    types: [edited, closed]
  issues:
    types: [edited]
permissions:
  contents: read
{{folder}}jobs:
  keep:
    if: github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'
{_KEEP}{_PEOPLE}"""

_PLAIN = f"""\
# .github/workflows/listkeeper.yml
# Finds new papers by day and commits the digest; ticks that you commit to it are carried out.
# Made by `listkeeper schedule github-actions`; make it anew after an update. GitHub disables the
# schedules of public repositories without activity for 60 days; the digests here are activity.
{START}\
permissions:
  contents: read
{{folder}}jobs:
  keep:
{_KEEP}"""

_MAY_PUBLISH = """\
      contents: write       # the state branch and the week's branch
      pull-requests: write  # one pull request a week
      issues: write         # ... or one issue, where pull requests are not allowed
      actions: write        # its own schedule, which GitHub stops after 60 quiet days"""
_MAY_COMMIT = "      contents: write  # the state branch, the digests and the list"

_RULES_WORKFLOW = """\
# .github/workflows/listkeeper-rules.yml
# Comments on a pull request with the effect of its rule changes. The job that runs the pull
# request's code may only read; the job that may comment runs none of that code. Pull requests from
# forks get no comment; their table is in the summary of the run.
name: listkeeper rules
on:
  pull_request:
    paths:
      - "config/lists/**"
permissions:
  contents: read
concurrency:
  group: listkeeper-rules-${{{{ github.event.pull_request.number }}}}
  cancel-in-progress: true
jobs:
  diff:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: {checkout}
        with:
          fetch-depth: 2  # HEAD^1 is the target of the pull request
          persist-credentials: false
      - uses: {setup_uv}
        with:
          enable-cache: false
      - run: {program} --config config rules check
      - name: diff
        if: always()
        run: |
          set +e
          {program} --config config rules diff "HEAD^1" --markdown > diff.md
          code=$?
          cat diff.md >> "$GITHUB_STEP_SUMMARY"
          exit "$code"
      - uses: {upload}
        if: always()
        with:
          name: diff
          path: diff.md
  comment:
    needs: diff
    if: >-
      !cancelled() &&
      github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-latest
    permissions:
      pull-requests: write
    steps:
      - uses: {download}
        with:
          name: diff
      - name: write or update the comment
        env:
          GH_TOKEN: ${{{{ github.token }}}}
          GH_REPO: ${{{{ github.repository }}}}
          NUMBER: ${{{{ github.event.pull_request.number }}}}
        run: |
          test -s diff.md || exit 0
          own='.[] | select(.user.login == "github-actions[bot]") |
            select(.body | startswith("<!-- listkeeper rules diff -->")) | .id'
          id=$(gh api --paginate "repos/$GH_REPO/issues/$NUMBER/comments" --jq "$own" | head -n 1)
          if [ -n "$id" ]; then
            gh api --silent -X PATCH "repos/$GH_REPO/issues/comments/$id" -F body=@diff.md
          else
            gh pr comment "$NUMBER" --body-file diff.md
          fi
"""


def github_actions(
    jobs: "Sequence[Job]", *, publish: bool, config: str = "", channels: "Channels | None" = None
) -> str:
    """
    The workflow for these jobs; jobs of other commands are left out.

    With ``publish`` it also takes what people tick and merge, as they do it. ``config`` is the
    folder of the YAML files in the repository, empty where it's ``config``. UsageTrouble for one
    that GitHub would take for an expression. The job gets the secrets that ``channels`` name.
    """
    crons, cases, _ = crons_of(jobs)
    folder = env_of(config)
    return (_PUBLISHING if publish else _PLAIN).format(
        crons=crons,
        cases=cases,
        secrets=secrets_of(channels),
        folder=folder,
        permissions=_MAY_PUBLISH if publish else _MAY_COMMIT,
        checkout=CHECKOUT,
        setup_uv=SETUP_UV,
        program=program(),
    )


def crons_of(jobs: "Sequence[Job]") -> tuple[str, str, list[tuple[str, str]]]:
    """The lines of a schedule, the cases of a shell that tell the job, and both as pairs."""
    words = [(job, job.command.split()[0]) for job in jobs]
    known = [(cron_of(job), JOBS[word]) for job, word in words if word in JOBS]
    crons = "\n".join(f'    - cron: "{cron}"  # {name}' for cron, name in known)
    cases = "\n".join(f"            '{cron}') job={name} ;;" for cron, name in known)
    return crons, cases, known


def secrets_of(channels: "Channels | None") -> str:
    """The lines that hand a job the keys of services and of channels; a missing one is empty."""
    names = dict.fromkeys((*KEYS, *(channels.variables if channels else ())))
    return "\n".join(
        f"          {name}: ${{{{ secrets.{name} }}}}"
        for name in names
        if name not in OWN_VARIABLES
    )


def env_of(config: str) -> str:
    """The lines that name the folder of the YAML files; UsageTrouble for an expression."""
    if "${{" in config:
        raise UsageTrouble(config, "holds ${{, which is an expression there", "rename the folder")
    # JSON is YAML, with every sign of a folder's name in its place.
    return f"env:\n  LISTKEEPER_CONFIG: {json.dumps(config)}\n" if config else ""


def rules_on_pull_requests() -> str:
    """A workflow that reports the effect of changed rules on pull requests; see docs/rules.md."""
    return _RULES_WORKFLOW.format(
        checkout=CHECKOUT, setup_uv=SETUP_UV, upload=UPLOAD, download=DOWNLOAD, program=program()
    )


def program() -> str:
    """The command that installs and starts the version which printed the workflow."""
    return f"uvx --from '{release('[publish]')}' listkeeper"


def release(extra: str = "") -> str:
    """The package in the version that prints this, as pip and uv take it."""
    # Slow to load: it brings what reads mail.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"listkeeper{extra}=={version('listkeeper')}"
    except PackageNotFoundError:
        return f"listkeeper{extra}"


def cron_of(job: "Job") -> str:
    """The five fields of cron (UTC); days by name, because 0 is Sunday here and Monday there."""
    hour, minute = job.at.split(":")
    return f"{int(minute)} {int(hour)} * * {','.join(job.days).upper()}"
