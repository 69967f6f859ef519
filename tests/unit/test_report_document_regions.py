"""A region of the United States goes as its two letters; as it was stated it stands as well."""

import pytest
from report_cases import ad, case, revision

from answerable.reports.document.build import report_for_ads
from answerable.reports.document.values import STATE_OF, STATES

REGIONS = [
    ("US", "IL", "IL"),
    ("us", " il ", "IL"),
    ("US", "illinois", "IL"),
    ("US", "New  York", "NY"),
    ("US", "District of Columbia", "DC"),
    ("US", "Downstate", "Downstate"),
    ("CA", "ON", "ON"),
    ("DE", "Illinois", "Illinois"),
    ("", "Illinois", "Illinois"),
]


@pytest.mark.parametrize(("country", "stated", "expected"), REGIONS)
def test_a_state_of_the_united_states_goes_as_its_two_letters(
    country: str, stated: str, expected: str
) -> None:
    one = revision(place={"country": country, "region": stated})
    report, _ = report_for_ads(case(ad("ad-1", one)))
    (suspect,) = report.person_or_user_reported
    assert suspect.estimated_location is not None
    assert suspect.estimated_location.region == expected
    told = report.internet_details[0].incident.additional_info or ""
    assert " ".join(stated.split()) in told  # as stated, it stands with the ad


def test_every_state_has_its_name() -> None:
    assert sorted(STATE_OF.values()) == sorted(STATES)
