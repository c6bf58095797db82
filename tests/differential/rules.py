"""The disagreements that are explained in tests/differential.md, each by its word there.

A rule is given the case, our (class, reason) and the peer's; it must tell from
the case itself that its explanation holds, not only from what either says.
"""
import re

import faults

MACRO_BROKEN = re.compile(rb"%(?!%|_|-|\{[slodiphcrtv](?!0+[^0-9])[0-9]*r?[.\-+,/_=]*\})", re.I)
EXP = re.compile(rb"(?<= )exp=[^ ]*", re.I)
MACRO_REVERSED = re.compile(rb"(%\{[a-z][0-9]*)R", re.I)


def records(case):
    return [data for (_, kind), datas in case.zone.records.items() if kind == "TXT" for data in datas]


# --- SPF ---

def trivial_include(case, ours, theirs):
    """pyspf refuses a record that includes itself before it looks at the first term."""
    found = re.search(r"include has trivial recursion: \S*include:(\S+)", theirs[1], re.I)
    return found is not None and theirs[0] == "permerror" and any(
        b"include:" in data.lower() for data in records(case)) and ours[0] != "crash"


def macro_syntax(case, ours, theirs):
    """A "%" that begins nothing the grammar has, or a macro that keeps no label."""
    return ours[0] == "permerror" and "invalid macro" in ours[1] and any(MACRO_BROKEN.search(data) for data in records(case))


def exp_first(case, ours, theirs):
    """Both agree once no record has an exp=."""
    return theirs[0] in ("permerror", "temperror") and any(EXP.search(data) for data in records(case)) and case.agrees_after(
        lambda data: EXP.sub(b"", data))


def all_names(case, ours, theirs):
    """Both agree once every mail server and every name of the client has an address."""
    kind = "AAAA" if ":" in case.ip else "A"
    left, lost = [], 0
    for key, datas in case.zone.records.items():
        if key[1] in ("PTR", "MX"):
            left.append((key, [data for data in datas if case.zone.find(data if key[1] == "PTR" else data[1], kind)]))
            lost += len(datas) - len(left[-1][1])
    case.zone.records.update(left)
    return "Void lookup limit" in theirs[1] and lost > 0 and case.agrees_after(lambda data: data)


def macro_capital_r(case, ours, theirs):
    """Both agree once every "R" that reverses is an "r"."""
    if not any(MACRO_REVERSED.search(data) for data in records(case)):
        return False
    return case.agrees_after(lambda data: MACRO_REVERSED.sub(rb"\1r", data))


def odd_octet(case, ours, theirs):
    """An octet that no grammar of a record has."""
    return ours[0] == "permerror" and "invalid character" in ours[1] and any(re.search(rb"[^\x20-\x7e]", data) for data in records(case))


def ptr_trouble(case, ours, theirs):
    """A name of the client's address cannot be looked up: the name is skipped."""
    names = [name for (owner, kind), datas in case.zone.records.items() if kind == "PTR" for name in datas]
    return theirs[0] == "temperror" and any(name in theirs[1] for name in case.zone.broken) and any(
        name in names for name in case.zone.broken) and any(re.search(rb"ptr|%\{p", data, re.I) for data in records(case))


SPF_RULES = {"trivial-include": trivial_include, "macro-syntax": macro_syntax, "odd-octet": odd_octet,
             "ptr-trouble": ptr_trouble, "macro-capital-r": macro_capital_r, "exp-first": exp_first, "all-names": all_names}


# --- DKIM ---

def signature_syntax(case, ours, theirs, peer):
    """The field breaks the grammar by a strict third reading; the peer looks at less, or later."""
    return ours[0] == "permerror" and theirs[0] != "permerror" and faults.signature(case.signature) != ""


def key_record(case, ours, theirs, peer):
    """The same of the key record."""
    return ours[0] == "permerror" and theirs[0] != "permerror" and case.state == 1 and faults.key(case.record) != ""


def body_length(case, ours, theirs, peer):
    """Our policy on l=."""
    return ours[0] == "permerror" and ours[1].startswith("l= ") and number(case.tags.get(b"l"))


