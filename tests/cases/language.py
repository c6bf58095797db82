"""The language of case files: README.md beside this file is its manual."""
import collections
import glob
import re
import shlex
import sys

BLOCKS = ("zone", "config", "list", "message", "expect")
MANY = ("spf", "field", "want", "sign", "seal", "edit", "then")
ENVELOPE = ("client", "client-name", "helo", "mail-from", "rcpt", "smtp-auth")
ONCE = ENVELOPE + ("ask", "from", "body", "clock", "escapes", "as-published")
STEPS = ("sign", "seal", "edit")
REPEATED = STEPS + ("zone", "then")

Expectation = collections.namedtuple("Expectation", "path mark value")


class Wrong(Exception):
    """A case file that cannot be read."""


class Case:
    def __init__(self, name, place):
        self.name, self.place = name, place
        self.lines = {word: [] for word in BLOCKS + MANY + ONCE}
        self.steps, self.expected = [], []

    def first(self, word, other=""):
        return self.lines[word][0] if self.lines[word] else other

    def says_yes(self, word):
        return self.first(word) == "yes"

    def add(self, word, text):
        if word in ONCE and self.lines[word]:
            raise Wrong("%s stands there twice" % word)
        for one in times(text) if word in REPEATED else [text]:
            self.lines[word].append(one)
            if word in STEPS:
                self.steps.append((word, one))
        if word == "want":
            self.expected += wanted(text)
        elif word == "expect":
            self.expected += expected(text)

    def end(self):
        """Only a message has empty lines, and none at its end."""
        message = self.lines["message"]
        while message and not message[-1].strip():
            message.pop()
        if message and any(self.lines[word] for word in ("from", "field", "body")):
            raise Wrong("%s: message is the whole message: no from, field or body beside it" % self.place)
        if not self.expected:
            raise Wrong("%s: nothing is expected" % self.place)


def times(text):
    """`times N TEXT` is TEXT N times, %n being the number."""
    match = re.fullmatch(r"times (\d+) (.*)", text)
    return [match.group(2).replace("%n", str(n)) for n in range(int(match.group(1)))] if match else [text]


def words_of(line):
    """Words, with quotes as in a shell; a backslash is only that."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    return list(lexer)


def braces(text):
    """{N:TEXT} is TEXT N times."""
    return re.sub(r"\{(\d+):([^{}]*)\}", lambda m: m.group(2) * int(m.group(1)), text)


def octets(text):
    """What a text with braces and backslash escapes stands for."""
    return braces(text).encode("utf-8").decode("unicode_escape").encode("latin-1")


def wanted(line):
    """want PART [RESULT] [PATH=VALUE | PATH~REGEX | PATH!REGEX]..."""
    part, *words = words_of(line)
    if not words:
        raise Wrong("what is wanted of %s?" % part)
    for word in words:
        path, mark, value = re.fullmatch(r"(?s)([\w.]*)([=~!])(.*)|.*", word).groups()
        path, mark, value = (path, mark, value) if mark else ("result", "=", word)
        yield Expectation((part + "." + path).strip("."), {"!": "!~"}.get(mark, mark), value)


def expected(line):
    """PATH VALUE, PATH ~ REGEX, PATH !~ REGEX, questions <= N"""
    if not line.strip() or line.startswith("#"):
        return []
    path, _, rest = line.strip().partition(" ")
    mark, _, value = rest.partition(" ")
    if (path == "questions") != (mark == "<=") or not rest or (mark in ("~", "!~", "<=") and not value):
        raise Wrong("expect PATH VALUE, PATH ~ REGEX, PATH !~ REGEX or questions <= N, not %r" % line)
    return [Expectation(path, mark, value) if mark in ("~", "!~", "<=") else Expectation(path, "=", rest.replace('""', ""))]


class Reader:
    """The cases of one file."""

    def __init__(self, path, place):
        self.found, self.block = [], None
        with open(path, encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                at = "%s:%d" % (place, number)
                try:
                    self.read(line.rstrip("\n"), at)
                except Wrong as wrong:
                    raise Wrong("%s: %s" % (at, wrong)) from None
        for case in self.found:
            case.end()

    def read(self, line, at):
        if self.block and (line.startswith("    ") or not line.strip()):
            self.found[-1].add(self.block, line[4:])
            return
        self.block = None
        word, _, text = line.partition(" ")
        if not line.strip() or line.startswith("#"):
            return
        if word == "=":
            self.found.append(Case(text, at))
        elif not self.found or word not in self.found[-1].lines:
            raise Wrong("what is %r here?" % line)
        elif word in BLOCKS and not text:
            self.block = word
        else:
            self.found[-1].add(word, text)


def read(folder):
    """All cases of a folder and those below it; ends the program where one is wrong."""
    try:
        cases = [case for path in sorted(glob.glob(folder + "/**/*.case", recursive=True))
                 for case in Reader(path, path[len(folder) + 1:]).found]
        names = collections.Counter(case.name for case in cases)
        for case in cases:
            if names[case.name] > 1:
                raise Wrong("%s: there are two cases %r" % (case.place, case.name))
        return cases
    except Wrong as wrong:
        sys.exit(str(wrong))
