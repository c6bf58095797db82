"""Namespaces of the test's own: addresses, host name and files in /etc that nobody else sees."""
import ctypes
import fcntl
import os
import socket
import struct

from lib import tap

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWNET = 0x20000, 0x4000000, 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK = 0x8914, 0x8916, 0x891c
_IFF_UP = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _call(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter(name):
    """Before the first thread and child, which stay in it: a new network, host name and mounts."""
    try:
        _call(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWNET))
        _call(_libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    except OSError as why:
        # Containers forbid it, and in a chroot / is no mount.
        tap.skip_all("cannot make namespaces: %s" % why)
    socket.sethostname(name)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", _IFF_UP))


def replace_file(path, other):
    """path shows what stands in the other file."""
    _call(_libc.mount(other.encode(), os.path.realpath(path).encode(), None, _MS_BIND, None))


def add_network(number, address):
    """The loopback interface has all addresses of this one's /24."""
    label = b"lo:%d" % number
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.0")):
            fcntl.ioctl(control, request, struct.pack("=16sHH4s16x", label, socket.AF_INET, 0,
                                                      socket.inet_aton(value)))


def add_ipv6(address):
    """The loopback interface has this address."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFADDR, struct.pack("=16sIi", socket.inet_pton(socket.AF_INET6, address), 128,
                                                       socket.if_nametoindex("lo")))
