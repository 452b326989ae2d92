import pytest

from proxx_daemon.source.packets import (
    Packet,
    begins_inside,
    contradict,
    read_packet,
    shown_times,
)


def stream(text: str) -> list[Packet]:
    """Read times in the order of decoding: K before a key frame, D before one that is hidden."""
    return [
        Packet(int(word.lstrip("KD")), 1, "K" in word, "D" not in word) for word in text.split()
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-512,512,KD_", Packet(-512, 512, key=True, shown=False)),
        ("1024,N/A,___,", Packet(1024, 0, key=False, shown=True)),
        ("N/A,1,K__", Packet(None, 1, key=True, shown=True)),
        ("side_data", None),
        ("", None),
    ],
)
def test_a_line_of_ffprobe_is_a_packet(line: str, expected: Packet | None) -> None:
    assert read_packet(line) == expected


def test_hidden_packets_and_those_without_a_time_are_not_shown() -> None:
    packets = [*stream("KD-1 K2 1 0"), Packet(None, 1, key=False, shown=True)]
    assert shown_times(packets) == (0, 1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("K0 1 2 K3 4", False),
        ("K0 2 1 K5 3 4 6", False),
        # The first group is open: 0 and 1 are shown before the frame that they follow.
        ("K2 0 1 4 3", True),
        ("K0 2 1 K5 3 4", False),
        ("0 1 2 K3", True),
        # Hidden by an edit list: a decoder has what it needs.
        ("KD-1 K2 1 0 K5", False),
        ("K2 D0 D1 3", False),
        ("", False),
    ],
)
def test_a_stream_that_begins_inside_a_group_is_known(text: str, *, expected: bool) -> None:
    assert begins_inside(stream(text)) is expected


@pytest.mark.parametrize(
    ("text", "depth", "expected"),
    [
        ("K0 1 2 3", 0, False),
        ("K0 3 1 2 6 4 5", 1, False),
        ("K0 4 2 1 3 8 6 5 7", 2, False),
        # Two groups, the second one open.
        ("K0 3 1 2 K6 4 5 7", 1, False),
        # two frames at one time
        ("K0 1 1 2", 0, True),
        # the fourth comes out after the fifth
        ("K0 3 2 5 4 2", 1, True),
        ("K1 K0 K2", 2, True),
        # A decoder that holds back less cannot put them in order.
        ("K0 4 2 1 3", 1, True),
    ],
)
def test_times_that_no_decoder_makes_are_known(text: str, depth: int, *, expected: bool) -> None:
    assert contradict(stream(text), depth) is expected


def test_a_key_frame_without_a_time_is_a_beginning() -> None:
    assert not begins_inside([Packet(None, 1, key=True, shown=True), *stream("1 2")])


def test_a_shown_packet_without_a_time_contradicts() -> None:
    unknown = Packet(None, 1, key=False, shown=True)
    assert contradict([*stream("K0 1"), unknown], 0)
    assert not contradict([*stream("K0 1"), unknown._replace(shown=False)], 0)
