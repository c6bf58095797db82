# verdict-milter: GNU make, one file.  `make help` lists the targets.
MODE        ?= release
CC          ?= cc
PKG_CONFIG  ?= pkg-config
PREFIX      ?= /usr/local
SYSCONFDIR  ?= /etc
SBINDIR     ?= $(PREFIX)/sbin
BINDIR      ?= $(PREFIX)/bin
MANDIR      ?= $(PREFIX)/share/man
DOCDIR      ?= $(PREFIX)/share/doc/verdict-milter
UNITDIR     ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
BASHDIR     ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR      ?= $(PREFIX)/share/zsh/site-functions
SECONDS     ?= 60
ROUNDS      ?= 10000
SEED        ?= 1
SUITES      ?=
MESSAGES    ?= 10000000
JOBS        ?= $(shell nproc 2>/dev/null || echo 2)
VERSION     := 0.2.0

define CHECK_SAYS
make check first installs what `contrib/install-deps --check` names (250 MB to download
on a bare Debian); it refuses to remove a package or to install a server.  Then it runs
every test of MODE=$(MODE): some 10 minutes on two cores, the first time 5 more.  As
root it also tries the installation in two fresh systems, which download 500 MB.
`make check-unit` is the fast part.
endef

# static: a copy of libmilter.a, tamed; shared: libmilter as it is, and slower.
LIBMILTER ?= static
ifeq ($(filter static shared,$(LIBMILTER)),)
$(error LIBMILTER=$(LIBMILTER) is unknown: use static or shared)
endif
SHARED := $(filter shared,$(LIBMILTER))

B := build/$(MODE)$(if $(CANARY),-canary)$(if $(SHARED),-shared)

# What libmilter calls that comes to milter/mta instead (milter/mta/parts.h).
TAMED := poll close accept sigwait pthread_create pthread_detach mi_rd_cmd mi_wr_cmd syslog
LIBMILTER_LIBS = $(filter %/libmilter.a,$^) $(if $(SHARED),-lmilter)

Q := $(if $(V),,@)
MAKEFLAGS += $(if $(V),,--no-print-directory)

PKGS := libssl libcrypto ldns yaml-0.1 libidn2 libpsl jansson libprotobuf-c
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null || \
	echo -lssl -lcrypto -lldns -lyaml -lidn2 -lpsl -ljansson -lprotobuf-c) -lspf2 -lpthread

# The daemon links none of these: databases are for who reads its records.
STORE_PKGS := sqlite3 libpq libzstd
PKG_CFLAGS += $(shell $(PKG_CONFIG) --cflags $(STORE_PKGS) 2>/dev/null || \
	echo -I/usr/include/postgresql)
STORE_LIBS := $(shell $(PKG_CONFIG) --libs $(STORE_PKGS) 2>/dev/null || \
	echo -lsqlite3 -lpq -lzstd)

# The command alone serves HTTP, and reads the store.
CLI_LIBS   := $(shell $(PKG_CONFIG) --libs libmicrohttpd 2>/dev/null || \
	echo -lmicrohttpd) $(STORE_LIBS)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wconversion -Wformat=2 -Wvla -Wundef -Wpointer-arith
ARCH := $(shell uname -m)
HARDEN := -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter x86_64,$(ARCH)),-fcf-protection)
MODE_CFLAGS_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 $(HARDEN)
MODE_CFLAGS_debug   := -O0 -g3 -DVERDICT_DEBUG $(HARDEN)
# -g1: lines are what a report names, and these are built by every CI run.
MODE_CFLAGS_asan    := -O1 -g1 -DVERDICT_DEBUG -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
MODE_CFLAGS_tsan    := -O1 -g1 -DVERDICT_DEBUG -fno-omit-frame-pointer -fsanitize=thread
MODE_CFLAGS_fuzz    := -O1 -g -DVERDICT_DEBUG -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	$(if $(CANARY),-DFUZZ_CANARY)
# Threads that count at once would lose some, and gcov could not add them up.
MODE_CFLAGS_cov     := -O0 -g --coverage -fprofile-update=atomic
# gcc 12 takes an atomic count of references for a plain one; asan watches that.
MODE_CFLAGS_analyze := -O1 -g -fanalyzer -Wno-analyzer-use-after-free
MODE_CFLAGS_mutate  := -O2 -fPIC
MODE_LDFLAGS_asan   := -fsanitize=address,undefined
MODE_LDFLAGS_tsan   := -fsanitize=thread
MODE_LDFLAGS_fuzz   := -fsanitize=address,undefined
MODE_LDFLAGS_cov    := --coverage
ifeq ($(MODE_CFLAGS_$(MODE)),)
$(error MODE=$(MODE) is unknown: use release, debug, asan, tsan or cov)
endif

