"""SPF: random zones, and what pyspf says of them."""
import spf

from ours import Zone

DOMAINS = ["a.example", "b.example", "c.example", "d.b.example", "e.a.example"]
HOSTS = ["mx.a.example", "h1.b.example", "h2.c.example", "mx.a.example", "h1.b.example", "nothing.example"]
CLIENTS = ["192.0.2.1", "192.0.2.77", "198.51.100.9", "2001:db8::1", "2001:db8:0:1::77"]
NETWORKS4 = ["192.0.2.1", "192.0.2.0/24", "192.0.2.0/24", "198.51.100.0/24", "192.0.2.76/30", "192.0.2.1/0", "192.0.2.1/32"]
NETWORKS6 = ["2001:db8::1", "2001:db8::/32", "2001:db8::/32", "2001:db8:0:1::/64", "2001:DB8::1/128", "::ffff:192.0.2.1", "2001:db8::7/0"]
DELIMITERS = ["", "", "", "-", ".", "+", ".-", "="]
ODD = "v=spf1 :/%{}.-+~?aAmxp0123456789_,;\"\\=*\t\x00\x7f\xe9"


def macro(rng):
    letter = rng.choice("slodihv" * 12 + "p" * 6 + "SLODIPHV" + "crtCRTq")
    digits = rng.choice(["", "", "", "1", "2", "3", "128", "99"] * 6 + ["0"])
    return "%{" + letter + digits + rng.choice(["", "", "r"] * 7 + ["R"]) + rng.choice(DELIMITERS) + "}"


def domain_spec(rng):
    kind = rng.random()
    if kind < 0.82:
        return rng.choice(DOMAINS * 3 + HOSTS)
    if kind < 0.96:
        return rng.choice(["", macro(rng) + "."]) + macro(rng) + rng.choice([".w.example"] * 4 + [".a.example", ""])
    if kind < 0.975:
        return rng.choice(["%%", "%_", "%-", "x%%y"]) + rng.choice([".w.example", ".example"])
    return rng.choice(["example", "a..example", "a.example.", ".a.example", "a_b.w.example", "x.1", "%{d", "%", "a" * 64 + ".example",
                       ".".join(["a" * 60] * 5) + ".example", "w.example", "a.example:25", "192.0.2.1", "-x.example", "x-.example"])


def cidr(rng):
    return rng.choice(["/24", "/32", "/0", "//64", "//0", "/24//64", "//128"] * 4 + ["/33", "/024", "//129", "/", "/8//"])


def mechanism(rng):
    kind = rng.choice(["all", "ip4", "ip4", "ip4", "ip4", "ip6", "a", "a", "mx", "mx", "include", "include", "exists", "ptr"])
    if kind == "all":
        return kind
    if kind == "ip4":
        return "ip4:" + rng.choice(NETWORKS4 + ["192.0.2", "192.0.2.1/33", "192.0.2.01", "256.0.2.1"] * (rng.random() < 0.1))
    if kind == "ip6":
        return "ip6:" + rng.choice(NETWORKS6 + ["2001:db8::1/129", "1::2::3", "2001:db8::1/"] * (rng.random() < 0.1))
    if kind in ("a", "mx"):
        return kind + (":" + domain_spec(rng) if rng.random() < 0.7 else "") + (cidr(rng) if rng.random() < 0.15 else "")
    if kind == "ptr":
        return kind + (":" + domain_spec(rng) if rng.random() < 0.6 else "")
    return kind + ":" + domain_spec(rng)


def term(rng):
    kind = rng.random()
    if kind < 0.94:
        word = rng.choice([""] * 8 + ["+", "-", "-", "-", "~", "?"]) + mechanism(rng)
        return word.upper() if rng.random() < 0.02 else word
    if kind < 0.96:
        return "redirect=" + domain_spec(rng)
    if kind < 0.985:
        return "exp=" + domain_spec(rng)
    return rng.choice(["x=y", "x-1_2.y=%{d}", "default=fail", "op=auth", "moo", "=x", "x=%{", "1x=y", "ip5:1", "all:x", "a.example"])


def damaged(rng, text):
    for _ in range(rng.choice([1, 1, 2])):
        at = rng.randrange(len(text))
        text = rng.choice([text[:at] + text[at + 1:], text[:at] + rng.choice(ODD) + text[at:], text[:at] + rng.choice(ODD) + text[at + 1:],
                           text[:at] + text[at:at + 5] + text[at:]])
    return text


