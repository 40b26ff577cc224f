# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest's machine for `make demo-arm64`: the ZynqMP on a ZCU102 board, as
# QEMU models it, with sixteen channels of DMA engines. See machine-q35.sh.

arch=arm64
cross=aarch64-linux-gnu-
target=Image
image=arch/arm64/boot/Image
device_tree=zcu102
foreign=arm64

# Without EL3 and EL2 the kernel starts in EL1, and PSCI is QEMU's.
qemu="env QEMU_AUDIO_DRV=none qemu-system-aarch64 -M xlnx-zcu102,secure=off,virtualization=off"
cpus=2
memory=1G
console=ttyPS0
terminal=ttyPS1
parameters="async_tx_channels=16 async_tx_dmatest=400 brd.rd_size=8192"
