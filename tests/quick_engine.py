"""Sets up the stand-in engine that answers in milliseconds, and clips for it.

See `programs/quick_engine.sh` for what it fakes.
"""

import json
from pathlib import Path
from typing import Any, Final

from proxx_process import spec_for

_PROGRAM: Final = Path(__file__).parent / "programs" / "quick_engine.sh"
PROFILE: Final = "proxy_h264_quarter"


def _answer(brand: str, width: int, height: int) -> dict[str, Any]:
    """Return what ffprobe would say of one second of silent H.264."""
    return {
        "format": {
            "format_name": "mov,mp4,m4a,3gp,3g2,mj2",
            "duration": "1.000000",
            "start_time": "0.000000",
            "tags": {"major_brand": brand},
        },
        "streams": [
            {
                "index": 0,
                "codec_type": "video",
                "codec_name": "h264",
                "codec_tag_string": "avc1",
                "profile": "High",
                "width": width,
                "height": height,
                "pix_fmt": "yuv420p",
                "sample_aspect_ratio": "1:1",
                "r_frame_rate": "24/1",
                "avg_frame_rate": "24/1",
                "time_base": "1/12288",
                "start_time": "0.000000",
                "duration_ts": 12288,
                "duration": "1.000000",
                "nb_frames": "24",
                "field_order": "progressive",
            }
        ],
    }


def install(folder: Path) -> dict[str, str]:
    """Put the engine into a new folder; return the environment that selects it."""
    folder.mkdir()
    for name in ("ffmpeg", "ffprobe"):
        (folder / name).symlink_to(_PROGRAM)
    (folder / "proxy.json").write_text(json.dumps(_answer("isom", 16, 12), indent=1) + "\n")
    return {"PROXX_FFMPEG": str(folder / "ffmpeg")}


def clip(path: Path) -> Path:
    """Write a source clip that the engine understands."""
    path.write_text(json.dumps(_answer("qt  ", 64, 48), indent=1) + "\n")
    return path


def spec(*sources: Path, into: Path, **fields: Any) -> dict[str, Any]:
    """Build a JobSpec for such clips."""
    return spec_for(PROFILE, *sources, into=into, **fields)
