"""The tables, and the targets with what was measured."""
import os
import time

from phases import CROWD, FLOOR, OURS, UNRECORDED

MB = 1e6
PEER, OTHERS = "rspamd", ("null", "verdict", UNRECORDED, "opendkim+opendmarc", "rspamd")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": os.uname().release}


# --- targets ---

class Targets:
    """Each: what, its bound, what was measured, and whether it holds (None: not measured)."""

    def __init__(self, numbers, checks, facts):
        self.numbers, self.checks, self.facts, self.rows = numbers, checks, facts, []

    def at_most(self, what, bound, spread, unit=""):
        self._add(what, "<= %g%s" % (bound, unit), spread, unit, spread and spread[0] <= bound)

    def at_least(self, what, bound, spread, unit=""):
        self._add(what, ">= %g%s" % (bound, unit), spread, unit, spread and spread[0] >= bound)

    def _add(self, what, bound, spread, unit, holds):
        if isinstance(spread, (int, float)):
            spread = (spread,) * 3
        text = "not measured" if spread is None else "%.4g%s" % (spread[0], unit)
        if spread and spread[1] != spread[2]:
            text += " (%.3g to %.3g)" % spread[1:]
        self.rows.append({"what": what, "target": bound, "measured": text, "value": spread and spread[0],
                          "holds": None if spread is None else bool(holds)})

    def ours(self, phase, path, *key, **words):
        return self.numbers.spread(self.numbers.of(phase, OURS, *key, **words), path)

    def against(self, other, phase, path, *key, **words):
        return self.numbers.ratio(self.numbers.of(phase, OURS, *key, **words),
                                  self.numbers.of(phase, other, *key, **words), path)

    def correctness(self):
        found = self.checks.get(OURS)
        if not found:
            self.at_least("results of the corpus that are right", 1600, None)
            return
        of = 4 * found["of"]
        self.at_least("results of the corpus that are right, of %d" % of, of, (sum(found["agree"].values()),) * 3)

    def cost(self):
        self.at_most("CPU, sizes as of real mail, 8 sessions: times the floor", 3.0, self.against(FLOOR, "mixed", "cpu_ms", 8))
        self.at_most("CPU, 2 kB: times the floor", 2.2, self.against(FLOOR, "small", "cpu_ms", 8))
        mixed, small = self.ours("mixed", "cpu_ms", 8), self.ours("small", "cpu_ms", 8)
        per_mb = None
        if mixed and small:
            octets = self.facts["mixed"]["octets_mean"] - self.facts["small"]["octets_mean"]
            per_mb = (mixed[0] - small[0]) / octets * MB
        self.at_most("CPU a MB, of real mail less 2 kB", 1.3, per_mb and (per_mb,) * 3, " ms")

    def speed(self):
        self.at_least("messages a second, 64 sessions: times rspamd's", 2.5, self.against(PEER, "mixed", "rate", 64))
        self.at_most("EOM p99, 64 sessions: times the floor's", 1.5, self.against(FLOOR, "mixed", "eom_ms.p99", 64))
        numbers = self.numbers
        by_unix, by_inet = numbers.of("inet", OURS, inet=False), numbers.of("inet", OURS, inet=True)
        self.at_most("CPU by inet socket: times the Unix socket's", 1.1, numbers.ratio(by_inet, by_unix, "cpu_ms"))
        self.at_least("messages a second by inet socket: times the Unix socket's", 0.9, numbers.ratio(by_inet, by_unix, "rate"))

    def recording(self):
        for name, what in (("mixed", "sizes as of real mail"), ("small", "2 kB")):
            self.at_most("CPU, %s: times that without the journal" % what, 1.1,
                         self.against(UNRECORDED, "journal", "cpu_ms", 8, label="journal-" + name))
        self.at_most("EOM p99, 64 sessions: times that without the journal", 1.1,
                     self.against(UNRECORDED, "journal", "eom_ms.p99", 64))

    def memory(self):
        peak = self.ours("mixed", "rss_peak_kb", 256)
        self.at_most("memory, 256 busy sessions", 30, peak and tuple(v / 1024 for v in peak), " MB")
        self.at_most("memory of an idle session, of 1,000", 3, self.ours("idle", "kb_per_session"), " kB")
        small = self.ours("sizes", "rss_peak_kb", label="size-200k")
        large = self.ours("sizes", "rss_peak_kb", label="size-50m")
        grown = (large[0] - small[0]) / 1024 if small and large else None
        self.at_most("memory more for 50 MB than for 200 kB", 1, None if grown is None else (grown,) * 3, " MB")

    def dns(self):
        self.at_most("questions a message, warm", 0.5, self.ours("mixed", "questions", 8))
        self.at_most("message p50, cold, 20 ms an answer", 25, self.ours("cold", "message_ms.p50"), " ms")
        self.at_most("message p99, cold, 20 ms an answer", 85, self.ours("cold", "message_ms.p99"), " ms")

    def growth(self):
        numbers = self.numbers
        few, many = (numbers.ratio(numbers.of("crowd", OURS, n), numbers.of("crowd", FLOOR, n), "cpu_ms")
                     for n in (CROWD[0], CROWD[-1]))
        self.at_most("CPU times the floor, %d sessions: times that of %d" % (CROWD[-1], CROWD[0]), 1.1,
                     many and few and (many[0] / few[0],) * 3)
        costs = [self.ours("sizes", "cpu_ms", label="size-" + size) for size in ("1m", "10m", "50m")]
        slopes = None
        if all(costs):
            low, high = (costs[1][0] - costs[0][0]) / 9, (costs[2][0] - costs[1][0]) / 40
            slopes = (high / low,) * 3
        self.at_most("CPU a MB, 10 to 50 MB: times that of 1 to 10 MB", 1.25, slopes)


