"""What a case sends and publishes: its message, its zone and its envelopes."""
from .language import ENVELOPE, Wrong, braces, octets, words_of

USUAL_FIELDS = ["From: User <user@sender.example>", "To: rcpt@receiver.example", "Subject: a vector",
                "Date: Tue, 14 Nov 2023 22:13:20 +0000"]
FLAGS = {"client": "--ip", "client-name": "--client-name", "helo": "--helo", "mail-from": "--mail-from"}


def clock_of(case):
    return int(case.first("clock", "1700000000"))


def composed(case):
    if case.lines["message"]:
        encode = octets if case.says_yes("escapes") else str.encode
        return b"".join(encode(line) + b"\r\n" for line in case.lines["message"])
    fields = case.lines["field"] or list(USUAL_FIELDS)
    if case.lines["from"]:
        fields = ["From: <user@%s>" % case.first("from")] + fields[1:]
    header = b"".join(octets(field) + b"\r\n" for field in fields)
    return header + b"\r\n" + octets(case.first("body", "Hello.\\r\\n"))


def edited(message, order):
    """s/A/B/ replaces once, `append TEXT` and `prepend TEXT` add."""
    word, _, rest = order.partition(" ")
    if word == "append":
        return message + octets(rest)
    if word == "prepend":
        return octets(rest) + message
    _, old, new, _ = order.split("/")
    if octets(old) not in message:
        raise Wrong("edit: %r is not in the message" % old)
    return message.replace(octets(old), octets(new), 1)


def tags_of(text):
    return dict(pair.split("=", 1) for pair in words_of(text))


def message_of(case, keys):
    message = composed(case)
    for word, order in case.steps:
        if word == "edit":
            message = edited(message, order)
        elif word == "sign":
            message = keys.sign(message, tags_of(braces(order)), clock_of(case))
        else:
            order, _, results = order.partition(" results ")
            message = keys.seal(message, tags_of(order), results, clock_of(case))
    return message


def zone_of(case, keys):
    lines = [keys.expand(braces(line)) for line in case.lines["zone"]]
    lines += ['%s TXT "v=spf1 ip4:192.0.2.1 -all"' % domain for domain in case.lines["spf"]]
    if case.lines["sign"] and not any("_domainkey" in line for line in lines):
        word = "%RSA%" if "a=rsa" in case.first("sign") else "%ED25519%"
        lines.append(keys.expand('s1._domainkey.sender.example TXT "v=DKIM1; %s"' % word))
    return "\n".join(lines) + "\n"


def flags(case, given, clock):
    def value(word):
        text = braces(given[word]).strip().replace("''", "")
        return octets(text).decode("latin-1") if case.says_yes("escapes") else text

    found = ["--time", str(clock)]
    for word in FLAGS:
        found += [FLAGS[word], value(word)] if word in given else []
    for recipient in given.get("rcpt", "").split():
        found += ["--rcpt", recipient]
    return found + ["--smtp-auth"] * (given.get("smtp-auth") == "yes")


def first_envelope(case):
    given = {word: case.first(word) for word in ENVELOPE if case.lines[word]}
    for domain in case.lines["spf"]:
        given.update({"client": "192.0.2.1", "mail-from": "user@" + domain})
    for line in case.lines["ask"]:
        given.update(zip(("client", "mail-from", "helo"), words_of(braces(line))))
    return given


def arguments(case, path):
    """Of `verdict check`: envelope and message, and again with what `then` changes."""
    clock = clock_of(case)
    found = flags(case, first_envelope(case), clock) + [path]
    for order in case.lines["then"]:
        seconds, *words = words_of(order)
        if not seconds.startswith("+") or len(words) % 2 or set(words[::2]) - set(ENVELOPE):
            raise Wrong("then +SECONDS [WORD VALUE]..., with words of %s" % ", ".join(ENVELOPE))
        clock += int(seconds)
        found += flags(case, dict(zip(words[::2], words[1::2])), clock) + [path]
    return found
