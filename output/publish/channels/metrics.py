"""Numbers for a node exporter's textfile collector: how the last runs went, and what waits."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from catalog.files import write_whole
from catalog.store import Store

RUNS_READ = 40
WORDS = ("OK", "QUIET", "STALE", "BROKEN")


def metrics_text(store: Store, list_names: Iterable[str], now: datetime) -> bytes:
    """The numbers in Prometheus's text form."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"listkeeper_{name}", about, labels, registry=registry)

    last = gauge("last_run_timestamp_seconds", "When a command ran last.", "command")
    code = gauge("last_exit_code", "How that run ended.", "command")
    good = gauge("last_success_timestamp_seconds", "When a command last ended with 0.", "command")
    asked = gauge("requests", "Requests of the last run.", "command")
    for run in reversed(store.runs.recent(most=RUNS_READ)):
        last.labels(run.command).set(run.as_of.timestamp())
        code.labels(run.command).set(run.report["exit_code"])
        asked.labels(run.command).set(_requests(run.report["counts"]))
        if run.report["exit_code"] == 0:
            good.labels(run.command).set(run.as_of.timestamp())
    status = gauge("source_status", "1 for the word of a source.", "source", "word")
    for name, state in sorted(store.runs.sources().items()):
        for word in WORDS:
            status.labels(name, word).set(state.word == word)
    waiting = gauge("candidates_open", "Candidates that nobody decided on.", "list")
    decided = gauge("days_since_decision", "Days since somebody decided; -1 for never.", "list")
    for name in list_names:
        latest = store.decisions.latest(name)
        waiting.labels(name).set(len(_shown(store, name) - set(latest)))
        newest = max((decision.at for decision in latest.values()), default=None)
        decided.labels(name).set((now - newest).days if newest else -1)
    return generate_latest(registry)


def write_metrics(path: Path, text: bytes) -> bool:
    """Write the file whole, so that no half of it is read; False if it holds this already."""
    if path.is_file() and path.read_bytes() == text:
        return False
    write_whole(path, text)
    return True


def _requests(counts: dict[str, int]) -> int:
    return sum(
        number
        for name, number in counts.items()
        if name.startswith("requests/") or name.endswith("/requests")
    )


def _shown(store: Store, list_name: str) -> set[str]:
    """The keys on the newest digest of a list."""
    every = [digest for digest in store.digests.all() if digest.list_name == list_name]
    newest = max(every, key=lambda digest: digest.made_at, default=None)
    return {item["key"] for item in newest.body.get("candidates", ())} if newest else set()
