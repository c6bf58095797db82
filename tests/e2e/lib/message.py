"""Messages, DKIM keys and signatures."""
import base64
import email.parser
import email.policy
import re
import subprocess

import dkim
import nacl.signing


class Key:
    """A DKIM key made for this run: record is the text of its TXT record."""

    def __init__(self, domain, selector, algorithm="rsa-sha256"):
        self.domain, self.selector, self.algorithm = domain, selector, algorithm
        if algorithm == "rsa-sha256":
            self.private = _openssl(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
            public = _openssl(["pkey", "-pubout"], self.private).decode("ascii")
            self.record = "v=DKIM1; k=rsa; p=" + "".join(public.splitlines()[1:-1])
        else:
            signing = nacl.signing.SigningKey.generate()
            self.private = base64.b64encode(bytes(signing))
            self.record = "v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(signing.verify_key)).decode("ascii")

    @property
    def name(self):
        return "%s._domainkey.%s" % (self.selector, self.domain)

    def sign(self, message, headers=(b"from", b"to", b"subject", b"date", b"message-id"),
             canon=(b"relaxed", b"simple")):
        """The message with a DKIM-Signature on top."""
        message = re.sub(rb"\r?\n", b"\r\n", message)
        field = dkim.sign(message, self.selector.encode(), self.domain.encode(), self.private,
                          canonicalize=canon, include_headers=list(headers),
                          signature_algorithm=self.algorithm.encode())
        return field + message


def _openssl(words, data=None):
    return subprocess.run(["openssl"] + words, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout


def compose(from_field, subject="A message", fields=(), body="Hello.\n", to="user@receiver.example"):
    """A message as octets; fields are whole lines on top ("Name: value")."""
    lines = list(fields) + ["From: " + from_field, "To: " + to, "Subject: " + subject,
                            "Date: Mon, 02 Feb 2026 10:00:00 +0000", "Message-ID: <1@client.example>", ""]
    head = "\r\n".join(lines).encode("utf-8")
    return head + b"\r\n" + (body if isinstance(body, bytes) else body.encode("utf-8"))


def fields(message, name=None):
    """[(name, unfolded value)] of a delivered message, or the values of one name."""
    head = re.split(rb"\r?\n\r?\n", message, maxsplit=1)[0]
    parsed = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(head + b"\n\n")
    items = [(key, re.sub(r"\r?\n[ \t]", " ", str(value)).strip()) for key, value in parsed.items()]
    if name is None:
        return items
    return [value for key, value in items if key.strip().lower() == name.lower()]


def results(mail, authserv_id="mx.receiver.example"):
    """The one field that bears our id, without folding and comments; else what is wrong."""
    own = [value for value in fields(mail or b"", "Authentication-Results") if value.startswith(authserv_id + ";")]
    if len(own) != 1:
        return "%d fields: %s" % (len(own), own)
    text = re.sub(r'"(?:[^"\\]|\\.)*"', lambda m: m.group(0).replace("(", "\0").replace(")", "\1"), own[0])
    while re.search(r"\((?:[^()\\]|\\.)*\)", text):
        text = re.sub(r"\((?:[^()\\]|\\.)*\)", " ", text)
    return re.sub(r"\s+", " ", text).replace("\0", "(").replace("\1", ")").strip()