# What protoc-c makes of the records' contract; every build shares it.
PROTO      := build/proto
PROTO_SRC  := $(PROTO)/record/record.pb-c.c $(PROTO)/record/saved.pb-c.c

LANG_CFLAGS := -std=c11 -D_GNU_SOURCE -DVERDICT_VERSION='"$(VERSION)"' \
	-DVERDICT_SYSCONFDIR='"$(SYSCONFDIR)"' -Ilib -I. -I$(PROTO) \
	-isystem /usr/include/libmilter $(PKG_CFLAGS)
ALL_CFLAGS := $(LANG_CFLAGS) $(WARN) $(if $(CI),-Werror) -fPIE \
	$(MODE_CFLAGS_$(MODE)) $(CFLAGS)
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now $(MODE_LDFLAGS_$(MODE)) $(LDFLAGS)

# A hundred test programs are linked three times as fast by these.
TEST_LD := $(firstword $(foreach l,lld gold,$(if $(shell command -v ld.$l),$l)))
TEST_LDFLAGS := $(ALL_LDFLAGS) $(TEST_LD:%=-fuse-ld=%)

LIB_SRC    := $(sort $(wildcard lib/*/*.c)) $(PROTO_SRC)
CLI_SRC    := $(sort $(wildcard milter/cli/*.c milter/cli/*/*.c milter/cli/*/*/*.c))
MILTER_SRC := $(filter-out $(CLI_SRC) $(if $(SHARED),milter/mta/packet.c),$(sort $(wildcard milter/*.c milter/*/*.c)))
HELP_SRC   := $(sort $(wildcard tests/support/*.c))
WORLD_SRC  := $(sort $(wildcard tests/support/milter/*.c))
OVER_SRC   := $(sort $(wildcard tests/support/cli/*.c))
REPLAY_WORLD_SRC := $(sort $(wildcard tests/support/replay/*.c))
STORE_SRC  := $(sort $(wildcard tests/support/store/*.c))
UNIT_SRC   := $(sort $(wildcard tests/unit/test_*.c))
TOOL_SRC   := $(sort $(wildcard tests/tools/*.c))
BENCH_SRC  := $(sort $(wildcard tests/bench/*.c))
GROWTH_SRC := $(sort $(wildcard tests/bench/growth*.c))
HISTORY_SRC := $(sort $(wildcard tests/bench/history/*.c))
LIB        := $(B)/libverdict.a
COMMAND    := $(B)/libcommand.a
PROGRAMS   := $(if $(wildcard milter/main.c),$(B)/verdict-milter) \
	$(if $(wildcard milter/cli/main.c),$(B)/verdict)
UNIT       := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)
TOOLS      := $(TOOL_SRC:tests/tools/%.c=$(B)/tests/%)
BENCH      := $(addprefix $(B)/tests/bench-,load null relay fixed record growth history)
FUZZ_SRC   := $(sort $(wildcard tests/fuzz/fuzz_*.c))
REPLAY     := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/tests/%)
FUZZ       := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)
# `make check` and `make demo` begin on a machine that has only make.
DEPS       := $(if $(filter check demo,$(MAKECMDGOALS)),build/deps)
$(if $(filter check,$(MAKECMDGOALS)),$(info $(CHECK_SAYS)))
obj         = $(patsubst %.c,$(B)/obj/%.o,$(1))

.DEFAULT_GOAL := all
.PHONY: all check check-unit check-shared check-short demo suites fuzz fuzz-canary fuzz-programs coverage lint \
	analyze bench bench-history bench-accept format install uninstall dist clean help tests mutate \
	differential FORCE
.SECONDARY:

all: $(PROGRAMS) ## build the daemon and the command

build/deps: contrib/install-deps
	@mkdir -p $(@D)
	$(Q)contrib/install-deps --yes
	@touch $@

$(B)/obj/%.o: %.c Makefile | $(DEPS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $<")
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(PROTO)/%.pb-c.c $(PROTO)/%.pb-c.h: lib/%.proto | $(DEPS)
	@mkdir -p $(PROTO)
	$(if $(V),,@echo "  PROTOC  $<")
	$(Q)protoc-c --c_out=$(PROTO) --proto_path=lib $*.proto

$(call obj,$(wildcard lib/record/*.c tests/*/*record*.c)): | $(PROTO_SRC:.c=.h)