def targets(numbers, checks, facts):
    made = Targets(numbers, checks, facts)
    for part in (made.correctness, made.cost, made.speed, made.recording, made.memory, made.dns, made.growth):
        part()
    return made.rows


# --- tables ---

def table(head, rows):
    if not rows:
        return []
    width = [max(len(row[at]) for row in [head] + rows) for at in range(len(head))]
    lines = ["  ".join(cell.ljust(width[0]) if at == 0 else cell.rjust(width[at]) for at, cell in enumerate(row)).rstrip()
             for row in [head] + rows]
    return [lines[0], "-" * max(map(len, lines))] + lines[1:]


def number(spread, form="%.2f", with_range=False):
    if spread is None:
        return "-"
    text = form % spread[0]
    return text + " (%s-%s)" % (form % spread[1], form % spread[2]) if with_range else text


def load_rows(numbers, phase):
    keys = []
    for record in numbers.records:
        key = (record.get("label"), record["sessions"], record["peer"], record.get("inet"))
        if record["phase"] == phase and key not in keys:
            keys.append(key)
    labelled = phase in ("sizes", "journal")
    keys.sort(key=lambda key: (0, 0) if labelled else (key[1], OTHERS.index(key[2])))
    for label, sessions, peer, inet in keys:
        own = numbers.of(phase, peer, sessions, label, inet)
        floor = numbers.of(phase, FLOOR, sessions, label, inet)
        shown = peer + (", inet" if inet else "") + (", " + label.split("-", 1)[1] if labelled else "")

        def median(path, form="%.2f", own=own):
            return number(numbers.spread(own, path), form)
        yield [shown, str(sessions), median("rate", "%.0f"),
               number(numbers.spread(own, "cpu_ms"), "%.3f", True), number(numbers.ratio(own, floor, "cpu_ms")),
               median("open_ms.p99"),
               median("eom_ms.p50"), number(numbers.spread(own, "eom_ms.p99"), "%.2f", True),
               median("message_ms.p50"), median("message_ms.p99"),
               "%.1f" % (numbers.spread(own, "rss_peak_kb")[0] / 1024), median("questions")]


HEAD = ["", "sessions", "messages/s", "CPU ms a message", "x floor", "open p99 ms", "EOM p50", "EOM p99 ms", "message p50", "p99 ms",
        "MB", "questions"]
TITLES = {"mixed": "Sizes as of real mail, warm caches", "small": "2 kB messages, warm caches",
          "inet": "inet socket and Unix socket, sizes as of real mail", "journal": "With the journal and without it",
          "crowd": "2 kB messages, up to a thousand sessions",
          "sizes": "By size of the message", "cold": "2 kB messages, each of domains nobody asked for, 20 ms an answer"}


def check_lines(checks):
    rows = [[name] + [str(n) for n in found["agree"].values()] + [str(found["of"]), "%.2f" % found["questions"]]
            for name, found in checks.items() if name != FLOOR]
    return table(["", "spf", "dkim", "dmarc", "arc", "of", "questions a message at first"], rows)


def text(whole, numbers, rows):
    lines = ["verdict-milter and its peers: %s, %d cores, Linux %s, %s, %d s" % (
        whole["machine"]["cpu"], whole["machine"]["cores"], whole["machine"]["kernel"],
        time.strftime("%Y-%m-%d %H:%M", time.gmtime(whole["begun"])), whole["seconds"]),
        "Medians of %d repetitions (least-most).  The floor is null, a libmilter program that reads and accepts." %
        whole["arguments"]["reps"]]
    if whole["checks"]:
        lines += ["", "Results as expected"] + check_lines(whole["checks"])
    for phase, title in TITLES.items():
        body = table(HEAD, list(load_rows(numbers, phase)))
        lines += ["", title] + body if body else []
    idle = [[peer, number(numbers.spread(numbers.of("idle", peer), "kb_per_session"), "%.2f", True)]
            for peer in OTHERS if numbers.of("idle", peer)]
    lines += ["", "A thousand idle sessions"] + table(["", "kB a session"], idle) if idle else []
    held = {True: "holds", False: "MISSED", None: "-"}
    lines += ["", "Targets"] + table(["", "target", "measured", ""], [
        [row["what"], row["target"], row["measured"], held[row["holds"]]] for row in rows])
    return "\n".join(lines) + "\n"
