"""
How fast the review page is for somebody who works through it by keys.

    python -m benchmarks.review_speed [--candidates 5000] [--entries 2000] [--json]

A store of made-up candidates and a list of made-up entries; the page is served by this process and
asked over loopback, then driven in the system's Chromium where there is one: 25 candidates by a
scripted reader, timed by the browser's own clock (key pressed to next frame painted). The rule box
is timed on 4,000 papers.
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rules_speed import papers
from catalog.facts import Decision, Verdict
from catalog.paper import Paper
from cli.options import make_workspace
from output.review.session import ReviewSession
from tests.fakes import found
from tests.review.browser import QUIETLY
from tests.review.serving import LateSession, serving
from tests.workspace import Workspace

NOW = datetime(2024, 11, 15, 12, tzinfo=UTC)
READ, ROUNDS = 25, 8
RULES_PAPERS = 4000
# Not ``wait_for_function``: it builds code from text, and the page forbids that.
FIRST_PAINT = """() => new Promise((done) => {
  new PerformanceObserver((list) => {
    const [first] = list.getEntriesByName('first-contentful-paint');
    if (first) done(first.startTime);
  }).observe({type: 'paint', buffered: true});
})"""
PAINTED = """() => new Promise((done) => {
  const begun = performance.now();
  new MutationObserver((_, watch) => {
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
  }).observe(document.documentElement, {childList: true});
  document.querySelector('[data-key="KEY"]').click();
})"""


def furnish(workspace, candidates, entries):
    """A list and a store of that size."""
    chance = random.Random(1)
    texts = papers(max(candidates, RULES_PAPERS))[1]
    world = world_of(workspace)
    (rules,) = world.lists
    names = [section.name for section in rules.sections]
    lines = [line for line in workspace.listed.read_text().split("\n") if line.startswith("- **")]
    more = [
        lines[0].replace("arXiv, ", f"arXiv, 1{n:03}.{n:05} was ", 1).replace("- **", f"- **{n} ")
        for n in range(entries)
    ]
    text = workspace.listed.read_text()
    at = text.index("- **", text.index(f"## {names[2]}") if f"## {names[2]}" in text else 0)
    workspace.listed.write_text(text[:at] + "\n".join(more) + "\n" + text[at:])
    works = [
        Paper(f"2411.{n:05}", 1, title, abstract, ("Ana Lopez", "Bo Chen"), ("cs.CL",),
              announced=NOW.date())
        for n, (title, abstract) in enumerate(texts, 1)
    ]  # fmt: skip
    with world.store.transaction():
        for start in range(0, len(works), 500):
            world.store.works.save([found(work) for work in works[start : start + 500]])
        judged = [
            (work, Verdict(chance.choice(names), chance.uniform(0.5, 1), fingerprint="made up"))
            for work in works[:candidates]
        ]
        world.store.verdicts.save(rules.list, judged, NOW)
        # Years of decisions: what the list has was accepted once.
        world.store.decisions.add(
            [
                Decision(rules.list, f"arxiv:1{n:03}.{n:05}", "accept", "ada", NOW, names[0])
                for n in range(entries)
            ]
        )


def world_of(workspace):
    return make_workspace(config=str(workspace.root / "config"), as_of=NOW.isoformat(), quiet=True)


def timed(do):
    started = time.perf_counter()
    answer = do()
    return (time.perf_counter() - started) * 1000, answer


def summary(times):
    ordered = sorted(times)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95) - 1], 1),
        "most": round(ordered[-1], 1),
        "n": len(ordered),
    }


def at_the_server(client, figures):
    """Every action as a form without script: the POST and the page that it leads to."""
    from tests.review.test_page import fields

    actions = {"accept": [], "star": [], "later": [], "reject": [], "undo": [], "next page": []}
    address = client.get("/").headers["location"]
    for number in range(READ):
        path = address.partition("?")[0]
        told = fields(client.get(path).text)
        name = ("accept", "star", "later", "reject")[number % 4]
        form = {"reject": "duplicate"} if name == "reject" else {"act": name}
        took, answer = timed(lambda: client.post(f"{path}/decide", {**told, **form}))  # noqa: B023
        actions[name].append(took)
        address = answer.headers["location"]
        took, page = timed(lambda: client.get(address))  # noqa: B023
        actions["next page"].append(took)
        if number % 5 == 4:
            seen = {"seen": hidden(client.get(address).text, "seen")}
            took, answer = timed(lambda: client.post("/undo", seen))  # noqa: B023
            assert "/item/" in answer.headers["location"]
            actions["undo"].append(took)
    figures["server: page, bytes"] = len(page.text.encode())
    for name, times in actions.items():
        figures[f"server: {name}, ms"] = summary(times)
    written(client, address.partition("?")[0], figures)
    for path in ("/pictures", "/?shelf=waiting"):
        figures[f"server: {path}, ms"] = summary([asked(client, path) for _ in range(5)])


def written(client, path, figures):
    """
    The change is shown after each of some decisions, again, written, and taken out again.

    Half as forms without script, which are sent on to the next page, half as our script asks: the
    next page is in the answer.
    """
    from tests.review.test_page import fields

    names = ("POST /write", "POST /write/undo")
    at_once = " and the next page"
    times = {"the change, first look": [], "... and again": []}
    times |= {name + more: [] for name in names for more in ("", at_once)}
    for number in range(2 * ROUNDS):
        more, header = (at_once, {"x_at_once": "1"}) if number % 2 else ("", {})
        told = fields(client.get(path).text)
        answer = client.post(f"{path}/decide", {**told, "act": "accept"})
        path = answer.headers["location"].partition("?")[0]
        times["the change, first look"].append(asked(client, "/write"))
        took, page = timed(lambda: client.get("/write"))
        times["... and again"].append(took)
        for name in names:
            path_of, told = name.partition(" ")[2], {"token": hidden(page.text, "token")}
            took, page = timed(lambda: client.post(path_of, told, **header))  # noqa: B023
            times[name + more].append(took)
            if not more:
                page = client.get(page.headers["location"])
            assert 'role="status" class="notes"' in page.text, page.text
    for name, some in times.items():
        figures[f"server: {name}, ms"] = summary(some)


def hidden(page, name):
    """What the first form of the page with such a field says."""
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def the_disk_alone(workspace, figures):
    """What one write of the list waits for: the store twice, the file, its folder."""
    body = workspace.listed.read_bytes()
    figures["the disk alone: what one write makes durable, ms"] = summary(
        [timed(lambda: [durable(workspace.root, body) for _ in range(4)])[0] for _ in range(ROUNDS)]
    )


def durable(folder, body):
    with (folder / "probe").open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def asked(client, path):
    return timed(lambda: client.get(path))[0]


def rule_box(client, figures):
    words = ("inference near model", "KV cache quantiz*", "tokens", "sparse near attention", "GPU")
    first, _ = timed(lambda: client.get("/rules"))
    figures["server: first look at the rules, ms"] = round(first)
    times = []
    for word in words:
        path = f"/rules?section=Quantization&key=says&word={word.replace(' ', '+')}"
        times.append(asked(client, path))
    figures["rule box: effect of a changed word, ms"] = summary(times)


def in_the_browser(client, figures):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(QUIETLY)
        )
        page = browser.new_page()
        page.goto(client.door.address)
        page.goto(f"http://127.0.0.1:{client.door.port}/")
        first = page.evaluate(FIRST_PAINT)
        weight = page.evaluate(
            "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType("
            "'navigation')].reduce((sum, one) => sum + one.encodedBodySize, 0)"
        )
        times = []
        started = time.perf_counter()
        for number in range(READ):
            key = ("a", "l", "1", "*")[number % 4]
            times.append(page.evaluate(PAINTED.replace("KEY", key)))
        figures["browser: 25 candidates by a scripted reader, s"] = round(
            time.perf_counter() - started, 2
        )
        figures["browser: first paint, ms"] = round(first)
        figures["browser: page with all that it loads, bytes"] = weight
        figures["browser: key to next candidate painted, ms"] = summary(times)
        browser.close()


def frozen(world, size):
    """A session as the command starts it."""
    session = ReviewSession(world, "ada", size)
    session.freeze_memory()
    return session


def measure(candidates, entries):
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder, "mine"))
        furnish(workspace, candidates, entries)
        opened, _ = timed(lambda: ReviewSession(world_of(workspace), "ada").lines())
        figures["the session is opened, ms"] = round(opened)
        the_disk_alone(workspace, figures)
        with serving(LateSession(lambda: frozen(world_of(workspace), 3 * READ))) as client:
            client.get("/")
            at_the_server(client, figures)
            rule_box(client, figures)
        # The next week as a person has it: 25 works at the side.
        with serving(LateSession(lambda: frozen(world_of(workspace), READ))) as client:
            client.get("/")
            if shutil.which("chromium"):
                in_the_browser(client, figures)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--candidates", type=int, default=5000)
    parser.add_argument("--entries", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = measure(given.candidates, given.entries)
    if given.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{given.candidates} candidates, a list of {given.entries} entries and more")
    for name, value in figures.items():
        shown = f"{value:>8,}" if not isinstance(value, dict) else (
            f"{value['median']:>8,}   95 %: {value['p95']:,}   most: {value['most']:,}   n = {value['n']}"  # noqa: E501
        )  # fmt: skip
        print(f"{name:<48} {shown}")


if __name__ == "__main__":
    main()
