# SPDX-License-Identifier: GPL-2.0-only
#
# What does this configuration compile in one folder?  Run in the build folder:
#
#   make -rR -s -f objects.mk srctree=DIR SRCARCH=x86 CC=gcc obj=drivers/spi
#
# Reads the folder's makefile as Kbuild does, and prints it sorted out: one line
# "builtin", one "module", one "folder", each followed by paths.  Kbuild's single
# targets cannot tell, for they compile any file that lies beside a good one.

VPATH := $(srctree)
objtree := .
ARCH := $(SRCARCH)
CONFIG_SHELL := sh
need-builtin := 1
need-modorder := 1

export srctree objtree

async_tx_list:

include $(srctree)/scripts/Makefile.build

.PHONY: async_tx_list
async_tx_list:
	$(info builtin $(filter %.o,$(real-obj-y) $(lib-y)))
	$(info module $(filter %.o,$(real-obj-m)))
	$(info folder $(subdir-ym))
	@:
