# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest's machine for `make demo` and `make check`: QEMU's PC. Sourced by
# what builds and boots a guest, like all machine-*.sh.

arch=x86_64
cross=
target=bzImage
image=arch/x86/boot/bzImage
device_tree=
# Debian's name for the architecture, when this host cannot run its programs.
foreign=

# QEMU and DEVICES in the environment: another QEMU than the distribution's, and
# options for what it is to have besides.
qemu="${QEMU-qemu-system-x86_64} -M q35 -cpu max ${DEVICES-}"
cpus=2
memory=2G
console=ttyS0
terminal=ttyS1
# On a busy host the timer may look dead at boot when it is only late, and the
# kernel would panic.
parameters="no_timer_check brd.rd_size=16384"
