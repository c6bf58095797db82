# Fresh Debian systems, for test programs in bash that source this file: results as
# TAP lines, and `make_fresh`, `inside` and `as_machine` for a system of a release.
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
cd "$top" || exit 1
count=0 failed=0

# check NAME COMMAND...: one result, with the command's output where it fails.
check() {
	local name=$1 out
	shift
	count=$((count + 1))
	if out=$("$@" 2>&1); then
		echo "ok $count - $name"
	else
		failed=1
		echo "not ok $count - $name"
		printf '%s\n' "$out" | tail -25 | cut -c 1-400 | sed 's/^/#   /'
	fi
}

# The end of the program.
finish() {
	echo "1..$count"
	exit "$failed"
}

skip() {
	echo "ok 1 # SKIP $1"
	echo "1..1"
	exit 0
}

# status_of STATUS COMMAND...: the output stays in $work/out, for `said`.
status_of() {
	local want=$1 got=0
	shift
	"$@" >"$work/out" 2>&1 || got=$?
	[ "$got" = "$want" ] || {
		echo "status $got, not $want"
		cat "$work/out"
		return 1
	}
}

said() { grep -q -e "$1" "$work/out" || { cat "$work/out"; return 1; }; }
not() { ! "$@"; }
same() { diff "$1" "$2"; }

# What is needed, or the whole program is skipped.  Sets $mirror, $suite (the
# release of this machine) and $work, a folder that goes at the end.
need_fresh() {
	[ "$(id -u)" = 0 ] || skip "needs root for debootstrap"
	command -v debootstrap >/dev/null || skip "debootstrap is not installed"
	unshare -m true 2>/dev/null || skip "cannot make a mount namespace"

	local repository old owner
	repository=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(SITE)' \
		'Created-By: Packages' 2>/dev/null | grep -v -e -security -e -updates -e -backports |
		awk '$1 ~ /\/(debian|ubuntu)\/?$/ {print $1, $2; exit}')
	read -r mirror suite <<<"$repository"
	[ -n "${suite:-}" ] || skip "no package repository is known; run apt-get update"

	# A run that was killed left its system.
	for old in "${TMPDIR:-/tmp}"/verdict-root-*-*; do
		owner=${old##*/verdict-root-}
		[ ! -d "$old" ] || [ -d "/proc/${owner%-*}" ] || rm -rf --one-file-system "$old"
	done
	work=$(mktemp -d "${TMPDIR:-/tmp}/verdict-root-$$-XXXXXX")
	trap 'rm -rf --one-file-system "$work"' EXIT
	trap 'exit 1' INT TERM HUP
}

# is_debian: the mirror has Debian's releases.
is_debian() {
	case $mirror in
	*/debian | */debian/) ;;
	*) return 1 ;;
	esac
}

# inside COMMAND...: in the system below $root, with /proc of its own mount namespace.
inside() {
	unshare -m bash -c 'mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/tmp"
		shift; exec chroot "$@"' - "$root" "$root" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

# For `unshare ... bash -c "$as_machine" - ROOT PROGRAM...` with new namespaces, those of
# mounts and processes at least: the program is the first process of a system whose
# root is ROOT, as an init or what keeps the namespaces.
as_machine='
	set -e
	hostname mx.receiver.example
	ip link set lo up
	mount --bind "$1" "$1"
	cd "$1"
	mount -t proc proc proc
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs tmpfs tmp
	mount -t tmpfs tmpfs run
	mount -t tmpfs tmpfs dev
	mkdir dev/shm dev/pts dev/mqueue
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	cp -a /dev/{null,zero,full,random,urandom,tty} dev
	pivot_root . mnt
	shift
	exec chroot / env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		sh -c "umount -l /mnt; exec \"\$@\"" - "$@"'

# While there, packages start no service.
forbid_services() {
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
}

# A mail server that stays; debootstrap itself fails over its dependencies on Debian 13.
install_exim4() {
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	forbid_services
	inside apt-get -q update &&
		inside env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
			install exim4-daemon-light &&
		rm "$root/usr/sbin/policy-rc.d"
}

# debootstrap_to CACHE SUITE
debootstrap_to() {
	debootstrap --variant=minbase "$2" "$root" "$mirror" >"$work/debootstrap.log" 2>&1 || return 1
	install_exim4 >>"$work/debootstrap.log" 2>&1 || return 1
	rm -f "$root"/var/cache/apt/archives/*.deb
	mkdir -p build
	tar -C "$root" -cf "$1.$$" . && mv "$1.$$" "$1"
}

# make_fresh SUITE [NAME]: a system in $root, below $work.  It comes from build/ where
# one of the last two weeks is kept there (VERDICT_FRESH_ROOT=1 makes it anew).
make_fresh() {
	local cache=build/fresh-$1.tar
	root=$work/${2:-$1}
	mkdir "$root"
	if [ -n "${VERDICT_FRESH_ROOT:-}" ] || [ ! -s "$cache" ] ||
		[ -z "$(find "$cache" -mtime -14)" ]; then
		debootstrap_to "$cache" "$1" || return 1
	else
		tar -C "$root" -xf "$cache"
	fi
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	# The system is thrown away: no need to wait for the disk.
	echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/test"
}
