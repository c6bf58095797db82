"""Test results as TAP lines: one for each check, the plan at the end."""
import os
import sys
import traceback

_count = 0
_failed = 0


def check(good, name, detail=""):
    """One result.  The detail is shown where it failed."""
    global _count, _failed
    _count += 1
    name = str(name).replace("#", "number ").replace("\n", " ")
    print("%s %d - %s" % ("ok" if good else "not ok", _count, name))
    if not good:
        _failed += 1
        for line in str(detail).splitlines()[-30:]:
            print("#   " + line)
    sys.stdout.flush()
    return bool(good)


def equal(got, want, name):
    return check(got == want, name, "got:  %r\nwant: %r" % (got, want))


def contains(text, part, name):
    return check(part in text, name, "no %r in:\n%s" % (part, text))


def lacks(text, part, name):
    return check(part not in text, name, "%r stands in:\n%s" % (part, text))


def skip(reason):
    """One result that cannot be had."""
    global _count
    _count += 1
    print("ok %d # SKIP %s" % (_count, reason))
    sys.stdout.flush()


def skip_all(reason):
    print("ok 1 # SKIP %s\n1..1" % reason)
    sys.exit(0)


def run(*tests):
    """Calls each test (a function without arguments); an exception is a failure."""
    for test in tests:
        try:
            test()
        except Exception:  # pylint: disable=broad-except
            check(False, "%s ends" % test.__name__, traceback.format_exc())
    print("1..%d" % _count)
    sys.exit(1 if _failed else 0)


def need_root():
    if os.geteuid() != 0:
        skip_all("needs root, as Postfix does")
