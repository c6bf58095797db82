"""DKIM: signed messages, then harmed ones, and what dkimpy and Mail::DKIM say of them."""
import base64
import hashlib
import os
import random
import re
import subprocess

import dkim
import nacl.signing

import faults
import rsa
import strict
from canonical import canonical_body, canonical_field, signed_fields
from ours import NOW, Zone

HERE = os.path.dirname(os.path.abspath(__file__))
SELECTOR = b"s1"
DOMAIN = b"a.example"
OTHER_SELECTOR = b"other"
OTHER_SIGNATURE = b" v=1; a=rsa-sha256; d=b.example; s=other; h=from; bh=%s; b=%s" % (
    base64.b64encode(b"h" * 32), base64.b64encode(b"s" * 128))


class Ed25519:
    algorithm, name, bits = b"ed25519-sha256", b"ed25519", 256

    def __init__(self, rng):
        self.key = nacl.signing.SigningKey(rng.getrandbits(256).to_bytes(32, "big"))
        self.public = self.public_plain = base64.b64encode(self.key.verify_key.encode())

    def sign(self, octets):
        return self.key.sign(hashlib.sha256(octets).digest()).signature


def keys():
    rng = random.Random("the keys of every round")
    return [rsa.Key(1024, rng), rsa.Key(2048, rng), rsa.Key(768, rng), Ed25519(rng), rsa.Key(1024, rng)]


# --- messages ---

def words(rng):
    return b"".join(rng.choice([b"word", b"a", b"Mail", b"x=1;", b"\xc3\xa9", b"b=", b"."]) + rng.choice([b" ", b" ", b"  ", b"\t"])
                    for _ in range(rng.randrange(1, 6)))


def value(rng):
    text = rng.choice([b" ", b" ", b" ", b"", b"\t", b"  "]) + words(rng)
    if rng.random() < 0.25:
        text += rng.choice([b"\r\n ", b"\r\n\t", b"\r\n  ", b" \r\n ", b"\r\n \r\n\t"]) + words(rng)
    if rng.random() < 0.05:
        return rng.choice([b"", b" ", b"\t \t"])
    return text if rng.random() < 0.3 else text.rstrip()


def body(rng):
    lines = [b"" if rng.random() < 0.2 else words(rng).rstrip() + rng.choice([b"", b"", b" ", b"\t "]) for _ in range(rng.randrange(0, 8))]
    text = b"\r\n".join(lines)
    # SMTP gives no body without a final line end.
    return text + rng.choice([b"\r\n"] * 4 + [b"\r\n\r\n\r\n", b"\r\n \r\n"]) if lines else rng.choice([b"", b"\r\n", b"\r\n\r\n"])


def header(rng):
    fields = [(b"From", b" User <user@" + rng.choice([DOMAIN, b"b.example"]) + b">")]
    for _ in range(rng.randrange(0, 6)):
        fields.append((rng.choice([b"To", b"Subject", b"subject", b"Date", b"X-One", b"X-Two", b"List-Id", b"Received"])
                       + rng.choice([b""] * 200 + [b" ", b"\t "]), value(rng)))
    rng.shuffle(fields)
    return fields


def signed_names(rng, fields):
    names = [b"from"] + [name.rstrip(b" \t") for name, _ in fields if rng.random() < 0.7]
    # Fields that are not there, or once more than they are: nobody may add them.
    names += rng.sample([b"Cc", b"subject", b"From", b"X-None", b"to"], rng.randrange(0, 3))
    names += [b"DKIM-Signature"] * (rng.random() < 0.05)
    rng.shuffle(names)
    return [rng.choice([name, name.lower(), name.upper()]) for name in names]


def tag_order(rng, tags):
    """Any order, any blanks; b= may stand anywhere."""
    names = list(tags)
    if rng.random() < 0.4:
        rng.shuffle(names)
    blank = rng.choice([b" ", b"", b"\r\n\t", b"  ", b" \r\n "])
    equals = rng.choice([b"="] * 6 + [b" = ", b"= ", b"\r\n =\r\n\t"])
    text = (b";" + blank).join(name + equals + tags[name] for name in names)
    return rng.choice([b" ", b" ", b"", b"\r\n "]) + text + rng.choice([b""] * 4 + [b";", b"; "])


