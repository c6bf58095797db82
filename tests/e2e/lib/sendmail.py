"""
A private Sendmail: own configuration, queue and mailbox, on a high port, in
namespaces of the test's own.  It has no XCLIENT, so the clients' addresses
are real ones of the loopback interface, and their names come from the DNS.
"""
import os
import re
import socket
import subprocess
import threading

from lib import namespace
from lib.process import SERVERS, TOP, Process, free_port, listens, server_env, server_program, wait_for
from lib.smtp import Session

PROGRAM = "usr/libexec/sendmail/sendmail"
# What an admin pastes: the test runs it with other addresses.
LINES = os.path.join(TOP, "contrib", "sendmail", "verdict.mc")
LISTEN = {"inet": "inet:8891@127.0.0.1", "unix": "local:/run/verdict-milter/verdict.sock"}

# What stands above and below the tests' own lines, by kind: with the line that
# contrib/sendmail asks for, without it, and Debian's own file.
GENERIC_MC = "OSTYPE(`linux')dnl\nFEATURE(`no_default_msa')dnl\n", "MAILER(`local')dnl\nMAILER(`smtp')dnl\n"
NOCANONIFY = "FEATURE(`nocanonify')dnl"
DEBIAN_MC = "usr/share/sendmail/cf/debian/"
# Of Debian's file: ports, and what needs files below /etc/mail.
NOT_HERE = re.compile(r"^(?:include|DAEMON_OPTIONS)\(|^FEATURE\(`(?:use_cw_file|access_db|greet_pause|delay_checks|"
                      r"conncontrol|ratecontrol)'")

MAIN_MC = """\
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`confPID_FILE', `{folder}/sendmail.pid')dnl
define(`ALIAS_FILE', `')dnl
define(`STATUS_FILE', `')dnl
define(`HELP_FILE', `')dnl
define(`confCW_FILE', `-o {folder}/none')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confDELIVERY_MODE', `i')dnl
define(`confTO_IDENT', `0s')dnl
define(`confTRUSTED_USER', `root')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
undefine(`confCONTROL_SOCKET_NAME')dnl
define(`confCONNECTION_RATE_THROTTLE', `0')dnl
define(`confSAFE_FILE_ENV', `')dnl
define(`confMAX_DAEMON_CHILDREN', `0')dnl
define(`confREFUSE_LA', `0')dnl
define(`confQUEUE_LA', `10000')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`confTO_QUEUERETURN', `1h')dnl
define(`confDEF_USER_ID', `65534:65534')dnl
define(`confAUTH_MECHANISMS', `PLAIN')dnl
define(`confAUTH_OPTIONS', `A')dnl
TRUST_AUTH_MECH(`PLAIN')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
DAEMON_OPTIONS(`Family=inet, Address=127.0.0.1, Port={port}')dnl
DAEMON_OPTIONS(`Family=inet6, Address=::1, Port={port}')dnl
define(`LOCAL_MAILER_PATH', `{folder}/deliver')dnl
define(`LOCAL_MAILER_ARGS', `deliver $i $u')dnl
MODIFY_MAILER_FLAGS(`LOCAL', `-Afw5:|@m')dnl
{lines}
{mailers}
LOCAL_CONFIG
Cwreceiver.example
ESASL_CONF_PATH={folder}/sasl
ESASL_PATH={modules}
"""

# $i $u; without $u Sendmail would speak SMTP to it.
DELIVER = """\
#!/bin/sh
cat >{folder}/mail/new.$$ && mv {folder}/mail/new.$$ {folder}/mail/$1
"""


def enter(folder):
    """Enters the namespaces; before any thread or child."""
    namespace.enter("mx.receiver.example")
    for number, address in enumerate(("192.0.2.1", "198.51.100.1")):
        namespace.add_network(number, address)
    namespace.add_ipv6("2001:db8::10")
    for name, text in (("resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n"),
                       ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
                       ("hosts", "127.0.0.1 mx.receiver.example localhost\n::1 localhost\n")):
        with open(os.path.join(folder, name), "w", encoding="ascii") as out:
            out.write(text)
        namespace.replace_file("/etc/" + name, os.path.join(folder, name))


def milter_lines(milter):
    """The lines of contrib/sendmail for this socket (as Postfix writes it)."""
    kind, _, place = milter.partition(":")
    own = "local:" + place if kind == "unix" else "inet:%s@%s" % tuple(reversed(place.split(":")))
    lines = []
    with open(LINES, encoding="ascii") as text:
        for line in text:
            if "INPUT_MAIL_FILTER(" in line:
                if LISTEN[kind] not in line:
                    continue
                line = re.sub("^dnl ", "", line).replace(LISTEN[kind], own)
            lines.append(line)
    return "".join(lines)


