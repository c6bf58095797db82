"""A private Postfix: own configuration, queue and mailbox, on a high port."""
import grp
import os
import pwd
import re

from lib.process import Process, free_port, listens, server_env, server_program, server_root, wait_for
from lib.smtp import Session

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {root}usr/lib/postfix/sbin
shlib_directory = {root}usr/lib/postfix
meta_directory = {folder}/config
command_directory = {root}usr/sbin
mail_owner = {owner}
setgid_group = {group}
default_privs = nobody
import_environment = MAIL_CONFIG LD_LIBRARY_PATH LANG=C
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mx.receiver.example
myorigin = receiver.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = all
smtpd_peername_lookup = no
local_header_rewrite_clients =
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
smtpd_tls_security_level = none
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = receiver.example
virtual_mailbox_maps = static:u/
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_mailbox_limit = 0
default_transport = discard
relay_transport = discard
message_size_limit = 52428800
message_reject_characters = \\0
smtpd_milters = {{ {milter}, connect_timeout=5s, default_action=tempfail }}
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix n - n -    0 cleanup
qmgr      unix n - n 300  1 qmgr
rewrite   unix - - n -    - trivial-rewrite
bounce    unix - - n -    0 bounce
defer     unix - - n -    0 bounce
trace     unix - - n -    0 bounce
flush     unix n - n 1000 0 flush
proxymap  unix - - n -    - proxymap
showq     unix n - n -    - showq
error     unix - - n -    - error
retry     unix - - n -    - error
discard   unix - - n -    - discard
virtual   unix - n n -    - virtual
smtp      unix - - n -    - smtp
lmtp      unix - - n -    - lmtp
anvil     unix - - n -    1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""

QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")


def owner_and_group():
    """
    Postfix wants a user and a group of its own.  Where it is unpacked only,
    two that every Debian has and that nothing else uses here take their place.
    """
    try:
        pwd.getpwnam("postfix")
        grp.getgrnam("postdrop")
        return "postfix", "postdrop"
    except KeyError:
        return "uucp", "news"


class Postfix:
    """milter: as Postfix writes it, inet:127.0.0.1:PORT or unix:/path.  services: further lines of master.cf."""

    def __init__(self, folder, milter, extra="", services=""):
        self.folder, self.services = folder, services
        self.port = free_port()
        self.program = server_program("usr/lib/postfix/sbin/master")
        self.master = None
        self.lay_out(milter, extra)
        self.start()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def lay_out(self, milter, extra):
        owner, group = owner_and_group()
        uid, gid = pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid
        places = ("config", 0o755, 0), ("queue", 0o755, 0), ("data", 0o700, uid), ("mail", 0o755, 65534)
        for name, mode, user in places:
            os.makedirs(self.path(name), mode)
            os.chown(self.path(name), user, -1)
        for name in QUEUES:
            os.mkdir(self.path("queue", name), 0o700)
            os.chown(self.path("queue", name), uid, -1)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            os.mkdir(self.path("queue", name))
            os.chown(self.path("queue", name), uid, gid)
            os.chmod(self.path("queue", name), mode)
        os.mkdir(self.path("queue", "pid"))
        with open(self.path("config", "main.cf"), "w", encoding="utf-8") as out:
            out.write(MAIN_CF.format(folder=self.folder, root=os.path.join(server_root(self.program), ""),
                                     owner=owner, group=group, milter=milter) + extra)
        with open(self.path("config", "master.cf"), "w", encoding="utf-8") as out:
            out.write(MASTER_CF.format(port=self.port) + self.services)
        # Postfix waits two seconds where main.cf has just been written.
        os.utime(self.path("config", "main.cf"), (0, 0))

    def start(self):
        env = dict(server_env(self.program), MAIL_CONFIG=self.path("config"), MAIL_LOGTAG="postfix")
        self.master = Process("postfix", [self.program, "-c", self.path("config"), "-d"], self.path("mail.log"),
                              env, lambda: listens(self.port))

    def stop(self):
        self.master.stop()

    def session(self, **how):
        return Session(self.port, **how)

    def log(self):
        return self.master.log()

    def delivered(self, queue_id):
        """Waits for the delivered message and returns its octets (LF lines)."""
        new = self.path("mail", "u", "new")
        mark = re.compile(rb"^Received: [^\n]*(?:\n[ \t][^\n]*)*\bid " + queue_id.encode("ascii") + rb"\b", re.M)

        def find():
            for name in os.listdir(new) if os.path.isdir(new) else []:
                with open(os.path.join(new, name), "rb") as mail:
                    text = mail.read()
                if mark.search(text):
                    return text
            return None
        return wait_for("the delivery of " + queue_id, find)

    def held(self, queue_id):
        return os.path.exists(self.path("queue", "hold", queue_id))
