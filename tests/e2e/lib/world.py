"""
The mail world of the tests: senders with their records and keys, the name
servers, verdict-milter and a mail server: Postfix or, where the program's name
ends in -sendmail, Sendmail.

sender.example      p=reject, SPF -all for 192.0.2.10 and 2001:db8::10, keys s1 and ed
strict.example      p=reject; the SPF record is sender.example's
quarantine.example  p=quarantine, likewise
none.example        p=none, likewise
plain.example       SPF only
forwarder.example   SPF for 198.51.100.20, key f1, p=none
delegated.example   in the hands of servers that are not there
alias.example       CNAME into a zone that is not there
broken.test         SERVFAIL, and with it half.example, whose SPF includes it
"""
import os

from lib import process, sendmail, tap
from lib.daemon import Daemon
from lib.message import Key, compose
from lib.nameserver import NameServer, Zones
from lib.postfix import Postfix
from lib.process import SENDMAIL
from lib.sendmail import Sendmail

GOOD, GOOD6, GOOD_NAME = "192.0.2.10", "2001:db8::10", "mail.sender.example"
BAD = "198.51.100.66"
FORWARDER, FORWARDER_NAME = "198.51.100.20", "mail.forwarder.example"
RELAY = "192.0.2.50"

ENFORCE = {"mode": "enforce", "on-reject": "reject", "on-quarantine": "tag", "tag-filed": True}


def standard_zones(keys):
    zones = Zones()
    spf = "v=spf1 ip4:%s ip6:%s -all" % (GOOD, GOOD6)
    for domain, policy in (("sender", "reject"), ("strict", "reject"), ("quarantine", "quarantine"),
                           ("none", "none"), ("plain", None)):
        zones.txt(domain + ".example", spf)
        zones.address(domain + ".example", GOOD)
        zones.mx(domain + ".example", GOOD_NAME)
        if policy:
            zones.txt("_dmarc.%s.example" % domain, "v=DMARC1; p=%s; rua=mailto:dmarc@%s.example" % (policy, domain))
    zones.address(GOOD_NAME, GOOD).address(GOOD_NAME, GOOD6)
    zones.pointer(GOOD, GOOD_NAME).pointer(GOOD6, GOOD_NAME)
    zones.txt(GOOD_NAME, "v=spf1 a -all")
    zones.txt("forwarder.example", "v=spf1 ip4:%s -all" % FORWARDER)
    zones.txt("_dmarc.forwarder.example", "v=DMARC1; p=none")
    zones.address(FORWARDER_NAME, FORWARDER).pointer(FORWARDER, FORWARDER_NAME)
    zones.add("delegated.example", "NS", "ns.elsewhere.test.")
    zones.add("alias.example", "CNAME", "mail.elsewhere.invalid.")
    zones.txt("half.example", "v=spf1 include:broken.test -all")
    zones.txt("_dmarc.half.example", "v=DMARC1; p=reject")
    for key in keys.values():
        zones.txt(key.name, key.record)
    return zones


def standard_keys():
    return {
        "s1": Key("sender.example", "s1"),
        "ed": Key("sender.example", "ed", "ed25519-sha256"),
        "f1": Key("forwarder.example", "f1"),
    }


class World:
    """
    settings: of verdict-milter, beside ENFORCE; None: its defaults.
    extra: lines for the configuration of the mail server.
    records: adds records of the test's own to the zones.
    """

    def __init__(self, settings=None, extra="", socket=None, records=None):
        tap.need_root()
        for program in ("usr/sbin/nsd", "usr/sbin/unbound",
                        sendmail.PROGRAM if SENDMAIL else "usr/lib/postfix/sbin/master"):
            if not process.server_program(program):
                tap.skip_all("no %s; run contrib/install-deps --servers" % program)
        self.folder = process.folder()
        if SENDMAIL:
            sendmail.enter(self.folder)
        self.keys = standard_keys()
        self.zones = standard_zones(self.keys)
        if records:
            records(self.zones)
        # Sendmail's resolver asks port 53 only; the network is its own.
        self.dns = NameServer(os.path.join(self.folder, "dns"), self.zones, 53 if SENDMAIL else None)
        self.daemon = Daemon(os.path.join(self.folder, "milter"), self.dns.address,
                             ENFORCE if settings is None else settings, socket)
        server = Sendmail if SENDMAIL else Postfix
        self.mta = server(os.path.join(self.folder, "mta"), self.daemon.milter, extra)

    def send(self, message, mail_from, client=BAD, name=None, helo="client.example", login=None, **how):
        """One message on its own connection: (reply, delivered octets or None)."""
        with self.mta.session(client=client, name=name, helo=helo, login=login) as session:
            reply = session.send(message, mail_from, **how)
        return reply, self.mail_of(reply)

    def mail_of(self, reply):
        """What was delivered for a reply; None where it is held or refused."""
        if reply.code != 250 or not reply.queue_id or self.mta.held(reply.queue_id):
            return None
        return self.mta.delivered(reply.queue_id)

    def genuine(self, mail_from="user@sender.example", key="s1", **how):
        """A signed message of sender.example from its own server."""
        signed = self.keys[key].sign(compose(mail_from, **how))
        return self.send(signed, mail_from, GOOD, GOOD_NAME, GOOD_NAME)

    def spoofed(self, domain, **how):
        """A message that claims the domain, from a client that is not its."""
        return self.send(compose("Boss <boss@%s>" % domain, **how), "boss@" + domain)
