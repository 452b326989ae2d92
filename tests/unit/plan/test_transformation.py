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
    assert of(changed) == "75456b9518ccf5792c07897581ee3f079dd28fadeeb1ab8f3fde3d659ab4daa6"
    assert (
        of(changed, Fraction(25))
        == "0595ab3c6da418062e413f080560d22c726c6e69ffac7d02bc7955deccc7ed68"
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
