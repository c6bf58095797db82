"""A strict reading of RFC 6376's grammar: a third opinion where two implementations differ.

Each function returns a word for what is wrong, or "" where nothing is.
"""
import base64
import re

from ours import NOW

FWS = rb"[ \t\r\n]*"
TAG = re.compile(FWS + rb"([A-Za-z][A-Za-z0-9_]*)" + FWS + rb"=" + FWS + rb"((?:[!-:<-~\x80-\xff](?:[!-:<-~ \t\r\n\x80-\xff]*[!-:<-~\x80-\xff])?)?)" + FWS)
BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
LABEL = rb"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
NAME = re.compile(rb"%s(\.%s)*" % (LABEL, LABEL))


def tags(text):
    """Section 3.2; None: no tag list, or a tag stands twice."""
    found = {}
    pieces = text.split(b";")
    if len(pieces) > 1 and not pieces[-1].strip(b" \t\r\n"):
        pieces.pop()
    for piece in pieces:
        match = TAG.fullmatch(piece)
        if match is None or match[1] in found:
            return None
        found[match[1]] = match[2]
    return found


def base64_octets(text):
    """Section 2.10: blanks count for nothing, and each "=" may be missing; None: not base64."""
    text = re.sub(rb"[ \t\r\n]", b"", text)
    bare = text.rstrip(b"=")
    full = bare + b"=" * (-len(bare) % 4)
    if len(bare) % 4 == 1 or len(text) > len(full) or not BASE64.fullmatch(full):
        return None
    octets = base64.b64decode(full)
    return octets if base64.b64encode(octets) == full else None


def is_name(text, labels=1):
    return len(text) <= 253 and text.count(b".") >= labels - 1 and NAME.fullmatch(text) and all(len(p) < 64 for p in text.split(b"."))


def split(text):
    return [piece.strip(b" \t\r\n") for piece in text.split(b":")]


def number(text, digits):
    return re.fullmatch(rb"[0-9]{1,%d}" % digits, text)


def identity(found):
    """Section 2.11: blanks are not part of it."""
    return re.sub(rb"[ \t\r\n]", b"", found.get(b"i", b"@" + found[b"d"]))


def identity_domain(found):
    return identity(found).rpartition(b"@")[2]


def signature(text):
    """Section 3.5, section 5.4 for From, RFC 8301 for rsa-sha1."""
    found = tags(text)
    # FWS has a line end with blanks behind only.
    if found is None or re.search(rb"\r(?!\n)|\n(?![ \t])", text):
        return "tag list"
    for name in (b"v", b"a", b"b", b"bh", b"d", b"h", b"s"):
        if name not in found:
            return "no %s=" % name.decode()
    local_part, at, below = identity(found).rpartition(b"@")
    checks = {
        "v": found[b"v"] == b"1",
        "a": found[b"a"] in (b"rsa-sha256", b"ed25519-sha256"),
        "b": base64_octets(found[b"b"]),
        "bh": len(base64_octets(found[b"bh"]) or b"") == 32,
        "c": re.fullmatch(rb"(simple|relaxed)(/(simple|relaxed))?", found.get(b"c", b"simple")),
        "d": is_name(found[b"d"], 2),
        "s": is_name(found[b"s"]),
        "h": all(re.fullmatch(rb"[!-9;-~]+", name) for name in split(found[b"h"])),
        "From": b"from" in [name.lower() for name in split(found[b"h"])],
        "i": at and (b"." + below).lower().endswith(b"." + found[b"d"].lower()) and is_name(below)
        and re.fullmatch(rb"(=[0-9A-Fa-f]{2}|[^@\" =])*", local_part),
        "l": number(found.get(b"l", b"0"), 76),
        "q": b"dns/txt" in split(found.get(b"q", b"dns/txt")),
        "t": number(found.get(b"t", b"0"), 12),
        "x": number(found.get(b"x", b"1"), 12),
    }
    for name, good in checks.items():
        if not good:
            return name
    expires = int(found.get(b"x", NOW))
    return "expired" if expires < NOW or expires <= int(found.get(b"t", b"0")) and b"x" in found else ""


def key_octets(found):
    """Section 3.2 with RFC 2045 section 6.8: the marks of an editor are skipped."""
    return base64_octets(re.sub(rb"[\"\\]", b"", found.get(b"p", b"!")))


def key(record):
    """Section 3.6.1; sizes by RFC 8301 section 3.2."""
    found = tags(record)
    if found is None:
        return "tag list"
    names = list(found)
    public = key_octets(found)
    checks = {
        "v": b"v" not in found or names[0] == b"v" and found[b"v"] == b"DKIM1",
        "k": found.get(b"k", b"rsa") in (b"rsa", b"ed25519"),
        "h": b"sha256" in split(found.get(b"h", b"sha256")),
        "s": set(split(found.get(b"s", b"*"))) & {b"*", b"email"},
        "p": public,
        "size": public and (len(public) == 32 if found.get(b"k") == b"ed25519" else len(public) > 128),
    }
    for name, good in checks.items():
        if not good:
            return name
    return ""
