"""
What people do on the forge's pages: tick, edit, comment, merge, close, commit.

Each act leaves the event that GitHub would write to a job's event file; acts of the Actions bot
start nothing.
"""

import re
from datetime import datetime
from typing import Any

from sandbox.forge.threads import (
    ACTIONS_BOT,
    Comment,
    Forge,
    Thread,
    comment_json,
    issue_json,
    pull_json,
    user_json,
)

_OPEN_BOX = re.compile(r"- \[ \] (<!-- (?!apply)\S[^>]*-->)")


class NotAllowed(Exception):
    """GitHub's page would not let this person do that."""


def act(forge: Forge, what: dict[str, Any], now: datetime) -> dict[str, Any]:
    """
    Carry out one act: ``{"act", "number", "by", …}``; returns the event.

    ``tick`` and ``untick`` take ``marker``, the text of a box's comment; ``edit`` a whole ``body``;
    ``comment`` a ``body``, ``recomment`` one in place of the person's last comment; ``uncomment``
    deletes the last comment of ``whose``; ``retitle`` a ``title`` and ``labels``; ``retarget`` the
    ``base`` that a pull request is to go to; ``update`` merges that into its branch; ``open`` a
    ``title`` and ``body`` of a new issue, and with a ``branch`` of a pull request from the person's
    fork; ``commit`` a ``branch``, ``path`` and ``text``; ``lock`` nothing more; ``transfer`` the
    number ``to`` that the issue has elsewhere; ``merge`` a ``how``: merge (as it is), squash or
    rebase; ``delete`` and ``rename`` a ``branch``, and its name ``to``.
    NotAllowed without the right to write.
    """
    by = str(what["by"])
    if what["act"] == "commit":
        _needs_write(forge, by)
        content = str(what["text"]).encode()
        branch, path = what["branch"], what["path"]
        forge.repository.write_file(branch, path, content, "Update the digest", by)
        return _event(forge, "push", by, {})
    if what["act"] in ("delete", "rename"):
        _needs_write(forge, by)
        return _move_branch(forge, str(what["branch"]), str(what.get("to", "")), by, now)
    if what["act"] == "open":
        return _open(forge, what, by, now)
    thread = forge.threads[int(what["number"])]
    handler = {
        "tick": _tick,
        "untick": _untick,
        "edit": _edit,
        "comment": _comment,
        "recomment": _recomment,
        "uncomment": _uncomment,
        "retitle": _retitle,
        "retarget": _retarget,
        "update": _update,
        "lock": _lock,
        "transfer": _transfer,
        "merge": _merge,
        "close": _close,
        "reopen": _reopen,
    }[what["act"]]
    return handler(forge, thread, what, by, now)


def tick_one(forge: Forge, now: datetime) -> None:
    """Tick the first open box of the newest open thread: somebody was faster."""
    for thread in reversed(forge.threads.values()):
        match = _OPEN_BOX.search(thread.body or "") if thread.state == "open" else None
        if match:
            writer = next(login for login, role in forge.roles.items() if role == "write")
            marker = match[1].removeprefix("<!-- ").removesuffix(" -->")
            act(
                forge, {"act": "tick", "number": thread.number, "marker": marker, "by": writer}, now
            )
            return


