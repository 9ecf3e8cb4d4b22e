# SPDX-License-Identifier: MIT
"""What an installation consists of besides the programs: the library for others, units, manual pages, completion."""

import json
import re
import subprocess
from pathlib import Path

import pytest

import programs
from proto import ROOT
from server import clean_environment
from teller import BUILD

PROGRAMS = ["procjonping", "procjonsystemd", "procjonelastic", "procjonexec", "procjonrun"]
EXAMPLE = ROOT / "agents/example/disk.c"
HEADER = ROOT / "agents/include/procjon/agent.h"
C, CXX = ["cc", "-x", "c", "-std=c99"], ["c++", "-x", "c++", "-std=c++98"]
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic"]


def output(*command, **environment):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=clean_environment(**environment),
                          check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


class Installation:
    def __init__(self, root):
        options = {option["name"]: option["value"]
                   for option in json.loads(output("meson", "introspect", "--buildoptions", BUILD))}
        self.root, self.prefix = root, Path(options["prefix"])
        sanitize = options["b_sanitize"]
        self.flags = [f"-fsanitize={sanitize}"] if sanitize != "none" else []
        self.libraries = self.at(self.prefix / options["libdir"])
        output("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root)

    def at(self, path):
        """Where a path of the running system is now."""
        return self.root / Path(path).relative_to("/")

    def pkg_config(self, *options):
        return output("pkg-config", f"--define-variable=prefix={self.at(self.prefix)}", *options, "procjonagent",
                      PKG_CONFIG_PATH=self.libraries / "pkgconfig").split()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return Installation(tmp_path_factory.mktemp("installed"))


# ---- the library


@pytest.mark.parametrize("compiler", [C, CXX], ids=["C", "C++"])
@pytest.mark.parametrize("kind", ["shared", "static"])
def test_the_example_is_built_with_what_pkg_config_says(installed, tmp_path, compiler, kind):
    words = installed.pkg_config("--cflags", "--libs", *(["--static"] if kind == "static" else []))
    if kind == "static":  # the only one that the linker can find
        (tmp_path / "libprocjonagent.a").symlink_to(installed.libraries / "libprocjonagent.a")
        words = [f"-L{tmp_path}" if word == f"-L{installed.libraries}" else word for word in words]
    output(*compiler, *STRICT, *installed.flags, EXAMPLE, "-o", tmp_path / "disk", "-x", "none", *words)
    ended = subprocess.run([tmp_path / "disk"], capture_output=True, text=True, check=False,
                           env=clean_environment(LD_LIBRARY_PATH=str(installed.libraries)))
    assert (ended.returncode, ended.stderr) == (1, "disk: no mount point given\n")


@pytest.mark.parametrize("library, options", [("libprocjonagent.so", ["--dynamic"]), ("libprocjonagent.a", [])])
def test_nothing_can_be_seen_of_the_library_but_what_its_header_says(installed, library, options):
    names = set(re.findall(r"^PROCJON_API[^;(]*?(\w+)\(", HEADER.read_text(), re.MULTILINE))
    lines = output("nm", "--defined-only", "--extern-only", *options, installed.libraries / library).splitlines()
    seen = {line.split()[2] for line in lines if len(line.split()) == 3 and "asan" not in line}
    assert len(names) > 10 and seen == names


def test_the_header_needs_none_of_the_libraries_behind_it():
    assert re.findall(r"#include (.*)", HEADER.read_text()) == ["<stddef.h>"]
    assert not re.search(r"\buv_|nghttp2|SSL", HEADER.read_text())


# ---- what an administrator finds


def test_units_start_what_was_installed(installed):
    units = list(installed.at(installed.prefix / "lib/systemd/system").iterdir())
    assert len(units) == 5
    for unit in units:
        program = re.search(r"^ExecStart=(\S+)", unit.read_text(), re.MULTILINE)[1]
        assert installed.at(program).exists(), unit


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_option_is_in_the_manual_and_every_program_is_completed(installed, program):
    said = programs.run(program, "--help").stdout
    manual = installed.at(installed.prefix / f"share/man/man1/{program}.1").read_text()
    for option in re.findall(r"^ +(?:-\w, )?--([\w-]+)", said, re.MULTILINE):
        assert re.search(rf"-{option}\b".replace("-", r"\\?-"), manual), option
    assert "complete" in installed.at(installed.prefix / f"share/bash-completion/completions/{program}").read_text()
    assert program in installed.at(installed.prefix / "share/zsh/site-functions/_procjon").read_text()