class Case:
    """One message with one signature; self.what says how it was harmed."""

    def __init__(self, rng, pool):
        self.rng, self.what = rng, []
        self.key = rng.choice([pool[0]] * 6 + [pool[1], pool[3], pool[3]] + ([pool[2]] if rng.random() < 0.3 else []))
        self.other, self.pool = pool[4], pool
        self.fields, self.body = header(rng), body(rng)
        self.relaxed = (rng.random() < 0.6, rng.random() < 0.6)
        if rng.random() < 0.15:
            self.fields.insert(rng.randrange(len(self.fields) + 1), (b"DKIM-Signature", OTHER_SIGNATURE))
        self.tags = self.make_tags()
        self.before_signing()
        self.names = [n.strip() for n in self.tags.get(b"h", b"from").split(b":")]
        self.signature = self.sign()
        self.record = b"v=DKIM1; k=%s; p=%s" % (self.key.name, rng.choice([self.key.public] * 5 + [self.key.public_plain]))
        self.state = 1
        self.harm()
        at = 0 if rng.random() < 0.8 else rng.randrange(len(self.fields) + 1)
        self.fields.insert(at, (rng.choice([b"DKIM-Signature"] * 9 + [b"dkim-signature"]) if not self.simple_name else b"DKIM-Signature",
                                self.signature))

    def make_tags(self):
        rng = self.rng
        form = [b"relaxed" if relaxed else b"simple" for relaxed in self.relaxed]
        colon = rng.choice([b":", b":", b" : ", b":\r\n "])
        tags = {b"v": b"1", b"a": self.key.algorithm, b"c": b"/".join(form), b"d": DOMAIN, b"s": SELECTOR,
                b"h": colon.join(signed_names(rng, self.fields)), b"bh": b"", b"b": b""}
        if self.relaxed == (False, False) and rng.random() < 0.5:
            del tags[b"c"]
        elif not self.relaxed[1] and rng.random() < 0.5:
            tags[b"c"] = form[0]
        for name, choices in ((b"t", [b"%d" % (NOW - 1000)]), (b"x", [b"%d" % (NOW + 90000), b"%d" % NOW, b"0%d" % (NOW + 1)]), (b"q", [b"dns/txt"]),
                              (b"i", [b"@a.example", b"user@a.example", b"user@mail.a.example", b"@A.example", b"us=65r@a.example",
                                      b"us\r\n er@a.example"]),
                              (b"z", [b"From:x|To:y", b"From:=3Cx@y=3E=20|To:y=3B\r\n |Subject:a=7Cb"]), (b"r", [b"y"])):
            if rng.random() < 0.2:
                tags[name] = rng.choice(choices)
        if rng.random() < 0.05:
            tags[b"l"] = b"%d" % len(canonical_body(self.relaxed[1], self.body))
        return tags

    def before_signing(self):
        """What a signer may get wrong, signed over with care."""
        rng = self.rng
        self.simple_name = not self.relaxed[0]
        if rng.random() > 0.13:
            return
        kind = rng.choice(["expired", "version", "algorithm", "no from", "identity", "query", "canonicalization", "length", "time", "missing"])
        self.what.append("signer: " + kind)
        if kind == "expired":
            self.tags[b"x"] = b"%d" % rng.choice([NOW - 500000, 1, NOW - 100000])
        elif kind == "version":
            self.tags[b"v"] = rng.choice([b"2", b"", b"1.0", b"01"])
        elif kind == "algorithm":
            self.tags[b"a"] = rng.choice([b"rsa-sha1", b"rsa-sha512", b"dsa-sha256", b"", b"RSA-SHA256"])
        elif kind == "no from":
            self.tags[b"h"] = b"to:subject"
        elif kind == "identity":
            self.tags[b"i"] = rng.choice([b"@b.example", b"user@xa.example", b"user", b"@example", b""])
        elif kind == "query":
            self.tags[b"q"] = rng.choice([b"dns", b"dns/txt:x", b"http", b""])
        elif kind == "canonicalization":
            self.tags[b"c"] = rng.choice([b"simple/nofws", b"Relaxed/simple", b"relaxed/", b"/simple", b"a/b/c"])
        elif kind == "length":
            whole = len(canonical_body(self.relaxed[1], self.body))
            self.tags[b"l"] = rng.choice([b"%d" % whole, b"%d" % (whole // 2), b"0", b"99999", b"-1", b"x", b"1" * 77, b"%d" % (whole + 1), b"00%d" % whole])
        elif kind == "time":
            self.tags[b"t"] = rng.choice([b"x", b"-5", b"", b"%d" % (NOW + 5), b"%d" % (NOW + 90000)])
        else:
            self.tags.pop(rng.choice([name for name in (b"v", b"a", b"d", b"s", b"h") if name in self.tags]))

    def sign(self):
        limit = self.tags.get(b"l", b"")
        octets = canonical_body(self.relaxed[1], self.body)
        if re.fullmatch(rb"[0-9]{1,76}", limit):
            octets = octets[:int(limit)]
        self.tags[b"bh"] = base64.b64encode(hashlib.sha256(octets).digest())
        state = self.rng.getstate()
        unsigned = tag_order(self.rng, self.tags)
        after = self.rng.getstate()
        octets = b"".join(signed_fields(self.relaxed[0], self.fields, self.names))
        octets += canonical_field(self.relaxed[0], b"DKIM-Signature", unsigned)[:-2]
        b = base64.b64encode(self.key.sign(octets))
        if self.rng.random() < 0.5:
            b = self.rng.choice([b"\r\n\t", b" ", b"\r\n  "]).join(b[i:i + 60] for i in range(0, len(b), 60))
        self.rng.setstate(state)
        field = tag_order(self.rng, {**self.tags, b"b": b})
        self.rng.setstate(after)
        return field

    # --- harm ---

    def harm(self):
        kind = self.rng.choice(["none"] * 10 + ["body"] * 3 + ["signed field"] * 3 + ["blanks"] * 3 + ["field added"] * 2 + ["key"] * 4
                               + ["signature"] * 4 + ["octet"] * 3 + ["empty lines"])
        if kind != "none":
            self.what.append(kind)
            getattr(self, "harm_" + kind.replace(" ", "_"))()

    def harm_body(self):
        at = self.rng.randrange(max(len(self.body) - 1, 1))
        self.body = self.body[:at] + self.rng.choice([b"x", b"X y", b"more\r\n"]) + (self.body[at:] or b"\r\n")

    def harm_empty_lines(self):
        self.body = self.body + b"\r\n" * self.rng.randrange(1, 4)

    def harm_signed_field(self):
        at = self.rng.randrange(len(self.fields))
        name, text = self.fields[at]
        self.fields[at] = (name, text + b" changed") if self.rng.random() < 0.7 else (name.swapcase(), text)

    def harm_blanks(self):
        if self.rng.random() < 0.5:
            self.body = self.body.replace(b" ", self.rng.choice([b"  ", b"\t"]), 1).replace(b"\r\n", b" \r\n", 1)
        else:
            at = self.rng.randrange(len(self.fields))
            name, text = self.fields[at]
            self.fields[at] = (name, text.replace(b" ", b" \r\n\t", 1) + b" ")

    def harm_field_added(self):
        name = self.rng.choice([b"From", b"To", b"Subject", b"X-New", b"Cc"])
        self.fields.insert(self.rng.randrange(len(self.fields) + 1), (name, b" another@b.example"))

    def harm_key(self):
        rng, p = self.rng, self.key.public
        kind = rng.choice(["revoked", "no such name", "hash", "hash fine", "type", "service", "service fine", "flags", "version", "version late",
                           "base64", "cut", "other key", "failure", "empty", "no tags", "twice", "trailing", "unpadded", "quoted"])
        self.what.append(kind)
        k = self.key.name
        record = {"revoked": b"v=DKIM1; k=%s; p=" % k, "hash": b"k=%s; h=sha1; p=%s" % (k, p), "hash fine": b"k=%s; h=sha1 : sha256; p=%s" % (k, p),
                  "type": b"k=dsa; p=%s" % p, "service": b"k=%s; s=other; p=%s" % (k, p), "service fine": b"k=%s; s=other:email; p=%s" % (k, p),
                  "flags": b"k=%s; t=%s; p=%s" % (k, rng.choice([b"s", b"y", b"y:s", b"x"]), p), "version": b"v=DKIM2; k=%s; p=%s" % (k, p),
                  "version late": b"k=%s; v=DKIM1; p=%s" % (k, p), "base64": b"k=%s; p=%s" % (k, p.replace(b"A", b"!", 1)),
                  "cut": b"k=%s; p=%s" % (k, p[:len(p) // 8 * 4]), "other key": b"k=rsa; p=%s" % self.other.public, "empty": b"",
                  "unpadded": b"k=%s; p=%s" % (k, p.rstrip(b"=")), "quoted": b"k=%s; p=\"%s\" \"%s\\\"" % (k, p[:20], p[20:]),
                  "no tags": b"v=spf1 -all", "twice": b"k=%s; p=%s; p=%s" % (k, p, p),
                  "trailing": b"k=%s; n=a note; p=%s;" % (k, p[:20] + b" " + p[20:])}
        self.record = record.get(kind, self.record)
        self.state = {"failure": 2, "no such name": 0}.get(kind, 1)

    def harm_signature(self):
        rng = self.rng
        kind = rng.choice(["b cut", "b changed", "b blank", "bh changed", "tag twice", "tag added", "tag gone", "empty tag", "base64", "b unpadded"])
        self.what.append(kind)
        text = self.signature
        if kind.startswith("b ") or kind == "base64":
            found = re.search(rb"(?<![a-z])b\s*=\s*([A-Za-z0-9+/=\s]+)", text)
            b = found.group(1)
            new = {"b cut": b[:8], "b changed": b.replace(b[3:4], b"A" if b[3:4] != b"A" else b"B", 1), "b blank": b" ", "b unpadded": b.rstrip(b"= \t\r\n"),
                   "base64": b[:5] + rng.choice([b"!", b"-", b"=", b"\xc3"]) + b[6:]}[kind]
            text = text[:found.start(1)] + new + text[found.end(1):]
        elif kind == "bh changed":
            text = re.sub(rb"(bh\s*=\s*)(..)", lambda m: m.group(1) + m.group(2)[::-1], text, 1)
        elif kind == "tag gone":
            text = re.sub(rb"(?<![a-z])(%s)\s*=[^;]*;?" % rng.choice([b"v", b"a", b"bh", b"d", b"s", b"h", b"b", b"c"]), b"", text, 1)
        else:
            text += {"tag twice": b"; d=a.example", "tag added": b"; y=1", "empty tag": b";;"}[kind]
        self.signature = text

    def harm_octet(self):
        at = self.rng.randrange(len(self.signature))
        new = bytes([self.rng.choice(b"abcdhilqstvx=;:@./ 019\t")])
        self.signature = self.signature[:at] + new + self.signature[at + self.rng.randrange(2):]

    # --- what comes of it ---

    def message(self):
        return b"".join(name + b":" + text + b"\r\n" for name, text in self.fields) + b"\r\n" + self.body

    def place(self):
        """How many signatures stand above the one in question."""
        above = [text for name, text in self.fields if name.lower() == b"dkim-signature"]
        return above.index(self.signature)

    def signature_received(self):
        """The signature's field up to where the header takes it to end."""
        return strict.FIELD.match(b"x:" + self.signature + b"\r\n")[2]

    def published_key(self):
        """The key whose public half the record holds, if it holds one."""
        public = faults.key_octets(faults.tags(self.record))
        return next((key for key in self.pool if public in (base64.b64decode(key.public), base64.b64decode(key.public_plain))), None)

    def signed_from(self):
        return [name.lower() for name in self.names].count(b"from")

    def name(self):
        return SELECTOR + b"._domainkey." + DOMAIN

    def zone(self):
        zone = Zone()
        if self.state == 1:
            zone.add(self.name().decode(), "TXT", self.record)
        elif self.state == 2:
            zone.broken[self.name().decode()] = "!servfail"
        return zone

    def ours(self, differ):
        said = [one for one in differ.check(self.zone().text(), message=self.message())["dkim"]
                if one["selector"] != OTHER_SELECTOR.decode()]
        return (said[0]["result"], said[0]["reason"]) if said else ("none", "")

    def dkimpy(self):
        trouble = []

        def find(name, timeout=5):
            if self.state == 2:
                raise dkim.DnsTimeoutError("SERVFAIL")
            return self.record if self.state == 1 and name.rstrip(b".").lower() == self.name() else None

        def load(name, dnsfunc, timeout):
            try:
                return REAL_LOAD(name, find, timeout)
            except Exception as why:
                trouble.append(why)
                raise
        dkim.load_pk_from_dns = load
        try:
            good = dkim.DKIM(self.message(), logger=QUIET).verify(self.place())
        except dkim.ValidationError as why:
            return "fail" if "body hash mismatch" in str(why) else "permerror", str(why)
        except dkim.DKIMException as why:
            return "permerror", str(why)
        except Exception as why:  # whatever it stops with is what is to be told
            return "crash", "%s: %s" % (type(why).__name__, why)
        if trouble:
            return "temperror" if isinstance(trouble[0], dkim.DnsTimeoutError) else "permerror", str(trouble[0])
        return "pass" if good else "fail", ""

    def mail_dkim(self, peer):
        result, detail = peer.check(self.name(), self.state, self.record, self.message())
        return {"invalid": "permerror"}.get(result, result), detail

    def show(self):
        return "harm: %s\nkey record: %r (state %d)\n%s" % (", ".join(self.what) or "none", self.record, self.state,
                                                            self.message().decode("latin-1"))


class Quiet:
    """A logger that dkimpy cannot bother anyone with."""

    def debug(self, *_):
        pass

    info = warning = error = debug

    def isEnabledFor(self, _):
        return False


class Clock:
    @staticmethod
    def time():
        return NOW


QUIET = Quiet()
REAL_LOAD = dkim.load_pk_from_dns
dkim.time = Clock


class MailDkim:
    """The helper process; needs Perl's Mail::DKIM."""

    def __init__(self):
        self.proc = subprocess.Popen([os.path.join(HERE, "mail_dkim")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def check(self, name, state, record, message):
        head = b"%d %d %d %d %d\n" % (NOW, len(name), state, len(record), len(message))
        self.proc.stdin.write(head + name + record + message)
        self.proc.stdin.flush()
        result, _, detail = self.proc.stdout.readline().decode("latin-1").rstrip("\n").partition("\t")
        return result, detail

    def close(self):
        self.proc.stdin.close()
        self.proc.wait()
