"""What mail servers make of addresses in From: the attacker's zones, and what was delivered for a field."""
import re
from email.utils import getaddresses

from lib.message import compose, fields
from lib.world import BAD, GOOD

# CNAMEs of the attacker's, and what they lead to.
ALIASES = {"alias": "bank.example", "chain": "alias.attacker.example", "mxonly": "mail.bank.example",
           "sixonly": "six.bank.example", "*.wild": "bank.example", "broken": "x.broken.test",
           "loop": "loop.attacker.example"}
# Domains that no mail of these tests authenticates.
PROTECTED = re.compile(r"@(?:[\w-]+\.)*(?:bank|receiver)\.example$")


def records(zones):
    for domain in ("bank.example", "mail.bank.example"):
        zones.mx(domain, "mx.bank.example")
    zones.address("mx.bank.example", "192.0.2.77").address("six.bank.example", "2001:db8::77")
    zones.txt("bank.example", "v=spf1 -all").txt("_dmarc.bank.example", "v=DMARC1; p=reject")
    zones.txt("attacker.example", "v=spf1 ip4:%s -all" % BAD)
    for name, target in ALIASES.items():
        zones.add(name + ".attacker.example", "CNAME", target + ".")
    # An honest one: the domain that it leads to aligns too.
    zones.add("news.sender.example", "CNAME", "www.sender.example.").address("www.sender.example", GOOD)
    # The mail server's own domain.
    zones.address("www.shop.receiver.example", GOOD).txt("_dmarc.receiver.example", "v=DMARC1; p=reject")


def deliver(world, server, value, client=BAD, mail_from="thief@attacker.example"):
    """(the From that is delivered, the log line), or (the code of the refusal, {})."""
    with server.session(client=client) as session:
        reply = session.send(compose(value), mail_from)
    if reply.code != 250:
        return reply.code, {}
    shown = fields(server.delivered(reply.queue_id), "From")
    return ", ".join(re.sub(r"\s+", " ", one) for one in shown), world.daemon.line(reply.queue_id)


def is_protected(shown):
    return any(PROTECTED.search(address) for _, address in getaddresses([shown]))
