# Quartz: `make run` shows a program, `make test` runs every test, `make help` lists the rest.
# Everything that is made goes below $(BUILD).

MODE ?= release
BUILD ?= $(if $(filter release,$(MODE)),build,build/$(MODE))
CC := $(if $(filter fuzz,$(MODE)),clang-19,gcc)
LLVM_CONFIG ?= llvm-config-19
# static: the compiler starts in a third of the time, and is 55 MB; shared: links against libLLVM.so
LLVM_LINK ?= static

# The folders of the compiler in pipeline order: each may include only itself and those before it.
FOLDERS := base diag lexer parser macro intrinsics sema mir codegen driver

WARNINGS := -Wall -Wextra -Wshadow -Wswitch-enum -Wmissing-prototypes -Wstrict-prototypes -Wconversion -Werror
# Assertions stay in; the checkers between stages run always in debug, and with QUARTZ_CHECK=1 in release.
OPTIMISE_release := -O2 -g
OPTIMISE_debug := -Og -g -DQZ_DEBUG
OPTIMISE_asan := -O1 -g -DQZ_DEBUG -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPTIMISE_fuzz := -O1 -g -DQZ_DEBUG -fsanitize=fuzzer-no-link,address -Wno-error
OPTIMISE_tsan := -O1 -g -DQZ_DEBUG -fsanitize=thread
CFLAGS := -std=gnu17 $(WARNINGS) $(OPTIMISE_$(MODE)) -fno-omit-frame-pointer $(EXTRA_CFLAGS)
CPPFLAGS := -Isrc -I$(BUILD)/gen -I. -D_GNU_SOURCE -DXXH_INLINE_ALL -MMD -MP
# The runtime goes into programs, which are linked without the sanitizers' own runtime.
RUNTIME_CFLAGS := $(filter-out -Og -O1 -fsanitize% -fno-sanitize%,$(CFLAGS)) -O2 -fexceptions -ffunction-sections -fdata-sections\
                  $(if $(filter asan,$(MODE)),-DQZ_ASAN_FIBERS)
LLVM_CPPFLAGS = -isystem $(shell $(LLVM_CONFIG) --includedir)
LLVM_COMPONENTS := analysis bitwriter core passes target x86 aarch64
LLVM_LIBS_static = $(shell $(LLVM_CONFIG) --ldflags --link-static --libs $(LLVM_COMPONENTS)) -lstdc++ -lz -lzstd
LLVM_LIBS_shared = $(shell $(LLVM_CONFIG) --ldflags --link-shared --libs)
# A fixed address saves the 200,000 relocations of static LLVM at every start.
LDFLAGS = -no-pie -fuse-ld=lld -B$(shell $(LLVM_CONFIG) --bindir) -Wl,--gc-sections -Wl,--as-needed $(OPTIMISE_$(MODE))
UNIT_LIBS := -lffi -ldl -lm -lpthread
LDLIBS = $(LLVM_LIBS_$(LLVM_LINK)) $(UNIT_LIBS)

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),@true,@echo "  $(1)")

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: deps-dev all run test deps test-asan test-tsan fuzz bench bench-runtime stress valgrind format lint help clean
.PHONY: unit smoke
.SUFFIXES:

all: $(BUILD)/bin/quartz $(BUILD)/lib/libquartz_rt.a $(BUILD)/bin/quake

# ── What users type ─────────────────────────────────────────────────────────────────────────────────────────────
run: deps  ## install what is missing, build the compiler, compile and run an example
	@$(MAKE) --no-print-directory all
	$(BUILD)/bin/quartz build examples/hello.qz -o $(BUILD)/hello
	$(BUILD)/hello

test: deps  ## run every test
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) spec/run

test-asan:  ## every test with AddressSanitizer and UBSan in the compiler
	@$(MAKE) --no-print-directory MODE=asan all
	@BUILD=build/asan MODE=asan spec/run

test-tsan: all  ## programs with tasks under ThreadSanitizer and AddressSanitizer
	@BUILD=$(BUILD) spec/run sanitize

fuzz: deps-dev all  ## fuzz each stage for FUZZ_SECONDS (60)
	@spec/fuzz/run $${FUZZ_SECONDS:-60}

