"""Runs install_packages.sh with a dpkg and an apt of its own making: nothing on this machine is touched."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "install_packages.sh"

# Reads the world from files in $WORLD: installed (names), known (names), conflicts ("new old"), depends ("name other").
DPKG_QUERY = """#!/bin/bash
grep -qx "${@: -1}" "$WORLD/installed" && echo -n installed
"""
APT_GET = """#!/bin/bash
echo "apt-get $*" >>"$WORLD/calls"
verb= names=() simulated=
for word in "$@"; do
  case $word in
    -s) simulated=1 ;;
    -*|*=*) ;;
    install|update|download) verb=$word ;;
    *) names+=("$word") ;;
  esac
done
case $verb in
  update) cat "$WORLD/after_update" >>"$WORLD/known" ;;
  download) touch "${names[0]}_1.0_amd64.deb" ;;
  install)
    for name in "${names[@]}"; do
      grep -qx "$name" "$WORLD/known" || { echo "E: Unable to locate package $name"; exit 100; }
      for one in "$name" $(sed -n "s/^$name //p" "$WORLD/depends"); do
        grep -qx "$one" "$WORLD/installed" && continue
        while read -r old; do
          grep -qx "$old" "$WORLD/installed" || continue
          if [[ $simulated ]]; then echo "Remv $old [1]"; else echo "$old removed" >>"$WORLD/disasters"; fi
        done < <(sed -n "s/^$one //p" "$WORLD/conflicts")
        if [[ $simulated ]]; then echo "Inst $one (1.0)"; else echo "$one" >>"$WORLD/installed"; fi
      done
    done ;;
