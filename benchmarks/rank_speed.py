"""
How long does it take to learn, and to rank a week? And how much memory?

    python -m benchmarks.rank_speed [ROWS]

Learns from 3,000 (or ROWS) rows of the shared papers, listed and put elsewhere with abstracts where
the pool has one, and scores 960 papers of the pool, a busy week of arXiv. Seconds are of the
process, so other work on the machine counts less; memory is the most that was ever in use.
"""

import resource
import sys
import time
from itertools import islice

from benchmarks.rolling_quarters import dev_samples
from pipelines.likeness import Likeness
from pipelines.rank.explain import Explainer
from pipelines.rank.samples import Samples
from pipelines.rank.training import learn

WEEK = 960


def main(rows="3000"):
    known = dev_samples()
    listed = known.listed
    rejected = known.rejected[: int(rows) - len(listed)]
    week = [sample.seen for sample in islice(known.background, WEEK)]
    few = Samples(listed, rejected, ())
    del known
    started = time.process_time()
    model = learn(few, "Efficient LLM").model
    learned = time.process_time()
    explainer = Explainer.of(model, model.sections.names)
    judged = [model.judge(seen) for seen in week]
    ranked = time.process_time()
    chosen = sorted(range(len(week)), key=lambda n: -judged[n].order.points)[:25]
    for number in chosen:
        explainer.explained(Likeness("", judged[number].belongs.chance), week[number])
    explained = time.process_time()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"learning from {len(few.all):,} rows: {learned - started:.1f} s")
    print(f"ranking {len(week)} works: {ranked - learned:.2f} s")
    print(f"explaining 25 of them: {explained - ranked:.2f} s")
    print(f"most memory: {most:.0f} MB (reading the pool included)")


if __name__ == "__main__":
    main(*sys.argv[1:])
