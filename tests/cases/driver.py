"""Runs case files through `verdict check`: each case has its own DNS server
(tests/tools/dnsd.c) on a free loopback port, so that delay, loss and lies are real.
The command is the one of tests/tools/law.c, which besides holds each verdict against
the law of records, under the configurations of all cases."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from . import authres_grammar, language, message
from .keys import Keys

MODE = os.environ.get("MODE", "release")
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TESTS, "..", "build", MODE)
# Those with cases.
FOLDERS = [os.path.join(TESTS, "vectors"), os.path.join(TESTS, "scenarios")]
LIMIT = 120 * (2 if MODE in ("asan", "tsan") else 1)


class Server:
    """The name server of one case."""

    def __init__(self, zone, work):
        path = os.path.join(work, "zone")
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(zone)
        self.process = subprocess.Popen([os.path.join(BUILD, "tests", "dnsd"), "0", path], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        first = self.process.stdout.readline().split()
        if len(first) < 2:
            raise language.Wrong("the zone does not load: " + self.process.communicate()[1])
        self.address = "127.0.0.1:" + first[1]
        return self

    def questions(self):
        """How many have reached it; it ends by that."""
        self.process.send_signal(signal.SIGUSR1)
        self.process.send_signal(signal.SIGTERM)
        lines = [line.split() for line in self.process.communicate(timeout=10)[0].splitlines()]
        return sum(int(words[-1]) for words in lines if len(words) == 3)

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def config_of(case, path):
    """The configuration, and its list at that path."""
    lines = list(case.lines["config"])
    if not any(line.startswith("authserv-id") for line in lines):
        lines.insert(0, "authserv-id: mx.receiver.example")
    return "\n".join(lines).replace("%LIST%", "file:" + path) + "\n"


def list_of(case):
    return "".join(line + "\n" for line in case.lines["list"])


def write_configurations(cases, folder):
    """Each of all that the cases of all folders have, once."""
    known = {}
    for case in cases:
        known.setdefault((config_of(case, ""), list_of(case)), case)
    for number, case in enumerate(known.values()):
        path = os.path.join(folder, "%d" % number)
        for end, text in (".yaml", config_of(case, path + ".list")), (".list", list_of(case)):
            with open(path + end, "w", encoding="utf-8") as handle:
                handle.write(text)


def check(case, octets, address, work, configurations):
    """What `verdict check` says: of the last message, and under "1" and so on of each."""
    files = {"list": list_of(case).encode(), "verdict.yaml": config_of(case, os.path.join(work, "list")).encode(),
             "message.eml": octets}
    for name, content in files.items():
        with open(os.path.join(work, name), "wb") as handle:
            handle.write(content)
    argv = [os.path.join(BUILD, "tests", "law"), "check", "--json", "--resolver", address,
            "--config", os.path.join(work, "verdict.yaml")]
    argv += ["--as-published"] * case.says_yes("as-published")
    proc = subprocess.run(argv + message.arguments(case, os.path.join(work, "message.eml")), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT, check=False,
                          env=dict(os.environ, VERDICT_CONFIGURATIONS=configurations))
    if proc.returncode not in (0, 1, 2, 3, 4):
        raise language.Wrong("exit status %d: %s" % (proc.returncode, proc.stderr.decode("utf-8", "replace")[-2000:]))
    answers = [json.loads(line) for line in proc.stdout.decode("utf-8").splitlines()]
    return dict(answers[-1], exit=proc.returncode, **{str(n): one for n, one in enumerate(answers, 1)})


def dig(doc, path):
    """What stands there, as text: words of a list, - for what is absent."""
    for part in path.split("."):
        if isinstance(doc, list):
            doc = doc[int(part)] if part.isdigit() and int(part) < len(doc) else None
        else:
            doc = doc.get(part) if isinstance(doc, dict) else None
    if isinstance(doc, list):
        return " ".join(str(one) for one in doc)
    return "-" if doc is None else str(doc).lower() if isinstance(doc, bool) else str(doc)


def holds(one, got):
    if one.mark == "<=":
        return int(got) <= int(one.value)
    if one.mark == "=":
        return got == one.value
    return (re.search(one.value, got, re.S) is not None) == (one.mark == "~")


def complaints(case, out):
    for one in case.expected:
        got = dig(out, one.path)
        if not holds(one, got):
            yield "%s %s %s, but it is %r" % (one.path, one.mark, one.value, got)
    for answer in (value for key, value in out.items() if key.isdigit()):
        wrong = "authentication_results" in answer and authres_grammar.complaint(answer["authentication_results"])
        if wrong:
            yield "Authentication-Results: " + wrong


def run(case, octets, zone, configurations):
    """(complaints, what came out) of one case."""
    try:
        with tempfile.TemporaryDirectory() as work, Server(zone, work) as server:
            out = check(case, octets, server.address, work, configurations)
            if any(one.path == "questions" for one in case.expected):
                out["questions"] = server.questions()
        return list(complaints(case, out)), out
    except (language.Wrong, ValueError, subprocess.TimeoutExpired) as trouble:
        return ["%s: %s" % (type(trouble).__name__, trouble)], {}


def paths(doc, at=""):
    """All that lead to something in an answer, without the numbers of messages."""
    yield at
    for key, value in doc.items() if isinstance(doc, dict) else enumerate(doc) if isinstance(doc, list) else []:
        yield from paths(value, at if at == "" and str(key).isdigit() else (at + "." + str(key)).lstrip("."))


def misspelt(cases, outs):
    """Paths that are to be absent, or not to match, and that no answer ever has."""
    wanted = {re.sub(r"^\d+\.", "", one.path) for case in cases for one in case.expected
              if one.mark == "!~" or one.value == "-"}
    return sorted(wanted.difference(*map(paths, outs)))


def selected(cases, words):
    return [case for case in cases if not words or any(word in case.place + " " + case.name for word in words)]


def main(folder, name=".*", words=()):
    """Runs the folder's cases, whose names match that, or of them those with one of the words in
    place or name, and then shows what came out.  0 where all is right."""
    cases = selected(language.read(folder), words)
    for case in cases:
        if not re.match(name, case.name):
            sys.exit("%s: a name here begins as %s" % (case.place, name))
    keys = Keys()
    jobs = [(case, message.message_of(case, keys), message.zone_of(case, keys)) for case in cases]
    print("1..%d" % (len(cases) + (not words)))
    failed, outs = 0, []
    with tempfile.TemporaryDirectory() as configurations, ThreadPoolExecutor(4) as pool:
        write_configurations([case for place in FOLDERS for case in language.read(place)], configurations)
        for number, (case, (bad, out)) in enumerate(zip(cases, pool.map(lambda job: run(*job, configurations), jobs)), 1):
            failed += bool(bad)
            outs.append(out)
            for line in bad:
                print("# %s: %s" % (case.place, line))
            print("%s %d - %s: %s" % ("not ok" if bad else "ok", number, case.place.split(".")[0], case.name))
            if words:
                print(json.dumps(out, indent=1))
    if not words:
        unknown = misspelt(cases, outs)
        failed += bool(unknown)
        print("%s %d - what is to be absent is there elsewhere%s" % (
            "not ok" if unknown else "ok", len(cases) + 1, ": not " + ", ".join(unknown) if unknown else ""))
    return 1 if failed else 0
