"""Which FFmpeg runs: its identity goes into every result."""

from enum import StrEnum

from attrs import frozen

from proxx_daemon.system.program import Program


class EngineOrigin(StrEnum):
    """Which step of the rule found the engine."""

    #: the path that the operator configured
    CONFIGURED = "configured"
    #: the first ffmpeg on PATH with an ffprobe beside it
    PATH = "path"
    #: the wheels that the extra `ffmpeg` installs
    EMBEDDED = "embedded"


@frozen(kw_only=True)
class EngineTools:
    """Where the two programs are."""

    #: absolute path of ffmpeg
    ffmpeg: str
    #: absolute path of ffprobe
    ffprobe: str
    #: how they were found
    origin: EngineOrigin


@frozen(kw_only=True)
class EnginePin:
    """Which engine the configuration demands; None: any."""

    #: the exact version that ffmpeg prints
    version: str | None = None
    #: SHA-256 (hex) of the ffmpeg program
    sha256: str | None = None
    #: SHA-256 (hex) of the ffprobe program
    probe_sha256: str | None = None


@frozen(kw_only=True)
class Engine:
    """An engine that was inspected."""

    #: its two programs
    tools: EngineTools
    #: the version that ffmpeg prints
    version: str
    #: the program that encodes, as it was asked
    ffmpeg: Program
    #: the program that measures, as it was asked
    ffprobe: Program
    #: names of the encoders it was built with
    encoders: frozenset[str]
    #: names of the decoders it was built with
    decoders: frozenset[str]
    #: names of the codecs that it can decode, with whichever decoder
    decodes: frozenset[str]

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of the program that encodes."""
        return self.ffmpeg.sha256
