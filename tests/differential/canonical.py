"""Canonicalization as RFC 6376 sections 3.4 and 5.4.2 have it, for signing and for a second look."""
import re


def relaxed_field(name, value):
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.lower().rstrip(b" \t") + b":" + value + b"\r\n"


def canonical_field(relaxed, name, value):
    return relaxed_field(name, value) if relaxed else name + b":" + value + b"\r\n"


def canonical_body(relaxed, body):
    if relaxed:
        body = re.sub(rb"[ \t]+", b" ", body)
        body = re.sub(rb" (?=\r\n)| \Z", b"", body)
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body + b"\r\n" if body or not relaxed else b""


def signed_fields(relaxed, fields, names):
    """From the bottom up, each field once (RFC 6376 section 5.4.2)."""
    left = list(fields)
    for name in names:
        for at in range(len(left) - 1, -1, -1):
            if left[at][0].rstrip(b" \t").lower() == name.lower():
                yield canonical_field(relaxed, *left.pop(at))
                break