esac
exit 0
"""
DPKG_DEB = """#!/bin/bash
mkdir -p "$3/usr/include" && touch "$3/usr/include/$(basename "$2" _1.0_amd64.deb)"
"""
SUDO = """#!/bin/bash
echo "sudo $*" >>"$WORLD/calls"
exec "$@"
"""


def listed(verb):
    """What the list names for a verb itself, without the verbs below it."""
    rows = (SCRIPT.parent / "packages.txt").read_text(encoding="utf-8").splitlines()
    return [name for row in rows if row.split()[:1] == [verb] for name in row.split()[1:] if not name.startswith("+")]


BUILD = listed("build")
TEST = listed("test")


class World:
    def __init__(self, folder, installed=(), unknown=(), conflicts=(), depends=(), root=True, sudo=True):
        self.path = pathlib.Path(folder)
        self.write("installed", installed)
        self.write("known", [name for name in [*BUILD, *TEST, "gcovr", "clang-19"] if name not in unknown])
        self.write("after_update", unknown)
        self.write("conflicts", conflicts)
        self.write("depends", depends)
        self.write("calls", [])
        self.write("disasters", [])
        self.programs = self.path / "bin"
        self.programs.mkdir()
        self.program("dpkg-query", DPKG_QUERY)
        self.program("apt-get", APT_GET)
        self.program("dpkg-deb", DPKG_DEB)
        self.program("id", f"#!/bin/bash\necho {0 if root else 1000}\n")
        for name in ["bash", "dirname", "basename", "sort", "sed", "grep", "xargs", "mkdir", "rm", "touch", "env", "cat", "echo"]:
            (self.programs / name).symlink_to(f"/usr/bin/{name}")
        if sudo:
            self.program("sudo", SUDO)

    def write(self, name, lines):
        (self.path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def lines(self, name):
        return (self.path / name).read_text(encoding="utf-8").splitlines()

    def program(self, name, text):
        (self.programs / name).write_text(text, encoding="utf-8")
        (self.programs / name).chmod(0o755)

    def install(self, verb="build"):
        environment = {"PATH": str(self.programs), "WORLD": str(self.path)}
        done = subprocess.run([SCRIPT, verb, self.path / "deps"], env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def asked(self, word):
        return [line for line in self.lines("calls") if f" {word}" in line and " -s " not in line]

    def unpacked(self):
        folder = self.path / "deps" / "usr" / "include"
        return sorted(os.listdir(folder)) if folder.is_dir() else []


class InstallPackages(unittest.TestCase):
    def world(self, **facts):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return World(folder.name, **facts)

    def test_where_all_is_there_apt_is_not_called(self):
        world = self.world(installed=BUILD)
        self.assertEqual(world.install(), (0, ""))
        self.assertEqual(world.lines("calls"), [])

    def test_what_is_missing_is_installed_once(self):
        world = self.world(installed=BUILD[:4])
        self.assertEqual(world.install()[0], 0)
        self.assertEqual(sorted(world.lines("installed")), sorted(BUILD))
        calls = world.lines("calls")
        self.assertEqual(len(world.asked("install")), 1)
        self.assertIn("--no-remove", world.asked("install")[0])
        self.assertEqual(world.asked("update"), [])
        self.assertEqual(world.install()[0], 0)
        self.assertEqual(world.lines("calls"), calls)

    def test_the_lists_are_read_anew_only_where_a_package_is_unknown(self):
        world = self.world(unknown=["liburing-dev"])
        self.assertEqual(world.install()[0], 0)
        self.assertEqual(len(world.asked("update")), 1)
        self.assertEqual(sorted(world.lines("installed")), sorted(BUILD))

    def test_a_package_nobody_knows_is_named(self):
        world = self.world(unknown=["liburing-dev"])
        world.write("after_update", [])
        code, text = world.install()
        self.assertEqual(code, 1)
        self.assertIn("liburing-dev", text)
        self.assertEqual(world.asked("install"), [])

    def test_what_would_remove_a_package_is_unpacked_instead(self):
        world = self.world(installed=["libboost1.74-dev"], conflicts=["libboost1.81-dev libboost1.74-dev"])
        code, text = world.install()
        self.assertEqual(code, 0, text)
        self.assertEqual(world.unpacked(), ["libboost1.81-dev"])
        self.assertEqual(world.lines("disasters"), [])
        self.assertIn("libboost1.74-dev", world.lines("installed"))
        kept = [name for name in BUILD if name != "libboost1.81-dev"]
        self.assertEqual(sorted(world.lines("installed")), sorted(["libboost1.74-dev", *kept]))
        self.assertIn("libboost1.81-dev would remove libboost1.74-dev", text)

    def test_what_was_unpacked_is_not_fetched_again(self):
        world = self.world(installed=["libboost1.74-dev"], conflicts=["libboost1.81-dev libboost1.74-dev"])
        self.assertEqual(world.install()[0], 0)
        calls = world.lines("calls")
        self.assertEqual(world.install(), (0, ""))
        self.assertEqual(world.lines("calls"), calls)

    def test_what_an_unpacked_package_depends_on_is_unpacked_with_it(self):
        world = self.world(installed=["old", *BUILD[:4]], conflicts=["libboost1.81-dev old"],
                           depends=["libboost1.81-dev libboost-part"])
        self.assertEqual(world.install()[0], 0)
        self.assertEqual(world.unpacked(), ["libboost-part", "libboost1.81-dev"])

    def test_a_user_without_root_unpacks_without_sudo(self):
        world = self.world(installed=["old", *[name for name in BUILD if name != "libboost1.81-dev"]],
                           conflicts=["libboost1.81-dev old"], root=False, sudo=False)
        self.assertEqual(world.install()[0], 0)
        self.assertEqual(world.unpacked(), ["libboost1.81-dev"])

    def test_a_user_installs_through_sudo(self):
        world = self.world(root=False)
        self.assertEqual(world.install()[0], 0)
        self.assertTrue(any(line.startswith("sudo env DEBIAN_FRONTEND=noninteractive apt-get") for line in world.lines("calls")))

    def test_a_user_without_sudo_is_told_what_is_missing(self):
        world = self.world(installed=BUILD[1:], root=False, sudo=False)
        code, text = world.install()
        self.assertEqual(code, 1)
        self.assertIn("these are missing: g++", text)
        self.assertEqual(world.asked("install"), [])

    def test_a_verb_needs_what_the_verbs_below_it_need(self):
        world = self.world(installed=["util-linux"])
        self.assertEqual(world.install("coverage")[0], 0)
        self.assertEqual(sorted(world.lines("installed")), sorted([*BUILD, *TEST, "gcovr"]))


if __name__ == "__main__":
    unittest.main()
