#!/usr/bin/env python3
"""Fails where a file includes what its layer may not.

usage: check_layers.py [ROOT]

A layer is a folder of src/ and include/coffer/, or io_backends/. Files beside the folders (include/coffer/coffer.hpp)
belong to the layer app. The program and the examples stand outside: they see public headers alone.
"""
import pathlib
import re
import sys

# layer: what it may include. Only names further up may stand on the right, so that there is no circle.
MAY_INCLUDE = {
    "base": [],
    "observe": ["base"],
    "async": ["base", "observe"],
    "stream": ["base", "observe", "async"],
    "io_backends": ["base", "observe", "async"],
    "http_client": ["base", "observe", "async", "stream"],
    "http_server": ["base", "observe", "async", "stream"],
    "storage": ["base", "observe", "async", "stream"],
    "providers": ["base", "observe", "async", "stream", "io_backends", "http_client", "storage"],
    "codec": ["base"],
    "pipe": ["base", "observe", "async", "stream", "http_server", "storage", "codec"],
    "app": ["base", "observe", "async", "stream", "io_backends", "http_client", "http_server", "storage", "providers",
            "codec", "pipe"],
}
# The folders inside these do not see each other: providers/s3 not providers/gcs, io_backends/uring not io_backends/threads.
SEALED = ["providers", "io_backends"]
# Outside the layers: public headers and files of their own folder.
USERS = ["cli", "python", "examples"]
# Outside the layers: free to look inside.
FREE = ["tests", "bench"]
# Other libraries' headers that only some places may include: each place is a layer, or a folder in one.
CONFINED = {
    re.compile(r"boost/beast(\.hpp|/)"): ["http_client", "http_server"],
    re.compile(r"liburing(\.h|/)"): ["io_backends/uring"],
}
# Refused everywhere: seconds for each source that includes it.
REFUSED = {"boost/asio.hpp": "include the narrow headers of boost/asio/ instead"}

SUFFIXES = {".hpp", ".cpp", ".h", ".cc", ".ipp", ".inl"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]')


class Place:
    """Where a file, or what an include names, stands: layer and, in a sealed layer, the folder inside it."""

    def __init__(self, layer, folder=None):
        self.layer = layer
        self.folder = folder

    def within(self, allowed):
        return self.layer in allowed or f"{self.layer}/{self.folder}" in allowed


def layer_place(root, parts):
    """The place of the path `parts`, which begins with the layer or is a file beside the layers."""
    if len(parts) == 1:
        return Place("app")
    layer, inside = parts[0], parts[1:]
    if len(inside) > 1:
        return Place(layer, inside[0])
    # A public header of one provider, coffer/providers/s3.hpp, is on the inside of that provider's seal.
    name = pathlib.PurePath(inside[0]).stem
    home = root / layer if layer == "io_backends" else root / "src" / layer
    return Place(layer, name if layer in SEALED and (home / name).is_dir() else None)


def file_place(root, path):
    """The place of a file, or None where no layer's rule applies."""
    parts = path.parts
    if parts[:2] == ("include", "coffer"):
        return layer_place(root, parts[2:])
    if parts[0] == "src":
        return layer_place(root, parts[1:])
    if parts[0] == "io_backends":
        return layer_place(root, parts)
    return None


def included_place(root, name):
    """The place of what an include names, or None where it is another library's."""
    parts = pathlib.PurePosixPath(name).parts
    if parts[0] == "coffer":
        return layer_place(root, parts[1:])
    if parts[0] in MAY_INCLUDE:
        return layer_place(root, parts)
    return None


def layer_problems(place, name, used):
    if used.layer != place.layer and used.layer not in MAY_INCLUDE[place.layer]:
        yield f"{place.layer} may not include {used.layer} ({name})"
    if used.layer == place.layer in SEALED and place.folder and used.folder and used.folder != place.folder:
        yield f"{place.layer}/{place.folder} may not include {used.layer}/{used.folder} ({name})"


def user_problems(root, path, bracket, name):
    """The program and the examples: <coffer/...> and their own files."""
    own = root / path.parts[0]
    is_own = any((base / name).is_file() for base in (root / path.parent, own)) or (
        name.startswith(f"{path.parts[0]}/") and (root / name).is_file())
    if bracket == '"' and not is_own:
        yield f"{path.parts[0]} may include public headers and its own files alone ({name})"
    if bracket == "<" and not name.startswith("coffer/") and included_place(root, name):
        yield f"{path.parts[0]} may include public headers and its own files alone ({name})"


def include_problems(root, path, place, bracket, name):
    if name in REFUSED:
        yield f"{name} is refused: {REFUSED[name]}"
    if ".." in pathlib.PurePosixPath(name).parts:
        yield f"an include is named from its root, not by .. ({name})"
        return
    top = path.parts[0]
    if top in FREE:
        return
    for pattern, allowed in CONFINED.items():
        if pattern.match(name) and not (place and place.within(allowed)):
            yield f"{name} may be included in {', '.join(allowed)} alone"
    if top in USERS:
        yield from user_problems(root, path, bracket, name)
        return
    if name.startswith("coffer/") and bracket == '"':
        yield f'a public header is included in <>, not "" ({name})'
    if top == "include" and (bracket == '"' or (included_place(root, name) and not name.startswith("coffer/"))):
        yield f"a public header includes public headers alone ({name})"
    used = included_place(root, name)
    if used:
        yield from layer_problems(place, name, used)


def file_problems(root, path):
    place = file_place(root, path)
    if place and place.layer not in MAY_INCLUDE:
        yield f"{path}: {place.layer} is no layer"
        return
    for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            for problem in include_problems(root, path, place, *match.groups()):
                yield f"{path}:{number}: {problem}"


def table_problems():
    names = list(MAY_INCLUDE)
    for layer, allowed in MAY_INCLUDE.items():
        for other in allowed:
            if other not in names[: names.index(layer)]:
                yield f"table: {layer} names {other}, which does not stand above it"


def problems(root):
    """Each fault under root, as one line of text."""
    yield from table_problems()
    for top in ["include", "src", "io_backends", *USERS, *FREE]:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield from file_problems(root, path.relative_to(root))


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    found = list(problems(root))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