def modules():
    """Where the SASL mechanisms are: those of the system or the unpacked ones."""
    for root in ("/", SERVERS):
        for at, _, names in os.walk(os.path.join(root, "usr/lib")):
            if os.path.basename(at) == "sasl2" and "libplain.so" in names:
                return at
    raise RuntimeError("no libplain.so; run contrib/install-deps --servers")


class Passwords(threading.Thread):
    """Answers as saslauthd does: every password is right."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen()
        self.start()

    def run(self):
        while True:
            with self.server.accept()[0] as peer:
                peer.recv(4096)
                peer.sendall(b"\0\2OK")


def debian_mc():
    """Debian's own file, as the generic one: (what stands above, the mailers)."""
    folder = server_program_folder(DEBIAN_MC)
    with open(folder + "sendmail.mc", encoding="ascii") as text:
        lines = [line for line in text if not NOT_HERE.match(line)]
    at = next(at for at, line in enumerate(lines) if line.startswith("MAILER_DEFINITIONS"))
    # By its name, since the files that are unpacked look for it in /usr.
    return "include(`%sautoconf.m4')dnl\n%s" % (folder, "".join(lines[:at])), "".join(lines[at:])


class Sendmail:
    """
    milter: as Postfix writes it, inet:127.0.0.1:PORT or unix:/path.
    kind: nocanonify, canonify or debian.
    """

    def __init__(self, folder, milter, extra="", kind="nocanonify"):
        self.folder, self.kind = folder, kind
        self.port = free_port()
        self.program = server_program(PROGRAM)
        self.master = None
        self.lay_out(milter, extra)
        self.passwords = Passwords(self.path("sasl", "mux"))
        self.start()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, path, text, mode=0o644):
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(path, mode)

    def lay_out(self, milter, extra):
        os.mkdir(self.folder, 0o755)
        for name in ("queue", "mail", "sasl"):
            os.mkdir(self.path(name), 0o700)
        os.chown(self.path("mail"), 65534, 65534)
        self.write(self.path("deliver"), DELIVER.format(folder=self.folder), 0o755)
        self.write(self.path("sasl", "Sendmail.conf"),
                   "pwcheck_method: saslauthd\nsaslauthd_path: %s\nmech_list: PLAIN\n" % self.path("sasl", "mux"))
        head, mailers = debian_mc() if self.kind == "debian" else GENERIC_MC
        lines = milter_lines(milter)
        if self.kind != "nocanonify":
            lines = lines.replace(NOCANONIFY, "dnl")
        self.write(self.path("main.mc"), head + MAIN_MC.format(folder=self.folder, port=self.port, modules=modules(),
                                                               lines=lines + extra, mailers=mailers))
        m4 = server_program("usr/bin/m4")
        cf = server_program_folder("usr/share/sendmail/cf/")
        done = subprocess.run([m4, "-D_CF_DIR_=" + cf, cf + "m4/cf.m4", self.path("main.mc")], env=server_env(m4),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        self.write(self.path("main.cf"), done.stdout.decode("ascii"))

    def start(self):
        self.master = Process("sendmail", [self.program, "-bD", "-X", self.path("traffic"), "-C",
                                           self.path("main.cf")], self.path("mail.log"),
                              server_env(self.program), lambda: listens(self.port))

    def stop(self):
        self.master.stop()

    def session(self, client=None, name=None, **how):
        """name: stands in the DNS."""
        del name
        return Session(self.port, source=client, **how)

    def log(self):
        return self.master.log()

    def delivered(self, queue_id):
        """Waits for the delivered message and returns its octets (LF lines)."""
        path = self.path("mail", queue_id)
        wait_for("the delivery of " + queue_id, lambda: os.path.exists(path))
        with open(path, "rb") as mail:
            return mail.read()

    def held(self, queue_id):
        return os.path.exists(self.path("queue", "hf" + queue_id))

    def address_test(self, *lines):
        """What `sendmail -bt` says to these lines."""
        done = subprocess.run([self.program, "-C", self.path("main.cf"), "-bt"], input="\n".join(lines) + "\n",
                              env=server_env(self.program), stdout=subprocess.PIPE, timeout=60, check=True, text=True)
        return done.stdout

    def release(self, queue_id):
        """As contrib/sendmail says."""
        subprocess.run([self.program, "-C", self.path("main.cf"), "-qQ", "-qI" + queue_id, "-Q"],
                       env=server_env(self.program), timeout=60, check=True)


def server_program_folder(path):
    """A folder of the system, or the one that install-deps unpacked."""
    return next(root for root in (os.path.join("/", path), os.path.join(SERVERS, path)) if os.path.isdir(root))
