"""A third opinion on a signature: RFC 6376 read plainly, without a thought of speed or of what others do.

What the implementation under test says must be this.  A signature holds where
its key, of those that the cases are made with, signs the same octets to the same
signature: both algorithms are deterministic.
"""
import hashlib
import re

import faults
from canonical import canonical_body, canonical_field, signed_fields

FIELD = re.compile(rb"([!-9;-~]+[ \t]*):((?:(?!\r\n(?![ \t])).)*)(?:\r\n|\Z)", re.DOTALL)
B_VALUE = re.compile(rb"\A([ \t\r\n]*b[ \t\r\n]*=).*", re.DOTALL)


def split_message(message):
    """RFC 5322 section 2.1; a line that is no field is the body's first."""
    fields, at = [], 0
    while True:
        match = FIELD.match(message, at)
        if match is None:
            break
        fields.append((match[1], match[2]))
        at = match.end()
    return fields, message[at + 2:] if message.startswith(b"\r\n", at) else message[at:]


def without_b(text):
    """Section 3.7: the value of b= and the blanks around it."""
    return b";".join(B_VALUE.sub(rb"\1", piece) for piece in text.split(b";"))


def algorithm_of(record):
    return faults.tags(record).get(b"k", b"rsa") + b"-sha256"


def key_verdict(case, found):
    """Section 6.1.2."""
    elsewhere = (found[b"s"] + b"._domainkey." + found[b"d"]).lower() != case.name()
    if case.state == 2 and not elsewhere:
        return "temperror"
    if elsewhere or case.state == 0 or faults.key(case.record) or algorithm_of(case.record) != found[b"a"]:
        return "permerror"
    flags = faults.split(faults.tags(case.record).get(b"t", b""))
    if b"s" in flags and faults.identity_domain(found).lower() != found[b"d"].lower():
        return "permerror"
    return "" if case.published_key() else "permerror"


def signature_holds(case, relaxed, fields, own, found):
    """Section 3.7."""
    name, text = fields.pop(own)
    octets = b"".join(signed_fields(relaxed, fields, faults.split(found[b"h"])))
    octets += canonical_field(relaxed, name, without_b(text))[:-2]
    return case.published_key().sign(octets) == faults.base64_octets(found[b"b"])


def body_octets(found, body):
    """Section 3.5, c=: what is said of the body stands behind "/", and is simple where nothing is."""
    return canonical_body((found.get(b"c", b"simple").split(b"/") + [b"simple"])[1] == b"relaxed", body)


def verdict(case):
    fields, body = split_message(case.message())
    own = [at for at, (_, text) in enumerate(fields) if text == case.signature_received()][0]
    # Mail programs hand over LF for a line end within a field; CRLF is what was signed.
    text = re.sub(rb"(?<!\r)\n", b"\r\n", fields[own][1])
    fields[own] = (fields[own][0], text)
    if faults.signature(text):
        return "permerror"
    found = faults.tags(text)
    octets = body_octets(found, body)
    length = int(found.get(b"l", len(octets)))
    if length > len(octets):
        return "permerror"
    if hashlib.sha256(octets[:length]).digest() != faults.base64_octets(found[b"bh"]):
        return "fail"
    trouble = key_verdict(case, found)
    if trouble:
        return trouble
    if not signature_holds(case, found.get(b"c", b"simple").split(b"/")[0] == b"relaxed", fields, own, found):
        return "fail"
    return "pass" if length == len(octets) else "permerror"
