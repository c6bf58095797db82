"""The disagreements that are explained in tests/differential.md, each by its word there.

A rule is given the case, our (class, reason) and the peer's; it must tell from
the case itself that its explanation holds, not only from what either says.
"""
import re

import faults
import spf_side
import strict
from ours import NOW

MACRO_BROKEN = re.compile(rb"%(?!%|_|-|\{[slodiphcrtv](?!0+[^0-9])[0-9]*r?[.\-+,/_=]*\})", re.I)
ODD_OCTET = re.compile(rb"[^\x20-\x7e]")
MODIFIER_UNKNOWN = re.compile(rb"(?<= )(?!exp=|redirect=)[A-Za-z][A-Za-z0-9_.-]*=[^ ]*", re.I)
EXP = re.compile(rb"(?<= )exp=[^ ]*", re.I)
MACRO_REVERSED = re.compile(rb"(%\{[a-z][0-9]*)R", re.I)


# --- SPF: each rule changes the case so that by the RFC the result must stay, and pyspf then says it too ---

def trivial_include(case, ours, theirs):
    """pyspf refuses a record that includes itself before it looks at the first term."""
    return "include has trivial recursion" in theirs[1] and case.confirmed(ours)


def shown_broken(data, pattern):
    """Each term that has the pattern is broken in a way that anybody sees."""
    return re.sub(rb"(?<= )[^ ]+", lambda term: b"ip4:x" if pattern.search(term[0]) else term[0], data)


def broken_where(case, ours, pattern):
    return ours[0] == "permerror" and case.confirmed(ours, lambda data: shown_broken(data, pattern))


def macro_syntax(case, ours, theirs):
    """A "%" that begins nothing the grammar has, or a macro that keeps no label."""
    return broken_where(case, ours, MACRO_BROKEN)


def odd_octet(case, ours, theirs):
    """An octet that no grammar of a record has."""
    return broken_where(case, ours, ODD_OCTET)


def macro_capital_r(case, ours, theirs):
    """Every "R" that reverses becomes an "r"."""
    return case.confirmed(ours, lambda data: MACRO_REVERSED.sub(rb"\1r", data))


def modifier_twice(case, ours, theirs):
    """Modifiers that nobody knows are gone."""
    return theirs[0] == "permerror" and "MUST appear at most once" in theirs[1] and case.confirmed(
        ours, lambda data: MODIFIER_UNKNOWN.sub(b"", data))


def exp_first(case, ours, theirs):
    """No record has an exp=."""
    return theirs[0] in ("permerror", "temperror") and case.confirmed(ours, lambda data: EXP.sub(b"", data))


def other_names(case, lost):
    """Names of the client that are lost give way to one that is another's."""
    kind = "AAAA" if ":" in case.ip else "A"
    case.zone.add("other.example", kind, "2001:db8::fade" if kind == "AAAA" else "198.51.100.222")
    names = case.zone.records.get((case.reverse(), "PTR"), ["other.example"])
    case.zone.records[case.reverse(), "PTR"] = [
        "other.example" if lost(case.zone.find(name, kind)) else name for name in names]


def ptr_trouble(case, ours, theirs):
    """The client has no name that cannot be looked up."""
    other_names(case, lambda found: found is None)
    return theirs[0] == "temperror" and case.confirmed(ours)


def void_terms(case, ours, theirs):
    """pyspf counts each query of a term that finds nothing."""
    return theirs[0] == "permerror" and "Void lookup limit" in theirs[1] and case.confirmed(ours, peer=spf_side.Counting)


def all_names(case, ours, theirs):
    """Nor one without address."""
    other_names(case, lambda found: not found)
    return theirs[0] in ("permerror", "temperror") and case.confirmed(ours)


# --- and two where the order alone is changed: pyspf must differ until it is ---

def redirect_first(case, ours, theirs):
    """pyspf counts a redirect= that is not followed."""
    return theirs[0] == "permerror" and "Too many DNS lookups" in theirs[1] and (
        not case.confirmed(ours) and case.confirmed(ours, peer=spf_side.Follower))


def names_first(case, ours, theirs):
    """pyspf looks up the client's names for a %{p} and reads the syntax error behind it no more."""
    for key, datas in case.zone.records.items():
        if key[1] == "TXT":
            case.zone.records[key] = [shown_broken(shown_broken(data, MACRO_BROKEN), ODD_OCTET) for data in datas]
    return ours[0] == "permerror" and theirs[0] == "temperror" and (
        not case.confirmed(ours) and case.confirmed(ours, peer=spf_side.Reader))


