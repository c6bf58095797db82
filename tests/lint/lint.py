"""What the programs of this folder share: the list of files, and TAP."""
import os
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def files():
    """Every file of the project, committed or not, but nothing built."""
    try:
        out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"],
                             check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        found = out.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):  # a release has no .git
        found = [os.path.relpath(os.path.join(at, name)) for at, _, names in os.walk(".") for name in names]
    return sorted(f for f in set(found)
                  if os.path.isfile(f) and not os.path.islink(f) and not f.startswith(("build/", ".git/")))


def sources(*folders):
    """The C files and headers below the folders."""
    return [f for f in files() if f.endswith((".c", ".h")) and f.startswith(folders or ("",))]


def text(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def scripts(word):
    """The files whose first line calls an interpreter of that name."""
    found = []
    for path in files():
        with open(path, "rb") as f:
            first = f.readline(80)
        if first.startswith(b"#!") and word in first.decode("ascii", "replace"):
            found.append(path)
    return found


_results = []


def check(title, faults):
    """One TAP test; faults are the lines that tell what is wrong."""
    _results.append(bool(faults))
    for line in faults:
        print("# " + line)
    print("%s %d - %s" % ("not ok" if faults else "ok", len(_results), title))


def skip(title, why):
    _results.append(False)
    print("ok %d - %s # skip %s" % (len(_results), title, why))


def tool(title, command, paths):
    """One TAP test: the command accepts the paths."""
    if not paths:
        skip(title, "no such file")
        return
    try:
        proc = subprocess.run(command + paths, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError:
        skip(title, command[0] + " is not installed")
        return
    lines = proc.stdout.decode("utf-8", "replace").splitlines()
    check(title, (lines or ["exit status %d" % proc.returncode]) if proc.returncode else [])


def done():
    print("1..%d" % len(_results))
    sys.exit(any(_results))