def record(rng):
    words = ["v=spf1"] + [term(rng) for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 12]))]
    if rng.random() < 0.85:
        words.append(rng.choice(["-all"] * 10 + ["~all", "?all", "+all", "redirect=" + rng.choice(DOMAINS)]))
    text = rng.choice([" "] * 9 + ["  "]).join(words) + rng.choice([""] * 9 + [" "])
    if rng.random() < 0.08:
        text = damaged(rng, text)
    return text.encode("latin-1")


def long_record(rng):
    """About as many terms as may look something up; those of far.example never match."""
    words = ["a:far.example"] * rng.choice([8, 9, 9, 10, 10, 11])
    end = rng.choice(["+all", "+all", "+all", "-all", "redirect=" + rng.choice(DOMAINS)])
    sign = rng.choice("-~") if "redirect" in end else ""
    words.insert(rng.randrange(len(words) + 1), sign + rng.choice(["a", "mx", "ptr", "exists"]) + ":" + rng.choice(DOMAINS))
    return " ".join(["v=spf1"] + words + [end]).encode("latin-1")


def addresses(rng, zone, name):
    for kind, ips in (("A", CLIENTS[:3] + ["198.51.100.200"]), ("AAAA", CLIENTS[3:] + ["2001:db8:ffff::1"])):
        for _ in range(rng.choice([0] + [1] * 8 + [2])):
            zone.add(name, kind, rng.choice(ips))


def fill(rng, zone):
    for name in DOMAINS:
        for _ in range(rng.choice([0] + [1] * 40 + [2])):
            zone.add(name, "TXT", record(rng))
        if rng.random() < 0.2:
            zone.add(name, "TXT", rng.choice([b"v=spf10 -all", b"other text", b"v=DMARC1; p=none", b"\xe9", b""]))
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3, 11 if rng.random() < 0.2 else 1])):
            zone.add(name, "MX", (rng.randrange(50), rng.choice(HOSTS * 2 + DOMAINS * 2 + ["", "mx%d.a.example" % rng.randrange(20)])))
    for name in DOMAINS + HOSTS[:3]:
        addresses(rng, zone, name)
    zone.add("*.w.example", "A", "127.0.0.2")
    zone.add("*.w.example", "TXT", b"v=spf1 ip4:192.0.2.0/24 -all")
    if rng.random() < 0.9:
        zone.add("alias.example", "CNAME", rng.choice(DOMAINS + ["alias.example"]))
    for ip in CLIENTS:
        for _ in range(rng.choice([0, 1, 1, 2, 11 if rng.random() < 0.2 else 1])):
            zone.add(reverse_name(ip), "PTR", rng.choice(DOMAINS + HOSTS))
    if rng.random() < 0.08:
        zone.broken[rng.choice(DOMAINS + HOSTS)] = rng.choice(["!servfail", "!silent"])


def reverse_name(ip):
    return spf.ipaddress.ip_address(ip).reverse_pointer


class Counting(spf.query):
    """pyspf that counts terms that find nothing, not queries, against the limit of void lookups."""

    voids, found, missed = 0, False, False  # of the term at hand: an address was found, or nothing was

    def dns(self, name, qtype, cnames=None, ignore_void=False):
        result = super().dns(name, qtype, cnames=cnames, ignore_void=True)
        if not ignore_void and all(0 < len(label) < 64 for label in name.rstrip(".").split(".")):
            self.found |= bool(result) and qtype in ("A", "AAAA")
            self.missed |= not result
        return result

    def term_ends(self):
        self.voids += self.missed and not self.found
        self.found = self.missed = False
        if self.voids > spf.MAX_VOID_LOOKUPS:
            raise spf.PermError("Void lookup limit of %d exceeded" % spf.MAX_VOID_LOOKUPS)

    def check_lookups(self):
        self.term_ends()
        super().check_lookups()

    def check0(self, text, recursion):
        result = super().check0(text, recursion)
        self.term_ends()
        return result

    def validate_mechanism(self, mech):
        """Looks up the client's names for a %{p}; none of them is what the term looks for."""
        before = self.found, self.missed
        try:
            return super().validate_mechanism(mech)
        finally:
            self.found, self.missed = before


class Mended(Counting):
    """pyspf where it departs from the order of RFC 7208 as well: a record that includes itself, and mail servers."""

    def validate_mechanism(self, mech):
        try:
            return super().validate_mechanism(mech)
        except spf.PermError as why:
            if why.msg != "include has trivial recursion":
                raise
        return mech, "include", self.d, self.cidrmax, spf.RESULTS.get(mech[0], "pass")

    def dns_mx(self, domainname):
        found = self.dns(domainname, "MX")
        if len(found) > spf.MAX_MX:
            raise spf.PermError("More than %d MX records" % spf.MAX_MX)
        return (ip for _, host in found for ip in self.dns_a(host, self.A))

    def cidrmatch(self, ipaddrs, n):
        return any(super(Mended, self).cidrmatch([ip], n) for ip in ipaddrs)


