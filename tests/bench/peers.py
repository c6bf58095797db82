"""
The milters that are measured: the floor (null), ours, and those of Debian that
are installed or unpacked in build/servers.  All write Authentication-Results and
refuse nothing.
"""
import os
import pwd
import shutil
import signal

from lib.daemon import Daemon
from lib.process import BUILD, Process, free_port, listens, listens_unix, server_env, server_program, server_root, wait_for

AUTHSERV_ID = "mx.receiver.example"
SUFFIXES = "/usr/share/publicsuffix/public_suffix_list.dat"


class Peer:
    """programs: what must be there; inet: listen on 127.0.0.1 instead of a Unix socket."""

    name, programs, has_results, end = "", (), True, signal.SIGTERM

    def __init__(self, folder, inet=False):
        self.folder, self.inet = os.path.join(folder, self.name.replace("+", "-")), inet
        self.processes, self.milters = [], []

    @classmethod
    def missing(cls):
        return [program for program in cls.programs if not server_program(program)]

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.milters = []
        self.launch()

    def launch(self):
        raise NotImplementedError

    def address(self, name):
        """A new address, as (what Postfix calls it, what libmilter calls it, is it listened on)."""
        if self.inet:
            port = free_port()
            return "inet:127.0.0.1:%d" % port, "inet:%d@127.0.0.1" % port, lambda: listens(port)
        path = os.path.join(self.folder, name + ".sock")
        return "unix:" + path, "local:" + path, lambda: listens_unix(path)

    def run(self, name, argv, ready, env=None):
        self.processes.append(Process(name, argv, os.path.join(self.folder, name + ".log"), env, ready))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def pids(self):
        """Its processes and their children."""
        found, todo = [], [process.pid for process in self.processes]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/children" % (pid, task), encoding="ascii") as children:
                    todo += [int(child) for child in children.read().split()]
        return found



def stop(peers):
    """All at once: libmilter looks for a signal every few seconds."""
    for peer in peers:
        for process in peer.processes:
            process.kill(peer.end)
    for peer in peers:
        for process in peer.processes:
            process.stop(None)
    for peer in peers:
        peer.processes = []


class Null(Peer):
    # It has nothing to leave in order.
    name, has_results, end = "null", False, signal.SIGKILL

    def launch(self):
        milter, own, ready = self.address("null")
        self.run("null", [os.path.join(BUILD, "tests/bench-null"), own], ready)
        self.milters = [milter]


class Verdict(Peer):
    """At its defaults, with its log line for each message."""

    name, settings = "verdict", {}

    def launch(self):
        settings = dict(self.settings, **{"authserv-id": AUTHSERV_ID})
        path = None if self.inet else os.path.join(self.folder, "verdict.sock")
        daemon = Daemon(self.folder, "127.0.0.1:53", settings, path)
        self.processes, self.milters = [daemon.process], [daemon.milter]


class Unrecorded(Verdict):
    """Without its journal."""

    name, settings = "without journal", {"history": {"journal": False}}


OPENDKIM = """\
Mode v
Socket %s
AuthservID %s
AlwaysAddARHeader yes
InternalHosts %s
Nameservers 127.0.0.1
SoftwareHeader no
LogWhy no
Syslog no
Background no
AutoRestart no
On-Default accept
"""

OPENDMARC = """\
Socket %s
AuthservID %s
TrustedAuthservIDs %s
RejectFailures false
SPFSelfValidate true
SPFIgnoreResults true
PublicSuffixList %s
IgnoreHosts %s
IgnoreAuthenticatedClients false
RequiredHeaders false
Syslog false
Background false
"""


class OpenDkim(Peer):
    """OpenDKIM, then OpenDMARC, which checks SPF itself."""

    name, programs = "opendkim+opendmarc", ("usr/sbin/opendkim", "usr/sbin/opendmarc")

    def launch(self):
        hosts = self.write("hosts", "127.0.0.1\n")
        dkim, dkim_own, dkim_ready = self.address("opendkim")
        dmarc, dmarc_own, dmarc_ready = self.address("opendmarc")
        config = self.write("opendkim.conf", OPENDKIM % (dkim_own, AUTHSERV_ID, hosts))
        program = server_program(self.programs[0])
        self.run("opendkim", [program, "-f", "-x", config], dkim_ready, server_env(program))
        config = self.write("opendmarc.conf", OPENDMARC % (dmarc_own, AUTHSERV_ID, AUTHSERV_ID, SUFFIXES, hosts))
        program = server_program(self.programs[1])
        self.run("opendmarc", [program, "-f", "-c", config], dmarc_ready, server_env(program))
        self.milters = [dkim, dmarc]


class Rspamd(Peer):
    """The stock configuration with the modules that do what the others do, and two processes that scan."""

    name, programs = "rspamd", ("usr/bin/rspamd",)
    modules = ("spf", "dkim", "dmarc", "arc", "milter_headers")

    def launch(self):
        program = server_program(self.programs[0])
        root = server_root(program)
        stock, share = os.path.join(root, "etc/rspamd"), os.path.join(root, "usr/share/rspamd")
        milter, _, ready = self.address("rspamd")
        socket = milter.replace("inet:", "") if self.inet else milter[len("unix:"):] + " mode=0666"
        for name, text in self.overrides(stock, socket).items():
            self.write(name, text)
        data = os.path.join(self.folder, "data")
        os.mkdir(data)
        # Its folder holds its socket too.
        for place in (data, self.folder):
            os.chown(place, pwd.getpwnam("nobody").pw_uid, -1)
        places = {"CONFDIR": stock, "LOCAL_CONFDIR": self.folder, "DBDIR": data, "RUNDIR": data, "LOGDIR": data,
                  "SHAREDIR": share, "PLUGINSDIR": share + "/plugins", "LUALIBDIR": share + "/lualib",
                  "RULESDIR": self.folder + "/rules", "WWWDIR": share + "/www"}
        self.run("rspamd", [program, "-f", "-u", "nobody", "-g", "nogroup", "-c", os.path.join(stock, "rspamd.conf"),
                            *("--var=%s=%s" % place for place in places.items())], ready, server_env(program))
        self.milters = [milter]
        wait_for("rspamd's workers", lambda: len(self.pids()) >= 3)

    def overrides(self, stock, socket):
        files = {
            "suffixes": "example\ntest\n", "rules/rspamd.lua": "",
            "override.d/options.inc": 'url_tld = "$LOCAL_CONFDIR/suffixes";\ntempdir = "$DBDIR";\nfilters = "dkim";\n'
                                      'dns { nameserver = ["127.0.0.1:53:1"]; timeout = 5s; retransmits = 2; sockets = 16; }\n',
            "override.d/worker-proxy.inc": 'bind_socket = "%s";\ncount = 2;\nmilter = yes;\nupstream "local" '
                                           '{ default = yes; self_scan = yes; hosts = "127.0.0.1"; }\n' % socket,
            "override.d/logging.inc": 'type = "console";\nlevel = "error";\n',
            "override.d/actions.conf": "reject = null;\nadd_header = null;\ngreylist = null;\n",
            "override.d/milter_headers.conf": 'use = ["authentication-results"];\nskip_local = false;\n',
        }
        for worker in ("normal", "controller"):
            files["override.d/worker-%s.inc" % worker] = "enabled = false;\n"
        for module in os.listdir(os.path.join(stock, "modules.d")):
            if os.path.splitext(module)[0] not in self.modules:
                files["override.d/" + module] = "enabled = false;\n"
        return files


PEERS = {peer.name: peer for peer in (Null, Verdict, OpenDkim, Rspamd)}
