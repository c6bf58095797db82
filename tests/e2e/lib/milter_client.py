"""
The MTA's side of the milter protocol, version 6: for callback orders, sizes
and ends that no mail server produces.

A packet is a length (4 octets, the command counted), a command letter, data.
"""
import socket
import struct

# What the MTA offers.
ACTIONS = 0x1FF
NO_REPLY = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000, "U": 0x20000,
            "L": 0x80, "N": 0x40000, "B": 0x80000}
NOT_SENT = {"C": 0x1, "H": 0x2, "M": 0x4, "R": 0x8, "B": 0x10, "L": 0x20, "N": 0x40, "U": 0x100, "T": 0x200}
SKIP, LEADSPC = 0x400, 0x100000
PROTOCOL = 0x1FFFFF

FINAL = "actrdsy4"  # accept continue tempfail reject discard skip replycode, connection-failed


class Lost(Exception):
    """The milter closed the connection."""


class Verdict:
    """What end of message brought: the final letter and the edits before it."""

    def __init__(self):
        self.letter, self.reply, self.edits, self.quarantine, self.progress = "", "", [], None, 0

    def inserted(self, name):
        return [value for kind, _, key, value in self.edits if kind in "ih" and key.lower() == name.lower()]

    def deleted(self, name):
        """Occurrences deleted, in the order asked for."""
        return [at for kind, at, key, value in self.edits if kind == "m" and key.lower() == name.lower() and not value]


def text(*words):
    return b"".join((word if isinstance(word, bytes) else word.encode("utf-8")) + b"\0" for word in words)


class MilterClient:
    """One connection of an MTA to a milter."""

    def __init__(self, port=None, path=None, timeout=60, protocol=PROTOCOL, actions=ACTIONS,
                 version="Postfix 3.7.11", level=6):
        self.version_macro, self.level = version, level
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(path)
        else:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.symbols, self.skip = {}, False
        self.negotiate(protocol, actions)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- packets ---

    def put(self, letter, data=b""):
        self.socket.sendall(struct.pack(">I", len(data) + 1) + letter.encode() + data)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise Lost()
            data += part
        return data

    def get(self):
        try:
            size = struct.unpack(">I", self._exactly(4))[0]
            data = self._exactly(size)
        except (ConnectionResetError, BrokenPipeError) as lost:
            raise Lost() from lost
        return chr(data[0]), data[1:]

    def negotiate(self, protocol, actions):
        self.put("O", struct.pack(">III", self.level, actions, protocol))
        letter, data = self.get()
        if letter != "O":
            raise Lost()
        self.version, self.actions, self.protocol = struct.unpack(">III", data[:12])
        rest = data[12:]
        while len(rest) >= 4:
            stage = struct.unpack(">I", rest[:4])[0]
            names, _, rest = rest[4:].partition(b"\0")
            self.symbols[stage] = names.decode()

    def ask(self, letter, data=b""):
        """Sends a command; its answer's letter, or "c" where none is sent."""
        if self.protocol & NOT_SENT.get(letter, 0):
            return "c"
        self.put(letter, data)
        if self.protocol & NO_REPLY.get(letter, 0):
            return "c"
        while True:
            answer, self.answer_data = self.get()
            if answer != "p":
                return answer

    def macros(self, letter, **values):
        """{name} macros: words with one letter go without braces."""
        words = [letter.encode()]
        for name, value in values.items():
            words.append(text(name if len(name) == 1 else "{%s}" % name, value))
        self.put("D", b"".join(words))

    # --- the phases ---

    def connect(self, address="192.0.2.10", name="client.example", port=4000):
        if self.version_macro:
            self.macros("C", v=self.version_macro)
        if address is None:
            return self.ask("C", text(name) + b"U")
        family = b"6" if ":" in address else b"4"
        shown = "IPv6:" + address if ":" in address else address
        return self.ask("C", text(name) + family + struct.pack(">H", port) + text(shown))

    def helo(self, name="client.example"):
        return self.ask("H", text(name))

    def mail(self, address="", *options, queue_id="TESTID", login=None):
        values = {"i": queue_id}
        if login:
            values["auth_authen"] = login
        self.macros("M", **values)
        return self.ask("M", text("<%s>" % address, *options))

    def rcpt(self, address="user@receiver.example"):
        return self.ask("R", text("<%s>" % address))

    def data(self):
        return self.ask("T")

    def header(self, name, value):
        lead = b" " if self.protocol & LEADSPC else b""
        raw = value if isinstance(value, bytes) else value.encode("utf-8")
        return self.ask("L", text(name, lead + raw))

    def eoh(self):
        return self.ask("N")

    def body(self, data, size=65535):
        self.skip = False
        for at in range(0, len(data), size):
            answer = self.ask("B", data[at:at + size])
            if answer == "s":
                self.skip = True
                return "c"
            if answer != "c":
                return answer
        return "c"

    def eom(self, queue_id="TESTID"):
        self.macros("E", i=queue_id)
        self.put("E")
        result = Verdict()
        while True:
            letter, data = self.get()
            if letter == "p":
                result.progress += 1
            elif letter in "im":
                at = struct.unpack(">I", data[:4])[0]
                name, value = data[4:].split(b"\0")[:2]
                result.edits.append((letter, at, name.decode(), value.decode("utf-8", "replace")))
            elif letter == "h":
                name, value = data.split(b"\0")[:2]
                result.edits.append((letter, -1, name.decode(), value.decode("utf-8", "replace")))
            elif letter == "q":
                result.quarantine = data.rstrip(b"\0").decode()
            elif letter in FINAL:
                result.letter = letter
                result.reply = data.rstrip(b"\0").decode("utf-8", "replace") if letter == "y" else ""
                return result
            else:
                raise Lost("unexpected answer %r" % letter)

    def abort(self):
        """Ends the message; there is no answer."""
        self.put("A")

    def quit(self):
        self.put("Q")
        self.close()

    def close(self):
        self.socket.close()

    # --- whole messages ---

    def hello(self, address="192.0.2.10", name="client.example"):
        self.connect(address, name)
        return self.helo(name)

    def message(self, fields, body=b"Hello.\r\n", mail_from="", queue_id="TESTID", to=("user@receiver.example",)):
        """A whole message: the Verdict, or a Verdict with the letter of an earlier end."""
        def ended(letter):
            result = Verdict()
            result.letter = letter
            if letter == "y":
                result.reply = self.answer_data.rstrip(b"\0").decode("utf-8", "replace")
            return result
        steps = [lambda: self.mail(mail_from, queue_id=queue_id)]
        steps += [lambda a=a: self.rcpt(a) for a in to]
        steps += [self.data]
        steps += [lambda n=n, v=v: self.header(n, v) for n, v in fields]
        steps += [self.eoh, lambda: self.body(body)]
        for step in steps:
            letter = step()
            if letter != "c":
                return ended(letter)
        return self.eom(queue_id)
