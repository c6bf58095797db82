"""Do the fields that a milter added say what the corpus expects?"""
import collections
import json
import os
import re

METHODS = ("spf", "dkim", "dmarc", "arc")


def claimed(values):
    """The results in Authentication-Results fields, by method."""
    found = collections.defaultdict(list)
    for value in values:
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', value)
        while re.search(r"\([^()]*\)", bare):
            bare = re.sub(r"\([^()]*\)", " ", bare)
        for method, result in re.findall(r";\s*(\w+)\s*=\s*(\w+)", ";" + bare):
            found[method].append(result)
    return found


def read_dump(path):
    """Of each message: its answers, and the fields that the milters added."""
    answers, fields = collections.defaultdict(list), collections.defaultdict(list)
    with open(path, encoding="ascii") as lines:
        for line in lines:
            one = json.loads(line)
            answers[one["message"]].append(one["answer"])
            fields[one["message"]] += [value for kind, _, name, value in one["edits"]
                                       if kind in "hi" and name.lower() == "authentication-results"]
    return answers, fields


def compare(corpus, dump):
    """{"agree": {method: messages}, "of": messages, "differ": [what], "refused": [message]}"""
    with open(os.path.join(corpus, "expected.json"), encoding="ascii") as text:
        expected = json.load(text)
    answers, fields = read_dump(dump)
    agree, differ = collections.Counter(), []
    for message, want in sorted(expected.items()):
        found = claimed(fields[message])
        for method in METHODS:
            got = sorted(found[method]) or ["none"]
            if got == (sorted(want[method]) if method == "dkim" else [want[method]]):
                agree[method] += 1
            else:
                differ.append("%s (%s): %s is %s, expected %s" % (
                    message, want["kind"], method, "+".join(got), want[method]))
    refused = [message for message in expected if not answers[message] or set(answers[message]) - set("ca")]
    return {"agree": {method: agree[method] for method in METHODS}, "of": len(expected), "differ": differ,
            "refused": refused}
