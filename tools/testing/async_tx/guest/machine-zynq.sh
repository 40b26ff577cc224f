# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest's machine for `make demo-arm`: a Zynq-7000 as QEMU models it, with
# one processor of 32 bits, memory that the kernel can not map all at once, and
# a PL330 of eight channels. See machine-q35.sh.

arch=arm
cross=arm-linux-gnueabihf-
target=zImage
image=arch/arm/boot/zImage
device_tree=zynq
foreign=armhf

qemu="env QEMU_AUDIO_DRV=none qemu-system-arm -M xilinx-zynq-a9"
cpus=1
memory=1G
console=ttyPS0
terminal=ttyPS1
parameters="async_tx_channels=8 async_tx_dmatest=100 brd.rd_size=8192"
