// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does async_tx cost its caller? Times operations from the client's side
 * and prints one line per row: "bench: <row> <ns>".
 *
 * Built unchanged against the base tree and against ours, so it uses only what
 * both offer; but for a list of folios, which base has to copy one by one.
 *   insmod			whatever channels the machine has (in the bench
 *				kernel: none)
 *   insmod idle=N		N channels that are never worth their while
 *   insmod engine=1		the instant engine; whatever is written to the
 *				parameter 'again' later has it measured again, with
 *				that in front of the names of the rows
 * All but the last unload by failing with -EAGAIN.
 *
 * Takes no locks: everything, the engines included, runs in the context of the
 * caller of insmod, on a kernel without preemption and with one CPU.
 */
#include <linux/async_tx.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/raid/xor.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "engines.h"

#define BENCH_SOURCES	8
#define BENCH_CHAIN	BENCH_SOURCES
#define BENCH_XOR_PASS	4	/* sources of one xor_blocks() call */
#define BENCH_LIST	16	/* folios */
#define BENCH_BURST	16	/* about what raid5d submits to a doorbell */
#define BENCH_POISON	0xa5

static bool engine;
module_param(engine, bool, 0444);
MODULE_PARM_DESC(engine, "register the instant engine and measure with it");

static unsigned int idle;
module_param(idle, uint, 0444);
MODULE_PARM_DESC(idle, "register so many channels that nobody wants and measure a call");

static unsigned int batch = 2000;
module_param(batch, uint, 0444);
MODULE_PARM_DESC(batch, "operations between two looks at the clock, a multiple of 16");

static unsigned int rounds = 100;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "batches per row, of which the fastest counts");

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "measure this row alone, for a profiler");

static char prefix[32];
module_param_string(prefix, prefix, sizeof(prefix), 0444);
MODULE_PARM_DESC(prefix, "in front of the names of the rows");

static struct page *dest, *source[BENCH_SOURCES];
static struct folio *list_dest[BENCH_LIST], *list_source[BENCH_LIST];
static addr_conv_t scribble[BENCH_SOURCES + 1];
static unsigned long called_back;
static bool measured;

struct bench_row {
	const char *name;
	void (*run)(const struct bench_row *row);
	size_t len;
	unsigned int sources;		/* of an xor */
	u8 result;			/* every byte, once the CPU has done it */
	unsigned int descs;		/* the least an engine gets; 0: bare call */
	unsigned int burst;		/* operations to a doorbell */
};

static void bench_callback(void *param)
{
	called_back++;
}

static void bare_memcpy(const struct bench_row *row)
{
	memcpy(page_address(dest), page_address(source[0]), row->len);
}

static void bare_xor(const struct bench_row *row)
{
	void *srcs[BENCH_XOR_PASS];
	unsigned int done, n, i;

	memset(page_address(dest), 0, row->len);
	for (done = 0; done < row->sources; done += n) {
		n = min(row->sources - done, BENCH_XOR_PASS);
		for (i = 0; i < n; i++)
			srcs[i] = page_address(source[done + i]);
		xor_blocks(n, row->len, page_address(dest), srcs);
	}
}

static void bench_memcpy(const struct bench_row *row)
{
	struct async_submit_ctl submit;

	init_async_submit(&submit, ASYNC_TX_ACK, NULL, bench_callback, NULL,
			  scribble);
	async_memcpy(dest, source[0], 0, 0, row->len, &submit);
}

static void bench_xor(const struct bench_row *row)
{
	struct async_submit_ctl submit;

	init_async_submit(&submit, ASYNC_TX_ACK | ASYNC_TX_XOR_ZERO_DST, NULL,
			  bench_callback, NULL, scribble);
	async_xor(dest, source, 0, row->sources, row->len, &submit);
}

#ifdef HAVE_LISTS
static void bench_folios(const struct bench_row *row)
{
	struct async_submit_ctl submit;

	init_async_submit(&submit, ASYNC_TX_ACK, NULL, bench_callback, NULL,
			  scribble);
	async_memcpy_folios(list_dest, list_source, BENCH_LIST, &submit);
}
#else
static void bench_folios(const struct bench_row *row)
{
	unsigned int i;

	for (i = 0; i < BENCH_LIST; i++)
		folio_copy(list_dest[i], list_source[i]);
}
#endif

