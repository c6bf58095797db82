# verdict-milter: GNU make, one file, no recursion.  `make help` lists the targets.
MODE        ?= release
WITH_PGSQL  ?= 0
CC          ?= cc
PKG_CONFIG  ?= pkg-config
PREFIX      ?= /usr/local
SYSCONFDIR  ?= /etc
SBINDIR     ?= $(PREFIX)/sbin
BINDIR      ?= $(PREFIX)/bin
MANDIR      ?= $(PREFIX)/share/man
DOCDIR      ?= $(PREFIX)/share/doc/verdict-milter
SECONDS     ?= 60
SUITES      ?=
JOBS        ?= $(shell nproc 2>/dev/null || echo 2)
VERSION     := 0.1.0

B := build/$(MODE)
Q := $(if $(V),,@)

PKGS := milter libssl libcrypto ldns yaml-0.1 libidn2 libpsl jansson
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null || \
	echo -lmilter -lssl -lcrypto -lldns -lyaml -lidn2 -lpsl -ljansson) -lspf2 -lpthread

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wconversion -Wformat=2 -Wvla -Wundef -Wpointer-arith
ARCH := $(shell uname -m)
HARDEN := -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter x86_64,$(ARCH)),-fcf-protection)
MODE_CFLAGS_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 $(HARDEN)
MODE_CFLAGS_debug   := -O0 -g3 -DVERDICT_DEBUG $(HARDEN)
MODE_CFLAGS_asan    := -O1 -g -DVERDICT_DEBUG -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
MODE_CFLAGS_tsan    := -O1 -g -DVERDICT_DEBUG -fno-omit-frame-pointer -fsanitize=thread
MODE_CFLAGS_cov     := -O0 -g --coverage
MODE_LDFLAGS_asan   := -fsanitize=address,undefined
MODE_LDFLAGS_tsan   := -fsanitize=thread
MODE_LDFLAGS_cov    := --coverage
ifeq ($(MODE_CFLAGS_$(MODE)),)
$(error MODE=$(MODE) is unknown: use release, debug, asan, tsan or cov)
endif

ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -DVERDICT_VERSION='"$(VERSION)"' \
	-DVERDICT_SYSCONFDIR='"$(SYSCONFDIR)"' $(WARN) $(if $(CI),-Werror) -fPIE \
	-Ilib -I. -isystem /usr/include/libmilter $(PKG_CFLAGS) \
	$(MODE_CFLAGS_$(MODE)) $(CFLAGS)
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now $(MODE_LDFLAGS_$(MODE)) $(LDFLAGS)

LIB_SRC    := $(sort $(wildcard lib/*/*.c))
MILTER_SRC := $(sort $(wildcard milter/*.c))
CLI_SRC    := $(sort $(wildcard milter/cli/*.c))
HELP_SRC   := $(sort $(wildcard tests/support/*.c))
UNIT_SRC   := $(sort $(wildcard tests/unit/test_*.c))
TOOL_SRC   := $(sort $(wildcard tests/tools/*.c))
LIB        := $(B)/libverdict.a
PROGRAMS   := $(if $(MILTER_SRC),$(B)/verdict-milter) $(if $(CLI_SRC),$(B)/verdict)
UNIT       := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)
TOOLS      := $(TOOL_SRC:tests/tools/%.c=$(B)/tests/%)
obj         = $(patsubst %.c,$(B)/obj/%.o,$(1))

.DEFAULT_GOAL := all
.PHONY: all check check-unit demo suites fuzz coverage lint analyze format \
	install uninstall dist clean help tests
.SECONDARY:

all: $(PROGRAMS) ## build the daemon and the command

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $<")
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(LIB_SRC))
	$(if $(V),,@echo "  AR      $@")
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/verdict-milter: $(call obj,$(MILTER_SRC)) $(LIB)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/verdict: $(call obj,$(CLI_SRC)) $(LIB)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(filter-out -lmilter,$(PKG_LIBS))

$(UNIT): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(call obj,$(HELP_SRC)) $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(filter-out -lmilter,$(PKG_LIBS))

$(TOOLS): $(B)/tests/%: $(B)/obj/tests/tools/%.o $(call obj,$(HELP_SRC)) $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(filter-out -lmilter,$(PKG_LIBS))

tests: $(UNIT) $(TOOLS)

check-unit: all tests ## the unit tests only
	$(Q)MODE=$(MODE) tests/run unit

clean: ## remove everything built
	rm -rf build

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  MODE=release|debug|asan|tsan|cov  chooses the build; V=1 shows commands"

-include $(patsubst %.o,%.d,$(call obj,$(LIB_SRC) $(MILTER_SRC) $(CLI_SRC) \
	$(HELP_SRC) $(UNIT_SRC) $(TOOL_SRC)))
