"""Where a paper appeared, read from what it says itself; what it does not say is no venue."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.paper import Paper
from pipelines.enrich import licence, notices, venue

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def told(reader, **said):
    paper = Paper("2410.00001", 1, "A Title", **said)
    return {fact.kind: fact for fact in reader.facts_of(paper, NOW)}


COMMENTS = {
    "NeurIPS 2024 Spotlight": "NeurIPS 2024",
    "NeurIPS 2024; 25 pages, code: https://github.com/a/b": "NeurIPS 2024",
    "Accepted at ICLR'25": "ICLR 2025",
    "Published as a conference paper at ICLR 2025": "ICLR 2025",
    "Accepted to Findings of EMNLP 2024": "EMNLP 2024",
    "10 pages. Accepted to WACV 2025. Code: https://x.example": "WACV 2025",
    "To appear in IEEE ICWS 2025": "ICWS 2025",
    "to be published in LoResMT 2025": "LoResMT 2025",
    "Accepted to ICRA": "ICRA",
    "NeurIPS 2024 Workshop on Adaptive Foundation Models": "NeurIPS 2024 Workshop",
    "Published at 38th Workshop on Fine-Tuning (NeurIPS 2024)": "NeurIPS 2024 Workshop",
    "Published in Transactions on Machine Learning Research (TMLR)": "TMLR",
    "Accepted for publication in IEEE Transactions on Computers": "IEEE Transactions on Computers",
    "Accepted by Nature Machine Intelligence, 2024": "Nature Machine Intelligence 2024",
}
NO_VENUE = [
    "",
    "Submitted to ICML 2025",
    "Under review at ICLR 2025",
    "This is an extended version of a paper published in the proceedings of EMNLP 2024",
    "Trained on ACL 2024 data",
    "12 pages, accepted",
    "ICML 2019 format",
    "Accepted at ICML 1998",
    "Work in progress",
    "23 pages, 13 figures, 6 tables",
]


@pytest.mark.parametrize(("comment", "name"), COMMENTS.items(), ids=list(COMMENTS))
def test_a_venue_in_the_comments(comment, name):
    """Its name, and the sentence that says it."""
    facts = told(venue, comments=comment)

    assert name == facts["venue"].value
    assert facts["venue-words"].value in comment
    assert "https://arxiv.org/abs/2410.00001" == facts["venue"].url


@pytest.mark.parametrize("comment", NO_VENUE)
def test_no_venue_is_read_into_other_words(comment):
    """Plans, reviews and formats are no venue."""
    assert {} == told(venue, comments=comment)


REFERENCES = {
    "Phys. Rev. Research 7, L042071 (2025)": "Phys. Rev. Research 2025",
    "Proc. 2025 IEEE International Conference (ICSTW), pp. 66-69": "ICSTW 2025",
    "IEEE Transactions on Computers, 2024": "IEEE Transactions on Computers 2024",
    "In Proceedings of ACL 2025, pages 1-9": "ACL 2025",
}


@pytest.mark.parametrize(("reference", "name"), REFERENCES.items(), ids=list(REFERENCES))
def test_a_journal_reference_is_a_venue(reference, name):
    """It outranks the comments, which may be older."""
    facts = told(venue, journal_ref=reference, comments="Accepted at ICLR 2025")

    assert name == facts["venue"].value
    assert reference == facts["venue-words"].value


def test_a_withdrawal_and_a_successor_are_told_in_the_papers_own_words():
    """arXiv has no flag for either."""
    gone = told(notices, comments="This paper has been withdrawn by the author")
    replaced = told(notices, comments="This version is superseded by arXiv:2411.00002")

    assert "This paper has been withdrawn by the author" == gone["withdrawn"].value
    assert "This version is superseded by arXiv:2411.00002" == replaced["replaced"].value
    assert {} == told(notices, comments="Replaces the withdrawn submission of another group")


def test_a_licence_has_the_name_that_people_use():
    """In any spelling of its address; an unknown address is a miss and no name."""
    https = told(licence, license="https://creativecommons.org/licenses/by/4.0")
    odd = told(licence, license="http://example.org/mine")

    assert "CC BY 4.0" == https["licence"].value
    assert "unknown" == odd["licence"].reason
    assert {} == told(licence)


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=50))
def test_any_words_are_read_without_an_exception(comments, reference, address):
    """And no name is longer than a list has room for."""
    for reader in (venue, notices, licence):
        facts = told(reader, comments=comments, journal_ref=reference, license=address)
        assert len(facts["venue"].value if "venue" in facts else "") <= venue.MAX_VENUE_CHARS