/* Each copy takes on what the one before it has written; the last calls back. */
static void bench_chain(const struct bench_row *row)
{
	struct dma_async_tx_descriptor *tx = NULL;
	struct async_submit_ctl submit;
	unsigned int i;

	for (i = 0; i < BENCH_CHAIN - 1; i++) {
		init_async_submit(&submit, ASYNC_TX_FENCE, tx, NULL, NULL,
				  scribble);
		tx = async_memcpy(source[i + 1], source[i], 0, 0, row->len,
				  &submit);
	}
	init_async_submit(&submit, ASYNC_TX_ACK, tx, bench_callback, NULL,
			  scribble);
	async_memcpy(dest, source[i], 0, 0, row->len, &submit);
}

/* Rows of more than one operation to a doorbell tell of engines only. */
static const struct bench_row bench_rows[] = {
	{ "bare-memcpy-512", bare_memcpy, 512, 0, 1, 0, 1 },
	{ "bare-memcpy-4096", bare_memcpy, 4096, 0, 1, 0, 1 },
	{ "bare-xor4-512", bare_xor, 512, 4, 4, 0, 1 },
	{ "bare-xor4-4096", bare_xor, 4096, 4, 4, 0, 1 },
	{ "bare-xor8-512", bare_xor, 512, 8, 8, 0, 1 },
	{ "bare-xor8-4096", bare_xor, 4096, 8, 8, 0, 1 },
	{ "folios16-4096", bench_folios, 4096, 0, 1, 0, 1 },
	{ "memcpy-512", bench_memcpy, 512, 0, 1, 1, 1 },
	{ "memcpy-4096", bench_memcpy, 4096, 0, 1, 1, 1 },
	{ "xor4-512", bench_xor, 512, 4, 4, 1, 1 },
	{ "xor4-4096", bench_xor, 4096, 4, 4, 1, 1 },
	{ "xor8-512", bench_xor, 512, 8, 8, 1, 1 },
	{ "xor8-4096", bench_xor, 4096, 8, 8, 1, 1 },
	{ "chain8-512", bench_chain, 512, 0, 1, BENCH_CHAIN, 1 },
	{ "memcpy-4096-burst", bench_memcpy, 4096, 0, 1, 1, BENCH_BURST },
	{ "xor4-4096-burst", bench_xor, 4096, 4, 4, 1, BENCH_BURST },
	{ "xor8-4096-burst", bench_xor, 4096, 8, 8, 1, BENCH_BURST },
};

/* Two copies that differ, so that the second is not decided by the first. */
static void bench_two_memcpy(const struct bench_row *row)
{
	struct bench_row other = *row;

	other.len -= 8;
	bench_memcpy(row);
	bench_memcpy(&other);
}

/*
 * With channels to choose from and no doorbell to ring. The lengths are between two
 * powers of two, so that estimates have to be interpolated; short, so that they are
 * lost in the decision.
 */
static const struct bench_row bench_calls = {
	.name = "two-calls", .run = bench_two_memcpy, .len = 96, .result = 1, .burst = 1,
};

static u64 bench_batch(const struct bench_row *row)
{
	u64 start = ktime_get_ns();
	unsigned int i, j;

	for (i = 0; i < batch; i += row->burst) {
		for (j = 0; j < row->burst; j++)
			row->run(row);
		if (row->descs)
			async_tx_issue_pending_all();
	}

	return ktime_get_ns() - start;
}

/*
 * A figure counts only if every operation went where the row says: the engine
 * counts its descriptors, and leaves the poison in the destination. Again, each is
 * where the policy wants it.
 */
static bool bench_row_valid(const struct bench_row *row, bool again)
{
	unsigned long expect = (unsigned long)rounds * batch;
	const u8 *byte = page_address(dest);
	bool uniform = !memchr_inv(byte, *byte, row->len);

	if (row->descs && called_back != expect)
		return false;
	if (again)
		return uniform && (*byte == BENCH_POISON || *byte == row->result);
	if (!uniform || *byte != (engine ? BENCH_POISON : row->result))
		return false;
	if (!engine)
		return !instant_completed;
	return instant_completed >= expect * row->descs;
}

static void bench_fill_pages(void)
{
	unsigned int i;

	memset(page_address(dest), BENCH_POISON, PAGE_SIZE);
	for (i = 0; i < BENCH_SOURCES; i++)
		memset(page_address(source[i]), i + 1, PAGE_SIZE);
}

