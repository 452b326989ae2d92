"""What `proxx verify` and `proxx reproduce` can find out about a recorded job."""

from collections.abc import Mapping
from enum import StrEnum, auto
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Self

from attrs import frozen

from proxx_daemon.failures.entries import NamedEntry
from proxx_daemon.source.fingerprint import Fingerprint


class ProofVerdict(StrEnum):
    """What was proven, for one clip or for a whole job."""

    #: every byte is the recorded one
    IDENTICAL = "identical"
    #: nothing can be proven: source, profile or engine is not the recorded one
    IMPOSSIBLE = "impossible"
    #: this machine could not carry out the proof
    BROKEN = "broken"
    #: some byte differs
    DIFFERENT = "different"


#: exit codes; of several clips the verdict that is last here counts
EXIT_CODES: Final[Mapping[ProofVerdict, int]] = MappingProxyType(
    {
        ProofVerdict.IDENTICAL: 0,
        ProofVerdict.IMPOSSIBLE: 1,
        ProofVerdict.BROKEN: 4,
        ProofVerdict.DIFFERENT: 2,
    }
)


def _finding(verdict: ProofVerdict, text: str) -> tuple[object, ...]:
    return auto(), verdict, text


_impossible: Final = partial(_finding, ProofVerdict.IMPOSSIBLE)
_broken: Final = partial(_finding, ProofVerdict.BROKEN)
_different: Final = partial(_finding, ProofVerdict.DIFFERENT)


class ProofFinding(NamedEntry):
    """The stable names of reasons, each with its verdict and texts; jobs fail with other codes."""

    #: what it proves
    verdict: ProofVerdict

    def __new__(cls, name: str, *about: Any) -> Self:
        """Make one finding out of what `_finding` returns."""
        finding = str.__new__(cls, name)
        finding.verdict, text = about
        finding.take(text)
        return finding

    RESULT_INVALID = _impossible("""The document is not a result that Proxx wrote.
        Do: Choose the *.result.json beside the spec; restore it if somebody edited it.""")
    NOTHING_PUBLISHED = _impossible("""No clip of the job completed, so there is no proxy to check.
        Do: Choose the result of a job that is COMPLETED or PARTIAL.""")
    OUTPUT_GONE = _different("""The published proxy is not at its path.
        Do: Mount its volume, restore the file, or use --in to say where the proxies are now.""")
    OUTPUT_SIZE_DIFFERS = _different("""The size of the proxy differs from the recorded one.
        Do: Do not edit with it. Restore it, or make it again under another name.""")
    OUTPUT_DIGEST_DIFFERS = _different("""The proxy has the recorded size but different bytes.
        Do: Do not edit with it. Restore it, or make it again under another name.""")
    OUTPUT_READ_ERROR = _broken("""The proxy exists but cannot be read.
        Do: Check permissions and the health of its volume, then run the command again.""")
    RECORD_INCOMPLETE = _impossible("""The result does not say which engine and profile ran, because
        of a crash.
        Do: Use `proxx verify`. It needs neither.""")
    ENGINE_NOT_REPEATABLE = _impossible("""The engine of the job does not promise the same bytes
        twice.
        Do: Use `proxx verify`. Only FFmpeg jobs can be reproduced.""")
    ENGINE_DIFFERS = _impossible("""The FFmpeg that would run is not the one that made the proxy.
        Do: Set PROXX_FFMPEG to the recorded program.""")
    PROFILE_DIFFERS = _impossible("""The canonical profile is not the one that made the proxy.
        Do: Run the command with the version of Proxx that the result names.""")
    SOURCE_DIFFERS = _impossible("""The file at the path of the source is not the one that the proxy
        was made from.
        Do: Restore the recorded source at its path.""")
    COMMAND_DIFFERS = _impossible("""This version of Proxx gives FFmpeg a different command.
        Do: Run the command with the version of Proxx that the result names.""")
    SCRATCH_UNUSABLE = _broken("""The scratch folder cannot be used for the encode.
        Do: Use --scratch with a folder that has space and write permission.""")
    ENCODE_FAILED = _broken("""The second encode failed.
        Do: Do what its message says, then run the command again.""")
    REENCODE_DIFFERS = _different("""The same source, profile and engine made different bytes.
        Do: Compare the machines: docs/how-to/proving.md says which CPUs the promise covers.""")
    OUTPUT_ALTERED = _different("""The second encode has the recorded bytes, but the published proxy
        has changed.
        Do: Do not edit with it. The kept scratch file is what it should be.""")


@frozen(kw_only=True)
class Reason:
    """One thing that was found."""

    #: a ProofFinding, or the code of the failure that a job would have
    code: str
    #: one sentence with the facts of this case
    message: str
    #: what to do about it
    action: str
    #: what it proves
    verdict: ProofVerdict


def reason(finding: ProofFinding, message: str) -> Reason:
    """Return a reason with the action of its finding."""
    return Reason(code=finding, message=message, action=finding.action, verdict=finding.verdict)


@frozen(kw_only=True)
class Difference:
    """Where two files differ."""

    #: the first byte that differs, from 0; the shorter file's size where one is the other's start
    offset: int
    #: what is there, as far as the container tells; empty if it does not
    place: str


@frozen(kw_only=True)
class ClipProof:
    """What was found out about one clip."""

    #: position in the job, from 0
    index: int
    #: the proxy that was looked at
    output_path: str
    #: everything that speaks against it; empty when it is identical
    reasons: tuple[Reason, ...] = ()
    #: where the files differ, if two were compared
    difference: Difference | None = None
    #: the second encode, if it was kept
    kept_path: str | None = None
    #: whether the proxy itself was read; else the recorded digest was compared
    output_read: bool = True

    @property
    def verdict(self) -> ProofVerdict:
        """The worst verdict of the reasons."""
        return worst(each.verdict for each in self.reasons)


@frozen(kw_only=True)
class Proof:
    """What was found out about a job."""

    #: about each completed clip
    clips: tuple[ClipProof, ...] = ()
    #: about the job as a whole
    reasons: tuple[Reason, ...] = ()

    @property
    def verdict(self) -> ProofVerdict:
        """The verdict on the job: a proven difference outweighs what could not be proven."""
        own = worst(each.verdict for each in self.reasons)
        return worst([own, *(clip.verdict for clip in self.clips)])


def worst(verdicts: Any) -> ProofVerdict:
    """Return the verdict that counts among several."""
    return max(verdicts, key=list(ProofVerdict).index, default=ProofVerdict.IDENTICAL)


@frozen(kw_only=True)
class RecordedClip:
    """A completed clip as its result has it."""

    #: position in the job, from 0
    index: int
    #: absolute path
    source_path: str
    #: absolute path
    output_path: str
    #: bytes of the published proxy
    size: int
    #: SHA-256 (hex) of the published proxy
    sha256: str
    #: of the source
    source: Fingerprint
    #: the engine's arguments
    command: tuple[str, ...]


@frozen(kw_only=True)
class RecordedJob:
    """The part of a result that proofs need."""

    #: the document that was submitted
    jobspec: Mapping[str, Any]
    #: the clips that completed
    clips: tuple[RecordedClip, ...]
    #: "ffmpeg" or "resolve"; None if routing was not reached
    engine_used: str | None
    #: SHA-256 (hex) of the engine's program
    engine_sha256: str | None
    #: version that the engine told
    engine_version: str | None
    #: path of the engine's program
    engine_path: str | None
    #: name of the canonical profile
    profile: str | None
    #: the profile's fingerprint
    profile_fingerprint: str | None
    #: version of Proxx
    proxx_version: str
