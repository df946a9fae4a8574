#!/bin/bash
# Installs what ./dev test built into an empty folder and builds against that, in others, what a user of the package would:
# a program, one that is coffer with a pipe of its own, and a provider with the contract suite. Runs all.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# build EXAMPLE: a copy of it, so that nothing of the tree beside it can be found.
build() {
  cp -r "examples/$1" "$scratch/$1"
  cmake -S "$scratch/$1" -B "$scratch/$1/build" -G Ninja -DCMAKE_CXX_COMPILER=g++ \
    -DCMAKE_PREFIX_PATH="$scratch/prefix;$PWD/build/deps/usr"
  cmake --build "$scratch/$1/build"
}

cmake --install build/dev --prefix "$scratch/prefix" >"$scratch/install.log"
"$scratch/prefix/bin/coffer" --version

build installed_package
(cd "$scratch" && installed_package/build/uses_coffer)
(cd "$scratch" && printf reffoc | installed_package/build/own_coffer run installed_package/reverse.json --store store \
  -i text=- -o reversed=- -q | grep -qx coffer)

build own_provider
ctest --test-dir "$scratch/own_provider/build" --output-on-failure --no-tests=error --parallel "$(nproc)"
