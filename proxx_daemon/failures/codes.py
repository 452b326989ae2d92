"""Every failure: its code, class, meaning, what to do and where to look. The one table of them.

Scripts and alerts act on the codes: they are added, never renamed or reused. To add one, write it
here and run `make docs`. `entries` explains the form.
"""

from proxx_daemon.failures.entries import (
    NEW_SPEC,
    Entry,
    FailureClass,
    before,
    check,
    entry,
    run,
    spec,
    unread,
)


class Code(Entry):
    """The stable names, each with its class and texts."""

    # Before a JobSpec exists
    USER_PROFILE_UNKNOWN = before("""No user profile has that name.
        Do: Choose a profile from the list. Capital letters and spaces count.
        Look: `proxx user-profiles` lists them.""")
    USER_PROFILE_INVALID = before("""The file of the user profile cannot be read, breaks a rule,
        or uses the name of another one.
        Do: Choose another profile; or ask an administrator to correct what `errors` lists.""")
    USER_PROFILE_DEPRECATED = before("""The user profile is DEPRECATED.
        Do: Choose an ACTIVE profile.""")
    USER_PROFILE_GRADUATED = before("""The user profile is GRADUATED: a canonical profile has
        replaced it.
        Do: Choose an ACTIVE profile; or ask an administrator for one.
        Look: `proxx user-profiles NAME` names the canonical profile.""")
    USER_PROFILE_UNSATISFIABLE = before("""No canonical profile meets all constraints of the
        user profile.
        Do: Choose another profile; or ask an administrator to correct the constraints.
        Look: `proxx user-profiles NAME` shows what each constraint removes.""")
    USER_PROFILE_AMBIGUOUS = before("""Several canonical profiles meet all constraints of the
        user profile.
        Do: Choose another profile; or ask an administrator to add a constraint.
        Look: `proxx user-profiles NAME` lists those that remain.""")
    JOB_REQUEST_INVALID = before("""The request makes no valid JobSpec. `errors` lists each
        cause.
        Do: Correct what `errors` lists and create the job again.""")
    JOBSPEC_EXISTS = before("""A file with the name of the JobSpec exists. Nothing is
        overwritten.
        Do: Wait until that job has started, or create this one with another id.""")

    # The document
    SPEC_UNREADABLE = unread("""The spec cannot be read from disk.
        Do: Ask an administrator to check the permissions of the file and the health of its
        disk.""")
    SPEC_NOT_A_FILE = unread("""The spec is not a regular file with one name.
        Do: Submit a plain file, not a link, a folder or a device.""")
    SPEC_REPLACED = unread("""The file was replaced by another one while Proxx claimed it.
        Do: Submit it again, once. If it happens again, ask whoever wrote the JobSpec to rename the
        complete file into `pending/`.""")
    SPEC_EMPTY = spec("""The spec has no content.
        Do: Find out why the program that wrote it wrote nothing.""")
    SPEC_TOO_LARGE = spec("""The spec is larger than 1 MiB.
        Do: Split the job into several smaller ones.""")
    SPEC_TOO_DEEP = spec("""The spec is nested deeper than 32 levels.
        Do: Ask whoever wrote the JobSpec to correct it.""")
    SPEC_NOT_UTF8 = spec("""The spec is not UTF-8 text without a byte order mark.
        Do: Save the file as UTF-8 without a byte order mark.""")
    SPEC_NOT_JSON = spec("""The spec is not valid JSON.
        Do: Ask whoever wrote the JobSpec to correct it.""")
    SPEC_DUPLICATE_KEY = spec("""A key appears twice in one object of the spec.
        Do: Ask whoever wrote the JobSpec to remove one of the two.""")

    # Its fields
    VERSION_UNSUPPORTED = spec("""The version of the JobSpec is missing or not supported.
        Do: Ask whoever wrote the JobSpec to write it for version "2.1" (jobspec_version).""")
    FIELD_MISSING = spec("""A required field is missing.
        Do: Ask whoever wrote the JobSpec to add it.""")
    FIELD_UNKNOWN = spec("""A field is not part of JobSpec 2.1.
        Do: Ask whoever wrote the JobSpec to remove it.""")
    FIELD_TYPE = spec("""A field has the wrong JSON type. Proxx converts nothing.
        Do: Ask whoever wrote the JobSpec to correct it.""")
    FIELD_VALUE = spec("""A field has a value that is not allowed.
        Do: Ask whoever wrote the JobSpec to correct it.""")
    PROFILE_MISSING = spec("""The spec names no proxy profile. Proxx never chooses one.
        Do: Ask whoever wrote the JobSpec to name a canonical profile in proxy_profile.
        Look: `proxx profiles` lists them.""")
    PROFILE_UNKNOWN = spec("""No canonical profile has that name.
        Do: Ask whoever wrote the JobSpec to name a canonical profile in proxy_profile.
        Look: `proxx profiles` lists them.""")
    PROFILE_MISMATCH = spec("""The spec contradicts its profile in codec, container, resolution
        or resolve_preset.
        Do: Ask whoever wrote the JobSpec to copy these fields from the profile.
        Look: `proxx profiles NAME` shows them.""")
    PROFILE_ENGINE_MISMATCH = spec("""The profile is for one engine, but the sources need the
        other.
        Do: Choose a profile for the engine that the sources need.
        Look: `proxx profiles` lists the engine of each.""")
    DNXHD_CONTAINER = spec("""The spec asks for DNxHD in a container other than MXF.
        Do: Use MXF container for DNxHD output, or switch to DNxHR which supports MOV.""")
    VALIDATION_FAILED = spec("""Several different problems were found. `errors` lists each with
        its own code.
        Do: Correct everything that `errors` lists.""")

    # Its sources
    SOURCE_MISSING = check("""A source file does not exist.
        Do: Check that its volume is mounted on this machine and that the path is right.""")
    SOURCE_IN_WATCH_FOLDER = spec("""A source is inside a watch folder. Footage does not belong
        there.
        Do: Move the footage out of the watch folder and submit it from there.""")
    SOURCE_UNREADABLE = check("""A source file exists but cannot be read.
        Do: Ask an administrator to give the user that runs Proxx read permission, or to check
        the volume.""")
    STORAGE_NOT_ANSWERING = check("""The volume of a source, of the output folder or of FFmpeg did
        not answer when the job was checked.
        Do: Open the folder on a workstation. If it hangs there too, ask an administrator to check
        the server and the network, and to mount the volume again. Then submit the job again.
        Look: `dmesg`; `timeouts.stall_seconds` in the configuration.""")
    SOURCE_NOT_A_FILE = spec("""A source is not a regular file. Folders are for camera RAW only.
        Do: Choose the media file itself.""")
    SOURCE_EMPTY = check("""A source file has no content.
        Do: Copy the file again from its card or archive.""")
    SOURCE_NOT_MEDIA = check("""A source is not a media file, or it refers to other files.
        Do: Play the file on a workstation. If it is damaged, copy it again.""")
    SOURCE_ENCRYPTED = check("""The content of a source is encrypted.
        Do: Ask whoever delivered the clip for one without encryption (CENC).""")
    SOURCE_PROBE_TIMEOUT = check("""The probe of a source took too long.
        Do: Play the file on a workstation; ask an administrator to check the speed of its
        volume.""")
    SOURCE_UNSUPPORTED = spec("""Proxx does not support the container and codec of a source
        together.
        Do: Export ProRes or DNxHR from an editing system and submit that file.""")
    SOURCE_DOLBY_VISION = spec("""A source is Dolby Vision of a profile whose colours are wrong in
        every editing system, or of an unknown one.
        Do: Ask whoever delivered the clip for HDR10, HLG, SDR or Dolby Vision profile 8; or export
        ProRes from a system that shows its colours right, and submit that file.
        Look: `ffprobe -show_streams` names the profile (dv_profile).""")
    SOURCE_MIXED_ENGINES = spec("""Some sources of the job need FFmpeg and others need Resolve.
        Do: Submit one job for the RAW sources and one for the others.""")
    SOURCE_LENGTH_UNKNOWN = check("""The frame count or frame rate of a source cannot be found
        out.
        Do: Rewrap the file with an editing system and submit the new file.""")
    SOURCE_TRUNCATED = check("""A source ends before its own header or index says.
        Do: Wait until the source is completely copied, or copy it again from its card or
        archive.""")
    SOURCE_TIMES_INVALID = check("""Two frames of a source have the same time, or one is shown
        before the frame that precedes it. No proxy can keep such times.
        Do: Play the clip in an editing system. If it plays as it should, export it from there
        and submit the new file.""")
    SOURCE_UNDECODABLE = check("""FFmpeg cannot decode every frame of a source. A clip that was
        cut out of a longer one can begin with frames that need the part before it.
        Do: Submit the complete clip, or copy the file again from its card or archive. If there is
        no other, ask an administrator to rewrap it: `ffmpeg -i FILE -map 0 -c copy NEW_FILE`
        makes a file that begins with a frame that can be decoded.""")
    SOURCE_DAMAGED = check("""The index of a source contradicts itself, so its frames cannot be
        found.
        Do: Copy the file again from its card or archive. If it is the same there, ask whoever
        delivered it for a new export.""")
    SOURCE_SIZE_UNSUPPORTED = spec("""The proxy would be smaller than its codec can encode.
        Do: Choose a profile whose codec accepts this frame size.""")
    SOURCE_PICTURE_TOO_LARGE = check("""A source claims pictures larger than any footage has.
        Do: Find out where the file comes from. A forged file can fill the memory of the
        machine.
        Look: `ffprobe` on a machine without jobs.""")
    SOURCE_RATE_UNSUPPORTED = spec("""The container of the profile cannot hold this frame rate.
        Do: Choose a MOV or MP4 profile; or ask whoever wrote the JobSpec to set fps_explicit to
        a rate that the message lists.""")
    SOURCE_VARIABLE_RATE = spec("""The source has a variable frame rate, but the proxy needs a
        constant one.
        Do: Create the job with an explicit frame rate, the one of the edit (fps_mode and
        fps_explicit in a JobSpec); or ask an administrator to do it.""")
    SOURCE_ROTATION_UNSUPPORTED = check("""The source is rotated by an angle that Proxx cannot
        turn upright exactly.
        Do: Rotate the clip in an editing system, export ProRes or DNxHR and submit that file.""")
    SOURCE_TIMECODE_INVALID = check("""The start timecode of the source does not exist at its
        frame rate.
        Do: Correct or remove the timecode track of the source.""")
    AUDIO_UNSUPPORTED = spec("""The profile cannot carry an audio track of the source.
        Do: Choose a profile that encodes audio (AAC or PCM) instead of copying it.""")
    SOURCE_AUDIO_UNDECODABLE = check("""An audio track of the source cannot be decoded: at its
        start, or at all.
        Do: Copy the file again from its card or archive. If it is the same there, submit a copy
        without that track.
        Look: The action in the result has the command that makes this copy. Play the source and
        listen to each of its tracks.""")
    SOURCE_SEQUENCE_INVALID = check("""A folder or frame of camera RAW is not exactly one image
        sequence.
        Do: Keep the frames of one clip in a folder of their own, with no other files of that
        format, and choose that folder.""")
    SOURCE_SEQUENCE_GAP = check("""Frames of an image sequence are missing.
        Do: Copy the folder of the clip again from its card or archive.""")

    # Its outputs
    OUTPUT_DIRECTORY_MISSING = check("""The output folder does not exist. Proxx creates no
        folders.
        Do: Create the folder, or ask an administrator to mount its volume.""")
    OUTPUT_DIRECTORY_IN_WATCH_FOLDER = spec("""The output folder is a watch folder, or a folder
        inside one. Only Proxx itself writes there.
        Do: Choose an output folder outside of the watch folder.
        Look: The message names the watch folder. A link can lead into it.""")
    OUTPUT_DIRECTORY_NOT_A_DIRECTORY = spec("""The output folder is not a folder.
        Do: Choose an existing folder.""")
    OUTPUT_DIRECTORY_NOT_WRITABLE = check("""Proxx may not write into the output folder.
        Do: Ask an administrator to give the user that runs Proxx write permission there.""")
    TOKEN_UNKNOWN = spec("""The naming template has a token that does not exist.
        Do: Ask whoever wrote the JobSpec to correct naming_template.""")
    TOKEN_UNRESOLVED = spec("""The naming template has a token for which this source has no
        value.
        Do: Submit this source with a naming template that does not need it.""")
    NAME_INVALID = spec("""The naming template does not make a usable file name.
        Do: Change the naming template. It makes one file name, never a path.""")
    OUTPUT_COLLISION = spec("""Two clips of the job would have the same output.
        Do: Submit them as two jobs with different output folders, or add a token that differs,
        such as {index}, to the naming template.""")
    OUTPUT_EXISTS = check("""The output file exists. Nothing is overwritten.
        Do: Move the existing file away, or choose another output folder.""")
    OUTPUT_CLAIMED = check("""Another job that runs or waits for its engine makes an output of that
        name.
        Do: Wait until the other job has ended. If it completed, its proxy is there and this job is
        not needed. Otherwise submit this job again.
        Look: The message names the other job. `proxx jobs` says how it ended.""")
    OUTPUT_NO_SPACE = check("""The volume of the output folder has less space than the proxies
        are likely to need.
        Do: Free space there, or submit the sources in smaller jobs.
        Look: `df -h` for the output folder. The message has both numbers.""")

    # The engines
    ENGINE_MISSING = check("""FFmpeg was not found.
        Do: Ask an administrator to install FFmpeg 5.1 or later, or to set PROXX_FFMPEG.
        Look: `proxx doctor --config FILE` lists where Proxx looked.""")
    ENGINE_UNUSABLE = check("""The chosen FFmpeg does not run, or it is older than 5.1.
        Do: Ask an administrator to install FFmpeg 5.1 or later.
        Look: `proxx doctor --config FILE`; run the program by hand with `-version`.""")
    ENGINE_PIN_MISMATCH = check("""The FFmpeg that was found is not the one that the
        configuration pins.
        Do: Ask an administrator to install the pinned FFmpeg; or to compare proxies of both,
        then change the pin.
        Look: `proxx watch --config FILE --check-config`. Who updated FFmpeg?""")
    ENGINE_LACKS_ENCODER = check("""The chosen FFmpeg lacks an encoder that the profile needs.
        Do: Ask an administrator to install an FFmpeg with that encoder.
        Look: `proxx doctor` lists what this FFmpeg lacks. The one of the `ffmpeg` extra has
        all.""")
    ENGINE_LACKS_DECODER = check("""The chosen FFmpeg lacks a software decoder for a source.
        Do: Ask an administrator to install an FFmpeg with that decoder.
        Look: `proxx doctor` lists what this FFmpeg lacks. Debian's FFmpeg has dav1d for AV1.""")
    RESOLVE_UNAVAILABLE = check("""The job needs DaVinci Resolve, but its scripting module was
        not found.
        Do: Ask an administrator to install DaVinci Resolve Studio on this machine, or to set
        RESOLVE_SCRIPT_API and RESOLVE_SCRIPT_LIB (docs/how-to/resolve.md).""")
    RESOLVE_MODULE_UNUSABLE = check("""The scripting module of Resolve exists but cannot be
        loaded.
        Do: Ask an administrator for a Resolve release that supports this Python. The message
        quotes the module.""")
    RESOLVE_NOT_RUNNING = check("""DaVinci Resolve is installed but not running. Proxx never
        starts it.
        Do: Start DaVinci Resolve Studio on that machine (with -nogui if nobody works there).""")
    RESOLVE_SCRIPTING_OFF = check("""Resolve is running but accepts no connections from other
        programs.
        Do: In Resolve Studio, set Preferences, System, General, External scripting using to
        Local. The free edition has no such setting: RAW needs Studio.""")
    RESOLVE_FREE_EDITION = check("""The free edition of Resolve is running. Proxx needs DaVinci
        Resolve Studio.
        Do: Start DaVinci Resolve Studio instead.""")
    RESOLVE_NOT_ANSWERING = check("""Resolve did not answer before the job began.
        Do: Look for an open dialog on the screen of Resolve, then restart Resolve.""")
    RESOLVE_IN_USE = check("""Somebody has a project open in this Resolve. Proxx never closes
        it.
        Do: Save and close that project; or ask an administrator to give Proxx its own machine.""")
    RESOLVE_PRESET_MISSING = check("""Resolve has no render preset with the name that the
        profile needs.
        Do: Ask an administrator to create the preset as docs/how-to/resolve.md describes it. Its
        name must match exactly.""")

    # Execution
    ENGINE_NOT_STARTED = run("""The operating system could not start the engine.
        Do: Ask an administrator to check free memory, process limits and the permissions of the
        engine.
        Look: `ulimit -a` of the service; `systemctl status` for TasksMax.""")
    ENGINE_CHANGED = run("""FFmpeg or its ffprobe was replaced on disk after the job was checked.
        Every clip of a job is made by the programs that its result names.
        Do: Wait until the update of FFmpeg is complete.
        Look: Who updated FFmpeg? `proxx doctor` shows which one runs now.""")
    ENGINE_FAILED = run("""The engine ended with an error, or could not decode part of a picture.
        Do: Read the last lines of the engine's log in the result. Check the source that they
        name.
        Look: `clips[].engine_log_tail` in the result. `NAME.log` has the whole log.""")
    ENGINE_KILLED = run("""The engine was ended by a signal that Proxx did not send.
        Do: Ask an administrator to check the system log, for the out-of-memory killer first.
        Look: `journalctl -k | grep -i oom` on that machine, then `NAME.log`.""")
    STORAGE_STALLED = run("""The volume of a source, of the output folder or of FFmpeg stopped to
        answer while the job ran. What Proxx asked of it last may still happen when it answers
        again.
        Do: Ask an administrator to check the server, the network and the mount. Look into the
        output folder before you submit the job again.
        Look: `dmesg`; `timeouts.stall_seconds` in the configuration.""")
    ENGINE_STALLED = run("""The engine made no progress for the whole stall time. Proxx ended
        it.
        Do: Play the source on a workstation; ask an administrator to check the volumes of
        source and output.
        Look: `NAME.log`; `dmesg` for the volumes of source and output.""")
    ENGINE_TIMEOUT = run("""The engine ran longer than its time limit. Proxx ended it.
        Do: Ask an administrator to check the load of the machine, or to raise the limit for
        sources of this length.
        Look: `NAME.log`; `timeouts.engine_seconds` in the configuration.""")
    RESOLVE_CONNECT_FAILED = run("""Resolve answered when the job was checked, but the session
        could not connect.
        Do: Find out who quit Resolve or changed its preferences.""")
    RESOLVE_NOT_ALIVE = run("""Resolve accepts a connection but does not answer.
        Do: Look for an open dialog on the screen of Resolve, then restart Resolve.""")
    RESOLVE_LEFTOVER = run("""A project of an earlier session could not be removed from Resolve.
        Do: In Resolve, delete the projects whose names begin with proxx-session-.""")
    RESOLVE_PROJECT_FAILED = run("""Resolve did not create a project for the clip.
        Do: Check that Resolve can write its project database and that nobody opened a project.""")
    RESOLVE_IMPORT_FAILED = run("""Resolve did not import the source, or does not know its
        frames, rate or size.
        Do: Open the source in Resolve. It may be damaged, or need a newer Resolve.""")
    RESOLVE_RATE_MISMATCH = entry(
        FailureClass.EXECUTION,
        NEW_SPEC,
        """The clip has a frame rate other than fps_explicit. Proxx converts no rates in
        Resolve.
        Do: Create the job without a frame rate (no fps_mode in a JobSpec), or with the clip's
        own rate; or ask an administrator to do it.""",
    )
    RESOLVE_SETTING_REFUSED = run("""Resolve refused the frame rate or size of the clip as a
        project setting.
        Do: Check that the project settings of this Resolve offer the value in the message.""")
    RESOLVE_TIMELINE_FAILED = run("""Resolve made no timeline of the clip, or one without its
        timecode or all of its audio.
        Do: In Resolve, make a timeline of this source and compare it with the message.""")
    RESOLVE_PRESET_FAILED = run("""Resolve did not load the render preset.
        Do: Load the preset on the Deliver page of Resolve. If that fails, create it again.""")
    RESOLVE_TARGET_REFUSED = run("""Resolve refused the folder, name or frame size of the
        output.
        Do: Check that the preset allows the size and that the user who runs Resolve may write
        there.""")
    RESOLVE_QUEUE_FAILED = run("""Resolve did not add the render job to its queue.
        Do: In Resolve, add a job with this preset. Resolve then shows what is missing.""")
    RESOLVE_START_FAILED = run("""Resolve did not start the render job.
        Do: Check whether another render is running there.""")
    RESOLVE_RENDER_FAILED = run("""Resolve reported that the render failed.
        Do: Read what Resolve says in the message. Render the source in Resolve to see more.""")
    RESOLVE_RENDER_CANCELLED = run("""Somebody cancelled the render in Resolve.
        Do: Find out who it was.""")
    RESOLVE_STATUS_LOST = run("""Resolve gave no usable status of the running render.
        Do: Check whether Resolve crashed, and set its language to English.""")
    RESOLVE_STALLED = run("""The render made no progress for the whole stall time. Proxx ended
        it.
        Do: Look for an open dialog on the screen of Resolve, then restart Resolve.""")
    RESOLVE_TIMEOUT = run("""The render ran longer than the time limit of an engine. Proxx ended
        it.
        Do: Ask an administrator to check the load of the machine, or to raise the limit for
        sources of this length.""")
    RESOLVE_SESSION_DIED = run("""The session with Resolve crashed, or somebody ended it.
        Do: Read the last lines of the session's log in the result, then restart Resolve.""")
    DISK_FULL = run("""A volume had no space left.
        Do: Free space on the volume that the message names.
        Look: `df -h` and `df -i` for the output folder and the watch folder.""")
    SOURCE_CHANGED = run("""The source changed between its check and the end of the encode.
        Do: Wait until the source is completely copied.
        Look: The times of the file. Is a copy to it still running?""")
    OUTPUT_NOT_WRITTEN = run("""The engine reported success but left no output, or an empty one.
        Do: Read the engine's log. Check that the output folder still exists.
        Look: `NAME.log`.""")
    OUTPUT_UNREADABLE = run("""The output cannot be probed.
        Do: Report it with the partial file and the engine's log; ask an administrator to check
        the volume.
        Look: Open `clips[].partial_path` with a player; read `NAME.log`.""")
    OUTPUT_LAYOUT_UNEXPECTED = run("""The MXF output has a layout that Proxx does not know.
        Do: Ask an administrator for the FFmpeg of the `ffmpeg` extra. Report the version of
        this one.""")
    VERIFICATION_FAILED = run("""The output is not what was planned. `verification` lists each
        check.
        Do: Check the source first. A damaged or truncated source is the usual cause.
        Look: The rows of `clips[].verification` where `passed` is false. The file that was not
        published is `clips[].partial_path`.""")
    PARTIAL_NAME_TAKEN = run("""Something that Proxx did not make is under the name of the clip's
        partial file, or of the folder for it.
        Do: Find out who else writes into the output folder, and move that file away.
        Look: `ls -la` in the output folder shows its owner and time.""")
    PUBLISH_REFUSED = run("""A file with the name of the output appeared while the clip was
        encoded, or its folder became a part of a watch folder.
        Do: Find out who else writes there. Move that file away, or choose another folder.
        Look: `ls -l` shows the owner and time of the file.""")
    OUTPUT_IO_ERROR = run("""The file system of the output reported an error.
        Do: Ask an administrator to check that volume before anything else is written to it.
        Look: `dmesg` for the volume of the output folder.""")
    CANCELLED = run("""An operator cancelled the job. The message names who.
        Do: Ask that operator. If the proxies are still needed, resubmit the job.
        Look: `.proxx/operator.jsonl` has the person, the time and the request.""")
    INTERRUPTED = run("""The job was running when Proxx stopped or crashed.
        Do: Resubmit the clips that did not complete. The result lists them.
        Look: The log near `daemon_stopping` or `job_recovered`. Who stopped Proxx?""")
    SPOOL_IO_ERROR = run("""The file system of the watch folder reported an error.
        Do: Ask an administrator to check that volume before anything else is submitted.
        Look: `dmesg` for the volume of the watch folder.""")
    INTERNAL_ERROR = entry(
        FailureClass.EXECUTION,
        "Keep the job as it is until the report is answered.",
        """Proxx has a defect: it met a situation that it does not handle.
        Do: Report it with the result and the log.
        Look: `job_defect` in the log has the traceback.""",
    )
