"""The same function over the same parts, on the two worker processes of a Dask cluster."""

import json

import pytest

from catalog.errors import ComeBackLater, UsageTrouble
from config.rules import ListRules
from config.strict import validate
from pipelines.bulk.files import parts
from pipelines.bulk.judging import ApplyRules, RulesToSend
from pipelines.bulk.workers import over_cores

distributed = pytest.importorskip("distributed", reason="the extra `scale` is not installed")

RULES = validate(
    ListRules, {"list": "L", "file": "l.md", "sections": [{"name": "S", "says": ["prun*"]}]}
)
APPLY = ApplyRules(RulesToSend.of([RULES]), "L", "all")


@pytest.fixture(scope="module")
def address():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs="ERROR"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.long
def test_two_workers_say_what_one_process_says(address, tmp_path):
    """In the same order, and a wrong line is named; without a cluster one is asked to come back."""
    from pipelines.bulk.cluster import over_dask

    path, wrong = tmp_path / "papers.jsonl", tmp_path / "wrong.jsonl"
    rows = [{"title": f"{'Pruning' if n % 3 else 'Rings'} {n}"} for n in range(200)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    wrong.write_text(path.read_text() + "7\n")

    alone = list(over_cores(1)(APPLY, parts(str(path), size=500)))
    shared = list(over_dask(address)(APPLY, parts(str(path), size=500)))

    assert len(shared) > 5
    assert alone == shared
    with pytest.raises(UsageTrouble, match=r"wrong\.jsonl:201: is not an object"):
        list(over_dask(address)(APPLY, parts(str(wrong), size=500)))


def test_a_cluster_that_is_not_there(monkeypatch, tmp_path):
    from pipelines.bulk import cluster

    monkeypatch.setattr(cluster, "MAX_CONNECT_S", 0.3)
    (tmp_path / "papers.jsonl").write_text('{"title": "Pruning"}\n')
    with pytest.raises(ComeBackLater, match=r"--dask tcp://127\.0\.0\.1:9: the cluster does not"):
        list(cluster.over_dask("tcp://127.0.0.1:9")(APPLY, parts(str(tmp_path / "papers.jsonl"))))
