"""Every failure code: class, meaning and what to do about it. The one table of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from proxx_daemon.failures.codes import Code, FailureClass, FailureKind
from proxx_daemon.failures.table_resolve import RESOLVE_BEFORE, RESOLVE_DURING

_A: Final = FailureClass.PRE_JOB
_B: Final = FailureClass.VALIDATION
_C: Final = FailureClass.EXECUTION
_NEW_SPEC: Final = "Correct the JobSpec and submit it as a new file."

FAILURES: Final[Mapping[Code, FailureKind]] = MappingProxyType(
    {
        Code.USER_PROFILE_UNKNOWN: FailureKind(
            _A,
            "No user profile in the folder has that name.",
            "Name one that `proxx user-profiles` lists; capitals and spaces count.",
        ),
        Code.USER_PROFILE_INVALID: FailureKind(
            _A,
            "The user profile's file cannot be read, breaks a rule, or shares its name.",
            "Have whoever keeps the user profiles correct what `errors` lists.",
        ),
        Code.USER_PROFILE_DEPRECATED: FailureKind(
            _A,
            "The user profile is DEPRECATED.",
            "Choose an ACTIVE one of `proxx user-profiles`.",
        ),
        Code.USER_PROFILE_GRADUATED: FailureKind(
            _A,
            "The user profile is GRADUATED: a canonical profile took its place.",
            "Choose an ACTIVE user profile, or write a JobSpec for the canonical profile.",
        ),
        Code.USER_PROFILE_UNSATISFIABLE: FailureKind(
            _A,
            "No canonical profile meets all constraints of the user profile.",
            "Have the constraints corrected; `proxx user-profiles NAME` shows what each removes.",
        ),
        Code.USER_PROFILE_AMBIGUOUS: FailureKind(
            _A,
            "Several canonical profiles meet all constraints of the user profile.",
            "Have a constraint added that only one of them meets.",
        ),
        Code.JOB_REQUEST_INVALID: FailureKind(
            _A,
            "What was asked of `proxx create` makes no valid JobSpec; `errors` lists each cause.",
            "Correct the arguments that are named and run the command again.",
        ),
        Code.JOBSPEC_EXISTS: FailureKind(
            _A,
            "There is a file of the JobSpec's name already, and nothing is overwritten.",
            "Choose another --job-id or --out, or wait until that job was taken.",
        ),
        Code.SPEC_UNREADABLE: FailureKind(
            _B,
            "The spec could not be read from disk.",
            "Check the permissions of the file and the health of its file system, then submit "
            "it again.",
        ),
        Code.SPEC_NOT_A_FILE: FailureKind(
            _B,
            "What was submitted is not a regular file with one name.",
            "Submit a plain file, not a link, a folder or a device.",
        ),
        Code.SPEC_REPLACED: FailureKind(
            _B,
            "The file was exchanged for another one while it was being claimed.",
            "Write specs under a temporary name and rename them into pending/ once.",
        ),
        Code.SPEC_EMPTY: FailureKind(
            _B, "The spec has no content.", "Find out why its writer wrote nothing; submit again."
        ),
        Code.SPEC_TOO_LARGE: FailureKind(
            _B, "The spec is larger than 1 MiB.", "Split the job into several JobSpecs."
        ),
        Code.SPEC_TOO_DEEP: FailureKind(_B, "The spec is nested deeper than 32 levels.", _NEW_SPEC),
        Code.SPEC_NOT_UTF8: FailureKind(
            _B,
            "The spec is not UTF-8 text without a byte order mark.",
            "Save the file as UTF-8 without a byte order mark and submit it again.",
        ),
        Code.SPEC_NOT_JSON: FailureKind(_B, "The spec is not valid JSON.", _NEW_SPEC),
        Code.SPEC_DUPLICATE_KEY: FailureKind(
            _B, "A key stands twice in one object of the spec.", "Keep one of the two."
        ),
        Code.VERSION_UNSUPPORTED: FailureKind(
            _B,
            "jobspec_version is missing or not a version that this Proxx runs.",
            'Write the spec for JobSpec version "2.1".',
        ),
        Code.FIELD_MISSING: FailureKind(_B, "A required field is missing.", _NEW_SPEC),
        Code.FIELD_UNKNOWN: FailureKind(
            _B, "A field is not part of JobSpec 2.1.", "Remove the field and submit again."
        ),
        Code.FIELD_TYPE: FailureKind(
            _B, "A field has the wrong JSON type; nothing is converted.", _NEW_SPEC
        ),
        Code.FIELD_VALUE: FailureKind(_B, "A field has a value that is not allowed.", _NEW_SPEC),
        Code.PROFILE_MISSING: FailureKind(
            _B,
            "The spec names no proxy profile, and none is chosen for it.",
            "Name one of the profiles that `proxx profiles` lists in proxy_profile.",
        ),
        Code.PROFILE_UNKNOWN: FailureKind(
            _B,
            "There is no canonical profile of that name.",
            "Name one of the profiles that `proxx profiles` lists in proxy_profile.",
        ),
        Code.PROFILE_MISMATCH: FailureKind(
            _B,
            "codec, container, resolution or resolve_preset differ from the profile's.",
            "Write exactly what `proxx profiles NAME` shows, or name another profile.",
        ),
        Code.PROFILE_ENGINE_MISMATCH: FailureKind(
            _B,
            "The profile is for one engine and the sources route to the other.",
            "Name a profile of the engine that these sources need (`proxx profiles`).",
        ),
        Code.DNXHD_CONTAINER: FailureKind(
            _B,
            "DNxHD was asked for, or found, outside MXF.",
            "Use MXF container for DNxHD output, or switch to DNxHR which supports MOV.",
        ),
        Code.VALIDATION_FAILED: FailureKind(
            _B,
            "Several different problems were found; `errors` lists each with its own code.",
            "Correct everything that `errors` lists and submit a new JobSpec.",
        ),
        Code.SOURCE_MISSING: FailureKind(
            _B,
            "A source file does not exist.",
            "Check that the volume is mounted on this machine and the path is right.",
        ),
        Code.SOURCE_UNREADABLE: FailureKind(
            _B,
            "A source file exists and cannot be read.",
            "Give the user that runs Proxx read permission, or mend the volume.",
        ),
        Code.SOURCE_NOT_A_FILE: FailureKind(
            _B,
            "A source is not a regular file; folders are for camera RAW only.",
            "Name the media file itself.",
        ),
        Code.SOURCE_EMPTY: FailureKind(
            _B, "A source file has no content.", "Copy the file again from its card or archive."
        ),
        Code.SOURCE_NOT_MEDIA: FailureKind(
            _B,
            "The probe finds no media in a source, or media that refers to other files.",
            "Play the file on a workstation; copy it again if it is damaged.",
        ),
        Code.SOURCE_ENCRYPTED: FailureKind(
            _B,
            "The content of a source is encrypted.",
            "Get the clip without encryption (CENC) from whoever delivered it.",
        ),
        Code.SOURCE_PROBE_TIMEOUT: FailureKind(
            _B,
            "The probe of a source did not end within its time.",
            "Check the speed of the volume; play the file on a workstation.",
        ),
        Code.SOURCE_UNSUPPORTED: FailureKind(
            _B,
            "Container and codec of a source are not a pair of the source capability matrix.",
            "Export ProRes or DNxHR from an editing system and make the proxy of that.",
        ),
        Code.SOURCE_MIXED_ENGINES: FailureKind(
            _B,
            "Some sources of one job need FFmpeg and others Resolve.",
            "Submit one JobSpec for the RAW sources and one for the others.",
        ),
        Code.SOURCE_LENGTH_UNKNOWN: FailureKind(
            _B,
            "Frame count or frame rate of a source cannot be established.",
            "Rewrap the file with an editing system and make the proxy of that.",
        ),
        Code.SOURCE_TRUNCATED: FailureKind(
            _B,
            "A source holds fewer frames than its own header says.",
            "Copy the file again from its card or archive.",
        ),
        Code.SOURCE_SIZE_UNSUPPORTED: FailureKind(
            _B,
            "The proxy would be smaller than the profile's codec can encode.",
            "Name a profile whose codec takes this frame size.",
        ),
        Code.SOURCE_PICTURE_TOO_LARGE: FailureKind(
            _B,
            "A source claims pictures larger than any footage has.",
            "Check where the file comes from; a crafted one fills memory.",
        ),
        Code.SOURCE_RATE_UNSUPPORTED: FailureKind(
            _B,
            "The profile's container cannot hold this frame rate.",
            "Set fps_mode to explicit with a rate that the message lists, or use a MOV or MP4 "
            "profile.",
        ),
        Code.SOURCE_VARIABLE_RATE: FailureKind(
            _B,
            "The source has a variable frame rate and the proxy needs a constant one.",
            "Set fps_mode to explicit with the rate of the edit.",
        ),
        Code.SOURCE_ROTATION_UNSUPPORTED: FailureKind(
            _B,
            "The source is turned in a way that no exact upright picture can be made of.",
            "Turn the source in an editing system, export ProRes or DNxHR and submit that.",
        ),
        Code.SOURCE_TIMECODE_INVALID: FailureKind(
            _B,
            "The source's start timecode does not exist at its frame rate: no proxy can have it.",
            "Correct the source's timecode track, or remove it, and submit the job again.",
        ),
        Code.AUDIO_UNSUPPORTED: FailureKind(
            _B,
            "The profile's audio rule cannot carry an audio track of the source.",
            "Name a profile that encodes audio (AAC or PCM) instead of copying it.",
        ),
        Code.SOURCE_SEQUENCE_INVALID: FailureKind(
            _B,
            "A folder or frame of camera RAW does not stand for exactly one image sequence.",
            "Keep the frames of one clip, and nothing else of that format, in a folder of "
            "their own, and name that folder.",
        ),
        Code.SOURCE_SEQUENCE_GAP: FailureKind(
            _B,
            "Frames of an image sequence are missing.",
            "Copy the clip's folder again from its card or archive.",
        ),
        Code.OUTPUT_DIRECTORY_MISSING: FailureKind(
            _B,
            "output_directory does not exist; Proxx makes no folders.",
            "Create the folder, or mount its volume, and submit again.",
        ),
        Code.OUTPUT_DIRECTORY_NOT_A_DIRECTORY: FailureKind(
            _B, "output_directory is not a directory.", "Name an existing folder."
        ),
        Code.OUTPUT_DIRECTORY_NOT_WRITABLE: FailureKind(
            _B,
            "Nothing can be written into output_directory.",
            "Give the user that runs Proxx write permission there.",
        ),
        Code.TOKEN_UNKNOWN: FailureKind(
            _B, "naming_template has a token that does not exist.", _NEW_SPEC
        ),
        Code.TOKEN_UNRESOLVED: FailureKind(
            _B,
            "naming_template has a token for which this source has no value.",
            "Leave the token out, or submit this source with another template.",
        ),
        Code.NAME_INVALID: FailureKind(
            _B,
            "The resolved name is not a usable name for one file.",
            "Change naming_template; it makes one file name, never a path.",
        ),
        Code.OUTPUT_COLLISION: FailureKind(
            _B,
            "Two clips of the job would have the same output.",
            "Add a token that differs between them, such as {index}, to naming_template.",
        ),
        Code.OUTPUT_EXISTS: FailureKind(
            _B,
            "The output exists already, and nothing is overwritten.",
            "Move the existing file away, or change naming_template or output_directory.",
        ),
        Code.OUTPUT_NO_SPACE: FailureKind(
            _B,
            "The volume of output_directory has less space than the proxies are likely to need.",
            "Free space there, or submit the sources in smaller jobs.",
        ),
        Code.ENGINE_MISSING: FailureKind(
            _B,
            "No FFmpeg was found where the rule looks for one.",
            "Install FFmpeg 5.1 or later, or `pip install 'proxx[ffmpeg]'`, or set PROXX_FFMPEG.",
        ),
        Code.ENGINE_UNUSABLE: FailureKind(
            _B,
            "The chosen FFmpeg does not run, or is older than 5.1.",
            "Run it by hand with -version; install FFmpeg 5.1 or later.",
        ),
        Code.ENGINE_PIN_MISMATCH: FailureKind(
            _B,
            "The FFmpeg that was found is not the one that the configuration pins.",
            "Install the pinned build, or compare proxies of both and change the pin on purpose.",
        ),
        Code.ENGINE_LACKS_ENCODER: FailureKind(
            _B,
            "The chosen FFmpeg was built without an encoder that the profile needs.",
            "Use an FFmpeg build with it, such as the one of `pip install 'proxx[ffmpeg]'`.",
        ),
        Code.ENGINE_LACKS_DECODER: FailureKind(
            _B,
            "The chosen FFmpeg was built without a software decoder for a source.",
            "Use an FFmpeg build with one, such as Debian's, which has dav1d for AV1.",
        ),
        **RESOLVE_BEFORE,
        Code.ENGINE_NOT_STARTED: FailureKind(
            _C,
            "The operating system could not start the engine.",
            "Check free memory, process limits and the engine's permissions.",
        ),
        Code.ENGINE_FAILED: FailureKind(
            _C,
            "The engine ended with an error.",
            "Read the last lines of the engine's log in the result; check that source.",
        ),
        Code.ENGINE_KILLED: FailureKind(
            _C,
            "The engine was ended by a signal that Proxx did not send.",
            "Check the system's log, for the out-of-memory killer first of all.",
        ),
        Code.ENGINE_STALLED: FailureKind(
            _C,
            "The engine made no progress for the whole stall time and was ended.",
            "Check the volumes of source and output; try the source on a workstation.",
        ),
        Code.ENGINE_TIMEOUT: FailureKind(
            _C,
            "The engine ran longer than its time limit and was ended.",
            "Check the machine's load, or raise the limit for sources this long.",
        ),
        **RESOLVE_DURING,
        Code.DISK_FULL: FailureKind(
            _C, "There was no space left to write to.", "Free space there, then submit again."
        ),
        Code.SOURCE_CHANGED: FailureKind(
            _C,
            "The source changed between its check and the end of the encode.",
            "Wait until the source is completely copied, then submit again.",
        ),
        Code.OUTPUT_NOT_WRITTEN: FailureKind(
            _C,
            "The engine reported success and left no output, or an empty one.",
            "Read the engine's log; check that the output folder was not removed.",
        ),
        Code.OUTPUT_UNREADABLE: FailureKind(
            _C,
            "The output cannot be probed.",
            "Keep the partial file and the engine's log for a report; check the volume.",
        ),
        Code.OUTPUT_LAYOUT_UNEXPECTED: FailureKind(
            _C,
            "The MXF output is not put together in the way that Proxx knows how to identify.",
            "Use the FFmpeg of `pip install 'proxx[ffmpeg]'`; report this one's version.",
        ),
        Code.VERIFICATION_FAILED: FailureKind(
            _C,
            "The output is not what was planned; `verification` lists each check.",
            "Check the source first: damaged or truncated sources end here.",
        ),
        Code.PUBLISH_REFUSED: FailureKind(
            _C,
            "A file of the output's name appeared while the clip was encoded.",
            "Find out who else writes there; move that file away and submit again.",
        ),
        Code.OUTPUT_IO_ERROR: FailureKind(
            _C,
            "The output's file system reported an error.",
            "Check the volume of output_directory before anything else is written to it.",
        ),
        Code.CANCELLED: FailureKind(
            _C,
            "An operator cancelled the job; the message names who.",
            "Ask that operator; `proxx resubmit FOLDER JOB` runs the job again.",
        ),
        Code.INTERRUPTED: FailureKind(
            _C,
            "The job was running when Proxx was stopped or died.",
            "Submit the sources that are not completed as a new JobSpec.",
        ),
        Code.SPOOL_IO_ERROR: FailureKind(
            _C,
            "The watch folder's file system reported an error.",
            "Check the volume of the watch folder before anything else is submitted.",
        ),
        Code.INTERNAL_ERROR: FailureKind(
            _C,
            "Proxx met a situation that it does not know: a defect of Proxx.",
            "Report it with the result and the log.",
        ),
    }
)
