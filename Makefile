# The front door. CMake and its presets do the work; tools/setup installs packages.
#
#   make            the program: build/release/nuwa
#   make demo       sets everything up and runs the main job on a phantom scan
#   make test       sets everything up and runs all tests
#   make install    program, man pages, completion and headers (PREFIX, DESTDIR)
#   make check      layers, words, symbols, static analysis
#   make check-dev  the tests under address and undefined-behaviour sanitizers
#   make bench      the figures, as ratios to other programs
#   make clean      removes build/

PREFIX ?= /usr/local
DATA ?= ../shared/data
.DEFAULT_GOAL := build

.PHONY: build setup setup-test demo test install check check-dev bench trace clean

setup:
	@tools/setup build

setup-test:
	@tools/setup build test

build/release/build.ninja:
	cmake --preset release

build: build/release/build.ninja
	cmake --build build/release

demo: setup
	@$(MAKE) --no-print-directory build
	@tools/demo build/release/nuwa build/demo

test: setup-test
	@$(MAKE) --no-print-directory build
	@tools/run-tests build/release "$(DATA)" -LE slow

install: build
	DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)"

check:
	@tools/setup build test check
	@$(MAKE) --no-print-directory build
	@tools/analyse build/release

check-dev:
	@tools/setup build test
	@[ -f build/dev/build.ninja ] || cmake --preset dev
	cmake --build build/dev
	@tools/run-tests build/dev "$(DATA)" -LE 'slow|heavy'

bench:
	@tools/setup build test peers
	@$(MAKE) --no-print-directory build
	@bench/run

trace:
	@tools/trace docs/trace/requirements.md

clean:
	rm -rf build
