"""
Files that run the jobs on GitLab and on Forgejo or Gitea, by plain git.

Digests and lists are committed to the default branch, and ticks that people commit there are
carried out. Pull requests with boxes are GitHub's alone (``workflows.py``).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from output.schedule.workflows import START, crons_of, env_of, release, secrets_of

if TYPE_CHECKING:
    from config.channels import Channels
    from config.settings import Job

# Debian's Python with git; Node.js isn't needed, since no action is used.
IMAGE = "python:3.11-bookworm"
# To compile what a job never uses would take most of the time.
PIP = "pip install --quiet --no-compile --disable-pip-version-check --root-user-action ignore"

_GITLAB = """\
# .gitlab-ci.yml
# Finds new papers by day and commits the digest; ticks that you commit to it are carried out.
# Made by `listkeeper schedule gitlab-ci`; make it anew after an update. It needs, in GitLab:
# - Settings > Access tokens: a project token with the scope write_repository and a role that may
#   push to the default branch; in Settings > CI/CD > Variables as LISTKEEPER_TOKEN, masked;
# - Build > Pipeline schedules, one for each line, with the variable LISTKEEPER_JOB (UTC):
{schedules}
listkeeper:
  image: {image}
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule" && $LISTKEEPER_JOB
    - if: $CI_PIPELINE_SOURCE == "web" && $LISTKEEPER_JOB
  timeout: 90 minutes
  resource_group: listkeeper-keep
  allow_failure:
    exit_codes: 75  # throttled, or somebody else was faster; the next run continues
  variables:
    GIT_DEPTH: "0"  # who ticked stands in the history
{folder}  script:
    - {pip} '{release}'
    # The job's own token may not push; ours goes to this server only, in no address and no file.
    - git remote set-url origin "$CI_PROJECT_URL.git"
    - export GITHUB_SERVER_URL="$CI_SERVER_URL" GITHUB_TOKEN="$LISTKEEPER_TOKEN"
    - listkeeper ci "$LISTKEEPER_JOB"
"""

_FORGEJO = (
    """\
# .forgejo/workflows/listkeeper.yml (Gitea: .gitea/workflows/listkeeper.yml)
# Finds new papers by day and commits the digest; ticks that you commit to it are carried out.
# Made by `listkeeper schedule forgejo-actions`; make it anew after an update.
"""
    + START
    + """\
{folder}jobs:
  keep:
    runs-on: docker
    container:
      image: {image}
    timeout-minutes: 90
    permissions:
      contents: write  # the state branch and the digests, where the forge heeds this
    steps:
      - name: clone
        env:
          GITHUB_TOKEN: ${{{{ github.token }}}}
        run: |
          # The token goes to this server only, in no address and no file.
          pair=$(printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 | tr -d '\\n')
          export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraHeader"
          export GIT_CONFIG_VALUE_0="Authorization: Basic $pair"
          git clone --quiet "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" .
      - name: keep
        env:
          GITHUB_TOKEN: ${{{{ github.token }}}}
{secrets}
          STARTED_BY: ${{{{ github.event.schedule || github.event.inputs.job }}}}
        run: |
          {pip} '{release}'
          case "$STARTED_BY" in
{cases}
            *) job="$STARTED_BY" ;;
          esac
          code=0
          listkeeper ci "$job" || code=$?
          # 75: throttled, or somebody else was faster; the next run continues.
          test "$code" = 75 || exit "$code"
"""
)


def gitlab_ci(
    jobs: "Sequence[Job]", *, config: str = "", channels: "Channels | None" = None
) -> str:
    """
    The file for these jobs on GitLab, where each has a schedule that a person sets up.

    GitLab hands a job all variables of the project, so none is named for ``channels``.
    """
    _, _, known = crons_of(jobs)
    schedules = "\n".join(f"#     {cron}   LISTKEEPER_JOB={name}" for cron, name in known)
    folder = "".join(f"  {line}\n" for line in env_of(config).splitlines()[1:])
    extra = channels.extra if channels else ""
    return _GITLAB.format(
        schedules=schedules, image=IMAGE, folder=folder, pip=PIP, release=release(extra)
    )


def forgejo_actions(
    jobs: "Sequence[Job]", *, config: str = "", channels: "Channels | None" = None
) -> str:
    """The workflow for these jobs on Forgejo or Gitea, with the secrets that ``channels`` name."""
    crons, cases, _ = crons_of(jobs)
    return _FORGEJO.format(
        crons=crons,
        cases=cases,
        secrets=secrets_of(channels),
        folder=env_of(config),
        image=IMAGE,
        pip=PIP,
        release=release(channels.extra if channels else ""),
    )
