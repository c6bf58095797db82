"""verdict-milter with a configuration made for one test."""
import json
import os
import re
import signal
import subprocess

from lib.milter_client import MilterClient
from lib.process import BUILD, SENDMAIL, Process, free_port, listens, listens_unix, wait_for

PROGRAM = os.path.join(BUILD, "verdict-milter")
AUTHSERV_ID = "mx.receiver.example"


def yaml(settings, indent=""):
    """Settings as YAML: scalars, lists, lists of mappings, one level of mappings."""
    lines = []
    for key, value in settings.items():
        if isinstance(value, dict):
            lines.append("%s%s:" % (indent, key))
            lines.append(yaml(value, indent + "  ").rstrip("\n"))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append("%s%s: %s" % (indent, key, json.dumps(value)))
        elif isinstance(value, (list, tuple)):
            lines.append("%s%s: [%s]" % (indent, key, ", ".join('"%s"' % item for item in value)))
        elif isinstance(value, str):
            lines.append('%s%s: "%s"' % (indent, key, value.replace("\\", "\\\\").replace('"', '\\"'))
                         if re.search(r"[^\w.-]", value) or value == "" else "%s%s: %s" % (indent, key, value))
        else:
            lines.append("%s%s: %s" % (indent, key, {True: "yes", False: "no"}.get(value, value)))
    return "\n".join(lines) + "\n"


class Daemon:
    """
    settings: keywords of verdict.yaml beside those every test needs; a keyword
    with the value None is left out.  socket: a path for a unix socket.
    """

    def __init__(self, folder, resolver, settings=None, socket=None, start=True):
        self.folder, self.socket = folder, socket
        os.makedirs(folder, exist_ok=True)
        self.port = None if socket else free_port()
        self.base = {
            "listen": "unix:" + socket if socket else "inet:%d@127.0.0.1" % self.port,
            "authserv-id": AUTHSERV_ID,
            "resolver": [resolver],
            "control-socket": os.path.join(folder, "control.sock"),
            "history": {"journal-folder": os.path.join(folder, "journal"),
                        "store": "sqlite:" + os.path.join(folder, "history.db")},
            "log": {"target": "stderr", "level": "info"},
        }
        # As README says for a Sendmail with FEATURE(nocanonify).
        if SENDMAIL:
            self.base["address-rewriting"] = "complete"
        self.settings = self.process = None
        # Whoever the daemon becomes.
        os.makedirs(self.journal, exist_ok=True)
        os.chmod(self.journal, 0o1777)
        self.configure(settings or {})
        if start:
            self.start()

    @property
    def config(self):
        return os.path.join(self.folder, "verdict.yaml")

    @property
    def control(self):
        return self.settings["control-socket"]

    @property
    def journal(self):
        return self.base["history"]["journal-folder"]

    @property
    def store(self):
        return self.base["history"]["store"][len("sqlite:"):]

    @property
    def log_path(self):
        return os.path.join(self.folder, "milter.log")

    @property
    def milter(self):
        """As Postfix writes it."""
        return "unix:" + self.socket if self.socket else "inet:127.0.0.1:%d" % self.port

    def configure(self, settings):
        """Writes the configuration: these settings beside the basic ones."""
        self.settings = dict(self.base, **settings)
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(yaml({key: value for key, value in self.settings.items() if value is not None}))

    def listening(self):
        return listens_unix(self.socket) if self.socket else listens(self.port)

    def start(self):
        if not os.access(PROGRAM, os.X_OK):
            raise RuntimeError(PROGRAM + " is not built")
        # The port stays taken for a moment after a stop.
        wait_for("the socket to be free", lambda: not self.listening())
        self.process = Process("verdict-milter", [PROGRAM, "-f", "-c", self.config], self.log_path,
                               dict(os.environ), self.listening)
        # The socket listens before anybody answers.
        MilterClient(self.port, self.socket).close()

    def stop(self, number=signal.SIGTERM, seconds=60):
        return self.process.stop(number, seconds)

    def restart(self, settings=None):
        self.stop()
        if settings:
            self.configure(settings)
        self.start()

    def log(self):
        return self.process.log()

    def line(self, queue_id):
        """The log line of one message as a dict, once it is written."""
        def find():
            found = re.search(r"^(.*\bqueue-id=\"?%s\b.*)$" % queue_id, self.log(), re.M)
            return found and found.group(1)
        return parse_line(wait_for("the log line of " + queue_id, find))

    def check(self, *words):
        """verdict-milter -n on this configuration: (status, output)."""
        done = subprocess.run([PROGRAM, "-n", "-c", self.config, *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        return done.returncode, done.stdout.decode("utf-8", "replace")


def parse_line(line):
    """key=value pairs; quoted values have \\" \\\\ and \\xHH undone."""
    values = {}
    for key, quoted, bare in re.findall(r'([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', line):
        value = re.sub(r"\\(x[0-9A-Fa-f]{2}|.)",
                       lambda m: chr(int(m.group(1)[1:], 16)) if len(m.group(1)) == 3 else m.group(1), quoted)
        values[key] = value or bare
    return values
