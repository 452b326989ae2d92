"""Specs with random bytes changed: each ends in one folder with a result that has a code."""

import json
import random

from proxx_process import Daemon, Workplace

from proxx_daemon.model.failure_codes import Code

_MUTATIONS = 120


def _mutate(content: bytes, chance: random.Random) -> bytes:
    """Change, cut, double or insert some bytes."""
    mutant = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(mutant))
        match chance.randrange(4):
            case 0:
                mutant[place] = chance.randrange(256)
            case 1:
                del mutant[place : place + chance.randint(1, 20)]
            case 2:
                mutant[place:place] = mutant[place : place + chance.randint(1, 20)]
            case _:
                mutant.insert(place, chance.choice(b'{}[]",:0\\\x00\xff'))
        if not mutant:
            return b" "
    return bytes(mutant)


def test_a_mutated_spec_never_runs_unnoticed_and_never_harms_the_daemon(
    workplace: Workplace, daemon: Daemon
) -> None:
    chance = random.Random(2121)  # noqa: S311 - reproducible, not secret
    # An output folder that does not exist: nothing is encoded even by a harmless mutation.
    spec = workplace.spec("proxy_h264_quarter", "bikes.mp4", output_directory="/nonexistent/x")
    content = json.dumps(spec, indent=1).encode()
    names = [f"mutant-{number:03d}.json" for number in range(_MUTATIONS)]
    for name in names:
        workplace.drop(name, _mutate(content, chance))
    known = {str(code) for code in Code}
    for name in names:
        state, result = workplace.wait_filed(name)
        assert state == "failed"
        assert result["failure"]["code"] in known
        assert result["failure"]["class"] == "validation"
        assert result["failure"]["message"]
        assert workplace.places(name) == ["failed"]
    assert not daemon.ended()
    assert list(workplace.published()) == []
