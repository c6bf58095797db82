"""Keys of one run, and what they sign: DKIM with any tags, right or wrong, and ARC."""
import base64
import hashlib
import re
import subprocess

import dkim
import dkim.canonicalization
import dkim.crypto
import nacl.signing

USUAL = {"v": "1", "a": "ed25519-sha256", "c": "relaxed/relaxed", "d": "sender.example", "s": "s1",
         "h": "from:to:subject:date"}


def text(octets):
    return base64.b64encode(octets).decode()


def rsa_key(bits):
    private = subprocess.run(["openssl", "genrsa", str(bits)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=private, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=True).stdout
    return private, text(public)


class Keys:
    """Made now: no secret is in the tree."""

    def __init__(self):
        self.ed = nacl.signing.SigningKey.generate()
        self.pem, rsa = rsa_key(2048)
        weak_pem, weak = rsa_key(512)
        self.rsa, self.weak = (dkim.crypto.parse_pem_private_key(one) for one in (self.pem, weak_pem))
        self.words = {"%P%": text(bytes(self.ed.verify_key)), "%RSAP%": rsa, "%RSA%": "k=rsa; p=" + rsa,
                      "%RSA512%": "k=rsa; p=" + weak, "%ED25519%": "k=ed25519; p=" + text(bytes(self.ed.verify_key))}

    def expand(self, line):
        for word, value in self.words.items():
            line = line.replace(word, value)
        return line

    def octets(self, algorithm, digest, weak):
        if algorithm.startswith("ed25519"):
            return self.ed.sign(digest.digest()).signature
        return dkim.crypto.RSASSA_PKCS1_v1_5_sign(digest, self.weak if weak else self.rsa)

    def sign(self, message, want, clock):
        """The message with a signature on top.  want: tag to value, over USUAL and t=clock; "-" leaves the tag out."""
        weak = want.pop("key", "") == "weak"
        tags = {**USUAL, "t": str(clock), **want}
        kind = tags["a"].rpartition("-")[2]
        new = getattr(hashlib, kind if kind in ("sha1", "sha256") else "sha256")
        header, _, body = message.partition(b"\r\n\r\n")
        known = re.fullmatch("(simple|relaxed)(/(simple|relaxed))?", tags["c"])
        canon = dkim.canonicalization.CanonicalizationPolicy.from_c_value(
            tags["c"].encode() if known else b"simple/simple")
        body = canon.canonicalize_body(body)
        if tags.get("l", "").isdigit():
            body = body[:int(tags["l"])]
        tags.setdefault("bh", text(new(body).digest()))
        value = " " + "; ".join("%s=%s" % pair for pair in tags.items() if pair[1] != "-") + "; b="
        digest = header_hash(new, canon, signed(header, tags["h"]), value.encode())
        octets = self.octets(tags["a"], digest, weak)
        return ("DKIM-Signature:" + value + text(octets) + "\r\n").encode() + message

    def seal(self, message, want, results, clock):
        """The message with an ARC Set on top (RFC 8617), whose server `id` found these results."""
        server = want.get("id", want["d"]).encode()
        message = b"Authentication-Results: " + server + b"; " + results.encode() + b"\r\n" + message
        dkim.time.time = lambda: clock
        return b"".join(dkim.arc_sign(message, want["s"].encode(), want["d"].encode(), self.pem, server,
                                      include_headers=[b"from", b"subject"])) + message


def header_hash(new, canon, fields, value):
    digest = new()
    for field in fields:
        one, _, rest = field.partition(b":")
        (one, rest), = canon.canonicalize_headers([(one, rest + b"\r\n")])
        digest.update(one + b":" + rest)
    # The signature's own field ends without CRLF (RFC 6376 section 3.7).
    (name, value), = canon.canonicalize_headers([(b"DKIM-Signature", value)])
    digest.update(name + b":" + value.rstrip(b"\r\n"))
    return digest


def signed(header, names):
    """RFC 6376 section 5.4.2: from the bottom, each field once."""
    fields = []
    for line in header.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    found = []
    for name in names.split(":"):
        name = name.strip().lower().encode()
        for i in range(len(fields) - 1, -1, -1):
            if fields[i].partition(b":")[0].strip().lower() == name:
                found.append(fields.pop(i))
                break
    return found
