"""
Keys that depend on a seed alone, DKIM signatures (RFC 6376, 8463) and ARC sets
(RFC 8617) over a message that is a list of fields and a body.

A field is a pair of octet strings: name and value, the value with its leading
blank and folded by CRLF.
"""
import base64
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "differential"))
import nacl.signing  # noqa: E402
import rsa  # noqa: E402
from canonical import canonical_body, relaxed_field, signed_fields  # noqa: E402

# 2026-02-02; signatures have no end.
NOW = 1770026400
SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"from")


class Rsa(rsa.Key):
    def __init__(self, rng):
        super().__init__(2048, rng)
        self.record = "v=DKIM1; k=rsa; p=" + self.public.decode("ascii")


class Ed25519:
    algorithm = b"ed25519-sha256"

    def __init__(self, rng):
        self.key = nacl.signing.SigningKey(rng.getrandbits(256).to_bytes(32, "big"))
        self.record = "v=DKIM1; k=ed25519; p=" + base64.b64encode(self.key.verify_key.encode()).decode("ascii")

    def sign(self, octets):
        return self.key.sign(hashlib.sha256(octets).digest()).signature


def folded(text, width=70):
    return b"\r\n\t ".join(text[at:at + width] for at in range(0, len(text), width))


def seal(name, value, key, before):
    """The field with its b= filled in: a signature over what stands before and itself."""
    octets = before + relaxed_field(name, value)[:-2]
    return name, value + folded(base64.b64encode(key.sign(octets)))


def signature(name, first, key, domain, selector, fields, body):
    """A field that signs the header and the body, both relaxed."""
    names = [n for n in SIGNED if any(n == f.lower() for f, _ in fields)]
    digest = base64.b64encode(hashlib.sha256(canonical_body(True, body)).digest())
    value = b" %s; a=%s; c=relaxed/relaxed; d=%s; s=%s;\r\n\tt=%d; h=%s;\r\n\tbh=%s;\r\n\tb=" % (
        first, key.algorithm, domain.encode(), selector.encode(), NOW, b":".join(names), digest)
    return seal(name, value, key, b"".join(signed_fields(True, fields, names)))


def dkim(key, domain, selector, fields, body):
    return signature(b"DKIM-Signature", b"v=1", key, domain, selector, fields, body)


def arc(number, key, domain, selector, fields, body, earlier, results):
    """
    The three fields of one hop, topmost first; earlier: those of the hops
    before it, in the order of their sealing.
    """
    own = [(b"ARC-Authentication-Results", b" i=%d; mx.%s;\r\n\t%s" % (number, domain.encode(), results))]
    own.append(signature(b"ARC-Message-Signature", b"i=%d" % number, key, domain, selector, fields, body))
    value = b" i=%d; a=%s; d=%s; s=%s; t=%d; cv=%s;\r\n\tb=" % (
        number, key.algorithm, domain.encode(), selector.encode(), NOW, b"none" if number == 1 else b"pass")
    own.append(seal(b"ARC-Seal", value, key, b"".join(relaxed_field(*field) for field in earlier + own)))
    return own
