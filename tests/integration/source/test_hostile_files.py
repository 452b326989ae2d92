"""Playlists that call themselves .mov must not make the probe open the files they name.

The named file is a FIFO: whoever opens it waits for a writer, and the probe runs into its time
limit. That the check can fail is shown with an ffprobe that has no white list.
"""

import os
import subprocess
from pathlib import Path

import pytest
from integration.clip_maker import plain, tools

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.source.probe import Probe

HLS = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:10
#EXT-X-MEDIA-SEQUENCE:0
#EXTINF:10.0,
{}
#EXT-X-ENDLIST
"""
PLAYLISTS = {
    "ffconcat": "ffconcat version 1.0\nfile {}\n",
    "hls": HLS,
    "dash": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet '
        'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    ),
    "sdp": (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    ),
}


@pytest.mark.parametrize("kind", list(PLAYLISTS))
@pytest.mark.parametrize("name", ["x.mov", "x.m3u8", "x.mp4"])
def test_a_playlist_is_refused_and_the_file_it_names_is_not_opened(
    tmp_path: Path, kind: str, name: str
) -> None:
    os.mkfifo(tmp_path / "other.ts")
    playlist = tmp_path / name
    playlist.write_text(PLAYLISTS[kind].format("other.ts"))
    with pytest.raises(JobFailed) as caught:
        Probe(tools().ffprobe, seconds=5.0).describe(str(playlist))
    assert caught.value.failure.code is Code.SOURCE_NOT_MEDIA


def test_without_the_white_list_the_named_file_would_be_opened(tmp_path: Path) -> None:
    plain(tmp_path / "other.mov")
    playlist = tmp_path / "x.mov"
    playlist.write_text(PLAYLISTS["ffconcat"].format("other.mov"))
    argv = (tools().ffprobe, "-v", "error", "-show_entries", "stream=codec_name", playlist)
    assert b"h264" in subprocess.run(argv, capture_output=True, check=True).stdout


def test_a_probe_that_waits_for_ever_is_ended_at_its_limit(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "waiting.mov")
    with pytest.raises(JobFailed) as caught:
        Probe(tools().ffprobe, seconds=0.5).describe(str(tmp_path / "waiting.mov"))
    assert caught.value.failure.code is Code.SOURCE_PROBE_TIMEOUT
