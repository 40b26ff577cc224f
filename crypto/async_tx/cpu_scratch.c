// SPDX-License-Identifier: GPL-2.0-only
/*
 * The working memory of the CPU kernels, one area per CPU (see cpu.h).
 *
 * Set up once when async_tx starts, so that no operation ever has to allocate.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>

#include "cpu.h"

struct async_tx_scratch __percpu *async_tx_scratch;

/**
 * async_tx_cpu_init - set up what the CPU kernels need
 *
 * To be called before any of them, in task context; may sleep.
 *
 * Return: 0, or -ENOMEM.
 */
int async_tx_cpu_init(void)
{
	int cpu;

	async_tx_scratch = alloc_percpu(struct async_tx_scratch);
	if (!async_tx_scratch)
		return -ENOMEM;

	for_each_possible_cpu(cpu)
		local_lock_init(&per_cpu_ptr(async_tx_scratch, cpu)->lock);
	return 0;
}

/**
 * async_tx_cpu_exit - undo async_tx_cpu_init()
 *
 * To be called when no CPU kernel can run any more.
 */
void async_tx_cpu_exit(void)
{
	free_percpu(async_tx_scratch);
	async_tx_scratch = NULL;
}
