#!/bin/sh
# Stands in for ffmpeg and ffprobe where thousands of jobs are to run: answers in milliseconds.
#
# What it fakes: media. A "clip" is a text file that holds the answer which ffprobe would give
# about it, so a probe prints the file. An encode writes the answer about the proxy, which lies
# beside this program as proxy.json, and takes ENCODE_SECONDS (0 where unset). Called by its two
# names through links.
name=${0##*/}
for last; do :; done
file=${last#file:}

print() {
    while IFS= read -r line; do printf '%s\n' "$line"; done < "$1"
}

case "$*" in
-version)
    echo "$name version 8.1 (stand-in without media)"
    ;;
-codecs)
    echo "$name version 8.1 (stand-in without media)" >&2
    printf ' DEV.LS h264 stand-in (decoders: h264) (encoders: libx264)\n DEA.L. aac stand-in\n'
    ;;
*packet=pts*)
    # 24 frames of a second: "pts,duration,flags".
    time=0
    while [ "$time" -lt 12288 ]; do
        echo "$time,512,K__"
        time=$((time + 512))
    done
    ;;
*-show_format*)
    print "$file"
    ;;
*)
    printf 'frame=12\nprogress=continue\n'
    print "${0%/*}/proxy.json" > "$file" || exit 1
    [ "${ENCODE_SECONDS:-0}" = 0 ] || sleep "$ENCODE_SECONDS"
    printf 'frame=24\nprogress=end\n'
    ;;
esac
