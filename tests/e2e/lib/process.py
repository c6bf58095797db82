"""Child processes that end with the test, ports, the test's own folder."""
import atexit
import ctypes
import fcntl
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
MODE = os.environ.get("MODE", "release")
SHARED = os.environ.get("LIBMILTER") == "shared"
BUILD = os.path.join(TOP, "build", MODE + ("-shared" if SHARED else ""))
SERVERS = os.environ.get("VERDICT_SERVERS", os.path.join(TOP, "build", "servers"))
# The same case runs with either mail server: the program's name says with which.
SENDMAIL = sys.argv[0].endswith("-sendmail")
# Sanitizers slow the daemon down.
PATIENCE = 10 if MODE in ("release", "debug", "cov") else 60

# Set before the first start: what is started may outlive the program.
PERSISTENT = False
PORTS = os.path.join(tempfile.gettempdir(), "verdict-ports-%d" % os.geteuid())

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
# What a test writes is read by the servers' users, whoever started it.
os.umask(0o022)
_running = []
_folders = []
_ports = []


def wait_for(what, good, seconds=PATIENCE):
    """Polls until good() is true and returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = good()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError("waited %g s for %s" % (seconds, what))
        time.sleep(0.02)


class Process:
    """A program with its output in a file; killed when the test dies.  child: is called in it before its program."""

    def __init__(self, name, argv, log, env=None, ready=None, child=None):
        self.name, self.log_path = name, log
        def begin():
            if child:
                child()
            # After a change of the user, which forgets it.
            _die_with_parent()
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                start_new_session=True, preexec_fn=begin)
        _running.append(self)
        if ready:
            self.wait_ready(ready)

    def wait_ready(self, ready):
        def good():
            if self.popen.poll() is not None:
                raise RuntimeError("%s ended with %s:\n%s" % (self.name, self.popen.returncode, self.log()))
            return ready()
        try:
            wait_for(self.name + " to start", good)
        except TimeoutError as late:
            raise RuntimeError("%s:\n%s" % (late, self.log())) from late

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def wait(self, seconds=PATIENCE):
        return self.popen.wait(seconds)

    def kill(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def stop(self, number=signal.SIGTERM, seconds=PATIENCE):
        """Signals it (None: was signalled), waits, and returns the exit status."""
        if self.alive():
            if number:
                self.kill(number)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self.popen.wait()
        if self in _running:
            _running.remove(self)
        return self.popen.returncode


def _die_with_parent():
    if PERSISTENT:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _way(place):
    """The modes of a folder and of all above it."""
    at = os.path.realpath(place)
    while True:
        yield os.stat(at).st_mode
        if at == "/":
            return
        at = os.path.dirname(at)


def _fits(place):
    """Can the servers' users reach it and, for Sendmail, nobody else write above it?"""
    return all(mode & 0o1 and not (SENDMAIL and mode & 0o2) for mode in _way(place))


def _temporary():
    """A place for temporary files."""
    places = (os.path.join(TOP, "build"), "/run") if SENDMAIL else (tempfile.gettempdir(), "/tmp", "/var/tmp")
    return next((place for place in places if _fits(place)), places[0])


def folder():
    """The test's own folder, readable by the servers' users, removed at exit."""
    place = _temporary()
    for old in os.listdir(place):
        owner = re.match(r"verdict-e2e-(\d+)-", old)
        stale = owner and not os.path.exists("/proc/" + owner.group(1))
        if stale and not os.path.exists(os.path.join(place, old, "stop")):
            shutil.rmtree(os.path.join(place, old), ignore_errors=True)
    path = tempfile.mkdtemp(prefix="verdict-e2e-%d-" % os.getpid(), dir=place)
    os.chmod(path, 0o755)
    _folders.append(path)
    return path


def for_all(path):
    """
    The file or folder itself where every user may use it, else a copy in the
    test's own folder: below root's home nobody but root can.
    """
    if os.stat(path).st_mode & 0o5 == 0o5 and all(mode & 0o1 for mode in _way(os.path.dirname(path))):
        return path
    copy = os.path.join(folder(), os.path.basename(path))
    if os.path.isdir(path):
        shutil.copytree(path, copy, symlinks=True)
    else:
        shutil.copy(path, copy)
    subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
    return copy


def keep(path):
    """The folder, which holds the program "stop", stays at exit (make demo KEEP=1)."""
    _folders.remove(path)


def forget(process):
    """The process goes on at exit."""
    _running.remove(process)


def free_port():
    """A port that no other test takes, below those of outgoing connections."""
    while True:
        port = random.randrange(20000, 32000)
        os.makedirs(PORTS, exist_ok=True)
        try:
            lock = open(os.path.join(PORTS, str(port)), "w", encoding="ascii")
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _ports.append(lock)
        return port


def listens(port):
    """Is 127.0.0.1:PORT (TCP) or any address's PORT listened on?  Connects to nothing."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as lines:
                if any(re.match(r"\s*\d+: [0-9A-F]+:%04X [0-9A-F]+:0000 0A " % port, line) for line in lines):
                    return True
        except OSError:
            pass
    return False


def listens_unix(path):
    """Is the socket file listened on?"""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as lines:
        return any(line.rstrip("\n").endswith(" " + path) and " 00010000 " in line for line in lines)


def server_program(path):
    """A program of the system, or the one that install-deps unpacked; None."""
    for root in ("/", SERVERS):
        whole = os.path.join(root, path)
        if os.access(whole, os.X_OK):
            return whole
    return None


def server_root(program):
    return SERVERS if program.startswith(SERVERS + "/") else "/"


def server_env(program):
    """The environment in which an unpacked program finds its libraries."""
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}
    if server_root(program) != "/":
        places = set()
        for at, _, names in os.walk(os.path.join(SERVERS, "usr", "lib")):
            if any(".so" in name for name in names):
                places.add(at)
        env["LD_LIBRARY_PATH"] = ":".join(sorted(places))
    return env


def _clean_up():
    for process in reversed(_running):
        process.kill(signal.SIGTERM)
    for process in reversed(_running[:]):
        process.stop(None)
    for path in _folders:
        shutil.rmtree(path, ignore_errors=True)
    for lock in _ports:
        try:
            os.unlink(lock.name)
        except OSError:
            pass
    try:
        os.rmdir(PORTS)
    except OSError:
        pass


def _stop(number, _frame):
    sys.exit(128 + number)


atexit.register(_clean_up)
for _signal in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_signal, _stop)
