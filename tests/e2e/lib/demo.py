"""What `make demo` shows, once everything is built."""
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lib import process  # noqa: E402

KEEP = os.environ.get("KEEP") == "1"
process.PERSISTENT = KEEP
from lib.message import compose, fields  # noqa: E402
from lib.world import BAD, FORWARDER, FORWARDER_NAME, GOOD, World  # noqa: E402

PROGRAM = os.path.join(process.BUILD, "verdict")
SHOWN = ("Authentication-Results", "X-Verdict-Action", "Received", "From", "Subject")
wrong = []


def paint(code, text):
    return "\033[%sm%s\033[0m" % (code, text) if sys.stdout.isatty() else text


def show(title, why, expected, reply, mail):
    """expected: (reply code, texts that the delivered header or the reply holds)."""
    code, parts = expected
    print("\n" + paint("1;36", "== %s ==" % title))
    print(why + "\n")
    print("  The sender saw:  " + paint("32" if reply.code == 250 else "31", str(reply)))
    whole = str(reply)
    if mail is not None:
        print("  Delivered with:")
        head = mail.split(b"\n\n", 1)[0].decode("utf-8", "replace")
        whole += head
        for field in re.findall(r"^\S[^\n]*(?:\n[ \t][^\n]*)*", head, re.M):
            if field.split(":")[0].strip().lower() in [name.lower() for name in SHOWN]:
                print("    " + field.replace("\n", "\n    ").replace("\t", "        "))
    missing = [part for part in parts if part not in re.sub(r"\s+", " ", whole)]
    if reply.code == code and not missing:
        print("  " + paint("32", "As expected."))
    else:
        wrong.append(title)
        print("  " + paint("1;31", "NOT as expected: reply %d, with %s" % (code, ", ".join(missing) or "all texts")))


def messages(world):
    show("Genuine mail",
         "sender.example publishes p=reject. Its own server %s sends a signed message." % GOOD,
         (250, ["spf=pass", "dkim=pass", "dmarc=pass"]), *world.genuine(subject="Genuine"))
    show("A spoof under p=reject",
         "%s, a stranger, claims to be boss@sender.example." % BAD,
         (550, ["5.7.26", "DMARC", "sender.example"]), *world.spoofed("sender.example", subject="Wire the money"))
    show("A spoof under p=quarantine",
         "The same with quarantine.example, which asks for quarantine only: delivery files such mail by its mark.",
         (250, ["X-Verdict-Action: quarantine (", "dmarc=fail"]),
         *world.spoofed("quarantine.example", subject="Invoice"))
    signed = world.keys["s1"].sign(compose("user@sender.example", subject="Forwarded"))
    show("Forwarded mail",
         "%s forwards a signed message of sender.example under its own envelope: DKIM still proves the author."
         % FORWARDER,
         (250, ["smtp.mailfrom=forwarder.example", "dkim=pass", "dmarc=pass"]),
         *world.send(signed, "bounces@forwarder.example", FORWARDER, FORWARDER_NAME, FORWARDER_NAME))
    forged = "Authentication-Results: mx.receiver.example; dmarc=pass header.from=none.example"
    reply, mail = world.spoofed("none.example", subject="Trust me", fields=[forged])
    show("A forged Authentication-Results field",
         "A stranger writes our own name into such a field. none.example publishes p=none, so the mail is taken,\n"
         "but the forged field is gone and ours says what was found.",
         (250, ["dmarc=fail"]), reply, mail)
    if len(fields(mail or b"", "Authentication-Results")) != 1:
        wrong.append("one Authentication-Results field")
    reply, mail = world.send(compose("boss@sender.example", subject="From my phone"), "boss@sender.example", BAD,
                             login="boss")
    show("A user who logged in",
         "boss@sender.example sends from %s with SMTP AUTH: nothing is checked and nothing written." % BAD,
         (250, ["Subject: From my phone"]), reply, mail)
    if fields(mail or b"", "Authentication-Results"):
        wrong.append("no Authentication-Results for a user who logged in")


def ask(world, expected, *words):
    """A command about what happened, as an admin types it, and what it says."""
    print("\n  $ verdict " + " ".join(words))
    done = subprocess.run([PROGRAM, *words, "--config", world.daemon.config], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    text = done.stdout.decode("utf-8", "replace")
    print("  " + text.rstrip("\n").replace("\n", "\n  "))
    if done.returncode != 0 or expected not in text:
        wrong.append("verdict " + words[0])


def happened(world):
    print("\n" + paint("1;36", "== What happened to that mail? =="))
    print("The spoof was refused, and somebody calls. The queue id stands in the log and in the refusal.")
    queue_id = re.search(r"queue-id=(\S+) .* action=reject ", world.daemon.log()).group(1)
    ask(world, "REFUSED", "explain", queue_id)
    ask(world, "sender.example", "search", "--from", "sender.example")
    ask(world, "sender.example", "stats", "--since", "1d")
    page = os.path.join(world.folder, "page.html")
    ask(world, "", "stats", "--since", "1d", "--html", page)
    if not os.path.exists(page):
        wrong.append("the page")
    elif KEEP:
        os.chmod(page, 0o644)
        print("  A page for a browser: " + page)


def keep_up(world):
    stop = os.path.join(world.folder, "stop")
    running = [world.mta.master, world.daemon.process, world.dns.unbound, world.dns.nsd]
    with open(stop, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\nkill %s 2>/dev/null\nsleep 1\nrm -rf %s\n" % (
            " ".join(str(one.pid) for one in running), world.folder))
    os.chmod(stop, 0o755)
    for one in running:
        process.forget(one)
    process.keep(world.folder)
    print("""
Everything stays up (KEEP=1):
  SMTP             127.0.0.1 port %d, for any user@receiver.example
  another client   XCLIENT ADDR=192.0.2.10 NAME=mail.sender.example   (before EHLO and MAIL FROM)
  delivered mail   %s
  log              %s
  configuration    %s
  resolver         %s
  ask the daemon   %s status --config %s
  stop it all      %s""" % (world.mta.port, world.mta.path("mail", "u", "new"), world.daemon.log_path,
                            world.daemon.config, world.dns.address, os.path.relpath(PROGRAM, process.TOP), world.daemon.config, stop))


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    print("== Starting NSD, Unbound, verdict-milter and Postfix on loopback ==")
    world = World()
    print("\nThe configuration (verdict.yaml):")
    with open(world.daemon.config, encoding="utf-8") as text:
        print("  " + text.read().rstrip("\n").replace("\n", "\n  "))
    messages(world)
    print("\n" + paint("1;36", "== What the log says =="))
    for line in world.daemon.log().splitlines():
        if "action=" in line:
            print("  " + line)
    happened(world)
    if KEEP:
        keep_up(world)
    else:
        print("\nEverything is stopped again. KEEP=1 make demo leaves it up.")
    if wrong:
        print(paint("1;31", "Not as expected: " + "; ".join(wrong)))
    return 1 if wrong else 0


sys.exit(main())