$(LIB): $(call obj,$(LIB_SRC))
	$(if $(V),,@echo "  AR      $@")
	$(Q)rm -f $@ && ar rcs $@ $^

# The command's parts, for tests: each takes what it needs.
$(COMMAND): $(call obj,$(filter-out %/main.c,$(CLI_SRC)))
	$(if $(V),,@echo "  AR      $@")
	$(Q)rm -f $@ && ar rcs $@ $^

# Its recipe looks whether the package has changed.
$(B)/libmilter.a: FORCE | $(DEPS)
	$(Q)CC='$(CC)' milter/mta/tame $@ $(if $(SHARED),,$(TAMED))

$(B)/verdict-milter: $(call obj,$(MILTER_SRC)) $(LIB) $(B)/libmilter.a
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(LIBMILTER_LIBS) $(PKG_LIBS)

$(B)/verdict: $(call obj,$(CLI_SRC)) $(LIB)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) \
		$(CLI_LIBS)

# The daemon's parts can be tested where they do not need libmilter at the other end.
$(filter $(B)/tests/test_milter_%,$(UNIT)): \
	$(call obj,$(filter-out milter/main.c milter/session/callbacks.c,$(MILTER_SRC))) \
	$(B)/libmilter.a
# Those of a session bring the other end of libmilter with them, in its place.
WORLD := $(addprefix $(B)/tests/test_milter_,apply session eom answer metrics reload socket)
$(WORLD): $(call obj,$(WORLD_SRC))
$(B)/tests/test_milter_turns $(B)/tests/test_milter_pool: TEST_LDFLAGS += \
	-Wl,--wrap=clock_monotonic_us -Wl,--wrap=clock_monotonic_ms
$(B)/tests/test_milter_pool: TEST_LDFLAGS += -Wl,--wrap=epoll_wait
$(B)/tests/test_milter_workers: TEST_LDFLAGS += -Wl,--wrap=clock_wait \
	-Wl,--wrap=pthread_create
$(B)/tests/test_dns_waits: TEST_LDFLAGS += -Wl,--wrap=clock_wait
$(B)/tests/test_milter_answer: TEST_LDFLAGS += -Wl,--wrap=clock_wall_seconds
$(WORLD): TEST_LDFLAGS += -Wl,-z,muldefs
$(filter $(B)/tests/test_cli_%,$(UNIT)): $(COMMAND)
$(filter $(B)/tests/test_cli_over%,$(UNIT)): $(call obj,$(OVER_SRC))
$(B)/tests/test_cli_forget $(filter $(B)/tests/test_cli_replay%,$(UNIT)): $(call obj,$(STORE_SRC) $(REPLAY_WORLD_SRC))
STORE_UNIT := $(filter $(B)/tests/test_store_% $(B)/tests/test_stats_% $(B)/tests/test_cli_stats%,$(UNIT))
$(STORE_UNIT): UNIT_LIBS := $(STORE_LIBS)
$(STORE_UNIT): $(call obj,$(STORE_SRC))
$(UNIT): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(call obj,$(HELP_SRC)) $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(TEST_LDFLAGS) -o $@ $(filter %.o,$^) $(filter $(COMMAND),$^) $(LIB) \
		$(if $(filter %/libmilter.a,$^),$(LIBMILTER_LIBS)) -lcmocka $(PKG_LIBS) \
		$(if $(filter $(COMMAND),$^),$(CLI_LIBS)) $(UNIT_LIBS)

