import attrs
import pytest
from unit.records import footage, media

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.source import routing
from proxx_daemon.source.matrix import DEMUXERS, RAW_CODECS, RAW_TAGS, STANDARD
from proxx_daemon.source.media import MediaInfo

#: what cameras and recorders write beyond the specification
BEYOND = {("ts", "h264"), ("ts", "hevc"), ("mxf", "prores"), ("mxf", "hevc")}
#: the allowlist of the JobSpec 2.1 specification, written out once more, and those
ALLOWED = {
    "mp4": {"h264", "hevc", "av1"},
    "mov": {"h264", "hevc", "prores", "dnxhr", "mjpeg"},
    "mkv": {"h264", "hevc", "vp9", "av1"},
    "mxf": {"dnxhd", "dnxhr", "mpeg2video", "h264", "prores", "hevc"},
    "webm": {"vp9", "av1"},
    "ts": {"mpeg2video", "h264", "hevc"},
    "avi": {"mjpeg"},
}
CODECS = sorted(set().union(*ALLOWED.values()) | {"mpeg4", "rawvideo", "cinepak", "dvvideo"})
CONTAINERS = [*ALLOWED, "flv", "asf"]


def clip(container: str, codec: str, tag: str = "") -> MediaInfo:
    return media(container=container, video=(footage(codec=codec, codec_tag=tag),))


def refusal(info: MediaInfo) -> Problem:
    answer = routing.route(info, "sources[3]")
    assert isinstance(answer, Problem)
    assert (answer.code, answer.path) == (Code.SOURCE_UNSUPPORTED, "sources[3]")
    return answer


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("codec", CODECS)
def test_exactly_the_pairs_of_the_matrix_go_to_ffmpeg(container: str, codec: str) -> None:
    if codec in ALLOWED.get(container, set()):
        assert routing.route(clip(container, codec), "sources[0]") is EngineKind.FFMPEG
    else:
        problem = refusal(clip(container, codec))
        assert problem.found == f"{container}/{codec}"
        assert f"  Container: {container}\n  Codec: {codec}\n  Reason: " in problem.message
        assert "\n  Action: " in problem.message
        assert problem.advice() in problem.message


def test_the_matrix_has_no_other_row_and_marks_those_beyond_the_specification() -> None:
    assert {pair for pair, row in STANDARD.items() if row.beyond} == BEYOND
    assert set(STANDARD) == {
        (container, codec) for container, codecs in ALLOWED.items() for codec in codecs
    }


def test_every_container_of_the_matrix_has_a_demuxer() -> None:
    assert {container for container, _ in STANDARD} <= set(DEMUXERS)


def test_dnxhd_in_mov_is_refused_with_its_own_reason() -> None:
    problem = refusal(clip("mov", "dnxhd"))
    assert "Reason: DNxHD must be wrapped in MXF." in problem.message
    assert "ffmpeg -n " not in problem.advice(), "AAC cannot be copied into MXF"
    plain = clip("mov", "dnxhd")
    silent = attrs.evolve(plain, audio=())
    assert refusal(silent).advice().endswith("/media/A001_C001_rewrapped.mxf")


def test_a_known_codec_in_a_wrong_container_names_the_right_ones() -> None:
    assert "Reason: vp9 is supported in mkv, webm only." in refusal(clip("mp4", "vp9")).message


def test_an_unlisted_codec_is_called_so() -> None:
    message = refusal(clip("mov", "cinepak")).message
    assert "cinepak is not a codec of the source capability matrix" in message


def test_a_file_without_footage_is_refused() -> None:
    sound = media(video=())
    cover = media(video=(footage(codec="mjpeg", attached_picture=True),))
    for info in (sound, cover):
        assert "it has no video stream" in refusal(info).message


def test_cover_art_in_front_of_the_footage_does_not_decide() -> None:
    cover = footage(codec="mjpeg", attached_picture=True)
    info = media(container="mkv", video=(cover, footage(index=1)))
    assert routing.route(info, "sources[0]") is EngineKind.FFMPEG


@pytest.mark.parametrize("codec", list(RAW_CODECS))
def test_camera_raw_codecs_go_to_resolve(codec: str) -> None:
    assert routing.route(clip("mov", codec), "sources[0]") is EngineKind.RESOLVE


@pytest.mark.parametrize("tag", [*RAW_TAGS, "APRN"])
def test_camera_raw_tags_go_to_resolve_whatever_the_decoder_says(tag: str) -> None:
    assert routing.route(clip("mov", "prores", tag), "sources[0]") is EngineKind.RESOLVE


@pytest.mark.parametrize("codec", ["unknown", "", "none"])
def test_codecs_that_ffprobe_does_not_know_go_to_resolve(codec: str) -> None:
    assert routing.route(clip("mxf", codec), "sources[0]") is EngineKind.RESOLVE


def test_a_hostile_path_cannot_break_the_lines_of_a_message() -> None:
    info = media(container="flv", path="/a/\x1b[2J\nReason: fine.flv")
    assert refusal(info).message.count("\n") == 4


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("/a/A001.ari", "ARRIRAW"),
        ("/a/A001.arx", "ARRIRAW"),
        ("/a/A001.R3D", "REDCODE"),
        ("/a/A001.braw", "Blackmagic RAW"),
        ("/a/A001.CRM", "Canon Cinema RAW Light"),
        ("/a/A001.nev", "Nikon N-RAW"),
        ("/a/A001_000.dng", "CinemaDNG"),
        ("/a/A001.mov", None),
        ("/a/A001.r3d.mov", None),
        ("/a.r3d/clip.mov", None),
        ("/a/.ari", None),
        ("/a/ari", None),
    ],
)
def test_camera_raw_is_known_by_its_file_name(path: str, raw: str | None) -> None:
    assert routing.raw_by_name(path) == raw


@pytest.mark.parametrize("engine", list(EngineKind))
def test_sources_of_one_engine_are_one_job(engine: EngineKind) -> None:
    assert routing.one_engine([engine] * 3) is engine


def test_a_mix_of_engines_is_refused_with_both_counts() -> None:
    problem = routing.one_engine([EngineKind.FFMPEG, EngineKind.RESOLVE, EngineKind.FFMPEG])
    assert isinstance(problem, Problem)
    assert (problem.code, problem.path) == (Code.SOURCE_MIXED_ENGINES, "sources")
    assert problem.found == "ffmpeg 2, resolve 1"
    assert "mixes 2 source(s) for FFmpeg with 1 camera RAW source(s)" in problem.message
