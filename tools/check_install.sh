#!/bin/bash
# Installs what ./dev test built into an empty folder, builds examples/installed_package against that in another, and runs it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install build/dev --prefix "$scratch/prefix" >"$scratch/install.log"
cp -r examples/installed_package "$scratch/program"
cmake -S "$scratch/program" -B "$scratch/build" -G Ninja -DCMAKE_CXX_COMPILER=g++ \
  -DCMAKE_PREFIX_PATH="$scratch/prefix;$PWD/build/deps/usr"
cmake --build "$scratch/build"

"$scratch/build/uses_coffer"
"$scratch/prefix/bin/coffer" --version