class Reader(Mended):
    """pyspf that also reads the whole of a record, without lookups, before it does anything else with it."""

    def check0(self, text, recursion):
        known, self.p = self.p, self.p or "unknown"  # what pyspf has for a client without name; it asks for none then
        try:
            self.read([term for term in (text or "").split(" ")[1:] if term])
        finally:
            self.p = known
        return super().check0(text, recursion)

    def read(self, terms):
        for term in terms:
            name, _, value = term.partition("=")
            if spf.RE_MODIFIER.match(term) is None:
                self.validate_mechanism(term)
            elif name in ("exp", "redirect"):
                if value == "" or sum(other.startswith(name + "=") for other in terms) > 1:
                    raise spf.PermError("syntax error", term)
                self.expand_domain(value)
            else:
                self.expand(value)


class Target(str):
    """The domain a redirect= names."""


class Follower(Mended):
    """pyspf that also counts a redirect= when it is followed, not when it is read."""

    unread = 0  # redirect= of the record at hand that check0 is still to come upon; it does before any mechanism counts
    at_target = False

    def check0(self, text, recursion):
        outer, self.unread = self.unread, sum(term.startswith("redirect=") for term in (text or "").split(" "))
        try:
            return super().check0(text, recursion)
        finally:
            self.unread = outer

    def check_lookups(self):
        if self.unread == 0:
            super().check_lookups()
        else:
            self.unread, self.at_target = self.unread - 1, True

    def expand_domain(self, arg):
        kind, self.at_target = Target if self.at_target else str, False
        return kind(super().expand_domain(arg))

    def dns_spf(self, domain):
        if isinstance(domain, Target):
            super().check_lookups()
        return super().dns_spf(domain)


class Case:
    """A zone and the inputs of one evaluation."""

    def __init__(self, rng):
        self.differ = None
        self.zone = Zone()
        fill(rng, self.zone)
        self.ip = rng.choice(CLIENTS[:1] * 2 + CLIENTS)
        domain = rng.choice(DOMAINS[:2] * 6 + DOMAINS * 4 + ["A.Example", "A.Example", "alias.example", "a.b.w.example"])
        self.sender = rng.choice(["user", "user", "user", "first.last", "a-b-c", "user+tag", "postmaster"]) + "@" + domain
        self.helo = rng.choice(DOMAINS + ["mx.a.example", "localhost", "[192.0.2.1]"])
        if rng.random() < 0.06:
            self.sender = ""
        if rng.random() < 0.02:
            self.sender = "user@long.example"
            self.zone.add("long.example", "TXT", long_record(rng))
            self.zone.add("far.example", "A", "198.51.100.201")
            self.zone.add("far.example", "AAAA", "2001:db8:ffff::2")

    def ours(self, differ):
        said = differ.check(self.zone.text(), self.ip.encode(), self.helo.encode(), b"<%s>" % self.sender.encode())["spf"]
        return said["result"], said["reason"]

    def pyspf(self, query=spf.query):
        def lookup(name, qtype, strict=True, timeout=20):
            found = self.zone.find(name, qtype)
            if found is None:
                raise spf.TempError("DNS failure for " + name)
            return [((name, qtype), [data] if qtype == "TXT" else data) for data in found]
        spf.DNSLookup = lookup
        try:
            result, _, text = query(i=self.ip, s=self.sender, h=self.helo, receiver="mx.receiver.example").check()
        except Exception as trouble:  # whatever it stops with is what is to be told
            return "crash", "%s: %s" % (type(trouble).__name__, trouble)
        return result, text

    def reverse(self):
        return reverse_name(self.ip)

    def confirmed(self, said, change=None, peer=Mended):
        """Do both say `said` of the case, where `peer` is a mended pyspf and `change` alters a TXT record?"""
        before = self.zone.text()
        for key, datas in self.zone.records.items():
            if key[1] == "TXT" and change is not None:
                self.zone.records[key] = [change(data) for data in datas]
        if change is not None and self.zone.text() == before:
            return False
        return said[0] == self.ours(self.differ)[0] == self.pyspf(peer)[0]

    def show(self):
        return "client %s, HELO %s, MAIL FROM <%s>\n%s" % (self.ip, self.helo, self.sender, self.zone.text().decode())
