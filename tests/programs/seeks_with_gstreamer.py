"""Seek in a file with GStreamer, exactly, and print the grey of the columns of each picture.

Arguments: the number of columns, the file, then times in seconds. It needs PyGObject, so it runs
with the system's Python. Exits with 1 and a reason if a part of GStreamer is missing; without
arguments that is all it does.
"""

import sys
from typing import Any

_PARTS = ("playbin", "appsink", "qtdemux", "mxfdemux", "avdec_h264", "avdec_prores", "avdec_dnxhd")
_PATIENCE_SECONDS = 20


def load() -> Any:
    """Return GStreamer, ready to be used."""
    try:
        import gi  # noqa: PLC0415 - the system's, if there is one

        gi.require_version("Gst", "1.0")
        from gi.repository import Gst  # noqa: PLC0415 - as above
    except (ImportError, ValueError) as error:
        sys.exit(f"PyGObject with GStreamer is missing: {error}")
    Gst.init(None)
    if missing := [part for part in _PARTS if Gst.ElementFactory.find(part) is None]:
        sys.exit(f"GStreamer lacks {', '.join(missing)}")
    return Gst


class Player:
    """A file that is paused, and shows one picture after another."""

    def __init__(self, gst: Any, path: str) -> None:
        self._gst = gst
        self._player = gst.ElementFactory.make("playbin")
        line = "videoconvert ! video/x-raw,format=GRAY8 ! appsink name=pictures"
        sink = gst.parse_bin_from_description(line, ghost_unlinked_pads=True)
        self._pictures = sink.get_by_name("pictures")
        self._player.set_property("video-sink", sink)
        self._player.set_property("audio-sink", gst.ElementFactory.make("fakesink"))
        self._player.set_property("uri", gst.filename_to_uri(path))
        self._player.set_state(gst.State.PAUSED)
        self._settle()

    def seek(self, seconds: float) -> Any:
        """Return the picture that is shown at a time."""
        flags = self._gst.SeekFlags.FLUSH | self._gst.SeekFlags.ACCURATE
        place = round(seconds * self._gst.SECOND)
        if not self._player.seek_simple(self._gst.Format.TIME, flags, place):
            sys.exit(f"no seek to {seconds} s")
        self._settle()
        return self._pictures.emit("pull-preroll")

    def end(self) -> None:
        """Release the file."""
        self._player.set_state(self._gst.State.NULL)

    def _settle(self) -> None:
        outcome, _, _ = self._player.get_state(_PATIENCE_SECONDS * self._gst.SECOND)
        if outcome != self._gst.StateChangeReturn.SUCCESS:
            message = self._player.get_bus().pop_filtered(self._gst.MessageType.ERROR)
            sys.exit(message.parse_error()[0].message if message else str(outcome))


def greys(picture: Any, columns: int) -> list[int]:
    """Return the grey in the middle of each column, 0 to 255."""
    shape = picture.get_caps().get_structure(0)
    width, height = shape.get_value("width"), shape.get_value("height")
    content = picture.get_buffer().extract_dup(0, picture.get_buffer().get_size())
    # Rows are padded to multiples of four bytes.
    row = height // 2 * (len(content) // height)
    return [content[row + (2 * column + 1) * width // (2 * columns)] for column in range(columns)]


gstreamer = load()
if sys.argv[1:]:
    count, file, *times = sys.argv[1:]
    player = Player(gstreamer, file)
    for time in times:
        print(*greys(player.seek(float(time)), int(count)))
    player.end()
