"""The scriptable DNS server of the unit tests, as a program beside a daemon."""
import os

from lib.process import BUILD, Process


def start(work, text):
    """Serves this zone; returns (process, port, the file where it prints)."""
    zone, log = os.path.join(work, "zone"), os.path.join(work, "dnsd.log")
    with open(zone, "w", encoding="utf-8") as out:
        out.write(text)
    server = Process("dnsd", [os.path.join(BUILD, "tests", "dnsd"), "0", zone], log,
                     ready=lambda: os.path.getsize(log) > 0)
    with open(log, encoding="utf-8") as lines:
        return server, int(lines.readline().split()[1]), log
