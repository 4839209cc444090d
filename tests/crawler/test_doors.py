"""Certificates and names that lie: what is checked is what is used, over real handshakes."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.long
UNTRUSTED = "its certificate is not to be trusted"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What came of asking; see ``through_doors.py``."""
    line = [sys.executable, "-m", "tests.crawler.through_doors", tmp_path_factory.mktemp("doors")]
    return json.loads(subprocess.run(line, capture_output=True, check=True).stdout)


def test_a_good_certificate_is_trusted(told):
    assert [None, 13, 1] == told["good"]


@pytest.mark.parametrize("kind", ["self-signed", "wrong-name", "expired"])
def test_a_bad_certificate_is_refused(told, kind):
    """Nothing is read there, nothing is asked there, and it is asked once only."""
    assert [UNTRUSTED, 0, 0] == told[kind]


def test_the_address_that_was_checked_is_the_one_used(told):
    """A name that is public at first and private afterwards: only the first address is used."""
    assert ["no connection (refused), 3 times", 0] == told["rebound.example.net"]
    assert {"93.184.215.14"} == set(told["connected"])


def test_a_name_that_is_private_at_first_is_not_asked_again(told):
    assert ["the name has no public address", 0] == told["back.example.net"]
