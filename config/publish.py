"""What ``publish.yaml`` may say: where the week goes, on which day, and who decides."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from config.channels import Channels, Text
from config.patterns import lazy_regex
from config.settings import Weekday
from config.strict import Check, Key, Limits
from config.yaml_reader import read

FILE = "publish.yaml"
REPOSITORY = lazy_regex(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")


def _repository(name: str) -> str:
    if not REPOSITORY.fullmatch(name):
        raise ValueError(f"{name!r} is no repository; write e.g. octocat/efficient-llm")
    return name


# What git takes for no branch, or for another one.
NO_BRANCH = lazy_regex(r".*(?:\.\.|//|/\.|[./]$|\.lock(?:/|$)).*|HEAD")
# Where a list itself lies: the files of a state have no place there.
OF_THE_LIST = ("main", "master")


def state_branch(name: str) -> str:
    """The name of a branch for the state; ValueError where it is none, or the list's own."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", name) or NO_BRANCH.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a branch")
    if name in OF_THE_LIST:
        raise ValueError(f"{name!r} is the list's own branch; the state needs one for itself")
    return name


@dataclass(frozen=True, kw_only=True)
class StateSettings:
    """The branch that holds what a run must remember."""

    branch: Annotated[str, Check(state_branch)] = "listkeeper-state"


@dataclass(frozen=True, kw_only=True)
class Publishing(Channels):
    """
    ``publish.yaml``.

    Without ``repository`` nothing goes to a forge, only to the channels. ``on`` is the day of the
    week's pull request, mail and chat message, ``reminder_days`` the days until one comment, 0 for
    none; ``who`` is ``write`` (everybody who may push), ``anonymous`` (they too, without logins)
    or a list of logins. ``citations`` says how new counts and links come: as a pull request,
    or written to the default branch.
    """

    repository: Annotated[Text, Check(_repository)] = ""
    form: Annotated[Literal["pr", "issue"], Key("as")] = "pr"
    on: Weekday = "mon"
    reminder_days: Annotated[int, Limits(ge=0, le=60)] = 5
    who: Literal["write", "anonymous"] | list[Text] = "write"
    state: StateSettings = StateSettings()
    citations: Literal["pr", "direct"] = "pr"
    label: Annotated[Text, Limits(pattern=r"^[\w .-]{1,50}$")] = "listkeeper"


def publishing(folder: Path) -> Publishing | None:
    """The settings; None where there is no ``publish.yaml``, or one that names no repository."""
    settings = channels(folder)
    return settings if settings and settings.repository else None


def channels(folder: Path) -> Publishing | None:
    """The settings, also those that name no repository; None where there is no ``publish.yaml``."""
    path = folder / FILE
    # A link that leads nowhere is no reason to publish nothing.
    return read(path, Publishing) if os.path.lexists(path) else None
