from fractions import Fraction

from proxx_daemon.plan import umid
from proxx_daemon.plan.umid import Package

ONE, OTHER = "1" * 64, "2" * 64


def tape(name: str = "A001", *, rate: str = "25", drop: bool = False, tracks: int = 3) -> bytes:
    return umid.tape_id(name, rate=Fraction(rate), drop=drop, tracks=tracks)


def test_the_ids_of_a_transformation_never_change() -> None:
    # Written down once: an edit that was relinked by these must find them for ever.
    ids = umid.package_ids(ONE)
    assert ids.material.hex() == "060a2b340101010501010f2013000000363a7a9bf5148233b906590b1310b14a"
    assert ids.file.hex() == "060a2b340101010501010f2013000000b0269cc0b81b89329a734876cf7325ae"
    assert tape().hex() == "060a2b340101010501010f2013000000d1f4eb18d8ee84e0a646a73555e71d9b"


def test_every_id_is_a_basic_umid_whose_material_number_is_a_uuid() -> None:
    ids = umid.package_ids(ONE)
    for each in (ids.material, ids.file, tape()):
        assert len(each) == umid.LENGTH
        # Label, material type not identified, UUID method, 19 bytes follow, instance 0.
        assert each[:16].hex() == "060a2b340101010501010f2013000000"
        assert each[22] >> 4 == 8
        assert each[24] >> 6 == 0b10


def test_packages_and_transformations_have_ids_of_their_own() -> None:
    one, other = umid.package_ids(ONE), umid.package_ids(OTHER)
    assert len({one.material, one.file, other.material, other.file, tape(ONE)}) == 5


def test_a_reel_has_one_id_and_its_name_is_taken_as_it_is() -> None:
    assert tape() == tape()
    assert len({tape(name) for name in ("A001", "a001", "A001 ", "A002", "")}) == 5


def test_tapes_that_differ_in_what_their_package_says_have_ids_of_their_own() -> None:
    every = {
        tape(),
        tape(rate="30000/1001"),
        tape(rate="30000/1001", drop=True),
        tape(rate="30"),
        tape(tracks=1),
    }
    assert len(every) == 5


def test_a_umid_is_written_as_ffprobe_writes_it() -> None:
    assert umid.text(bytes(31) + b"\xab") == "0x" + "00" * 31 + "AB"


def test_the_packages_have_the_names_that_checks_carry() -> None:
    assert list(Package) == ["material", "file", "tape"]
