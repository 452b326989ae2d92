"""Every difficult source with every profile: a proxy that passes every check, or a refusal."""

import json

import pytest
from acceptance.relink_sources import DIFFICULTIES, PROFILES, Difficulty, make
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools


@pytest.mark.slow
@pytest.mark.parametrize("difficulty", DIFFICULTIES, ids=lambda each: each.name)
def test_a_difficult_source_becomes_a_proxy_or_is_refused_before_execution(
    difficulty: Difficulty, workplace: Workplace, tools: EngineTools
) -> None:
    source = make(difficulty, tools, workplace.root)
    outcomes: dict[str, str | None] = {}
    for profile in PROFILES:
        spec = workplace.spec(
            profile, sources=[str(source)], naming_template="{source_name}_{profile}"
        )
        spec |= difficulty.spec
        result = json.loads(proxx("run", workplace.write_spec(f"{profile}.json", spec)).stdout)
        failure = result["failure"]
        if failure is None:
            (clip,) = result["clips"]
            assert all(check["passed"] for check in clip["verification"])
            outcomes[profile] = None
        else:
            assert failure["class"] == "validation", failure
            outcomes[profile] = failure["code"]
    assert outcomes == {profile: difficulty.refused.get(profile) for profile in PROFILES}
