"""
The resolver of the benchmark: Unbound on port 53 of a network of its own, NSD
behind it with one root zone and, where answers are to take their time, the relay
between the two.
"""
import os
import re
import signal
import subprocess

from lib.process import BUILD, Process, free_port, listens, server_env, server_program, wait_for

PROGRAMS = ("usr/sbin/nsd", "usr/sbin/unbound", "usr/sbin/unbound-control")

NSD = """\
server:
  ip-address: 127.0.0.1
  port: %(port)d
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "%(folder)s"
  database: ""
  pidfile: "%(folder)s/nsd.pid"
  xfrdfile: "%(folder)s/xfrd.state"
  zonelistfile: "%(folder)s/zone.list"
  xfrdir: "%(folder)s"
  rrl-ratelimit: 0
  do-ip6: no
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "%(zone)s"
"""

# No question more than needed: what is measured is the milter's own asking.
UNBOUND = """\
server:
  interface: 127.0.0.1
  port: 53
  do-ip6: no
  do-daemonize: no
  num-threads: 1
  username: ""
  chroot: ""
  directory: "%(folder)s"
  pidfile: "%(folder)s/unbound.pid"
  use-syslog: no
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  module-config: "iterator"
  qname-minimisation: no
  aggressive-nsec: no
  harden-below-nxdomain: no
  num-queries-per-thread: 4096
  outgoing-range: 8192
  so-rcvbuf: 4m
  msg-cache-size: 64m
  rrset-cache-size: 128m
  extended-statistics: no
  local-zone: "example." nodefault
  local-zone: "test." nodefault
  local-zone: "2.0.192.in-addr.arpa." nodefault
  local-zone: "100.51.198.in-addr.arpa." nodefault
  local-zone: "8.b.d.0.1.0.0.2.ip6.arpa." nodefault
remote-control:
  control-enable: yes
  control-interface: "%(folder)s/unbound.ctl"
  control-use-cert: no
stub-zone:
  name: "."
  stub-prime: no
  stub-addr: 127.0.0.1@%(port)d
"""


def missing():
    return [program for program in PROGRAMS if not server_program(program)]


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


class Resolver:
    """zone: a zone file; delay_ms: how long each answer of NSD takes to arrive."""

    def __init__(self, folder, zone, delay_ms=0):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.processes, self.relay = folder, [], None
        port = free_port()
        self._server("nsd", NSD % {"folder": folder, "zone": zone, "port": port}, lambda: listens(port))
        if delay_ms:
            port = self._relay(port, delay_ms)
        self.unbound = self._server("unbound", UNBOUND % {"folder": folder, "port": port}, lambda: listens(53))

    def _server(self, name, config, ready):
        path = os.path.join(self.folder, name)
        write(path + ".conf", config)
        program = server_program("usr/sbin/" + name)
        process = Process(name, [program, "-d", "-c", path + ".conf"], path + ".log", server_env(program), ready)
        self.processes.append(process)
        return process

    def _relay(self, port, delay_ms):
        log = os.path.join(self.folder, "relay.log")
        self.relay = Process("relay", [BUILD + "/tests/bench-relay", "0", str(port), str(delay_ms)], log)
        self.processes.append(self.relay)
        said = wait_for("the relay", lambda: re.search(r"^port (\d+)$", self.relay.log(), re.M))
        return int(said.group(1))

    def questions(self):
        """How many Unbound was asked since its start."""
        program = server_program("usr/sbin/unbound-control")
        said = subprocess.run([program, "-c", os.path.join(self.folder, "unbound.conf"), "stats_noreset"], check=True,
                              stdout=subprocess.PIPE, env=server_env(program)).stdout.decode("ascii")
        return int(re.search(r"^total\.num\.queries=(\d+)", said, re.M).group(1))

    def far_questions(self):
        """How many the relay has handed on since it was last asked."""
        before = self.relay.log().count("questions")
        self.relay.kill(signal.SIGUSR1)
        wait_for("the relay's count", lambda: self.relay.log().count("questions") > before)
        return int(re.findall(r"^questions (\d+)$", self.relay.log(), re.M)[-1])

    def stop(self):
        for process in reversed(self.processes):
            process.stop()
        self.processes = []