def _open(forge: Forge, what: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    thread = Thread(forge.number(), by, str(what["title"]), str(what["body"]), now, now)
    if "branch" in what:
        thread.head, thread.base = str(what["branch"]), forge.repository.default_branch
        thread.fork = f"{by}/{forge.name.partition('/')[2]}"
    forge.threads[thread.number] = thread
    return _event(forge, "opened", by, _about(forge, thread))


def _tick(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    box = f"<!-- {what['marker']} -->"
    return _rewritten(forge, thread, by, now, f"[ ] {box}", f"[x] {box}")


def _untick(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    box = f"<!-- {what['marker']} -->"
    return _rewritten(forge, thread, by, now, f"[x] {box}", f"[ ] {box}")


def _rewritten(
    forge: Forge, thread: Thread, by: str, now: datetime, old: str, new: str
) -> dict[str, Any]:
    body = thread.body or ""
    if old not in body:
        raise NotAllowed(f"no box {old!r} in {thread.number}")
    return _change_body(forge, thread, by, now, body.replace(old, new, 1))


def _edit(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    return _change_body(forge, thread, by, now, str(what["body"]))


def _change_body(forge: Forge, thread: Thread, by: str, now: datetime, body: str) -> dict[str, Any]:
    if by != thread.author:
        _needs_write(forge, by)
    before, thread.body, thread.updated = thread.body or "", body, now
    changes = {"changes": {"body": {"from": before.replace("\n", "\r\n")}}}
    return _event(forge, "edited", by, _about(forge, thread) | changes)


def _retitle(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    _needs_write(forge, by)
    thread.title, thread.labels, thread.updated = what["title"], list(what["labels"]), now
    return _event(forge, "edited", by, _about(forge, thread))


def _comment(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    comment = Comment(forge.comment_number(), by, str(what["body"]), now, now)
    thread.comments.append(comment)
    about = {"issue": issue_json(forge, thread), "comment": comment_json(forge, thread, comment)}
    return _event(forge, "created", by, about)


def _recomment(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    comment = [one for one in thread.comments if one.author == by][-1]
    comment.body, comment.updated = str(what["body"]), now
    about = {"issue": issue_json(forge, thread), "comment": comment_json(forge, thread, comment)}
    return _event(forge, "edited", by, about)


def _uncomment(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    _needs_write(forge, by)
    comment = [one for one in thread.comments if one.author == what["whose"]][-1]
    thread.comments.remove(comment)
    about = {"issue": issue_json(forge, thread), "comment": comment_json(forge, thread, comment)}
    return _event(forge, "deleted", by, about)


def _retarget(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    _needs_write(forge, by)
    thread.base, thread.updated = str(what["base"]), now
    return _event(forge, "edited", by, _about(forge, thread))


def _update(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    """The button *Update branch*."""
    _needs_write(forge, by)
    tree = forge.repository.merged_tree(thread.head, thread.base)
    if tree is None:
        raise NotAllowed(f"{thread.head} has conflicts with {thread.base}")
    subject = f"Merge branch '{thread.base}' into {thread.head}"
    forge.repository.merge(thread.head, thread.base, tree, subject, by=by)
    return _event(forge, "synchronize", by, _about(forge, thread))


def _lock(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    _needs_write(forge, by)
    thread.locked, thread.updated = True, now
    return _event(forge, "locked", by, _about(forge, thread))


def _transfer(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    _needs_write(forge, by)
    thread.moved_to = int(what["to"])
    return _event(forge, "transferred", by, _about(forge, thread))


def _merge(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    _needs_write(forge, by)
    tree = forge.repository.merged_tree(thread.base, thread.head)
    if tree is None:
        raise NotAllowed(f"{thread.head} has conflicts with {thread.base}")
    subject = f"Merge pull request #{thread.number} from {thread.head}"
    how = str(what.get("how", "merge"))
    thread.merge_sha = forge.repository.merge(thread.base, thread.head, tree, subject, how=how)
    thread.state, thread.merged_by, thread.updated = "closed", by, now
    return _event(forge, "closed", by, _about(forge, thread))


def _close(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    _needs_write(forge, by)
    thread.state, thread.updated = "closed", now
    return _event(forge, "closed", by, _about(forge, thread))


def _reopen(
    forge: Forge, thread: Thread, what: dict[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    _needs_write(forge, by)
    if thread.head and forge.repository.sha(thread.head) is None:
        raise NotAllowed(f"{thread.head} was deleted: restore the branch first")
    thread.state, thread.updated = "open", now
    return _event(forge, "reopened", by, _about(forge, thread))


def _move_branch(forge: Forge, branch: str, to: str, by: str, now: datetime) -> dict[str, Any]:
    """
    Delete or rename a branch: GitHub closes the pull requests that come from it.

    Those that go to a renamed one go to its new name.
    """
    forge.repository.move_branch(branch, to)
    for thread in forge.threads.values():
        if to and thread.base == branch:
            thread.base = to
        if thread.head == branch and thread.state == "open" and not thread.fork:
            thread.state, thread.updated = "closed", now
    return _event(forge, "delete", by, {})


def _about(forge: Forge, thread: Thread) -> dict[str, Any]:
    if thread.head:
        return {"number": thread.number, "pull_request": pull_json(forge, thread)}
    return {"issue": issue_json(forge, thread)}


def _event(forge: Forge, action: str, by: str, about: dict[str, Any]) -> dict[str, Any]:
    event = {
        "action": action,
        **about,
        "repository": {
            "full_name": forge.name,
            "default_branch": forge.repository.default_branch,
            "private": False,
        },
        "sender": user_json(by),
    }
    if by != ACTIONS_BOT:
        forge.events.append(event)
    return event


def _needs_write(forge: Forge, login: str) -> None:
    if not forge.can_write(login):
        raise NotAllowed(f"{login} may not write here ({forge.role(login)})")
