"""A job that is killed doubles and loses nothing; ``benchmarks.published`` kills everywhere."""

import pytest

from tests.crash_driver import NEVER, CrashDriver
from tests.publish.killed import CASES, KILLED, after_kill

# Every so many durable steps; the benchmark takes each.
STRIDE = 43


@pytest.mark.parametrize("name", CASES)
def test_the_next_job_ends_as_if_nothing_had_happened(prepared, name):
    prepare, command, at = CASES[name]
    with CrashDriver() as driver:
        prepare(prepared)
        code, undisturbed = after_kill(driver, prepared, command, NEVER, at)
        assert code in (0, 1)
        n = 3
        while True:
            prepare(prepared)
            code, end = after_kill(driver, prepared, command, n, at)
            assert undisturbed == end, n
            if code != KILLED:
                break
            n += STRIDE
    assert n > STRIDE
    assert [1] == [len(undisturbed.threads)]
