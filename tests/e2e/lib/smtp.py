"""An SMTP client that can take any client address: its own one or, by Postfix's XCLIENT, a claimed one."""
import base64
import re
import smtplib


class Reply:
    """The reply that ended a message, or refused it earlier."""

    def __init__(self, code, text):
        self.code = code
        self.text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        # Postfix and Sendmail
        found = re.search(r"queued as (\w+)|(\w+) Message accepted", self.text)
        self.queue_id = (found.group(1) or found.group(2)) if found else None

    def __str__(self):
        return "%d %s" % (self.code, self.text)


class Session:
    """
    One connection.  client: the address that the mail server shall believe
    (None: loopback itself), name: its confirmed host name, login: SMTP AUTH.
    source: a local address to send from.
    """

    def __init__(self, port, client=None, name=None, helo="client.example", login=None, timeout=120, source=None):
        self.smtp = smtplib.SMTP(timeout=timeout, source_address=(source, 0) if source else None)
        self.smtp.connect("::1" if source and ":" in source else "127.0.0.1", port)
        self.smtp.ehlo(helo)
        if login and not client:
            self.authenticate(login)
        if client:
            address = "IPV6:" + client if ":" in client else client
            words = "XCLIENT NAME=%s ADDR=%s" % (name or "[UNAVAILABLE]", address)
            if login:
                words += " LOGIN=" + login
            code, text = self.smtp.docmd(words)
            if code != 220:
                raise RuntimeError("XCLIENT: %d %r" % (code, text))
            self.smtp.ehlo(helo)

    def authenticate(self, login):
        word = base64.b64encode(b"\0%s\0password" % login.encode()).decode("ascii")
        code, text = self.smtp.docmd("AUTH PLAIN " + word)
        if code != 235:
            raise RuntimeError("AUTH: %d %r" % (code, text))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.smtp.quit()
        except (smtplib.SMTPException, OSError):
            self.smtp.close()

    def command(self, line):
        """Sends one raw line (text or octets)."""
        raw = line if isinstance(line, bytes) else line.encode("utf-8")
        self.smtp.send(raw + b"\r\n")
        return Reply(*self.smtp.getreply())

    def send(self, message, mail_from="", to=("user@receiver.example",), options=""):
        """One message; returns the first refusal, or the reply to its end."""
        reply = self.command("MAIL FROM:<%s>%s" % (mail_from, " " + options if options else ""))
        if reply.code != 250:
            return reply
        for address in to:
            reply = self.command("RCPT TO:<%s>" % address)
            if reply.code != 250:
                self.command("RSET")
                return reply
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        return self.finish(message)

    def finish(self, message):
        """What follows DATA."""
        text = re.sub(rb"\r?\n", b"\r\n", message)
        if not text.endswith(b"\r\n"):
            text += b"\r\n"
        self.smtp.send(re.sub(rb"(?m)^\.", b"..", text) + b".\r\n")
        return Reply(*self.smtp.getreply())
