// SPDX-License-Identifier: GPL-2.0-only
/*
 * A clock as a machine has it. That of User Mode Linux goes in steps of 256 ns, by
 * which nothing is to be learned of copies that take less; and it takes longer to
 * look at than they do.
 */
#include <linux/clocksource.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>

#define CALIBRATE_MS	20

/* rdtsc() of the headers is the host kernel's. */
static u64 tsc_read(struct clocksource *cs)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return (u64)high << 32 | low;
}

static struct clocksource tsc = {
	.name = "tsc",
	.rating = 400,
	.read = tsc_read,
	.mask = CLOCKSOURCE_MASK(64),
	.flags = CLOCK_SOURCE_IS_CONTINUOUS | CLOCK_SOURCE_VALID_FOR_HRES,
	.owner = THIS_MODULE,
};

static int __init clock_init(void)
{
	u64 start = ktime_get_ns(), ticks = tsc_read(&tsc), ns;

	mdelay(CALIBRATE_MS);
	ns = ktime_get_ns() - start;
	ticks = tsc_read(&tsc) - ticks;

	return clocksource_register_hz(&tsc, div64_u64(ticks * NSEC_PER_SEC, ns));
}
module_init(clock_init);

MODULE_DESCRIPTION("The processor's time stamp counter as a clock of User Mode Linux");
MODULE_LICENSE("GPL");
