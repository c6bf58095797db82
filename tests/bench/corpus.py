#!/usr/bin/python3
"""
Makes the corpora of the benchmark, the same for the same seed:

    tests/bench/corpus.py FOLDER [--seed N] [--messages N] [--only NAME,...]

  mixed/   sizes as of real mail, about 80 kB in the mean, 60 domains
  small/   2 kB each, the same domains
  cold/    2 kB each, every message with domains of its own
  size-*/  one size each, 2 kB to 50 MB

Each is a folder with its messages, "envelopes" (tests/bench/mail.h), expected.json:
the results of spf, dkim, dmarc and arc that follow from how a message was made.
warm.zone (all but cold/) and cold.zone are the DNS.
"""
import argparse
import base64
import ipaddress
import json
import os
import random

import signer

DOMAINS, MESSAGES = 60, 400
# Octets of a whole message and how many in a hundred are that large: mean 80 kB.
SIZES = ((2000, 38), (6000, 20), (20000, 17), (90000, 13), (300000, 9), (1200000, 3))
SMALL = 2000
BIG = (("2k", 2000, 8), ("20k", 20000, 8), ("200k", 200000, 8), ("1m", 1 << 20, 4), ("10m", 10 << 20, 2),
       ("50m", 50 << 20, 1))
# What happens to a message, and how many in a hundred.
KINDS = (("direct", 46), ("esp", 14), ("unsigned", 10), ("subdomain", 4), ("spoofed", 6), ("altered", 5), ("forwarded", 6),
         ("list", 3), ("two-hops", 1), ("broken-seal", 1), ("no-key", 2), ("bounce", 2))
# Of twenty domains' SPF records.
SPF_KINDS = ("networks",) * 12 + ("provider",) * 3 + ("nested",) * 2 + ("mx",) + ("host",) * 2
STRANGER = "198.51.100.254"
RECEIVER = "user@receiver.example"
WORDS = ("about account after agenda answer attached before budget building change contract copy customer date delivery "
         "draft early every figure first follow forward friday give group hand invoice item join known later letter list "
         "market meeting minute monday month need next number office open order paper part people place plan point price "
         "question quick reason report review room send sign table team thank time today total under update visit week "
         "with work write year").split()


class Zone:
    def __init__(self):
        self.records = {}

    def add(self, name, kind, value):
        self.records.setdefault((name.lower(), kind, value))

    def txt(self, name, text):
        parts = [text[at:at + 250] for at in range(0, len(text), 250)]
        self.add(name, "TXT", " ".join('"%s"' % part for part in parts))

    def host(self, name, address):
        self.add(name, "AAAA" if ":" in address else "A", address)
        self.add(ipaddress.ip_address(address).reverse_pointer, "PTR", name)

    def write(self, path):
        """As one root zone: no delegation, so that each question is one question."""
        with open(path, "w", encoding="ascii") as out:
            out.write("$TTL 3600\n. SOA ns.test. hostmaster.test. 1 3600 600 86400 3600\n. NS ns.test.\n"
                      "ns.test. A 127.0.0.1\n")
            for name, kind, value in self.records:
                out.write("%s. %s %s%s\n" % (name, kind, value, "." if kind in ("PTR", "MX") else ""))

    def write_plain(self, path):
        """As tests/support/dns_server.h reads it."""
        with open(path, "w", encoding="ascii") as out:
            out.writelines("%s %s %s\n" % (name, kind, value) for name, kind, value in self.records)


class Party:
    """A domain that sends for others: a provider, a list, a forwarder."""

    def __init__(self, zone, role, name, address, key):
        self.name, self.address, self.key, self.selector = name, address, key, "k1"
        self.host = "out." + name
        zone.host(self.host, address)
        zone.txt("k1._domainkey." + name, key.record)
        nested_spf(zone, "spf." + name, address)
        zone.txt(name, "v=spf1 include:spf.%s -all" % name if role == "esp" else "v=spf1 %s -all" % network(address))
        zone.txt("_dmarc." + name, "v=DMARC1; p=none")


def nested_spf(zone, name, address):
    """A record as large senders publish it: includes of lists of networks."""
    zone.txt(name, "v=spf1 include:a.%s include:b.%s ~all" % (name, name))
    zone.txt("a." + name, "v=spf1 ip4:192.0.2.192/28 ip4:192.0.2.208/28 ip4:192.0.2.224/28 ~all")
    zone.txt("b." + name, "v=spf1 ip4:192.0.2.240/28 %s ip6:2001:db8:ffff::/48 ~all" % network(address))


def network(address):
    return ("ip6:%s" if ":" in address else "ip4:%s") % address


