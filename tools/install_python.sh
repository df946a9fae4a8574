#!/bin/bash
# Makes a virtual environment with what tests need from PyPI, where it is not there yet as the list has it.
#
# usage: install_python.sh REQUIREMENTS FOLDER        FOLDER/bin/python is the interpreter
set -euo pipefail

requirements=$1 folder=$2

# What was installed last; written once all of it is there.
[[ -e $folder/.installed ]] && cmp -s "$requirements" "$folder/.installed" && exit 0
echo "python: installing $(grep -c '==' "$requirements") packages from PyPI" >&2
rm -rf "$folder"
# Debian's own interpreter, whatever else is on the path.
/usr/bin/python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$folder/.installed"