bench: deps-dev all  ## time the compiler and what it makes
	@BUILD=$(BUILD) bench/run

bench-runtime: deps-dev all  ## time tasks, channels and actors beside Go and Erlang
	@BUILD=$(BUILD) bench/run --runtime

stress: all  ## the test suites that take long: generated programs, larger models, tasks under stress
	@BUILD=$(BUILD) spec/run --stress

valgrind: deps-dev all  ## examples and benchmarks under valgrind
	@BUILD=$(BUILD) spec/run valgrind

format: deps-dev  ## format the C sources
	clang-format-19 -i $(FORMATTED)

lint: deps-dev all  ## clang-tidy over the C sources, and the rules of the tree
	printf '%s\n' $(LINTED) | xargs -P $$(nproc) -I FILE \
	  clang-tidy-19 --quiet FILE -- -std=gnu17 $(filter-out -M%,$(CPPFLAGS)) $(LLVM_CPPFLAGS)
	spec/run rules

clean:  ## remove everything that was made
	rm -rf build

help:  ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo; echo "  MODE=release (default), debug, asan or tsan; BUILD=FOLDER says where things are made."

# ── Packages ────────────────────────────────────────────────────────────────────────────────────────────────────
PACKAGES := gcc libstdc++-12-dev make binutils llvm-19-dev lld-19 re2c lemon libffi-dev libpcre2-dev libxxhash-dev \
            libzstd-dev zlib1g-dev libcmocka-dev python3 gdb valgrind spin curl wrk
DEV_PACKAGES := clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19 golang-go erlang-base

