"""The implementation under test: build/MODE/tests/differ, and zones for it."""
import json
import os
import subprocess

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
NOW = 1700000000  # the tool's clock


class Differ:
    """One process for all cases."""

    def __init__(self):
        path = os.path.join(TOP, "build", os.environ.get("MODE", "release"), "tests", "differ")
        self.proc = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def check(self, zone, ip=b"", helo=b"", path=b"<>", message=b""):
        parts = (zone, ip, helo, path, message)
        self.proc.stdin.write(b" ".join(b"%d" % len(part) for part in parts) + b"\n" + b"".join(parts))
        self.proc.stdin.flush()
        line = self.proc.stdout.readline()
        if not line:
            raise SystemExit("differ ended with status %s on: %r" % (self.proc.wait(), parts))
        return json.loads(line)

    def close(self):
        self.proc.stdin.close()
        self.proc.wait()


def quoted(text):
    """A TXT string as a zone line wants it."""
    return '"%s"' % "".join(
        "\\%03d" % c if c < 0x20 or c > 0x7e or c in b'"\\' else chr(c) for c in text)


class Zone:
    """Records by name and type, as text for the tool and as answers for a peer."""

    def __init__(self):
        self.records = {}
        self.broken = {}  # name: "!servfail" or "!silent"

    def add(self, name, kind, data):
        self.records.setdefault((name.lower(), kind), []).append(data)

    def text(self):
        lines = []
        for (name, kind), datas in self.records.items():
            for data in datas:
                shown = quoted(data) if kind == "TXT" else "%d %s" % data if kind == "MX" else data
                lines.append("%s %s %s" % (name, kind, shown))
        lines += ["%s %s" % pair for pair in self.broken.items()]
        return ("\n".join(lines) + "\n").encode()

    def find(self, name, kind, links=0):
        """None: the servers fail.  CNAMEs are followed, a wildcard stands for what is below it."""
        name = name.lower().rstrip(".")
        if name in self.broken or links > 8:
            return None
        parent = name
        while not self.exists(name) and "." in parent:
            parent = parent.split(".", 1)[1]
            if self.exists(parent):
                name = "*." + parent
                break
        alias = self.records.get((name, "CNAME"))
        if alias:
            return self.find(alias[0], kind, links + 1)
        return self.records.get((name, kind), [])

    def exists(self, name):
        return any(owner == name or owner.endswith("." + name) for owner, _ in self.records)
