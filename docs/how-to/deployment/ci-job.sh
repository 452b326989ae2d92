#!/bin/sh
# Runs one job on a temporary machine. Keeps result.json and log.jsonl in ARTIFACTS.
#   ci-job.sh JOB.json ARTIFACTS
set -u
job=$1 artifacts=$2
mkdir -p "$artifacts"
code=0
proxx run "$job" > "$artifacts/result.json" 2> "$artifacts/log.jsonl" || code=$?
case $code in
    0) echo "completed" ;;
    1) echo "the JobSpec or its sources are wrong; nothing ran" ;;
    2) echo "the engine or its output failed" ;;
    3) echo "some clips completed; result.json lists which" ;;
    *) echo "system error: see log.jsonl" ;;
esac
exit "$code"
