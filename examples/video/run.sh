#!/bin/bash
# The main job: a video is stored while it is recorded, and worked on meanwhile. `./dev run` installs and builds what this
# needs, names the program in COFFER_PROGRAM and calls it: that is coffer with the C++ pipe of main.cpp, which writes a
# report of what is read off the frames.
#
#   run.sh          records a test film of $COFFER_VIDEO_SECONDS (30) seconds, as from a camera
#   run.sh FILE     takes a video of your own: any file that ffmpeg reads
set -Eeuo pipefail
coffer=${COFFER_PROGRAM:?names the program coffer_video: call ./dev run}
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
seconds=${COFFER_VIDEO_SECONDS:-30}
work=${COFFER_RUN_FOLDER:-$(mktemp -d "${TMPDIR:-/tmp}/coffer-run.XXXXXX")}
run=video-$(date +%Y%m%d-%H%M%S)

say() { printf '\n%s\n' "$*" >&2; }

# run_pipeline FOLDER [OPTION...]: outputs as files in FOLDER, the video itself in the store beside them.
run_pipeline() {
  local folder=$1
  shift
  mkdir -p "$folder"
  local job=("$coffer" run "$here/with_report.json" --store "$folder/store" --run-id "$run"
    --timeline "$folder/timeline.html" "$@"
    -o "audio=$folder/audio.flac" -o "frames=$folder/frames" -o "captions=$folder/captions.txt"
    -o "sheet=$folder/sheet.png" -o "description=$folder/description.json" -o "report=$folder/report.json")
  if [[ -n ${video:-} ]]; then
    "${job[@]}" -i "video=$video"
  else
    "$here/record.sh" "$seconds" | "${job[@]}" -i video=-
  fi
}

timed() {
  local start end
  start=$(date +%s%N)
  "$@"
  end=$(date +%s%N)
  wall=$(((end - start) / 1000000))
}

video=
if (($# > 1)); then
  echo "usage: ./dev run [FILE]" >&2
  exit 2
elif (($# == 1)); then
  video=$(readlink -e "$1") || {
    echo "run: there is no file $1" >&2
    exit 3
  }
fi

if [[ -n $video ]]; then
  say "== $video goes through the pipeline while it is being stored"
else
  say "== recording $seconds s of video straight into the store, and working on it meanwhile"
fi
trap 'say "== it has not ended; to go on: $coffer runs resume $run --store $work/overlapped/store"' ERR
timed run_pipeline "$work/overlapped"
trap - ERR
overlapped=$wall

say "== the same with --no-overlap: each pipe only after its inputs are complete"
timed run_pipeline "$work/in-turn" --no-overlap -q
in_turn=$wall

# One set of outputs is kept.
rm -rf "$work/in-turn"

say "== read off the frames by tesseract"
head -n 8 "$work/overlapped/captions.txt"
say "== what the C++ pipe says of them"
"$coffer" kajson --indent 2 "$work/overlapped/report.json" | sed -n 1,12p
say "== wall time: overlapped $((overlapped / 1000)).$(printf %03d $((overlapped % 1000))) s, in turn $((in_turn / 1000)).$(printf %03d $((in_turn % 1000))) s"
echo "outputs: $work/overlapped/"
echo "timeline: $work/overlapped/timeline.html"
echo "the run, until you dispose of it: $coffer runs show $run --store $work/overlapped/store"
