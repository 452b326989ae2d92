"""What `proxx verify` and `proxx reproduce` can find out about a recorded job."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from proxx_daemon.source.fingerprint import Fingerprint


class ProofVerdict(StrEnum):
    """What was proven, for one clip or for a whole job."""

    #: every byte is the recorded one
    IDENTICAL = "identical"
    #: nothing can be proven: source, profile or engine is not the recorded one
    IMPOSSIBLE = "impossible"
    #: this machine could not carry the proof out
    BROKEN = "broken"
    #: some byte is another one
    DIFFERENT = "different"


#: exit codes; for several clips the verdict that stands last counts
EXIT_CODES: Final[Mapping[ProofVerdict, int]] = MappingProxyType(
    {
        ProofVerdict.IDENTICAL: 0,
        ProofVerdict.IMPOSSIBLE: 1,
        ProofVerdict.BROKEN: 4,
        ProofVerdict.DIFFERENT: 2,
    }
)


class ProofFinding(StrEnum):
    """The stable names of reasons; jobs fail by other names (`failure_codes`)."""

    RESULT_INVALID = "RESULT_INVALID"
    NOTHING_PUBLISHED = "NOTHING_PUBLISHED"
    OUTPUT_GONE = "OUTPUT_GONE"
    OUTPUT_SIZE_DIFFERS = "OUTPUT_SIZE_DIFFERS"
    OUTPUT_DIGEST_DIFFERS = "OUTPUT_DIGEST_DIFFERS"
    OUTPUT_READ_ERROR = "OUTPUT_READ_ERROR"
    RECORD_INCOMPLETE = "RECORD_INCOMPLETE"
    ENGINE_NOT_REPEATABLE = "ENGINE_NOT_REPEATABLE"
    ENGINE_DIFFERS = "ENGINE_DIFFERS"
    PROFILE_DIFFERS = "PROFILE_DIFFERS"
    SOURCE_DIFFERS = "SOURCE_DIFFERS"
    COMMAND_DIFFERS = "COMMAND_DIFFERS"
    SCRATCH_UNUSABLE = "SCRATCH_UNUSABLE"
    ENCODE_FAILED = "ENCODE_FAILED"
    REENCODE_DIFFERS = "REENCODE_DIFFERS"
    OUTPUT_ALTERED = "OUTPUT_ALTERED"


@frozen
class FindingKind:
    """What one finding stands for."""

    #: what it proves
    verdict: ProofVerdict
    #: what it means, one sentence
    meaning: str
    #: what to do next, one sentence
    action: str


FINDINGS: Final[Mapping[ProofFinding, FindingKind]] = MappingProxyType(
    {
        ProofFinding.RESULT_INVALID: FindingKind(
            ProofVerdict.IMPOSSIBLE,
            "The document is not a result as Proxx writes it.",
            "Name the *.result.json as it was filed; restore it if somebody edited it.",
        ),
        ProofFinding.NOTHING_PUBLISHED: FindingKind(
            ProofVerdict.IMPOSSIBLE,
            "No clip of the job completed, so there is no proxy to prove anything about.",
            "Name the result of a job that is COMPLETED or PARTIAL.",
        ),
        ProofFinding.OUTPUT_GONE: FindingKind(
            ProofVerdict.DIFFERENT,
            "There is no file where the proxy was published.",
            "Mount its volume, bring it back, or say with --in where the proxies are now.",
        ),
        ProofFinding.OUTPUT_SIZE_DIFFERS: FindingKind(
            ProofVerdict.DIFFERENT,
            "The proxy has another number of bytes than the published one.",
            "Do not cut with it; restore it, or make it again under another name.",
        ),
        ProofFinding.OUTPUT_DIGEST_DIFFERS: FindingKind(
            ProofVerdict.DIFFERENT,
            "The proxy has the recorded size and other bytes.",
            "Do not cut with it; restore it, or make it again under another name.",
        ),
        ProofFinding.OUTPUT_READ_ERROR: FindingKind(
            ProofVerdict.BROKEN,
            "The proxy is there and cannot be read.",
            "Check permissions and the health of its volume, then run the command again.",
        ),
        ProofFinding.RECORD_INCOMPLETE: FindingKind(
            ProofVerdict.IMPOSSIBLE,
            "The result does not say which engine and profile ran: a crash came before it.",
            "Use `proxx verify`, which needs neither.",
        ),
        ProofFinding.ENGINE_NOT_REPEATABLE: FindingKind(
            ProofVerdict.IMPOSSIBLE,
            "The job ran in an engine whose bytes are not promised to repeat.",
            "Use `proxx verify`; only FFmpeg jobs can be reproduced.",
        ),
        ProofFinding.ENGINE_DIFFERS: FindingKind(
            ProofVerdict.IMPOSSIBLE,
            "The FFmpeg that would run is not the one that made the proxy.",
            "Set PROXX_FFMPEG to the recorded program.",
        ),
        ProofFinding.PROFILE_DIFFERS: FindingKind(
            ProofVerdict.IMPOSSIBLE,
            "The canonical profile is not the one that made the proxy.",
            "Run the command with the version of Proxx that the result names.",
        ),
        ProofFinding.SOURCE_DIFFERS: FindingKind(
            ProofVerdict.IMPOSSIBLE,
            "The file at the source's path is not the one that the proxy was made of.",
            "Bring the recorded source back to its path.",
        ),
        ProofFinding.COMMAND_DIFFERS: FindingKind(
            ProofVerdict.IMPOSSIBLE,
            "This Proxx gives FFmpeg another command than the recorded one.",
            "Run the command with the version of Proxx that the result names.",
        ),
        ProofFinding.SCRATCH_UNUSABLE: FindingKind(
            ProofVerdict.BROKEN,
            "The scratch folder cannot take the encode.",
            "Name a folder with space and write permission with --scratch.",
        ),
        ProofFinding.ENCODE_FAILED: FindingKind(
            ProofVerdict.BROKEN,
            "The second encode did not come to its end.",
            "Do what its message says, then run the command again.",
        ),
        ProofFinding.REENCODE_DIFFERS: FindingKind(
            ProofVerdict.DIFFERENT,
            "The same source, profile and engine gave other bytes than recorded.",
            "Compare the machines: docs/proving.md says which CPUs the promise covers.",
        ),
        ProofFinding.OUTPUT_ALTERED: FindingKind(
            ProofVerdict.DIFFERENT,
            "The second encode has the recorded bytes; the published proxy has others now.",
            "Do not cut with it; the kept scratch file is what it should be.",
        ),
    }
)


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
    """Build a reason with the table's words."""
    kind = FINDINGS[finding]
    return Reason(code=finding, message=message, action=kind.action, verdict=kind.verdict)


@frozen(kw_only=True)
class Difference:
    """Where two files part."""

    #: the first byte that differs, from 0; the shorter file's size where one is the other's start
    offset: int
    #: what lies there, as far as the container tells; empty where it does not
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
    #: where the files part, where two were compared and differ
    difference: Difference | None = None
    #: the second encode, where it was kept for a look
    kept_path: str | None = None
    #: whether the proxy itself was read; else the record's digest stands for it
    output_read: bool = True

    @property
    def verdict(self) -> ProofVerdict:
        """What follows from the reasons."""
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
        """What follows for the job: a proven difference outweighs what could not be proven."""
        own = worst(each.verdict for each in self.reasons)
        return worst([own, *(clip.verdict for clip in self.clips)])


def worst(verdicts: Any) -> ProofVerdict:
    """Give the verdict that counts among several."""
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
    """As much of a result as proofs rest on."""

    #: the document that was submitted
    jobspec: Mapping[str, Any]
    #: the clips that completed
    clips: tuple[RecordedClip, ...]
    #: "ffmpeg" or "resolve"; None where routing was not reached
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