class Domain:
    """An author's domain; its number decides its records."""

    def __init__(self, zone, number, name, address, keys, include):
        self.number, self.name, self.address = number, name, address
        self.host = "mail." + name
        self.fail = "softfail" if number % 3 == 1 else "fail"
        self.has_spf, self.has_dmarc = number % 12 != 7, number % 12 != 11
        self.strict = number % 10 == 3
        self.keys = [("r", keys[number % 4])]
        if number % 6 == 5:
            self.keys.append(("e", keys[4]))
        zone.add(name, "MX", "10 " + self.host)
        zone.host(self.host, address)
        zone.txt(self.host, "v=spf1 a -all")
        zone.txt(name, "site-verification=%032x" % (number * 0x9e3779b97f4a7c15))
        for selector, key in self.keys:
            zone.txt("%s._domainkey.%s" % (selector, name), key.record)
        if self.has_spf:
            zone.txt(name, self.spf_record(zone, include))
        if self.has_dmarc:
            policy = ("reject", "none", "quarantine", "none")[number % 4]
            zone.txt("_dmarc." + name, "v=DMARC1; p=%s; sp=%s; rua=mailto:dmarc@%s%s" % (
                policy, policy, name, "; adkim=s; aspf=s" if self.strict else ""))

    def spf_record(self, zone, include):
        end = "~all" if self.fail == "softfail" else "-all"
        kind = self.spf_kind(self.number)
        if kind == "networks":
            return "v=spf1 ip4:192.0.2.250 %s %s" % (network(self.address), end)
        if kind == "provider":
            return "v=spf1 include:spf.%s %s %s" % (include, network(self.address), end)
        if kind == "nested":
            nested_spf(zone, "_spf." + self.name, self.address)
            return "v=spf1 include:_spf.%s %s" % (self.name, end)
        return "v=spf1 mx " + end if kind == "mx" else "v=spf1 a:mail.%{d} " + end

    @staticmethod
    def spf_kind(number):
        """By what it needs to be asked: 60 in 100 one question, 10 two in turn, 30 three."""
        return SPF_KINDS[number * 7 % len(SPF_KINDS)]

    def dmarc(self, aligned):
        return ("pass" if aligned else "fail") if self.has_dmarc else "none"


class World:
    """Domains and parties of one corpus; lonely: each message has its own."""

    def __init__(self, keys, count, lonely):
        self.keys, self.zone, self.lonely = keys, Zone(), lonely
        self.tag = "c" if lonely else "w"
        self.parties = {(role, number): self.make_party(role, base + number % 40, number)
                        for role, base in (("esp", 16), ("list", 64), ("forward", 128))
                        for number in range(count if lonely else 3)}
        self.domains = [self.make_domain(number) for number in range(count)]

    def make_party(self, role, host, number):
        return Party(self.zone, role, "%s%d-%s.example" % (self.tag, number, role), "192.0.2.%d" % host, self.keys[number % 4])

    def make_domain(self, number):
        address = "198.51.100.%d" % (1 + number % 250) if number % 2 == 0 else "2001:db8:%x::25" % (number + 1)
        return Domain(self.zone, number, "%s%03d.example" % (self.tag, number), address, self.keys,
                      self.party("esp", number).name)

    def party(self, role, number):
        return self.parties[role, number if self.lonely else number % 3]


