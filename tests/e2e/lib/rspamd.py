"""
A private rspamd: the stock configuration with a recipe's local.d, one proxy
worker that speaks milter and scans by itself, without rspamd's own rules and
without the modules that ask the network or Redis.
"""
import os
import pwd
import shutil

from lib.process import Process, free_port, listens, server_env, server_program, server_root

PROGRAM = "usr/bin/rspamd"
# Beside those that the recipe sets.
MODULES = ("regexp", "milter_headers", "force_actions")

# A short list of public suffixes: the whole one takes 8 s to compile.  Nothing
# answers at the DNS server's port: no question leaves this host.
OPTIONS = """\
url_tld = "$LOCAL_CONFDIR/suffixes";
tempdir = "$DBDIR";
dns { nameserver = ["127.0.0.1:%d"]; timeout = 100ms; retransmits = 1; sockets = 1; }
"""
PROXY = 'bind_socket = "127.0.0.1:%d";\nupstream "local" { default = yes; self_scan = yes; hosts = "127.0.0.1"; }\n'


class Rspamd:
    """recipe: the folder that takes the place of /etc/rspamd/local.d"""

    def __init__(self, folder, recipe):
        program = server_program(PROGRAM)
        root = server_root(program)
        share = os.path.join(root, "usr/share/rspamd")
        stock = os.path.join(root, "etc/rspamd")
        self.folder, self.port = folder, free_port()
        os.mkdir(folder)
        shutil.copytree(recipe, os.path.join(folder, "local.d"))
        self._override(stock, os.listdir(recipe))
        data = os.path.join(folder, "data")
        os.mkdir(data)
        os.chown(data, pwd.getpwnam("nobody").pw_uid, -1)
        places = {"CONFDIR": stock, "LOCAL_CONFDIR": folder, "DBDIR": data, "RUNDIR": data, "LOGDIR": data,
                  "SHAREDIR": share, "PLUGINSDIR": share + "/plugins", "RULESDIR": folder + "/rules",
                  "LUALIBDIR": share + "/lualib", "WWWDIR": share + "/www"}
        self.process = Process(
            "rspamd", [program, "-f", "-u", "nobody", "-g", "nogroup", "-c", os.path.join(stock, "rspamd.conf"),
                       *("--var=%s=%s" % place for place in places.items())],
            os.path.join(folder, "rspamd.log"), server_env(program), lambda: listens(self.port))

    def _override(self, stock, recipe):
        place = os.path.join(self.folder, "override.d")
        os.mkdir(place)
        os.mkdir(os.path.join(self.folder, "rules"))
        files = {"options.inc": OPTIONS % free_port(), "worker-proxy.inc": PROXY % self.port,
                 "../suffixes": "example\ntest\n", "../rules/rspamd.lua": "",
                 "logging.inc": 'type = "console";\nlevel = "info";\n'}
        for worker in ("normal", "controller"):
            files["worker-%s.inc" % worker] = "enabled = false;\n"
        for module in os.listdir(os.path.join(stock, "modules.d")):
            if module not in recipe and os.path.splitext(module)[0] not in MODULES:
                files[module] = "enabled = false;\n"
        for name, text in files.items():
            with open(os.path.join(place, name), "w", encoding="utf-8") as out:
                out.write(text)

    def scanned(self):
        """The lines of the log that tell of a scanned message."""
        return [line for line in self.process.log().splitlines() if "rspamd_task_write_log" in line]
