#!/bin/bash
# What a camera gives: SECONDS of a film on standard output, in as many seconds. Real H.264 with sound, noise that does not
# compress, and a caption that changes every four seconds.
set -euo pipefail
seconds=${1:?usage: record.sh SECONDS}
font=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
exec ffmpeg -v error -nostdin \
  -re -f lavfi -i "testsrc2=size=1280x720:rate=30" -re -f lavfi -i "sine=frequency=440:sample_rate=48000" -t "$seconds" \
  -vf "noise=alls=60:allf=t,drawbox=y=ih-110:h=110:color=black:t=fill,drawtext=fontfile=$font:text='Scene %{eif\:floor(t/4)+1\:d} of the film':fontsize=72:fontcolor=white:x=(w-tw)/2:y=h-90" \
  -c:v libx264 -preset ultrafast -b:v 45M -minrate 45M -maxrate 45M -bufsize 45M -x264-params nal-hrd=cbr \
  -pix_fmt yuv420p -c:a aac -f matroska -