class Mail:
    """One message on its way; make() of its kind decides all."""

    def __init__(self, world, rng, number, kind, size):
        self.world, self.rng, self.number = world, rng, number
        self.domain = world.domains[number % len(world.domains)]
        self.author = "%s@%s" % (self.rng.choice(WORDS), self.domain.name)
        self.client, self.host = self.domain.address, self.domain.host
        self.path, self.kind, self.size = self.author, kind, size
        self.spf = "pass" if self.domain.has_spf else "none"
        self.dkim, self.arc, self.aligned = [], "none", None
        if kind == "subdomain":
            self.author = "news@mail." + self.domain.name
        self.fields, self.body = self.content()
        getattr(self, kind.replace("-", "_"))()
        if self.aligned is None:
            self.aligned = self.spf == "pass" or "pass" in self.dkim

    # --- content ---

    def text(self, size):
        lines, total = [], 0
        while total < size:
            line = " ".join(self.rng.choices(WORDS, k=11)).encode()
            lines.append(line)
            total += len(line) + 2
        return b"\r\n".join(lines)[:max(size, 20)].rstrip() + b"\r\n"

    def content(self):
        rng, name = self.rng, "%08x.%d" % (self.rng.getrandbits(32), self.number)
        subject = " ".join(rng.choices(WORDS, k=6)).capitalize()
        kind = "text/plain; charset=utf-8" if self.size < 8000 else 'multipart/mixed;\r\n\tboundary="=_%s"' % name
        fields = [("Received", "from app.%s (app.%s [192.0.2.251])\r\n\tby %s (Postfix) with ESMTPS id %08X\r\n\tfor <%s>; "
                   "Mon, 02 Feb 2026 09:59:58 +0000 (UTC)" % (self.domain.name, self.domain.name, self.domain.host,
                                                            rng.getrandbits(32), RECEIVER)),
                  ("Message-ID", "<%s@%s>" % (name, self.domain.name)), ("Date", "Mon, 02 Feb 2026 10:00:00 +0000"),
                  ("From", '"%s %s" <%s>' % (*[w.capitalize() for w in rng.sample(WORDS, 2)], self.author)),
                  ("To", "<%s>" % RECEIVER), ("Subject", subject), ("MIME-Version", "1.0"), ("Content-Type", kind),
                  ("X-Mailer", "Mailer 3.1"), ("X-Priority", "3")]
        fields = [(key.encode(), b" " + value.encode()) for key, value in fields]
        # The signature to come and the blank line count too.
        room = self.size - sum(len(k) + len(v) + 3 for k, v in fields) - 580
        if self.size < 8000:
            return fields, self.text(room)
        edge = b"--=_" + name.encode()
        part = b"%s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n%s\r\nContent-Type: application/pdf\r\n" \
            b"Content-Transfer-Encoding: base64\r\n\r\n" % (edge, self.text(1500), edge)
        code = base64.encodebytes(rng.randbytes(max(room - len(part), 300) * 57 // 78)).replace(b"\n", b"\r\n")
        return fields, part + code + edge + b"--\r\n"

    # --- what happens to it ---

    def sign(self, result="pass", keys=None):
        for selector, key in keys or self.domain.keys:
            field = signer.dkim(key, self.domain.name, selector, self.fields, self.body)
            self.fields.insert(0, field)
            self.dkim.insert(0, result)

    def through(self, party):
        """It comes from another host, with its address as the path where it has rewritten that."""
        self.client, self.host = party.address, party.host
        self.fields.insert(0, (b"Received", b" from %s\r\n\tby mx.%s (Postfix) with ESMTPS id 4FwD;\r\n\t"
                               b"Mon, 02 Feb 2026 10:00:01 +0000" % (self.domain.host.encode(), party.name.encode())))

    def direct(self):
        self.sign()

    def unsigned(self):
        self.aligned = self.spf == "pass"

    def subdomain(self):
        self.sign()
        self.aligned = not self.domain.strict

    def esp(self):
        party = self.world.party("esp", self.number)
        self.client, self.host, self.path, self.spf = party.address, party.host, "bounce@" + party.name, "pass"
        self.sign(keys=self.domain.keys[:1])
        self.fields.insert(0, signer.dkim(party.key, party.name, party.selector, self.fields, self.body))
        self.dkim.insert(0, "pass")

    def spoofed(self):
        self.client, self.host = STRANGER, "unknown"
        self.spf = self.domain.fail if self.domain.has_spf else "none"

    def altered(self):
        self.sign("fail")
        self.body = b"Altered.\r\n" + self.body

    def forwarded(self):
        self.sign()
        self.through(self.world.party("forward", self.number))
        self.spf = self.domain.fail if self.domain.has_spf else "none"

    def no_key(self):
        self.sign("permerror", [("gone", self.domain.keys[0][1])])

    def bounce(self):
        self.path, self.spf = "", "pass"
        self.aligned = True
        self.sign()

    def relayed_by_list(self):
        """Signed, then changed, signed anew and sealed by a list: the fields of its seal."""
        party = self.world.party("list", self.number)
        self.sign("fail")
        self.through(party)
        self.path, self.spf, self.aligned = "bounces@" + party.name, "pass", False
        at = [key for key, _ in self.fields].index(b"Subject")
        self.fields[at] = (b"Subject", b" [list]" + self.fields[at][1])
        self.body += b"-- \r\nThe list.\r\n"
        self.fields.insert(0, signer.dkim(party.key, party.name, party.selector, self.fields, self.body))
        self.dkim.insert(0, "pass")
        return self.add_seal(1, party, [], b"pass")

    def add_seal(self, number, party, earlier, result):
        own = signer.arc(number, party.key, party.name, party.selector, self.fields, self.body, earlier,
                         b"dmarc=%s header.from=%s" % (result, self.author.split("@")[1].encode()))
        for field in own:
            self.fields.insert(0, field)
        self.arc = "pass"
        return earlier + own

    def list(self):
        self.relayed_by_list()

    def two_hops(self):
        seals = self.relayed_by_list()
        party = self.world.party("forward", self.number)
        self.through(party)
        self.path = "srs@" + party.name
        self.add_seal(2, party, seals, b"fail")

    def broken_seal(self):
        self.relayed_by_list()
        self.body = b"Altered.\r\n" + self.body
        self.dkim, self.arc = ["fail"] * len(self.dkim), "fail"

    # --- what is written ---

    def octets(self):
        return b"".join(key + b":" + value + b"\r\n" for key, value in self.fields) + b"\r\n" + self.body

    def envelope(self, name):
        return "\t".join((name, self.client, self.host, self.host if self.host != "unknown" else "[%s]" % self.client,
                          self.path, RECEIVER)) + "\n"

    def expected(self):
        return {"kind": self.kind, "spf": self.spf, "dkim": self.dkim or ["none"], "arc": self.arc,
                "dmarc": self.domain.dmarc(self.aligned)}


def spread(shares, count, rng):
    """So many of each, as the shares have it, in any order."""
    total, out, owed = sum(share for _, share in shares), [], 0.0
    for what, share in shares:
        owed += share * count / total
        out += [what] * (round(owed) - len(out))
    rng.shuffle(out)
    return out


def write(folder, world, rng, kinds, sizes, run=6):
    """Messages of one domain stand in runs, so that some share a session."""
    os.makedirs(folder)
    expected, total, signatures = {}, 0, 0
    with open(os.path.join(folder, "envelopes"), "w", encoding="ascii") as envelopes:
        for number, (kind, size) in enumerate(zip(kinds, sizes)):
            mail = Mail(world, rng, number if world.lonely else number // run, kind, size)
            name, octets = "%04d.eml" % number, mail.octets()
            with open(os.path.join(folder, name), "wb") as out:
                out.write(octets)
            envelopes.write(mail.envelope(name))
            expected[name] = mail.expected()
            total += len(octets)
            signatures += len(mail.dkim)
    facts = {"messages": len(kinds), "octets_mean": total / len(kinds), "signatures_mean": signatures / len(kinds)}
    for name, what in (("expected.json", expected), ("made.json", facts)):
        with open(os.path.join(folder, name), "w", encoding="ascii") as out:
            json.dump(what, out, indent=0)


# For counting instructions: each kind four times, sizes in turn.
FIXED_SIZES = (2000, 6000, 90000, 20000, 2000)
NAMES = ("mixed", "small", "cold") + tuple("size-" + name for name, _, _ in BIG)


class Maker:
    """The corpora of one seed below a folder; each is made when it is asked for."""

    def __init__(self, folder, seed=1, messages=MESSAGES):
        self.folder, self.seed, self.messages = folder, seed, messages
        rng = random.Random("keys %s" % seed)
        keys = [signer.Rsa(rng) for _ in range(4)] + [signer.Ed25519(rng)]
        self.warm, self.cold = World(keys, DOMAINS, False), World(keys, messages, True)

    def zones(self):
        os.makedirs(self.folder, exist_ok=True)
        self.warm.zone.write(os.path.join(self.folder, "warm.zone"))
        self.cold.zone.write(os.path.join(self.folder, "cold.zone"))

    def make(self, name):
        rng = random.Random("%s %s" % (name, self.seed))
        place = os.path.join(self.folder, "%s.%d" % (name, os.getpid()))
        if name == "fixed":
            kinds = [kind for kind, _ in KINDS] * 4
            write(place, self.warm, rng, kinds, [FIXED_SIZES[at % len(FIXED_SIZES)] for at in range(len(kinds))], 1)
        elif name.startswith("size-"):
            size, count = next(one[1:] for one in BIG if "size-" + one[0] == name)
            write(place, self.warm, rng, ["direct"] * count, [size] * count, 1)
        else:
            shares = SIZES if name == "mixed" else ((SMALL, 1),)
            write(place, self.cold if name == "cold" else self.warm, rng, spread(KINDS, self.messages, rng),
                  spread(shares, self.messages, rng))
        # Whole or not at all, even where two make it.
        os.rename(place, os.path.join(self.folder, name))


def facts_of(folder, name):
    """What a corpus holds; None: it is not made."""
    try:
        with open(os.path.join(folder, name, "made.json"), encoding="ascii") as text:
            return json.load(text)
    except FileNotFoundError:
        return None


def main():
    parser = argparse.ArgumentParser(description="Makes the corpora of the benchmark.")
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--only", default=",".join(NAMES))
    words = parser.parse_args()
    maker = Maker(words.folder, words.seed, words.messages)
    maker.zones()
    for name in words.only.split(","):
        maker.make(name)
        facts = facts_of(words.folder, name)
        print("%-10s %4d messages, %10.0f octets and %.2f signatures each" % (
            name, facts["messages"], facts["octets_mean"], facts["signatures_mean"]))


if __name__ == "__main__":
    main()
