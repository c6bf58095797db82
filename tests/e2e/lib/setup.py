"""A Postfix that is set up by `verdict setup`, and what is called for it: tests 67-setup and 67-setup-trial."""
import os
import re
import shutil
import socket
import subprocess
import threading

from lib import process, tap
from lib.daemon import Daemon, yaml
from lib.postfix import MASTER_CF, Postfix
from lib.process import BUILD, server_env, server_program
from lib.world import ENFORCE, GOOD, World

VERDICT = os.path.join(BUILD, "verdict")
FILES = ("main.cf", "master.cf")


def records(zones):
    zones.txt("receiver.example", "v=spf1 ip4:%s -all" % GOOD)
    zones.txt("_dmarc.receiver.example", "v=DMARC1; p=reject")
    for name, spf in (("all", "v=spf1 +all"), ("badspf", "v=spf1 nonsense:x"), ("nospf", "no record")):
        zones.txt(name + ".example", spf)
        zones.txt("_dmarc.%s.example" % name, "v=DMARC1; p=reject")


world = World(dict(ENFORCE), records=records)
POSTCONF = server_program("usr/sbin/postconf")
PORT = world.daemon.port
folder = world.folder


class Unstarted(Postfix):
    def start(self):
        pass


postfix = Unstarted(os.path.join(folder, "unstarted"), "inet:127.0.0.1:%d" % PORT)
CONFIG, QUEUE = postfix.path("config"), postfix.path("queue")
with open(os.path.join(CONFIG, "main.cf"), encoding="utf-8") as text:
    MAIN = text.read() + "smtpd_forbid_bare_newline = yes\n"
ENV = dict(os.environ, **server_env(POSTCONF))


class Milter:
    """Takes connections as a milter would, and hangs up on each, until it is closed."""

    def __init__(self, port=0, path=None):
        self.sock = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(path or ("127.0.0.1", port))
        self.sock.listen(64)
        self.path, self.port = path, None if path else self.sock.getsockname()[1]
        threading.Thread(target=self.hang_up, daemon=True).start()

    def hang_up(self):
        while True:
            try:
                self.sock.accept()[0].close()
            except OSError:
                return

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        if self.path:
            os.unlink(self.path)


def daemon(name, path=None, port=None):
    """One more verdict-milter, that nobody sends mail to."""
    one = Daemon(os.path.join(folder, name), world.dns.address, socket=path, start=False)
    if port:
        one.port = port
        one.base["listen"] = "inet:%d@127.0.0.1" % port
        one.configure({})
    one.start()
    return one


# verdict-milter's, two other milters, and where nobody answers.
PORTS = {"8891": PORT, "7001": Milter().port, "7002": Milter().port, "7009": process.free_port()}


def ports(text):
    return re.sub(r"\b(%s)\b" % "|".join(PORTS), lambda name: str(PORTS[name.group()]), text)


def run(argv, env=ENV, **how):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(env, PATH=os.path.dirname(POSTCONF) + ":" + env["PATH"]), timeout=120, check=False, **how)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def call(*words, settings=None, **how):
    """(status, what it says, complaints) of `verdict WORDS...`."""
    config = os.path.join(folder, "verdict.yaml")
    with open(config, "w", encoding="utf-8") as out:
        out.write(yaml(dict({"listen": "inet:%d@127.0.0.1" % PORT, "authserv-id": "mx.receiver.example"}, **(settings or {}))))
    os.chmod(config, 0o644)
    # Postfix waits two seconds where main.cf has just been written.
    for name in FILES:
        os.utime(os.path.join(CONFIG, name), (0, 0))
    return run([VERDICT, words[0], "--postconf", POSTCONF, "--mta-config", CONFIG, "--config", config, *words[1:]], **how)


def setup(*words, **how):
    return call("setup", "postfix", *words, **how)


def write(extra="", smtpd="", master="", cleanup="", chroot="n", **settings):
    with open(os.path.join(CONFIG, "main.cf"), "w", encoding="utf-8") as out:
        out.write(MAIN + ports(extra))
    lines = MASTER_CF.format(port=postfix.port).replace("inet n - n - - smtpd", "inet n - %s - - smtpd %s" % (chroot, smtpd))
    with open(os.path.join(CONFIG, "master.cf"), "w", encoding="utf-8") as out:
        out.write(ports(lines.replace("0 cleanup\n", "0 cleanup %s\n" % cleanup) + master))
    return settings


def read(place=CONFIG):
    texts = []
    for name in FILES:
        with open(os.path.join(place, name), "rb") as file:
            texts.append(file.read())
    return texts


def copies():
    return sorted(name for name in os.listdir(CONFIG) if ".verdict-" in name)


def pasted(said):
    """What the lines that it prints make of the files, run by a shell."""
    place = os.path.join(folder, "pasted")
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(CONFIG, place)
    for name in FILES:
        os.utime(os.path.join(place, name), (0, 0))
    for line in re.findall(r"^    (postconf .*)$", said, re.M):
        status, _, err = run(["/bin/sh", "-c", line.replace(CONFIG, place)])
        if status:
            return "%s: %s" % (line, err)
        for name in FILES:
            os.utime(os.path.join(place, name), (0, 0))
    return read(place)


def plain_words(said):
    """Lines of 80 columns, but for commands and values."""
    return [line for line in said.splitlines() if len(line) > 80 and not line.startswith("    ")]


def trial(one, *words, to="u@receiver.example", config=None):
    """(status, what it says as one line, complaints) of --test with this Postfix."""
    os.utime(one.path("config", "main.cf"), (0, 0))
    status, said, err = run([VERDICT, "setup", "postfix", "--test", to, *words, "--postconf", POSTCONF, "--mta-config",
                             one.path("config"), "--config", config or world.daemon.config])
    tap.check(not plain_words(said), "in 80 columns", said)
    return status, " ".join(said.split()), err
