#!/bin/bash
# The main job: a video is stored while it is recorded, and worked on meanwhile. `./dev run` installs and builds what this
# needs, names the program in COFFER_PROGRAM and calls it.
#
#   run.sh          records a test film of $COFFER_VIDEO_SECONDS (60) seconds, as from a camera
#   run.sh FILE     takes a video of your own: any file that ffmpeg reads
set -euo pipefail
coffer=${COFFER_PROGRAM:?names the program coffer: call ./dev run}
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
seconds=${COFFER_VIDEO_SECONDS:-60}
font=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
work=${COFFER_RUN_FOLDER:-$(mktemp -d "${TMPDIR:-/tmp}/coffer-run.XXXXXX")}

say() { printf '\n%s\n' "$*" >&2; }

# A real H.264 film with sound, noise that does not compress, and a caption that changes every four seconds.
record() {
  ffmpeg -v error -nostdin \
    -f lavfi -i "testsrc2=size=1280x720:rate=30" -f lavfi -i "sine=frequency=440:sample_rate=48000" -t "$seconds" \
    -vf "noise=alls=60:allf=t,drawbox=y=ih-110:h=110:color=black:t=fill,drawtext=fontfile=$font:text='Scene %{eif\:floor(t/4)+1\:d} of the film':fontsize=72:fontcolor=white:x=(w-tw)/2:y=h-90" \
    -c:v libx264 -preset ultrafast -b:v 45M -minrate 45M -maxrate 45M -bufsize 45M -x264-params nal-hrd=cbr \
    -pix_fmt yuv420p -c:a aac -f matroska -
}

# run_pipeline FOLDER [OPTION...]: outputs as files in FOLDER, the video itself in the store beside them.
run_pipeline() {
  local folder=$1
  shift
  mkdir -p "$folder"
  local job=("$coffer" run "$here/pipeline.json" --store "$folder/store" --timeline "$folder/timeline.html" "$@"
    -o "audio=$folder/audio.flac" -o "sheet=$folder/sheet.png"
    -o "captions=$folder/captions.txt" -o "description=$folder/description.json")
  if [[ -n ${video:-} ]]; then
    "${job[@]}" -i "video=$video"
  else
    record | "${job[@]}" -i video=-
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
timed run_pipeline "$work/overlapped"
overlapped=$wall

say "== the same with --no-overlap: each pipe only after its inputs are complete"
timed run_pipeline "$work/in-turn" --no-overlap -q
in_turn=$wall

# One set of outputs is kept.
rm -rf "$work/in-turn"

say "== read off the frames by tesseract"
grep -E '[[:alnum:]]' "$work/overlapped/captions.txt" | head -n 8 || echo "(no text was found in the frames)"
say "== wall time: overlapped $((overlapped / 1000)).$(printf %03d $((overlapped % 1000))) s, in turn $((in_turn / 1000)).$(printf %03d $((in_turn % 1000))) s"
echo "outputs: $work/overlapped/"
echo "timeline: $work/overlapped/timeline.html"
