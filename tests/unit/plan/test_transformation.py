from fractions import Fraction
from typing import Any

import attrs
import pytest
from unit import records

from proxx_daemon.plan import transformation
from proxx_daemon.profiles.catalogue import profiles

PROFILE = profiles()["proxy_h264_low"]


def of(profile: Any = PROFILE, fps: Fraction | None = None, **changes: Any) -> str:
    return transformation.fingerprint(records.source(**changes), profile, fps)


def test_it_is_the_sha256_of_the_documented_form() -> None:
    changed = attrs.evolve(PROFILE, fingerprint="e" * 64)
    assert of(changed) == "501bb8e9d72207760c2acd706607c414c1ad569344e0b774b227e0abc817f22d"
    assert (
        of(changed, Fraction(25))
        == "e64c07d4df3b404a823178c27db8a6112ad95a0ea6fca0745fba37e536ec78f4"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/elsewhere/B.mov"},
        {"identity": attrs.evolve(records.source().identity, inode=99, modified_ns=1)},
    ],
)
def test_names_places_and_times_of_a_source_are_no_part_of_it(changes: dict[str, Any]) -> None:
    assert of(**changes) == of()


def test_source_profile_and_rate_are() -> None:
    every = {
        of(),
        of(fingerprint="e" * 64),
        of(profiles()["proxy_h264_quarter"]),
        of(fps=Fraction(25)),
        of(fps=Fraction(24)),
    }
    assert len(every) == 5


def test_asking_for_the_rate_that_a_source_has_changes_nothing() -> None:
    assert of(fps=records.RATE) == of()
    # A varying rate is conformed even to its average.
    assert of(fps=records.RATE, times=records.UNEVEN) != of(times=records.UNEVEN)
