/* SPDX-License-Identifier: GPL-2.0-only */
/* The engines that the bench brings along. */
#ifndef _ASYNC_TX_BENCH_ENGINES_H
#define _ASYNC_TX_BENCH_ENGINES_H

#include <linux/errno.h>

/* instant.c: once it is in use, it is so for good */
extern unsigned long instant_completed;	/* descriptors */
int instant_register(void);

/* idle.c */
#ifdef OURS
int idle_register(unsigned int channels);
void idle_unregister(void);
#else
static inline int idle_register(unsigned int channels)
{
	return -EOPNOTSUPP;
}

static inline void idle_unregister(void)
{
}
#endif

#endif /* _ASYNC_TX_BENCH_ENGINES_H */
