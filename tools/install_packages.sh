#!/bin/bash
# Installs the Debian packages that a verb of ./dev lacks. Never removes one: what cannot stand beside an installed package
# (libboost1.81-dev beside Debian's default 1.74) is unpacked into a folder instead.
#
# usage: install_packages.sh VERB FOLDER        FOLDER holds what was unpacked, as FOLDER/usr/include and so on
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

list="$(dirname "$0")/packages.txt"

say() { echo "packages: $*" >&2; }

# The packages of a verb, one a line.
packages_of() {
  local line_verb word
  local -a words
  while read -r line_verb words_text; do
    [[ $line_verb == "$1" ]] || continue
    read -ra words <<<"$words_text"
    for word in "${words[@]}"; do
      if [[ $word == +* ]]; then packages_of "${word#+}"; else echo "$word"; fi
    done
  done <"$list"
}

# A line for each architecture it is there for.
is_installed() { [[ $'\n'$(dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null)$'\n' == *$'\ninstalled\n'* ]]; }

is_unpacked() { [[ -e $folder/.unpacked/$1 ]]; }

is_root() { [[ $(id -u) == 0 ]]; }

as_root() {
  if is_root; then "$@"; else sudo env DEBIAN_FRONTEND="$DEBIAN_FRONTEND" "$@"; fi
}

# What apt would do; nothing is done. Fails where a package is not known.
simulate() { apt-get -s install --no-install-recommends "$@" 2>/dev/null; }

# The packages that installing these would remove, in one line; nothing where it would remove none.
removed_by() {
  local plan
  plan=$(simulate "$@") || return
  sed -n 's/^Remv \([^ ]*\).*/\1/p' <<<"$plan" | xargs
}

would_remove() { [[ -n $(removed_by "$@") ]]; }

# apt's words, of which there are many, are shown only where it fails.
apt_get() {
  if ! is_root && ! command -v sudo >/dev/null; then
    say "these are missing: ${missing[*]}"
    say "install them as root, or install sudo, and call again"
    exit 1
  fi
  mkdir -p "$folder"
  as_root apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >"$folder/apt.log" 2>&1 </dev/null || {
    cat "$folder/apt.log" >&2
    return 1
  }
}

update_lists() {
  say "reading the package lists anew"
  apt_get update
}

# apt itself refuses, too, should anything have changed since the simulation.
install() { apt_get --no-remove --no-install-recommends install "$@"; }

# Unpacks a package, and what it depends on that is not installed, without telling dpkg.
unpack() {
  local plan package downloads="$folder/.downloads"
  local -a packages
  say "$1 would remove $(removed_by "$1"): unpacked into $folder instead"
  plan=$(simulate "$1") || return
  mapfile -t packages < <(sed -n 's/^Inst \([^ ]*\).*/\1/p' <<<"$plan")
  for package in "${packages[@]}"; do
    is_unpacked "$package" && continue
    rm -rf "$downloads"
    mkdir -p "$downloads" "$folder/.unpacked" || return
    # The sandbox's user may not write here; root's download says so each time.
    (cd "$downloads" && apt-get -q -o APT::Sandbox::User=root download "$package" >&2) || return
    dpkg-deb -x "$downloads"/*.deb "$folder" || return
    touch "$folder/.unpacked/$package" || return
  done
  rm -rf "$downloads"
}

# Splits `missing` into `to_install` and `to_unpack`.
decide() {
  local package
  to_install=()
  to_unpack=()
  if ! would_remove "${missing[@]}"; then
    to_install=("${missing[@]}")
    return
  fi
  for package in "${missing[@]}"; do
    if would_remove "$package"; then to_unpack+=("$package"); else to_install+=("$package"); fi
  done
  # Each alone removes nothing, but all together do.
  if ((${#to_install[@]})) && would_remove "${to_install[@]}"; then
    to_unpack+=("${to_install[@]}")
    to_install=()
  fi
}

act() {
  local package
  if ((${#to_install[@]})); then
    say "installing ${to_install[*]}"
    install "${to_install[@]}" || return
  fi
  for package in "${to_unpack[@]}"; do
    unpack "$package" || return
  done
}

verb=$1
folder=$2
missing=()
for package in $(packages_of "$verb" | sort -u); do
  is_installed "$package" || is_unpacked "$package" || missing+=("$package")
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null || { say "this is not Debian; install what tools/packages.txt names: ${missing[*]}"; exit 1; }
simulate "${missing[@]}" >/dev/null || update_lists
simulate "${missing[@]}" >/dev/null || { say "apt does not know all of: ${missing[*]}"; exit 1; }
decide
# Lists may be older than what the mirror still has.
act || { update_lists && act; }
