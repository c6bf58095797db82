"""systemd units without systemd: their lines, and a child that is confined as they say."""
import ctypes
import os
import pwd
import re
import shlex
import subprocess

from lib.process import MODE, TOP

_libc = ctypes.CDLL(None, use_errno=True)


def run(*words, **how):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=120, check=False, **how)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def make(goal, **values):
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE") and key != "MFLAGS"}
    return run("make", "-s", "-C", TOP, goal, "MODE=" + MODE, *("%s=%s" % pair for pair in values.items()),
               env=env)


def expand(word):
    """The system calls that a word of SystemCallFilter stands for."""
    if not word.startswith("@"):
        return [word]
    _, text = run("systemd-analyze", "--no-pager", "syscall-filter", word)
    lines = [line.strip() for line in text.splitlines()[1:]]
    return [name for line in lines if line and not line.startswith("#") for name in expand(line)]


class Unit:
    """A unit's file, below a root."""

    def __init__(self, path, root=""):
        with open(root + path, encoding="utf-8") as text:
            self.lines = re.findall(r"^(\w+)=(.*)$", text.read(), re.M)

    def values(self, key):
        return [value for name, value in self.lines if name == key]

    def command(self, part="ExecStart"):
        """The words of that line."""
        line, = self.values(part)
        return shlex.split(line)

    def system_calls(self):
        """The names that the SystemCallFilter lines leave."""
        allowed = set()
        for value in self.values("SystemCallFilter"):
            for word in value.lstrip("~").split():
                named = set(expand(word))
                allowed = allowed - named if value.startswith("~") else allowed | named
        return allowed

    def confine(self, user=None):
        """A function that makes a child the unit's user (or another), with its umask and, where no sanitizer has
        system calls of its own, its filter if it has one; OSError where libseccomp is missing."""
        owner = pwd.getpwnam(user or self.values("User")[0])
        umask = int((self.values("UMask") or ["0022"])[0], 8)
        filtered = MODE == "release" and self.values("SystemCallFilter")
        seccomp, rules = self.rules() if filtered else (None, None)

        def apply():
            os.umask(umask)
            os.setgroups([])
            os.setresgid(owner.pw_gid, owner.pw_gid, owner.pw_gid)
            os.setresuid(owner.pw_uid, owner.pw_uid, owner.pw_uid)
            if _libc.prctl(38, 1, 0, 0, 0) or (seccomp and seccomp.seccomp_load(rules)):
                os._exit(99)
        return apply

    def rules(self):
        """libseccomp, and the filter for it."""
        seccomp = ctypes.CDLL("libseccomp.so.2")
        seccomp.seccomp_init.restype = ctypes.c_void_p
        seccomp.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
        seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
        rules = seccomp.seccomp_init(0x00050001)  # SCMP_ACT_ERRNO(EPERM)
        # execve() starts the program; the filter of systemd knows of it too.
        for name in sorted(self.system_calls() | {"execve"}):
            number = seccomp.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:
                seccomp.seccomp_rule_add(rules, 0x7fff0000, number, 0)
        return seccomp, rules