def number(text):
    return text is not None and text.isdigit()


def strict_identity(case, ours, theirs, peer):
    """t=s of the key."""
    return ours[0] == "permerror" and b"t=" in case.record and b"@a.example" not in case.tags.get(b"i", b"").lower() and (
        "demands that i=" in ours[1])


def other_key_type(case, ours, theirs, peer):
    """A key of another type than a= says gives no signature; dkimpy calls that a bad one."""
    return ours == ("permerror", "key type does not fit a=") and theirs[0] in ("fail", "crash") and "other key" in case.what


def plain_rsa(case, ours, theirs, peer):
    """p= holds an RSAPublicKey, as the RFC says, and not what most publish."""
    return peer == "Mail::DKIM" and "wrong tag" in theirs[1] and case.key.public_plain in case.record


def hash_list(case, ours, theirs, peer):
    """Blanks around the colon of the key's h=."""
    return peer == "Mail::DKIM" and "does not support hash" in theirs[1] and re.search(rb"h=sha1 : sha256", case.record) is not None


def service_list(case, ours, theirs, peer):
    """A list in the key's s=."""
    return peer == "dkimpy" and theirs == ("permerror", "None") and b"s=other:email" in case.record


def query_list(case, ours, theirs, peer):
    """A list in q=."""
    return peer == "dkimpy" and theirs[1].startswith("q= value") and b"dns/txt:" in case.signature


def blanks_at_end(case, ours, theirs, peer):
    """Blanks end the field and header canonicalization is simple."""
    return peer == "dkimpy" and theirs[0] == "fail" and ours[0] == "pass" and not case.relaxed[0] and case.signature[-1:] in b" \t"


def b_first(case, ours, theirs, peer):
    """b= stands directly behind the colon of the field's name."""
    return peer == "dkimpy" and theirs[0] == "fail" and ours[0] == "pass" and case.signature.startswith(b"b")


def second_from(case, ours, theirs, peer):
    """There are two From fields, and h= has From once."""
    return peer == "dkimpy" and ours[0] == "pass" and theirs[0] == "fail" and (
        sum(name.lower() == b"from" for name, _ in case.fields) > case.signed_from())


def identity_blanks(case, ours, theirs, peer):
    """Blanks within i=."""
    found = (faults.tags(case.signature) or {}).get(b"i", b"")
    return ("i= domain" in theirs[1] or "bad identity" in theirs[1]) and re.search(rb"[ \t]", found) is not None


def header_end(case, ours, theirs, peer):
    """A line of the header is neither a field nor goes on with one."""
    return peer == "dkimpy" and "Unexpected characters in RFC822 header" in theirs[1] and any(
        not re.match(rb"[!-9;-~]+:|[ \t]", line) for line in case.message().split(b"\r\n\r\n", 1)[0].split(b"\r\n"))


def no_temperror(case, ours, theirs, peer):
    """DNS trouble is for good to Mail::DKIM."""
    return peer == "Mail::DKIM" and case.state == 2 and ours[0] == "temperror" and "SERVFAIL" in theirs[1]


def dns_first(case, ours, theirs, peer):
    """A flaw of the field that we see before we ask for the key."""
    return ours[0] == "permerror" and theirs[0] == "temperror" and case.state == 2 and faults.signature(case.signature) != ""


def stops(case, ours, theirs, peer):
    """The peer ends in an exception on what nobody accepts."""
    return theirs[0] == "crash" and ours[0] in ("fail", "permerror")


DKIM_RULES = {"signature-syntax": signature_syntax, "key-record": key_record, "body-length": body_length, "strict-identity": strict_identity,
              "other-key-type": other_key_type, "plain-rsa": plain_rsa, "hash-list": hash_list, "service-list": service_list,
              "query-list": query_list, "blanks-at-end": blanks_at_end, "b-first": b_first, "second-from": second_from, "identity-blanks": identity_blanks,
              "header-end": header_end, "no-temperror": no_temperror, "dns-first": dns_first, "stops": stops}
