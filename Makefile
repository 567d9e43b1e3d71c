# The short way to everything; CMake does the work. `make help` lists the targets.
BUILD_DIR ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CMAKE_ARGS ?=
FUZZ_SECONDS ?= 30
SETUP ?= tools/setup
PICTURE ?=
OUT ?= out
CTEST = ctest --output-on-failure --no-tests=error -j "$(JOBS)"

.PHONY: help configure python-env program wheel demo build test sanitize tsan fuzz install clean
.DEFAULT_GOAL := build

help:
	@echo 'make            build the library, the program and the tests in $(BUILD_DIR)/'
	@echo 'make program    build the library and the program only'
	@echo 'make demo       do that, filter a picture (PICTURE=FILE, or one made here) to $(OUT)/, then time every layer of ResNet-50'
	@echo 'make test       run all tests'
	@echo 'make sanitize   run them watched for bad addresses, leaks and undefined behaviour (clang)'
	@echo 'make tsan       run them watched for data races (clang)'
	@echo 'make fuzz       feed each parser and the C++ API with hostile input for FUZZ_SECONDS=$(FUZZ_SECONDS) (clang)'
	@echo 'make wheel      build the Python package as a wheel in dist/, checked by auditwheel and abi3audit'
	@echo 'make install    install to PREFIX=DIR (default: CMake'"'"'s own)'
	@echo 'make clean      remove the build folders'
	@echo
	@echo 'Missing packages are installed first (as root; otherwise the command to run is printed); SETUP=: leaves that out.'
	@echo 'JOBS=N, BUILD_DIR=DIR and CMAKE_ARGS="-D…" are heeded; TORCH=1 and JAX=1 install PyTorch (5 GB)'
	@echo 'and JAX (0.5 GB) for the tests of faltung.torch and faltung.jax.'
	@echo 'tools/setup --onednn installs oneDNN for the engine cpu.onednn and its tests; without it they are left out.'
	@echo 'tools/setup --xnnpack installs XNNPACK for the tests of cpu.xnnpack; likewise.'
	@echo 'tools/setup --mpi installs MPICH for the tests of ranks that are processes; likewise.'

configure:
	@$(SETUP)
	cmake --preset release -B "$(BUILD_DIR)" $(CMAKE_ARGS)

# Without it the Python package is left out, and its tests are skipped with the reason.
python-env:
	@$(SETUP)
	@tools/python_env "$(BUILD_DIR)/python-env" $(if $(TORCH)$(JAX),-r python/requirements.txt $(if $(TORCH),torch expecttest) $(if $(JAX),jax))

program: configure
	cmake --build "$(BUILD_DIR)" -j "$(JOBS)" --target faltung_cli

build: python-env
	@$(MAKE) --no-print-directory configure
	cmake --build "$(BUILD_DIR)" -j "$(JOBS)"

test: build
	cd "$(BUILD_DIR)" && $(CTEST)

demo: program
	"$(BUILD_DIR)/cli/faltung" run $(if $(PICTURE),"$(PICTURE)") --output "$(OUT)"
	"$(BUILD_DIR)/cli/faltung" bench problems/models/resnet50.txt

sanitize: PRESET = asan-ubsan
tsan: PRESET = tsan
sanitize tsan:
	@$(SETUP) --clang
	cmake --preset $(PRESET) $(CMAKE_ARGS)
	cmake --build --preset $(PRESET) -j "$(JOBS)"
	ctest --preset $(PRESET) -j "$(JOBS)"

fuzz:
	@$(SETUP) --clang
	cmake --preset fuzz -DFALTUNG_FUZZ_SECONDS="$(FUZZ_SECONDS)" $(CMAKE_ARGS)
	cmake --build --preset fuzz -j "$(JOBS)"
	ctest --preset fuzz -j "$(JOBS)"

install: program
	cmake --install "$(BUILD_DIR)" $(if $(PREFIX),--prefix "$(PREFIX)")

wheel:
	@$(SETUP)
	tools/wheel "$(BUILD_DIR)" dist

clean:
	rm -rf "$(BUILD_DIR)" build-asan-ubsan build-tsan build-shared build-debug