# The command as it is, but for two calls that the law of records listens to.
$(B)/tests/law: $(call obj,$(CLI_SRC))
$(B)/tests/law: TEST_LDFLAGS += -Wl,--wrap=policy_decide_counted \
	-Wl,--wrap=verdict_json
$(TOOLS): $(B)/tests/%: $(B)/obj/tests/tools/%.o $(call obj,$(HELP_SRC)) $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(TEST_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) -lcmocka \
		$(PKG_LIBS) $(CLI_LIBS)

$(B)/tests/bench-load: $(call obj,$(filter-out %/null.c %/relay.c %/fixed.c %/record.c %/pass.c $(GROWTH_SRC),$(BENCH_SRC))) $(LIB)
$(B)/tests/bench-null: $(call obj,tests/bench/null.c)
$(B)/tests/bench-relay: $(call obj,tests/bench/relay.c) $(LIB)
$(B)/tests/bench-fixed $(B)/tests/bench-record: $(B)/tests/bench-%: \
	$(call obj,tests/bench/pass.c tests/bench/mail.c $(HELP_SRC))
$(B)/tests/bench-fixed: $(call obj,tests/bench/fixed.c) $(LIB)
$(B)/tests/bench-record: $(call obj,tests/bench/record.c) $(LIB)
$(B)/tests/bench-growth: $(call obj,$(GROWTH_SRC) tests/bench/mail.c $(HELP_SRC)) $(LIB)
$(B)/tests/bench-history: $(call obj,$(HISTORY_SRC) $(STORE_SRC) $(HELP_SRC)) $(LIB)
$(B)/tests/bench-history: UNIT_LIBS := $(STORE_LIBS)
$(BENCH):
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(TEST_LDFLAGS) -o $@ $^ -lcmocka -lmilter $(PKG_LIBS) $(UNIT_LIBS)

$(B)/tests/fuzz_postconf $(B)/fuzz/fuzz_postconf: \
	$(call obj,$(wildcard milter/cli/setup/postfix/*.c milter/cli/setup/reach/*.c \
		milter/cli/daemon.c))

$(B)/tests/fuzz_over $(B)/fuzz/fuzz_over: \
	$(call obj,$(wildcard milter/cli/over/*.c milter/cli/over/*/*.c))

$(foreach m,message record,$(B)/tests/fuzz_$(m) $(B)/fuzz/fuzz_$(m)): \
	$(call obj,tests/support/law.c)