static int bench_one(const struct bench_row *row, const char *before, bool again)
{
	u64 best = U64_MAX;
	unsigned int i;

	called_back = 0;
	instant_completed = 0;
	bench_fill_pages();
	for (i = 0; i < rounds; i++) {
		best = min(best, bench_batch(row));
		cond_resched();
	}
	if (!bench_row_valid(row, again)) {
		pr_err("bench: invalid %s: %lu callbacks, %lu descriptors\n",
		       row->name, called_back, instant_completed);
		return -EIO;
	}
	best = div_u64(best * 100, batch);
	pr_info("bench: %s%s%s %llu.%02llu\n", before, engine ? "engine-" : "",
		row->name, best / 100, best % 100);
	if (again)
		pr_info("bench: for %lu calls the engine had %lu descriptors\n",
			(unsigned long)rounds * batch, instant_completed);

	return 0;
}

static bool bench_wanted(const struct bench_row *row)
{
	if (*only && strcmp(only, row->name))
		return false;
	return engine ? row->descs : row->burst == 1;
}

static int bench_all(const char *before, bool again)
{
	const struct bench_row *row = bench_rows;
	int ret = 0;

	if (idle)
		return bench_one(&bench_calls, before, false);
	for (; row < bench_rows + ARRAY_SIZE(bench_rows) && !ret; row++)
		if (bench_wanted(row))
			ret = bench_one(row, before, again);

	return ret;
}

static void bench_free_pages(void)
{
	unsigned int i;

	for (i = 1; i < BENCH_LIST; i++) {
		if (list_dest[i])
			folio_put(list_dest[i]);
		if (list_source[i])
			folio_put(list_source[i]);
	}
	for (i = 0; i < BENCH_SOURCES; i++)
		if (source[i])
			__free_page(source[i]);
	if (dest)
		__free_page(dest);
	memset(list_dest, 0, sizeof(list_dest));
	memset(list_source, 0, sizeof(list_source));
	memset(source, 0, sizeof(source));
	dest = NULL;
}

static int bench_alloc_pages(void)
{
	unsigned int i;

	dest = alloc_page(GFP_KERNEL);
	if (!dest)
		return -ENOMEM;
	for (i = 0; i < BENCH_SOURCES; i++) {
		source[i] = alloc_page(GFP_KERNEL);
		if (!source[i])
			return -ENOMEM;
	}
	list_dest[0] = page_folio(dest);
	list_source[0] = page_folio(source[0]);
	for (i = 1; i < BENCH_LIST; i++) {
		list_dest[i] = folio_alloc(GFP_KERNEL, 0);
		list_source[i] = folio_alloc(GFP_KERNEL, 0);
		if (!list_dest[i] || !list_source[i])
			return -ENOMEM;
	}

	return 0;
}

static int bench_measure(const char *before, bool again)
{
	int ret = bench_alloc_pages();

	if (!ret)
		ret = bench_all(before, again);
	bench_free_pages();
	return ret;
}

/* The writer sees to it that nobody else uses the engine. */
static int bench_again(const char *value, const struct kernel_param *kp)
{
	char before[32];

	if (!engine || !measured)
		return -EINVAL;
	if (strscpy(before, value) < 0)
		return -E2BIG;
	return bench_measure(strim(before), true);
}

static const struct kernel_param_ops bench_again_ops = {
	.set = bench_again,
};

module_param_cb(again, &bench_again_ops, NULL, 0200);
MODULE_PARM_DESC(again, "measure all rows of the instant engine again under such names");

static int __init bench_init(void)
{
	int ret = 0;

	if (!batch || batch % BENCH_BURST || !rounds || (engine && idle))
		return -EINVAL;

	if (engine)
		ret = instant_register();
	else if (idle)
		ret = idle_register(idle);
	if (ret)
		return ret;
	ret = bench_measure(prefix, false);
	if (engine) {
		measured = true;
		return 0;	/* stay: the engine is in use for good */
	}
	if (idle)
		idle_unregister();
	return ret ?: -EAGAIN;
}
module_init(bench_init);

MODULE_DESCRIPTION("Cost of async_tx as its clients see it");
MODULE_LICENSE("GPL");