deps deps-dev: WANTED = $(PACKAGES) $(if $(filter deps-dev,$@),$(DEV_PACKAGES))
deps-dev:  ## … and those that only format, lint, fuzz and bench need
deps:  ## install the Debian packages that are missing
deps deps-dev:
	@missing=$$(for package in $(WANTED); do \
	    dpkg-query -W -f '$${db:Status-Abbrev}' $$package 2>/dev/null | grep -q '^ii' || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	  as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  echo "installing" $$missing; \
	  $$as_root apt-get -qq update && \
	  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing; \
	fi

# ── Objects and archives, one archive a folder ──────────────────────────────────────────────────────────────────
define folder_rules
$(1)_SOURCES := $$(wildcard src/$(1)/*.c)
$(1)_RE := $$(wildcard src/$(1)/*.re)
$(1)_Y := $$(wildcard src/$(1)/*.y)
$(1)_GENERATED := $$($(1)_RE:src/%.re=$(BUILD)/gen/%.c) $$($(1)_Y:src/%.y=$(BUILD)/gen/%.c) $$($(1)_MADE)
$(1)_OBJECTS := $$($(1)_SOURCES:src/%.c=$(BUILD)/obj/%.o) $$($(1)_GENERATED:$(BUILD)/gen/%.c=$(BUILD)/obj/%.o)
$(BUILD)/lib/$(1).a: $$($(1)_OBJECTS)
$$($(1)_OBJECTS): | $$($(1)_GENERATED)
endef
driver_MADE := $(BUILD)/gen/driver/explanations.c
$(foreach folder,$(FOLDERS),$(eval $(call folder_rules,$(folder))))

# Changed flags make everything anew.
FLAGS := $(CC) $(CFLAGS) $(RUNTIME_CFLAGS) $(LLVM_LINK)
FLAGS_FILE := $(BUILD)/flags
$(shell mkdir -p $(BUILD); [ "$$(cat $(FLAGS_FILE) 2>/dev/null)" = '$(FLAGS)' ] || echo '$(FLAGS)' >$(FLAGS_FILE))

$(BUILD)/lib/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,archive  $@)
	$(Q)ar rcsD $@ $^

$(BUILD)/obj/codegen/%.o: CPPFLAGS += $(LLVM_CPPFLAGS)
# Panics unwind through the interpreter, which cleans up its frames on the way.
$(BUILD)/obj/mir/interp.o $(BUILD)/obj/mir/interp_call.o: CFLAGS += -fexceptions
$(BUILD)/obj/%.o: src/%.c $(FLAGS_FILE)
	@mkdir -p $(@D)
	$(call say,compile  $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(BUILD)/obj/%.o: $(BUILD)/gen/%.c $(FLAGS_FILE)
	@mkdir -p $(@D)
	$(call say,compile  $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(GENERATED_CFLAGS) -c $< -o $@

# What re2c and lemon write is theirs; only warnings about their own style are turned off.
$(BUILD)/obj/lexer/%.o $(BUILD)/obj/parser/grammar.o: GENERATED_CFLAGS := -Wno-conversion -Wno-unused-parameter -Wno-unused-variable -Wno-sign-compare

$(BUILD)/gen/%.c: src/%.re
	@mkdir -p $(@D)
	$(call say,re2c     $<)
	$(Q)re2c -W -Werror --no-debug-info $< -o $@
$(BUILD)/gen/%.c $(BUILD)/gen/%.h: src/%.y
	@mkdir -p $(@D)
	$(call say,lemon    $<)
	$(Q)lemon -q -d$(@D) $<
$(BUILD)/gen/driver/explanations.c: tools/embed_explanations.py $(wildcard docs/diagnostics/QZ*.md) docs/diagnostics
	@mkdir -p $(@D)
	$(call say,embed    $@)
	$(Q)python3 tools/embed_explanations.py $@ $(filter %.md,$^)

# ── The runtime of compiled programs, and the compiler ──────────────────────────────────────────────────────────
# PCRE2 is part of the runtime's archive, of which a program takes what it uses: regular expressions, or nothing.
PCRE2 := $(shell $(CC) -print-file-name=libpcre2-8.a)
PCRE2_OBJECTS = $(addprefix $(BUILD)/obj/runtime/pcre2/,$(shell ar t $(PCRE2) 2>/dev/null))
$(BUILD)/obj/runtime/pcre2/%.o: $(PCRE2)
	@mkdir -p $(@D)
	$(Q)ar x --output $(@D) $< $(@F)

RUNTIME_OBJECTS := $(patsubst runtime/%,$(BUILD)/obj/runtime/%.o,$(wildcard runtime/*.c runtime/*/*.c))
# What every change of tasks runs through gains a tenth by it.
$(BUILD)/obj/runtime/sched/%.o: RUNTIME_CFLAGS += -O3
$(BUILD)/lib/libquartz_rt.a: $(RUNTIME_OBJECTS) $(PCRE2_OBJECTS)
$(BUILD)/obj/runtime/%.o: runtime/% $(FLAGS_FILE)
	@mkdir -p $(@D)
	$(call say,compile  $<)
	$(Q)$(CC) $(CPPFLAGS) $(RUNTIME_CFLAGS) -c $< -o $@

# The same with faults that tests can plant: they must notice (spec/unit/sched); and with pauses (sched/delay.c).
FAULTS_OBJECTS := $(RUNTIME_OBJECTS:$(BUILD)/obj/runtime/%=$(BUILD)/obj/runtime/faults/%)
$(BUILD)/lib/quartz_rt_faults.a: $(FAULTS_OBJECTS) $(PCRE2_OBJECTS)
$(BUILD)/obj/runtime/faults/%.o: runtime/% $(FLAGS_FILE)
	@mkdir -p $(@D)
	$(call say,compile  $< with faults)
	$(Q)$(CC) $(CPPFLAGS) $(RUNTIME_CFLAGS) -DQZ_FAULTS -c $< -o $@

# The same for programs that are built with --sanitize=KIND.
TSAN_FLAGS := -fsanitize=thread -DQZ_TSAN_FIBERS -Wno-tsan
ASAN_FLAGS := -fsanitize=address -DQZ_ASAN_FIBERS
define sanitized_rules
$(BUILD)/lib/libquartz_rt_$(1).a: $(RUNTIME_OBJECTS:$(BUILD)/obj/runtime/%=$(BUILD)/obj/runtime/$(1)/%) $(PCRE2_OBJECTS)
$(BUILD)/obj/runtime/$(1)/%.o: runtime/% $(FLAGS_FILE)
	@mkdir -p $$(@D)
	$$(call say,compile  $$< for --sanitize=$(1))
	$$(Q)$$(CC) $$(CPPFLAGS) $$(RUNTIME_CFLAGS) $(2) -c $$< -o $$@
