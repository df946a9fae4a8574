"""A disk that is really full: a small file system of its own, filled up to a little rest."""

import base64
import json
import os
import shutil
import subprocess
import sys

from coffer_program import CofferTest, main, random_bytes

MIB = 1 << 20
SIZE = 48 * MIB
PICTURES = [random_bytes(MIB, seed) for seed in range(8)]
# Said by whom may not even make a file system of his own; then what follows is checked on a disk that has room.
NO_MOUNTS = "no right to mount: only what must work on a disk with room was checked"


def memory(contents):
    root = {name: {"stuff_code": name, "stuff_name": name, "concept": "native.Text", "content": {"text": text}}
            for name, text in contents.items()}
    return json.dumps({"root": root, "aliases": {}, "absences": {}}).encode()


HEAVY = memory({f"p{i}": "data:image/png;base64," + base64.b64encode(picture).decode() for i, picture in enumerate(PICTURES)})
# Stays large without what is moved.
STAYS_LARGE = memory({f"t{i}": f"{i:7} short" for i in range(80_000)} | {"moved": "long " * 1000})


def enter_own_mounts():
    """Starts this script again where its mounts are its own and go with it: root's, else those of a user namespace."""
    if "COFFER_TEST_MOUNTS" in os.environ:
        return
    kind = "loop" if os.geteuid() == 0 else "memory"
    unshare = ["unshare", "--mount"] + ([] if kind == "loop" else ["--user", "--map-root-user"])
    permitted = subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    if permitted:
        os.execvpe("unshare", [*unshare, sys.executable, *sys.argv], os.environ | {"COFFER_TEST_MOUNTS": kind})
    print(NO_MOUNTS)
    os.environ["COFFER_TEST_MOUNTS"] = "none"