$(foreach m,packet stream,$(B)/tests/fuzz_$(m) $(B)/fuzz/fuzz_$(m)): \
	$(call obj,$(wildcard milter/mta/*.c)) $(B)/libmilter.a

$(B)/tests/fuzz_block $(B)/fuzz/fuzz_block: UNIT_LIBS := $(STORE_LIBS)

$(REPLAY): $(B)/tests/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/replay.o \
		$(B)/obj/tests/fuzz/require.o $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(TEST_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) \
		$(filter %/libmilter.a,$^) $(PKG_LIBS) $(UNIT_LIBS)

$(FUZZ): $(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/entry.o \
		$(B)/obj/tests/fuzz/require.o $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(TEST_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(LIB) \
		$(filter %/libmilter.a,$^) $(PKG_LIBS) $(UNIT_LIBS)

# The daemon with one call left to the system, for the test of its self-test.
UNTAMED := $(TAMED:%=$(B)/tests/without-%)
$(UNTAMED:%=%.a): $(B)/tests/without-%.a: FORCE
	$(Q)CC='$(CC)' milter/mta/tame $@ $(filter-out $*,$(TAMED))
$(UNTAMED): %: %.a $(call obj,$(MILTER_SRC)) $(LIB)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(TEST_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $< $(PKG_LIBS)

# What else is built for tests has nothing to do with how libmilter is linked.
tests: $(if $(SHARED),,$(UNIT) $(REPLAY) $(UNTAMED)) $(TOOLS) $(BENCH)

fuzz-programs: $(FUZZ)

fuzz: ## libFuzzer on every target: make fuzz SECONDS=60 [TARGETS="spf dmarc"]
	$(Q)$(MAKE) MODE=fuzz CC=clang fuzz-programs
	$(Q)tests/fuzz/run $(SECONDS) $(TARGETS)

fuzz-canary: ## every fuzz target must find a planted bug within SECONDS
	$(Q)$(MAKE) MODE=fuzz CC=clang CANARY=1 fuzz-programs
	$(Q)tests/fuzz/canaries $(SECONDS) $(TARGETS)

differential: tests ## compare with pyspf, dkimpy, Mail::DKIM: ROUNDS=10000 SEED=1
	$(Q)MODE=$(MODE) tests/differential/compare $(ROUNDS) $(SEED)

check-unit: all tests ## the unit tests only
	$(Q)MODE=$(MODE) tests/run unit

# The slowest program begins first.
check: all tests ## every test: end to end, lint, unit, vectors, scenarios and more
	$(Q)MODE=$(MODE) tests/run e2e lint unit cases vectors scenarios fuzz differential bench

# What threads and hostile octets meet most, where a sanitizer watches.
check-short: all $(UNIT) $(TOOLS) ## unit tests, protocol, control and crowd: make check-short MODE=tsan
	$(Q)MODE=$(MODE) tests/run unit tests/e2e/40-protocol tests/e2e/67-control tests/e2e/67-metrics tests/e2e/85-crowd

check-shared: ## e2e with LIBMILTER=shared: the tests that start the daemon
	$(Q)$(MAKE) LIBMILTER=shared all tests
	$(Q)LIBMILTER=shared MODE=$(MODE) tests/run e2e

lint: $(LIB) ## layers, sizes, words, layout, scripts, manuals
	$(Q)MODE=$(MODE) tests/run lint

demo: ## a mail server, forged and honest mail, and what becomes of it
	$(Q)MODE=$(MODE) tests/e2e/demo

suites: all $(B)/tests/law ## black-box cases: make suites SUITES=FOLDER
	$(if $(SUITES),,$(error name the folder of the cases: make suites SUITES=FOLDER))
	$(Q)MODE=$(MODE) tests/suites $(SUITES)

analyze: $(PROTO_SRC) ## clang-tidy, cppcheck, gcc -fanalyzer (minutes)
	$(Q)printf '%s\n' $(filter-out $(PROTO_SRC),$(LIB_SRC)) $(MILTER_SRC) $(CLI_SRC) | \
		xargs -P $(JOBS) -I {} clang-tidy --quiet {} -- $(LANG_CFLAGS)
	$(Q)cppcheck --quiet -j $(JOBS) --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability \
		--suppress=missingIncludeSystem \
		--suppress=returnDanglingLifetime -D_GNU_SOURCE -Ilib -I. lib milter
	$(Q)$(MAKE) MODE=analyze CC=gcc CI=1 build/analyze/libverdict.a all

format: ## lay out the C files
	$(Q)tests/lint/40-format --write

bench: all $(BENCH) ## measure beside the peers: make bench [ARGS="--phases small"]
	$(Q)MODE=$(MODE) tests/bench/bench $(ARGS)

bench-history: all $(B)/tests/bench-history ## feed a journal into both stores, replay: MESSAGES=10000000
	$(Q)for engine in sqlite pgsql; do \
		rm -rf build/bench/history && mkdir -p build/bench/history && \
		$(B)/tests/bench-history $$engine $(MESSAGES) build/bench/history $(B)/verdict || exit 1; done

bench-accept: $(B)/tests/bench-fixed ## take today's instruction counts as the base
	$(Q)MODE=$(MODE) tests/bench/10-instructions --accept

# What reads octets of strangers or of the admin.
PARSERS := lib/base/(lex|b64|domain|ip|str|utf8) lib/mail/ lib/spf/(record|directive|macro) \
	lib/dkim/(signature|key|name|der) lib/dmarc/record lib/arc/(set|results) \
	lib/authres/(strip|forged|plain|blank) lib/dns/(wire|scan|servers) \
	lib/config/(reader|value|entries|amount|rules) lib/control/ \
	milter/mta/(packet|stream) milter/cli/(over|over/read|setup)/(postconf_services|mta_.*|words|ucl|lists)
DAEMON  := milter/main milter/(mta|process|observe|server|session|control)/
# These run the daemon by itself and the command; of mail servers, only what the
# command changes of one.
COVERED := unit vectors scenarios $(addprefix tests/e2e/,40-protocol 65-config 65-over \
	60-process 61-linking 51-resolv-conf 62-systemd 66-command 67-control 67-metrics \
	67-config-mta 67-setup 67-setup-files 67-setup-trial 67-setup-sendmail 70-log 87-journal 89-explain)

define floor
	@echo "$(1): at least $(2) % of the lines"
	$(Q)gcovr --root . -a build/cov/coverage.json $(3:%=--filter '%') \
		--print-summary --fail-under-line $(2) -o build/cov/$(1).txt
endef

coverage: ## lines and branches that the tests reach, with a floor for each part
	$(Q)$(MAKE) MODE=cov all tests
	$(Q)find build/cov -name '*.gcda' -delete
	$(Q)MODE=cov tests/run $(COVERED)
	$(Q)gcovr --root . --filter lib/ --filter milter/ --json build/cov/coverage.json \
		build/cov
	$(call floor,lib,97,lib/)
	$(call floor,parsers,98,$(PARSERS))
	$(call floor,daemon,90,$(DAEMON))
	$(call floor,command,95,milter/cli/)

mutate: export MUTATE_CFLAGS = $(LANG_CFLAGS)
mutate: export MUTATE_LIBS = $(PKG_LIBS) $(CLI_LIBS) $(STORE_LIBS)
mutate: export MUTATE_COMMAND = $(patsubst %.c,%.o,$(CLI_SRC))
mutate: export MUTATE_WORLD = $(notdir $(WORLD:$(B)/tests/test_%=%))
mutate: ## would the tests notice a change: make mutate [ARGS="--sample 200"]
	$(Q)$(MAKE) MODE=mutate all tests
	$(Q)CC='$(CC)' tests/mutate $(ARGS)

CONFDIR := $(DESTDIR)$(SYSCONFDIR)/verdict-milter
DOCS    := README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE
MANUALS := $(sort $(wildcard man/*.[1578]))

INSTALLED := $(addprefix $(DESTDIR),$(SBINDIR)/verdict-milter $(BINDIR)/verdict \
	$(UNITDIR)/verdict-milter.service $(UNITDIR)/verdict-metrics.service \
	$(UNITDIR)/verdict-history.service \
	$(UNITDIR)/verdict-digest.service $(UNITDIR)/verdict-digest.timer \
	$(SYSUSERSDIR)/verdict-milter.conf $(TMPFILESDIR)/verdict-milter.conf \
	$(BASHDIR)/verdict $(ZSHDIR)/_verdict \
	$(foreach m,$(MANUALS),$(MANDIR)/man$(subst .,,$(suffix $m))/$(notdir $m)))

# A text that is installed names files as they are there.
placed = sed 's|contrib/|$(DOCDIR)/contrib/|g' $1 | install -m 644 /dev/stdin $2

install: all ## into DESTDIR and PREFIX; a configuration that stands is kept
	$(Q)install -d $(sort $(dir $(INSTALLED))) $(CONFDIR) $(DESTDIR)$(DOCDIR)
	$(Q)install $(B)/verdict-milter $(DESTDIR)$(SBINDIR)
	$(Q)install $(B)/verdict $(DESTDIR)$(BINDIR)
	$(Q)test -e $(CONFDIR)/verdict.yaml || $(call placed,conf/verdict.yaml,$(CONFDIR)/verdict.yaml)
	$(Q)$(call placed,conf/verdict.yaml,$(DESTDIR)$(DOCDIR)/verdict.yaml.sample)
	$(Q)install -m 644 $(wildcard $(DOCS)) $(DESTDIR)$(DOCDIR)
	$(Q)cp -R contrib $(DESTDIR)$(DOCDIR)
	$(Q)sed -e 's|/usr/local/sbin|$(SBINDIR)|' -e 's|/usr/local/bin|$(BINDIR)|' \
		contrib/systemd/verdict-milter.service \
		>$(DESTDIR)$(UNITDIR)/verdict-milter.service
	$(Q)for unit in metrics.service history.service digest.service digest.timer; do \
		sed 's|/usr/local/bin|$(BINDIR)|' contrib/systemd/verdict-$$unit \
			>$(DESTDIR)$(UNITDIR)/verdict-$$unit || exit 1; done
	$(Q)install -m 644 contrib/systemd/verdict-milter.sysusers \
		$(DESTDIR)$(SYSUSERSDIR)/verdict-milter.conf
	$(Q)install -m 644 contrib/systemd/verdict-milter.tmpfiles \
		$(DESTDIR)$(TMPFILESDIR)/verdict-milter.conf
	$(Q)install -m 644 contrib/completion/verdict.bash $(DESTDIR)$(BASHDIR)/verdict
	$(Q)install -m 644 contrib/completion/verdict.zsh $(DESTDIR)$(ZSHDIR)/_verdict
	$(Q)$(foreach m,$(MANUALS),$(call placed,$m, \
		$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $m))/$(notdir $m)) &&) :
	$(Q)$(if $(DESTDIR),:,$(MAKE) --no-print-directory next-steps)

# In the order in which they are needed: the user and the folder of the control
# socket before the check, which looks for both.
.PHONY: next-steps
next-steps:
	@echo "Installed into $(PREFIX). Next, as root:"
	@echo
	@echo "  systemd-sysusers && systemd-tmpfiles --create  # user and folder"
	@echo "  editor $(SYSCONFDIR)/verdict-milter/verdict.yaml"
	@echo "      # say: listen: inet:8891@127.0.0.1, and user: verdict"
	@echo "  verdict-milter -n                              # checks the file"
	@echo "  systemctl daemon-reload"
	@echo "  systemctl enable --now verdict-milter"
	@echo "  verdict status"
	@echo "  verdict setup postfix   # tells what to change; --apply does it"
	@echo "      # not where another program verifies mail: man verdict-migration"
	@echo
	@echo "Without systemd, or with Sendmail:"
	@echo "  $(DOCDIR)/README.md"

uninstall: ## what install put there, except a configuration that was changed
	rm -f $(INSTALLED)
	! cmp -s $(CONFDIR)/verdict.yaml $(DESTDIR)$(DOCDIR)/verdict.yaml.sample || \
		rm -f $(CONFDIR)/verdict.yaml
	rm -rf $(DESTDIR)$(DOCDIR)
	rmdir $(CONFDIR) 2>/dev/null || :

dist: ## build/verdict-milter-VERSION.tar.gz of what is committed, and its checksum
	$(Q)contrib/make-dist $(VERSION)

.PHONY: deb packages
deb: dist ## Debian packages of what is committed, in build/deb
	$(Q)contrib/make-deb $(VERSION)

packages: ## they and contrib/container are built, installed, tried, purged (root, minutes)
	$(Q)MODE=$(MODE) tests/run packages

clean: ## remove everything built
	rm -rf build

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  MODE=release|debug|asan|tsan|cov  chooses the build; V=1 shows commands"
	@echo "  LIBMILTER=shared  links libmilter as it is: the same answers, slower"

-include $(patsubst %.o,%.d,$(call obj,$(LIB_SRC) $(MILTER_SRC) $(CLI_SRC) \
	$(HELP_SRC) $(WORLD_SRC) $(STORE_SRC) $(UNIT_SRC) $(TOOL_SRC) $(BENCH_SRC) $(HISTORY_SRC) \
	$(wildcard tests/fuzz/*.c)))
