"""The grammar of an Authentication-Results value (RFC 8601 section 2.2), read
strictly: what our header says must be readable by a stranger."""
import re

FWS = r"(?:[ \t]*\r?\n?[ \t]+)"
CCONTENT = r"(?:[\x21-\x27\x2a-\x5b\x5d-\x7e]|\\[\x20-\x7e])"
COMMENT = r"(?:\((?:%s?%s)*%s?\))" % (FWS, CCONTENT, FWS)
CFWS = r"(?:(?:%s?%s)+%s?|%s)" % (FWS, COMMENT, FWS, FWS)
TOKEN = r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+"
QUOTED = r'"(?:%s?(?:[\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e]))*%s?"' % (FWS, FWS)
VALUE = "(?:%s|%s)" % (TOKEN, QUOTED)
KEYWORD = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
DOMAIN = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*"
LOCAL = r"[!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~.]+"
PVALUE = "(?:%s|(?:(?:%s)?@)?%s)" % (VALUE, LOCAL, DOMAIN)
PROPSPEC = r"(?:smtp|header|body|policy)%s?\.%s?%s%s?=%s?%s" % (CFWS, CFWS, KEYWORD, CFWS, CFWS, PVALUE)
METHODSPEC = r"%s?(?P<method>%s)%s?=%s?(?P<result>%s)" % (CFWS, KEYWORD, CFWS, CFWS, KEYWORD)
RESULT = re.compile(r";%s(?P<props>(?:%s%s)*)%s?(?=;|\Z)" % (METHODSPEC, CFWS, PROPSPEC, CFWS))
WORDS = {
    "spf": "none pass fail softfail policy neutral temperror permerror",
    "dkim": "none pass fail policy neutral temperror permerror",
    "dmarc": "none pass fail temperror permerror",
    "arc": "none pass fail",
}


def complaint(value):
    """None, or what is wrong with the value."""
    head = re.match("%s?%s%s?" % (CFWS, VALUE, CFWS), value)
    if not head:
        return "no authserv-id in %r" % value
    at, seen = head.end(), []
    while at < len(value):
        found = RESULT.match(value, at)
        if not found:
            return "not a result: %r" % value[at:at + 100]
        method, result = found.group("method"), found.group("result")
        if result not in WORDS.get(method, "").split():
            return "%s=%s is not registered" % (method, result)
        seen.append(method)
        at = found.end()
    if seen.count("spf") != 1 or seen.count("dmarc") != 1 or "dkim" not in seen:
        return "results are missing or repeat: %s" % " ".join(seen)
    if any(len(line) > 998 for line in value.split("\n")):
        return "a line is over 998 octets"
    return None