class FullDisk(CofferTest):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        self.kind = os.environ["COFFER_TEST_MOUNTS"]
        if self.kind == "loop":
            image = self.folder / "image"
            with open(image, "wb") as file:
                file.truncate(SIZE)
            subprocess.run(["mkfs.ext4", "-q", "-F", "-b", "4096", image], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["mount", "-o", "loop", image, self.disk], check=True)
        elif self.kind == "memory":
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", self.disk], check=True)
        if self.kind != "none":
            self.addCleanup(subprocess.run, ["umount", self.disk], check=True)

    def fill(self, rest):
        """A file takes everything but about `rest` bytes."""
        with open(self.disk / "filler", "wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, max(self.free() - rest, 1))

    def fill_up(self):
        """Not even a block is left, also for root."""
        self.fill(64 * 1024)
        if self.kind == "none":
            return
        filler = os.open(self.disk / "filler", os.O_WRONLY | os.O_APPEND | os.O_SYNC)
        try:
            with self.assertRaisesRegex(OSError, "No space left"):
                while True:
                    os.write(filler, bytes(4096))
        finally:
            os.close(filler)

    def make_room(self):
        (self.disk / "filler").unlink()

    def free(self):
        return shutil.disk_usage(self.disk).free if self.kind != "none" else 0

    def refused_and_nothing_left(self, *arguments, **options):
        """One clear line, exit 1, nothing on stdout, no file more than before, and the room is there again."""
        if self.kind == "none":
            return
        before = sorted(self.files())
        free = self.free()
        done = self.run_coffer("-q", *arguments, **options)
        said = done.stderr.decode()
        self.assertEqual((done.returncode, done.stdout), (1, b""), said)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertRegex(said, r"^coffer: .*[Nn]o space left on (the )?device.*free some space")
        self.assertEqual(sorted(self.files()), before)
        # What files of the store's own (its locks) took in folders is not much.
        self.assertGreater(self.free(), free - 128 * 1024)
        if self.store.exists():
            self.assertEqual(self.json_lines("gc", "--older-than", "0"), [])

    def fails_for_want_of_room(self, *arguments):
        done = self.run_coffer(*arguments)
        if self.kind != "none":
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertRegex(done.stderr, b"[Nn]o space left")

    def files(self):
        found = [str(path) for path in self.disk.rglob("*") if path.is_file() and ".coffer" not in path.parts]
        return found + self.stored_files()

    def store_on_disk(self):
        self.store = self.disk / "store"
        self.environment["COFFER_STORE"] = str(self.store)

    def test_put_into_a_full_store_stores_nothing_until_there_is_room(self):
        self.store_on_disk()
        self.put("small", b"there before")
        film = self.file("film", b"".join(PICTURES))
        self.fill(4 * MIB)
        # With a size that is known, and with one that is not.
        self.refused_and_nothing_left("put", film, "--key", "film")
        self.refused_and_nothing_left("put", "-", "--key", "film", stdin=film.read_bytes())
        self.refused_and_nothing_left("put", film, "--key", "small")
        self.assertEqual(self.coffer("cat", "small"), b"there before")
        self.make_room()
        self.coffer("put", film, "--key", "film")
        self.assertEqual(self.coffer("cat", "film"), film.read_bytes())
        self.coffer("verify", "--strict")

    def test_get_onto_a_full_disk_leaves_no_file_until_there_is_room(self):
        film = b"".join(PICTURES)
        self.put("film", film)
        self.fill(4 * MIB)
        self.refused_and_nothing_left("get", "film", self.disk / "film")
        self.make_room()
        self.coffer("get", "film", self.disk / "film")
        self.assertEqual((self.disk / "film").read_bytes(), film)

    def test_offload_into_a_full_store_keeps_nothing_until_there_is_room(self):
        self.store_on_disk()
        document = self.file("memory.json", HEAVY)
        light = self.folder / "light.json"
        self.fill(4 * MIB)
        self.refused_and_nothing_left("memory", "offload", document)
        self.refused_and_nothing_left("memory", "offload", document, "-o", light)
        self.assertFalse(light.exists())
        # In place: the document is as it was.
        self.refused_and_nothing_left("memory", "offload", document, "-o", document, "-f")
        self.assertEqual(document.read_bytes(), HEAVY)
        self.assertEqual(self.lines("ls", "-r"), [])
        self.make_room()
        self.coffer("memory", "offload", document, "-o", light)
        self.assertEqual(self.coffer("memory", "inline", light), HEAVY)

    def test_offload_whose_light_memory_has_no_room_keeps_nothing_in_the_store(self):
        document = self.file("memory.json", STAYS_LARGE)
        light = self.disk / "light.json"
        self.fill(2 * MIB)
        self.refused_and_nothing_left("memory", "offload", document, "-o", light)
        self.assertEqual(self.lines("ls", "-r"), [])
        self.make_room()
        self.coffer("memory", "offload", document, "-o", light)
        self.assertEqual(self.coffer("memory", "inline", light), STAYS_LARGE)

    def test_inline_onto_a_full_disk_leaves_no_file_until_there_is_room(self):
        light = self.file("light.json", self.coffer("memory", "offload", "-", stdin=HEAVY))
        whole = self.disk / "whole.json"
        self.fill(4 * MIB)
        self.refused_and_nothing_left("memory", "inline", light, "-o", whole)
        # Over a file that is there.
        (self.disk / "mine").write_bytes(light.read_bytes())
        self.refused_and_nothing_left("memory", "inline", self.disk / "mine", "-o", self.disk / "mine", "-f")
        self.assertEqual((self.disk / "mine").read_bytes(), light.read_bytes())
        self.make_room()
        self.coffer("memory", "inline", light, "-o", whole)
        self.assertEqual(whole.read_bytes(), HEAVY)

    def test_an_object_is_removed_from_a_full_store_that_is_nothing_but_a_folder(self):
        self.store_on_disk()
        film = self.file("film", b"".join(PICTURES))
        self.coffer("put", film, "--key", "film")
        self.assertEqual(os.listdir(self.store), ["film"])
        self.fill_up()
        self.coffer("rm", "film")
        self.assertEqual(self.lines("ls", "-r"), [])
        self.coffer("put", film, "--key", "film")

    def test_a_run_is_disposed_of_when_the_disk_is_full(self):
        self.store_on_disk()
        copy = {"name": "copy", "reads": {"film": "stdin"}, "writes": {"copied": {"from": "stdout"}}, "command": ["cat"]}
        pipeline = self.file("pipeline.json", json.dumps(
            {"coffer_pipeline": 1, "name": "copying", "inputs": {"film": {}}, "outputs": ["copied"],
             "pipes": [copy]}).encode())
        film = self.file("film", b"".join(PICTURES))
        for run in ("x", "y"):
            self.coffer("run", pipeline, "-i", f"film={film}", "--run-id", run, "--keep", "everything")
        self.fill_up()
        self.refused_and_nothing_left("run", pipeline, "-i", f"film={film}", "--run-id", "z")
        # What goes on with a run takes nothing of what disposing of it needs.
        failed = ["run", pipeline, "-i", f"film={film}", "--run-id", "w"]
        self.make_room()
        self.fill(2 * MIB)
        self.fails_for_want_of_room(*failed)
        self.fill_up()
        self.fails_for_want_of_room(*failed)
        self.coffer("runs", "dispose", "w")
        self.coffer("runs", "dispose", "x")
        self.assertEqual([run["run"] for run in self.json_lines("runs", "list")], ["y"])
        clip = self.file("clip", PICTURES[0])
        self.coffer("run", pipeline, "-i", f"film={clip}", "--run-id", "z")
        self.coffer("runs", "dispose", "y", "z")
        self.assertEqual(self.lines("ls", "-r"), [])


if __name__ == "__main__":
    enter_own_mounts()
    main()
