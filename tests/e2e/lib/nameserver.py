"""The test zones: NSD serves them, Unbound resolves them and nothing else."""
import ipaddress
import os
import socket
import threading
import time

from lib.process import Process, free_port, listens, server_env, server_program

# The only names that exist; each is one zone.
APEXES = ("example", "test", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa")
# Zones that NSD knows but cannot load: answered with SERVFAIL.
BROKEN = ("broken.test",)


class Zones:
    """Records by name."""

    def __init__(self):
        self.records = []

    def add(self, name, kind, value):
        self.records.append((name.rstrip(".").lower(), kind, value))
        return self

    def txt(self, name, text):
        parts = [text[at:at + 250] for at in range(0, len(text), 250)] or [""]
        return self.add(name, "TXT", " ".join('"%s"' % p.replace("\\", "\\\\").replace('"', '\\"') for p in parts))

    def address(self, name, ip):
        return self.add(name, "AAAA" if ":" in ip else "A", ip)

    def mx(self, name, host):
        return self.add(name, "MX", "10 %s." % host)

    def pointer(self, ip, name):
        return self.add(ipaddress.ip_address(ip).reverse_pointer, "PTR", name + ".")

    def zone_file(self, apex):
        lines = ["$TTL 60",
                 "%s. SOA ns.%s. hostmaster.%s. 1 3600 600 86400 5" % ((apex,) * 3),
                 "%s. NS ns.test." % apex]
        for name, kind, value in self.records:
            if name == apex or name.endswith("." + apex):
                lines.append("%s. %s %s" % (name, kind, value))
        return "\n".join(lines) + "\n"


class NameServer:
    """NSD and Unbound, each on its own port of 127.0.0.1 (port: of Unbound)."""

    def __init__(self, folder, zones, port=None):
        self.folder, self.zones = folder, zones
        os.makedirs(folder)
        self.nsd_port, self.port = free_port(), port or free_port()
        self.nsd = self.unbound = None
        self.start_nsd()
        self.start_unbound()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def start_nsd(self):
        config = ['server:', '  ip-address: 127.0.0.1', '  port: %d' % self.nsd_port, '  server-count: 1',
                  '  username: ""', '  chroot: ""', '  zonesdir: "%s"' % self.folder, '  database: ""',
                  '  pidfile: "%s"' % self.path("nsd.pid"), '  xfrdfile: "%s"' % self.path("xfrd.state"),
                  '  zonelistfile: "%s"' % self.path("zone.list"), '  xfrdir: "%s"' % self.folder,
                  '  do-ip6: no', '  hide-version: yes', 'remote-control:', '  control-enable: no']
        for apex in APEXES:
            self.write(apex + ".zone", self.zones.zone_file(apex))
        for apex in APEXES + BROKEN:
            config += ["zone:", '  name: "%s"' % apex, '  zonefile: "%s.zone"' % apex]
        self.write("nsd.conf", "\n".join(config) + "\n")
        program = server_program("usr/sbin/nsd")
        self.nsd = Process("nsd", [program, "-d", "-c", self.path("nsd.conf")], self.path("nsd.log"),
                           server_env(program), lambda: listens(self.nsd_port))

    def start_unbound(self):
        config = ['server:', '  interface: 127.0.0.1', '  port: %d' % self.port, '  do-ip6: no',
                  '  num-threads: 1', '  username: ""', '  chroot: ""', '  directory: "%s"' % self.folder,
                  '  pidfile: "%s"' % self.path("unbound.pid"), '  use-syslog: no', '  do-daemonize: no',
                  '  module-config: "iterator"', '  do-not-query-localhost: no', '  access-control: 127.0.0.0/8 allow',
                  '  cache-max-negative-ttl: 5', '  local-zone: "." static']
        config += ['  local-zone: "%s." transparent' % apex for apex in APEXES]
        config += ['remote-control:', '  control-enable: no']
        for apex in APEXES + BROKEN:
            config += ['stub-zone:', '  name: "%s."' % apex, '  stub-prime: no',
                       '  stub-addr: 127.0.0.1@%d' % self.nsd_port]
        self.write("unbound.conf", "\n".join(config) + "\n")
        program = server_program("usr/sbin/unbound")
        self.unbound = Process("unbound", [program, "-d", "-c", self.path("unbound.conf")], self.path("unbound.log"),
                               server_env(program), lambda: listens(self.port))

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def stop_resolver(self):
        self.unbound.stop()

    def stop(self):
        self.unbound.stop()
        self.nsd.stop()


class SilentServer:
    """
    A name server that keeps its answers back until release(); then every name
    is NXDOMAIN.  It speaks to verdict-milter without a resolver in between.
    """

    def __init__(self, host="127.0.0.1", port=None):
        self.host, self.port = host, port or free_port()
        self.released = threading.Event()
        self.asked = []
        self.kept = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.host, self.port))
        self.lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self):
        return "%s:%d" % (self.host, self.port)

    def _serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            with self.lock:
                self.asked.append(query)
                if not self.released.is_set():
                    self.kept.append((query, peer))
                    continue
            self._answer(query, peer)

    def _answer(self, query, peer):
        end = 12
        while query[end]:
            end += query[end] + 1
        # The question alone, answered NXDOMAIN by a server with authority.
        head = query[:2] + b"\x85\x83\x00\x01" + b"\0" * 6
        self.socket.sendto(head + query[12:end + 5], peer)

    def release(self):
        with self.lock:
            self.released.set()
            kept, self.kept = self.kept, []
        for query, peer in kept:
            self._answer(query, peer)

    def hold_back(self):
        self.released.clear()


class TruncatingServer:
    """
    A name server that answers everything over TCP only, with the TXT record of
    `texts` or an empty one; what has "slow" in its name late.
    """

    def __init__(self, texts, late):
        self.texts, self.late = texts, late
        self.waiting = 0
        self.port = free_port()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = socket.create_server(("127.0.0.1", self.port), backlog=1000)
        for serve in (self._truncate, self._accept):
            threading.Thread(target=serve, daemon=True).start()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    @staticmethod
    def _question(query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1").lower())
            at += 1 + query[at]
        return ".".join(labels), query[12:at + 5]

    def _truncate(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            _, question = self._question(query)
            self.udp.sendto(query[:2] + b"\x83\x80\0\1\0\0\0\0\0\0" + question, peer)

    def _accept(self):
        while True:
            connection, _ = self.tcp.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        self.waiting += 1
        with connection:
            query = connection.recv(4096)[2:]
            if len(query) > 16:
                name, question = self._question(query)
                if "slow" in name:
                    time.sleep(self.late)
                text = self.texts.get(name, "").encode()
                answer = (query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question + b"\xc0\x0c\0\x10\0\1\0\0\0\0"
                          + bytes([0, len(text) + 1, len(text)]) + text)
                try:
                    connection.sendall(bytes([0, len(answer)]) + answer)
                except OSError:
                    pass
