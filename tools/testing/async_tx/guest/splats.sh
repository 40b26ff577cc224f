#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Fail, and show where, when a kernel log holds a complaint of the kernel or
# of one of its checkers. Fails too when the log is no kernel log at all.
#
# usage: splats.sh LOG

set -eu

log=$1

if ! grep -q 'Linux version' "$log"; then
	echo "splats: $log does not look like a kernel's log" >&2
	exit 1
fi

# DMA-API says two harmless things when it starts, and two when it is told of whom
# to complain.
harmless='DMA-API: (preallocated [0-9]+ debug entries|debugging enabled by kernel config'
harmless="$harmless|enable driver filter|switching off dma-debug driver filter)"

complaints='BUG:|WARNING:|KASAN:|UBSAN:|DMA-API:|ODEBUG:|kmemleak: [0-9]+ new'
complaints="$complaints|Kernel panic|Oops|general protection fault|Call Trace"
complaints="$complaints|possible (circular|recursive|irq|deadlock)"
complaints="$complaints|inconsistent lock state|suspicious RCU usage"
complaints="$complaints|sleeping function called|scheduling while atomic"
complaints="$complaints|INFO: (task|rcu)|self-detected stall|soft lockup"
complaints="$complaints|list_(add|del) corruption|refcount_t:|turning off the locking"
complaints="$complaints|Unable to handle|stack-protector|bad page state"
complaints="$complaints|MAX_[A-Z_]+ too low|nobody cared"
complaints="$complaints|kmemleak: (Early log|Memory pool empty|Cannot allocate)"

if grep -nE "$complaints" "$log" | grep -vE "$harmless" > "$log.splats"; then
	echo "splats: the kernel complained:"
	head -n 20 "$log.splats"
	exit 1
fi
rm -f "$log.splats"
