# SPDX-License-Identifier: GPL-2.0-only
#
# Entry point: "make help" lists what it does.
#
# This file drives the overlay from outside; it is never laid over the kernel's
# own top Makefile.  All that is built goes to a work folder, OUT, which lies
# outside the checkout unless you say otherwise.

SRC := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
TOOLS := $(SRC)/tools/testing/async_tx

# One work folder per checkout, told apart by a checksum of its path.
CACHE := $(or $(XDG_CACHE_HOME),$(or $(HOME),/tmp)/.cache)/async_tx
OUT ?= $(CACHE)/$(notdir $(SRC))-$(firstword $(shell printf '%s' '$(SRC)' | cksum))
override OUT := $(abspath $(OUT))
BASE := $(OUT)/base
TREE := $(OUT)/tree
KERNEL ?=
override KERNEL := $(if $(KERNEL),$(abspath $(KERNEL)))
JOBS ?= $(shell nproc)

# What the scripts under tools/testing/async_tx/ get to know.
export SRC OUT BASE TREE KERNEL JOBS
export PYTHONDONTWRITEBYTECODE := 1
# Our variables and flags are none of the kernel's make, which they run.
unexport MAKEFLAGS MAKEOVERRIDES MFLAGS

# The parts are run one after another; each uses all CPUs by itself.
.NOTPARALLEL:
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@echo 'make TARGET [OUT=dir] [KERNEL=dir] [JOBS=n]'
	@echo
	@sed -n 's/^\([a-z][a-z0-9-]*\):.* ## \(.*\)/  \1\t\2/p' $(SRC)/Makefile | expand -t 16
	@echo
	@echo '  OUT     work folder: trees and builds ($(OUT))'
	@echo '  KERNEL  a clean 6.12.y source tree to use as the base, instead of'
	@echo "          the distribution's linux-source-6.12 package"
	@echo '  JOBS    compilers to run at a time ($(JOBS))'

.PHONY: where
where: ## print BASE= and TREE=, the folders of the pristine and of the assembled tree
	@echo 'BASE=$(BASE)'
	@echo 'TREE=$(TREE)'

.PHONY: tree
tree: ## assemble the kernel tree: the base, the overlay laid over it, the patches
	@$(TOOLS)/deps.sh tree
	@python3 $(TOOLS)/tree.py

.PHONY: demo
demo: tree qemu ## run RAID-5, RAID-6 and dm-integrity on simulated engines, I/OAT and the CPU, in QEMU
	@$(TOOLS)/deps.sh guest
	@$(TOOLS)/guest/demo.sh q35 $(TREE) $(OUT)

.PHONY: demo-arm64
demo-arm64: tree ## run dmatest and RAID-5 on the sixteen DMA channels of QEMU's ZCU102 board
	@$(TOOLS)/deps.sh guest-arm64
	@$(TOOLS)/guest/demo.sh zcu102 $(TREE) $(OUT)

.PHONY: demo-arm
demo-arm: tree ## the same on the eight channels of QEMU's Zynq board, 32 bits and highmem
	@$(TOOLS)/deps.sh guest-arm
	@$(TOOLS)/guest/demo.sh zynq $(TREE) $(OUT)

.PHONY: bench
bench: qemu tree ## compare the speed with the base's: operations, arrays, I/OAT, policies; raw figures as JSON too
	@$(TOOLS)/deps.sh bench guest
	@$(TOOLS)/bench/run.sh $(BASE) $(TREE) $(OUT)

.PHONY: simulate
simulate: tree ## compare the policies on simulated engines, in simulated time; CELLS=pattern for a part
	@$(TOOLS)/deps.sh simulate
	@$(TOOLS)/simulate/simulate.sh $(TREE) $(OUT)

.PHONY: simulate-check
simulate-check: ## test the judge of the simulation
	@$(TOOLS)/deps.sh tree
	@$(TOOLS)/part.sh $@ python3 $(TOOLS)/simulate/judge_test.py

.PHONY: check
check: ## run all tests: tools, static, users, kunit, guest; the last line is the count
	@$(TOOLS)/check.sh tree-check simulate-check static check-tree-sample kunit guest-check

.PHONY: kunit
kunit: tree ## run the KUnit suites in User Mode Linux, without and with the kernel's checkers
	@$(TOOLS)/deps.sh kunit
	@$(TOOLS)/part.sh $@ python3 $(TOOLS)/kunit/run.py

.PHONY: guest-check
guest-check: tree ## run the selftest module, dmatest and md arrays in QEMU, under KASAN, lockdep and more
	@$(TOOLS)/deps.sh guest
	@$(TOOLS)/part.sh $@ $(TOOLS)/guest/check.sh $(TREE) $(OUT)

# It needs nothing of the tree, but the work folder is the tree's to begin.
.PHONY: qemu
qemu: tree ## build QEMU with our device models, from the distribution's source package
	@$(TOOLS)/deps.sh qemu
	@$(TOOLS)/qemu/build.sh $(OUT)/qemu $(OUT)/build/qemu

.PHONY: check-model
check-model: tree qemu ## test the device models, on their own and with the base kernel's drivers
	@$(TOOLS)/deps.sh guest
	@$(TOOLS)/part.sh $@ $(TOOLS)/qemu/check.sh $(BASE) $(OUT)

.PHONY: check-ioat
check-ioat: tree qemu ## test the I/OAT driver on the models, under KASAN and lockdep, with FAULTS=100 at random (slow)
	@$(TOOLS)/deps.sh guest
	@$(TOOLS)/part.sh $@ $(TOOLS)/guest/check-ioat.sh $(TREE) $(OUT)

.PHONY: static
static: tree ## run W=1, sparse, checkpatch, kernel-doc and shellcheck on our files
	@$(TOOLS)/deps.sh static builds
	@$(TOOLS)/part.sh $@ python3 $(TOOLS)/static/run.py

.PHONY: static-all
static-all: tree ## the same, and link a whole kernel for each machine and configuration
	@$(TOOLS)/deps.sh static builds
	@$(TOOLS)/part.sh $@ python3 $(TOOLS)/static/run.py --link

.PHONY: check-tree
check-tree: tree ## compile every driver and client that the kernel has, x86-64 and arm64 (slow)
	@$(TOOLS)/deps.sh check-tree
	@$(TOOLS)/part.sh $@ python3 $(TOOLS)/check-tree/run.py all

.PHONY: check-tree-sample
check-tree-sample: tree ## compile some drivers and clients, of every kind that there is
	@$(TOOLS)/deps.sh check-tree-sample
	@$(TOOLS)/part.sh $@ python3 $(TOOLS)/check-tree/run.py sample

.PHONY: tree-check
tree-check: tree ## test the assembling of the tree itself
	@$(TOOLS)/deps.sh tree
	@$(TOOLS)/part.sh $@ python3 $(TOOLS)/tree_test.py

.PHONY: clean
clean: ## remove what was built; keep the trees
	@rm -rf '$(OUT)/build'

.PHONY: distclean
distclean: ## remove the whole work folder
	@$(TOOLS)/distclean.sh
