"""Prometheus' text format 0.0.4, read strictly: what is odd is an error."""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(r"(%s)(?:\{(.*)\})? (\S+)$" % NAME)
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")


def labels(text, line):
    found, rest = {}, text
    while rest:
        one = re.match(LABEL, rest)
        if not one or one.group(1) in found:
            raise ValueError("labels: " + line)
        found[one.group(1)] = one.group(2)
        rest = rest[one.end():]
        if rest[:1] == "," and len(rest) > 1:
            rest = rest[1:]
        elif rest:
            raise ValueError("labels: " + line)
    return found


def family_of(name, kinds):
    for end in ("_bucket", "_sum", "_count"):
        if name.endswith(end) and kinds.get(name[:-len(end)]) == "histogram":
            return name[:-len(end)]
    return name


def check_histogram(family, samples):
    bounds = [(float(dict(key)["le"]), value) for (name, key), value in samples.items() if name == family + "_bucket"]
    if not bounds or bounds[-1][0] != float("inf"):
        raise ValueError(family + ": the last bucket is not +Inf")
    if bounds != sorted(bounds) or [v for _, v in bounds] != sorted(v for _, v in bounds):
        raise ValueError(family + ": the buckets do not grow")
    if samples[(family + "_count", ())] != bounds[-1][1] or (family + "_sum", ()) not in samples:
        raise ValueError(family + ": count and +Inf differ")


def parse(text):
    """{(name, ((label, value), ...)): number} and {family: type}."""
    kinds, helps, samples, current, closed = {}, set(), {}, None, set()
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    for line in text[:-1].split("\n"):
        head = re.match(r"# (HELP|TYPE) (%s) (.+)$" % NAME, line)
        if head:
            word, family, rest = head.groups()
            known = helps if word == "HELP" else kinds
            if family in known or (word == "TYPE" and rest not in TYPES):
                raise ValueError(line)
            if word == "HELP":
                helps.add(family)
            else:
                kinds[family] = rest
            continue
        one = SAMPLE.match(line)
        if not one:
            raise ValueError("no sample: " + line)
        name, key = one.group(1), tuple(labels(one.group(2) or "", line).items())
        family = family_of(name, kinds)
        if family not in kinds or family not in helps:
            raise ValueError("without HELP and TYPE: " + line)
        if family != current:
            if family in closed:
                raise ValueError("a family in two places: " + line)
            closed.add(family)
            current = family
        if kinds[family] == "counter" and not name.endswith("_total"):
            raise ValueError("a counter without _total: " + line)
        if (name, key) in samples:
            raise ValueError("twice: " + line)
        samples[(name, key)] = float(one.group(3))
    for family, kind in kinds.items():
        if kind == "histogram":
            check_histogram(family, samples)
    return samples, kinds


def value(samples, name, **wanted):
    return samples[(name, tuple(wanted.items()))]
