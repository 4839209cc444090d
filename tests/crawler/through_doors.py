"""
Asks for a feed through every kind of door, and under names that lie; says what came, as JSON.

A process of its own: whom it trusts and what names mean is settled when a process starts. Run it
as ``python -m tests.crawler.through_doors FOLDER``.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from crawler.hosts import Hosts
from crawler.items import trouble_of, works_of
from crawler.plans import RssPlan
from crawler.politeness import CrawlPolicy
from crawler.process import crawl
from sandbox.network import dns
from sandbox.network.tls import KINDS, TlsProxies
from sandbox.process import running

TUESDAY = datetime(2024, 11, 12, 6, 30, tzinfo=UTC)
PUBLIC, PRIVATE = "93.184.215.14", "127.0.0.2"
LIES = {"rebound.example.net": [PUBLIC, PRIVATE], "back.example.net": [PRIVATE, PUBLIC]}


def feed(url, folder):
    """Why there was no feed, and how many papers there were."""
    manners = CrawlPolicy("tester", Hosts.of([url]), folder / "pace", {}, 0.0)
    (batch,) = crawl([RssPlan(url, {"cs.CL": None}, TUESDAY)], manners)
    return [trouble_of(batch), len(works_of(batch))]


def main(folder):
    with running(now=TUESDAY) as outside:
        doors = TlsProxies(folder, outside.url)
        lies, lines = folder / "names.json", folder / "lines"
        lies.write_text(json.dumps(LIES))
        path = os.pathsep.join([str(dns.HOOK_FOLDER), os.environ.get("PYTHONPATH", "")])
        os.environ |= {"SSL_CERT_FILE": str(doors.authority), "PYTHONPATH": path}
        os.environ |= {dns.NAMES_VARIABLE: str(lies), dns.CONNECTIONS_VARIABLE: str(lines)}
        told = {}
        for kind in KINDS:
            with doors.open(kind) as url:
                told[kind] = [*feed(url, folder), len(outside.seen())]
            outside.forget_seen()
        lines.write_text("")
        for name in LIES:
            told[name] = feed(f"https://{name}", folder)
        told["connected"] = lines.read_text().split()
        print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