endef
$(eval $(call sanitized_rules,thread,$(TSAN_FLAGS)))
$(eval $(call sanitized_rules,address,$(ASAN_FLAGS)))

reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
archives = $(patsubst %,$(BUILD)/lib/%.a,$(call reverse,$(1))) $(BUILD)/lib/libquartz_rt.a

# Before `main` LLVM makes its options, by functions all over its 30 MB. Next to each other they touch a tenth of the
# pages: a faster start, and 18 MB less in a process that only waits.
STARTUP_static = $(BUILD)/gen/startup_functions
STARTUP = $(STARTUP_$(LLVM_LINK))
ORDER = $(addprefix -Wl$(COMMA)--no-warn-symbol-ordering$(COMMA)--symbol-ordering-file=,$(STARTUP))
COMMA := ,

$(STARTUP_static): Makefile
	@mkdir -p $(@D)
	$(call say,nm       $@)
	$(Q)nm -j --quiet --defined-only $$($(LLVM_CONFIG) --link-static --libfiles $(LLVM_COMPONENTS)) > $@.all
	$(Q)grep -E '^_GLOBAL__sub_I_|^_Z[A-Z]*.*4llvm2cl' $@.all | sort -u > $@
	$(Q)rm $@.all

$(BUILD)/bin/quartz: $(call archives,$(FOLDERS)) $(STARTUP)
	@mkdir -p $(@D)
	$(call say,link     $@)
	$(Q)$(CC) $(LDFLAGS) $(ORDER) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS) -o $@

# quake is written in Quartz: what the new compiler makes first.
$(BUILD)/bin/quake: Quakefile.qz tools/quake/quake.qz $(BUILD)/bin/quartz $(BUILD)/lib/libquartz_rt.a $(shell find std -name '*.qz')
	$(call say,quartz   $<)
	$(Q)$(BUILD)/bin/quartz build -O1 $< -o $@

# ── Unit tests: spec/unit/FOLDER/*_test.c, each a program over that folder and those before it ──────────────────
# 1 the folder, 2 the folders of the compiler it uses, 3 libraries, 4 the runtime it uses when not that of programs.
define unit_rules
$(BUILD)/unit/$(1)/%: spec/unit/$(1)/%.c $(or $(4),$(call archives,$(2))) $(FLAGS_FILE)
	@mkdir -p $$(@D)
	$$(call say,test     $$<)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(CFLAGS) $(if $(4),-DQZ_FAULTS) $$(LDFLAGS) $$< $$(filter %.a,$$^) -lcmocka $(3) -o $$@
endef
SEEN :=
$(foreach folder,$(FOLDERS),$(eval SEEN += $(folder))\
  $(eval $(call unit_rules,$(folder),$(SEEN),$(if $(filter codegen,$(SEEN)),$$(LDLIBS),$(UNIT_LIBS)))))
$(eval $(call unit_rules,runtime,,$(UNIT_LIBS)))
$(eval $(call unit_rules,sched,,$(UNIT_LIBS),$(BUILD)/lib/quartz_rt_faults.a))

# ── Fuzz targets: make MODE=fuzz build/fuzz/fuzz/parse_fuzz ─────────────────────────────────────────────────────
$(BUILD)/fuzz/%: spec/fuzz/%.c $(call archives,$(FOLDERS))
	@mkdir -p $(@D)
	$(call say,fuzz     $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS) -o $@

UNIT_TESTS := $(patsubst spec/unit/%.c,$(BUILD)/unit/%,$(wildcard spec/unit/*/*_test.c))
unit: $(UNIT_TESTS)

LINTED := $(wildcard src/*/*.c runtime/*.c runtime/*/*.c)
FORMATTED := $(wildcard src/*/*.[ch] runtime/*.[ch] runtime/*/*.[ch] spec/unit/*/*.c)

-include $(shell find $(BUILD)/obj $(BUILD)/unit -name '*.d' 2>/dev/null)