SPF_RULES = {"trivial-include": trivial_include, "macro-syntax": macro_syntax, "odd-octet": odd_octet,
             "macro-capital-r": macro_capital_r, "modifier-twice": modifier_twice, "exp-first": exp_first,
             "ptr-trouble": ptr_trouble, "void-terms": void_terms, "all-names": all_names, "redirect-first": redirect_first, "names-first": names_first}


# --- DKIM ---

def signature_syntax(case, ours, theirs, peer):
    """The field breaks the grammar by a strict third reading; the peer looks at less, or later."""
    return ours[0] == "permerror" and theirs[0] != "permerror" and faults.signature(case.signature) != ""


def key_record(case, ours, theirs, peer):
    """The same of the key record."""
    return ours[0] == "permerror" and theirs[0] != "permerror" and case.state == 1 and faults.key(case.record) != ""


def unpadded(case, ours, theirs, peer):
    """Base64 without all of its "=" (section 2.10)."""
    found = [(faults.tags(case.signature) or {}).get(b"b", b""), (faults.tags(case.record) or {}).get(b"p", b"")]
    return peer == "dkimpy" and theirs[0] in ("permerror", "crash") and any(
        len(re.sub(rb"[^A-Za-z0-9+/=]", b"", text)) % 4 and faults.base64_octets(re.sub(rb"[\"\\]", b"", text)) for text in found)


def editor_marks(case, ours, theirs, peer):
    """Quotes or backslashes within p=."""
    found = (faults.tags(case.record) or {}).get(b"p", b"")
    return peer == "Mail::DKIM" and "invalid data" in theirs[1] and re.search(rb"[\"\\]", found) is not None


def body_length(case, ours, theirs, peer):
    """Our policy on l=: it is not the length of the body that came, whoever wrote it into the field."""
    found = faults.tags(case.signature) or {}
    length = found.get(b"l", b"")
    return ours[0] == "permerror" and ours[1].startswith("l= ") and length.isdigit() and (
        int(length) != len(strict.body_octets(found, strict.split_message(case.message())[1])))


def strict_identity(case, ours, theirs, peer):
    """t=s of the key."""
    return ours[0] == "permerror" and b"t=" in case.record and b"@a.example" not in case.tags.get(b"i", b"").lower() and (
        "demands that i=" in ours[1])


def other_key_type(case, ours, theirs, peer):
    """A key of another type than a= says gives no signature; dkimpy calls that a bad one."""
    return ours == ("permerror", "key type does not fit a=") and theirs[0] in ("fail", "crash") and "other key" in case.what


def plain_rsa(case, ours, theirs, peer):
    """p= holds an RSAPublicKey, as the RFC says, and not what most publish."""
    return peer == "Mail::DKIM" and "public key: OpenSSL error" in theirs[1] and case.key.public_plain in case.record


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


def lone_lf(case, ours, theirs, peer):
    """LF ends a line within the field."""
    return peer == "Mail::DKIM" and theirs[0] == "fail" and ours[0] == "pass" and re.search(rb"(?<!\r)\n", case.signature) is not None


def identity_blanks(case, ours, theirs, peer):
    """Blanks within i=."""
    found = (faults.tags(case.signature) or {}).get(b"i", b"")
    said = ("i= domain", "bad identity", "does not support signing subdomains")
    return theirs[0] == "permerror" and any(text in theirs[1] for text in said) and re.search(rb"[ \t]", found) is not None


def own_field(case, ours, theirs, peer):
    """h= names DKIM-Signature, and the peer counts the field in question among those."""
    names = faults.split((faults.tags(case.signature) or {}).get(b"h", b""))
    return ours[0] == "pass" and theirs[0] == "fail" and b"dkim-signature" in [name.lower() for name in names]


def future(case, ours, theirs, peer):
    """t= is later than now."""
    return peer == "dkimpy" and theirs[0] == "permerror" and theirs[1].startswith("t= value is in the future") and (
        int(faults.tags(case.signature)[b"t"]) > NOW)


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


DKIM_RULES = {"signature-syntax": signature_syntax, "key-record": key_record, "unpadded": unpadded, "editor-marks": editor_marks,
              "body-length": body_length, "strict-identity": strict_identity,
              "other-key-type": other_key_type, "plain-rsa": plain_rsa, "hash-list": hash_list, "service-list": service_list,
              "query-list": query_list, "blanks-at-end": blanks_at_end, "b-first": b_first, "second-from": second_from, "own-field": own_field,
              "future": future, "lone-lf": lone_lf, "identity-blanks": identity_blanks,
              "header-end": header_end, "no-temperror": no_temperror, "dns-first": dns_first, "stops": stops}
