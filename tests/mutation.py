"""Changes bytes of files at random, reproducibly."""

import random


def mutate(content: bytes, chance: random.Random, most: int = 4) -> bytes:
    """Change, cut, double or insert some bytes, up to `most` times."""
    mutant = bytearray(content)
    for _ in range(chance.randint(1, most)):
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
