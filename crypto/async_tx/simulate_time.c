// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated time, exact to the nanosecond, and the CPU's part in it.
 *
 * With time-travel=inf-cpu, time stands still in User Mode Linux until everybody
 * sleeps or somebody calls ndelay(). Its clock shows that in steps of 256 ns,
 * each look at which by a task takes another step, and its timers are half a
 * microsecond late: as long as a fast engine's copy of a page takes. So this
 * brings a clock of its own, and lets timers be as short as they are.
 */
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/preempt.h>
#include <linux/time-internal.h>
#include <linux/timekeeping.h>

#include "../../kernel/time/tick-internal.h"
#include "simulate.h"

/* --- the clock --- */

static u64 sim_clock_read(struct clocksource *cs)
{
	struct timespec64 now;

	read_persistent_clock64(&now);
	return timespec64_to_ns(&now);
}

static struct clocksource sim_clock = {
	.name = "async-tx-simulate",
	.rating = 450,
	.read = sim_clock_read,
	.mask = CLOCKSOURCE_MASK(64),
	.flags = CLOCK_SOURCE_IS_CONTINUOUS,
};

/* --- the CPU --- */

/* Until a job says otherwise, so that whoever measures the CPU finds it. */
#define SIM_CPU_NS		50
#define SIM_CPU_BANDWIDTH	10000

static struct {
	struct async_tx_sim_speed speed;	/* bandwidth 0: time is not simulated */
	u64 bytes, ns;
	u64 owed;	/* by interrupts, to the task that they come upon */
} cpu;

/**
 * async_tx_sim_cpu_copy - let the time pass that a copy takes
 * @len: bytes
 *
 * Context: any. In an interrupt time can not be made to pass; the next copy of a
 * task takes longer by so much.
 *
 * Return: false when time is not simulated, and the copy is to be done.
 */
bool async_tx_sim_cpu_copy(size_t len)
{
	u64 ns;

	if (!cpu.speed.bandwidth)
		return false;
	ns = cpu.speed.setup_ns + div_u64(len * 1000ULL, cpu.speed.bandwidth);
	cpu.bytes += len;
	cpu.ns += ns;
	cpu.owed += ns;
	if (in_hardirq() || in_serving_softirq())
		return true;
	while (cpu.owed) {
		ns = cpu.owed;
		cpu.owed = 0;
		ndelay(ns);
	}
	return true;
}

/**
 * async_tx_sim_cpu_begin - count the CPU's copies anew
 * @speed: what they take from now on
 */
void async_tx_sim_cpu_begin(const struct async_tx_sim_speed *speed)
{
	cpu.bytes = 0;
	cpu.ns = 0;
	cpu.owed = 0;
	cpu.speed = *speed;
}

/**
 * async_tx_sim_cpu_count - what the CPU has copied since
 * @bytes: so many
 * @ns: time that it took
 */
void async_tx_sim_cpu_count(u64 *bytes, u64 *ns)
{
	*bytes = cpu.bytes;
	*ns = cpu.ns;
}

/* Is time simulated? */
bool async_tx_sim_is_on(void)
{
	return cpu.speed.bandwidth;
}

static int __init sim_time_init(void)
{
	if (time_travel_mode != TT_MODE_INFCPU)
		return 0;
	cpu.speed.setup_ns = SIM_CPU_NS;
	cpu.speed.bandwidth = SIM_CPU_BANDWIDTH;
	tick_get_device(0)->evtdev->min_delta_ns = 1;
	return clocksource_register_hz(&sim_clock, NSEC_PER_SEC);
}
core_initcall(sim_time_init);
