"""
What is measured, phase by phase.  Each phase starts its programs anew, and gives
them their turns one after the other within each repetition, so that what the
machine does beside it meets all of them alike.
"""
import json
import os
import statistics
import subprocess

import corpus
import peers
import results
from lib.process import BUILD
from resolver import Resolver

LOAD = os.path.join(BUILD, "tests/bench-load")
FLOOR, OURS, UNRECORDED = "null", "verdict", peers.Unrecorded.name
CROWD = (8, 64, 256, 1000)
IDLE_SESSIONS = 1000
COLD_DELAY_MS = 20


class Failure(Exception):
    """A measurement that says nothing."""


class Bench:
    """folder: for what the programs need; made: the corpora's folder; chosen: {name: class}."""

    def __init__(self, folder, made, chosen, words):
        self.folder, self.made, self.peers, self.words = folder, made, chosen, words
        self.records, self.checks, self.count = [], {}, 0

    def corpus(self, name):
        return os.path.join(self.made, name)

    def resolver(self, cold=False):
        self.count += 1
        return Resolver(os.path.join(self.folder, "dns%d" % self.count),
                        self.corpus("cold.zone" if cold else "warm.zone"), COLD_DELAY_MS if cold else 0)

    def start(self, names=None, inet=False, tag=""):
        running = []
        for name, kind in self.peers.items():
            if names is None or name in names:
                peer = kind(self.folder + "/" + (tag or "unix"), inet)
                peer.start()
                running.append(peer)
        return running

    def load(self, peer, name, sessions, *words):
        """One run of the load program on a corpus: what it printed."""
        argv = [LOAD, "--corpus", self.corpus(name), "--sessions", str(sessions)]
        for milter in peer.milters:
            argv += ["--milter", milter]
        for pid in peer.pids():
            argv += ["--pid", str(pid)]
        done = subprocess.run(argv + [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
        try:
            said = json.loads(done.stdout.decode("utf-8"))
        except ValueError as trouble:
            raise Failure("%s: %s" % (peer.name, done.stderr.decode("utf-8", "replace"))) from trouble
        said["failed"] = done.returncode != 0 or bool(set(said.get("answers", "c")) - set("ca"))
        return said

    def record(self, phase, peer, rep, said, **more):
        said.update(phase=phase, peer=peer.name, rep=rep, **more)
        self.records.append(said)
        if "rate" in said:
            text = "%8.0f/s  CPU %8.3f ms  EOM p50 %7.2f p99 %8.2f ms  %6.1f MB" % (
                said["rate"], said["cpu_ms"], said["eom_ms"]["p50"], said["eom_ms"]["p99"], said["rss_peak_kb"] / 1024)
        else:
            text = "%.2f kB a session" % said["kb_per_session"]
        self.say("%-9s %d  %-19s %5d sessions  %s%s" % (
            said.get("label", phase), rep + 1, peer.name, said["sessions"], text, "  FAILED" if said["failed"] else ""))

    def say(self, text):
        if not self.words.quiet:
            print(text, flush=True)

    # --- the phases ---

    def check(self):
        """One pass through empty caches, and whether every result is right."""
        for name in self.peers:
            resolver = self.resolver()
            for peer in self.start([name]):
                dump = os.path.join(self.folder, "dump")
                said = self.load(peer, "mixed", 4, "--passes", 1, "--dump", dump)
                found = results.compare(self.corpus("mixed"), dump)
                found["questions"] = resolver.questions() / said["messages"]
                self.checks[name] = found
                self.say("check       %-19s %s of %d; %.2f questions a message at first" % (
                    name, "  ".join("%s %d" % pair for pair in found["agree"].items()), found["of"], found["questions"])
                    if peer.has_results else "check       %-19s has no results" % name)
                for line in found["differ"][:5] if name == OURS else []:
                    self.say("  " + line)
                peers.stop([peer])
            resolver.stop()

    def interleaved(self, phase, running, runs, resolver, warm="mixed"):
        """runs: (label, corpus, sessions); each peer, each repetition."""
        for peer in running:
            self.load(peer, warm, 8, "--passes", 1)
        for rep in range(self.words.reps):
            for label, name, sessions in runs:
                # Nobody always has the same one before him.
                for peer in running[rep % len(running):] + running[:rep % len(running)]:
                    asked = resolver.questions()
                    said = self.load(peer, name, sessions, "--seconds", self.words.seconds, "--seed", rep + 1)
                    self.record(phase, peer, rep, said, label=label, inet=peer.inet,
                                questions=(resolver.questions() - asked) / max(said["messages"], 1))
        peers.stop(running)
        resolver.stop()

    def mixed(self):
        resolver = self.resolver()
        runs = [("mixed", "mixed", sessions) for sessions in self.words.sessions]
        self.interleaved("mixed", self.start(), runs, resolver)

    def small(self):
        resolver = self.resolver()
        self.interleaved("small", self.start(), [("small", "small", 8)], resolver, "small")

    def inet(self):
        resolver = self.resolver()
        running = self.start((FLOOR, OURS)) + self.start((FLOOR, OURS), True, "inet")
        self.interleaved("inet", running, [("inet", "mixed", 8)], resolver)

    def journal(self):
        """What it costs that each message is recorded."""
        resolver = self.resolver()
        peer = peers.Unrecorded(self.folder + "/unix")
        peer.start()
        runs = [("journal-" + name, name, sessions) for name, sessions in (("mixed", 8), ("small", 8), ("mixed", 64))]
        self.interleaved("journal", self.start((OURS,)) + [peer], runs, resolver)

    def crowd(self):
        """Many sessions of small messages: does a message cost more the more there are?"""
        resolver = self.resolver()
        runs = [("crowd", "small", sessions) for sessions in CROWD]
        self.interleaved("crowd", self.start((FLOOR, OURS)), runs, resolver, "small")

    def sizes(self):
        resolver = self.resolver()
        names = [name for name in corpus.NAMES if name.startswith("size-")]
        self.interleaved("sizes", self.start((FLOOR, OURS)), [(name, name, 2) for name in names], resolver, names[0])

    def idle(self):
        """What a connection costs that has said HELO, in a program that has worked before."""
        resolver = self.resolver()
        for rep in range(self.words.reps):
            running = self.start()
            for peer in running:
                self.load(peer, "small", 2, "--passes", 1)
                self.record("idle", peer, rep, self.load(peer, "small", IDLE_SESSIONS, "--idle", "--seconds", 1))
            peers.stop(running)
        resolver.stop()

    def cold(self):
        """Nobody has asked before, and the name servers are far away."""
        for rep in range(self.words.reps):
            for name, kind in self.peers.items():
                if not kind.has_results:
                    continue
                resolver = self.resolver(True)
                for peer in self.start([name], tag="cold"):
                    said = self.load(peer, "cold", 8, "--passes", 1)
                    asked = said["messages"]
                    self.record("cold", peer, rep, said, questions=resolver.questions() / asked,
                                far_questions=resolver.far_questions() / asked)
                    peers.stop([peer])
                resolver.stop()


PHASES = ("check", "mixed", "small", "inet", "journal", "crowd", "sizes", "idle", "cold")


class Numbers:
    """The records, asked by phase, peer and label."""

    def __init__(self, records):
        self.records = records

    def of(self, phase, peer, sessions=None, label=None, inet=None):
        return [r for r in self.records if r["phase"] == phase and r["peer"] == peer
                and sessions in (None, r["sessions"]) and label in (None, r.get("label"))
                and inet in (None, r.get("inet"))]

    @staticmethod
    def value(record, path):
        for key in path.split("."):
            record = record[key]
        return record

    def spread(self, records, path):
        """(median, least, most) or None."""
        values = [self.value(record, path) for record in records]
        return (statistics.median(values), min(values), max(values)) if values else None

    def ratio(self, records, others, path):
        """The spread of the ratios within each repetition."""
        base = {record["rep"]: self.value(record, path) for record in others}
        values = [self.value(r, path) / base[r["rep"]] for r in records if base.get(r["rep"])]
        return (statistics.median(values), min(values), max(values)) if values else None
