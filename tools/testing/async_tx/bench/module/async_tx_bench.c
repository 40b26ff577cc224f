// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does async_tx cost its caller? Times operations from the client's side
 * and prints one line per row: "bench: <row> <ns>".
 *
 * Built unchanged against the base tree and against ours, so it uses only what
 * both offer; but for a list of folios, which base has to copy one by one.
 * insmod engine=0 measures with whatever channels the machine has (in the bench
 * kernel: none) and then unloads by failing with -EAGAIN; insmod engine=1 first
 * registers an engine that is done the moment its doorbell rings and moves no
 * data, so that only the framework's cost is left.
 *
 * Takes no locks: everything, the engine included, runs in the context of the
 * caller of insmod, on a kernel without preemption and with one CPU.
 */
#include <linux/async_tx.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/raid/xor.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "dmaengine.h"

#define BENCH_SOURCES	8
#define BENCH_CHAIN	BENCH_SOURCES
#define BENCH_XOR_PASS	4	/* sources of one xor_blocks() call */
#define BENCH_LIST	16	/* folios */
#define BENCH_BURST	16	/* about what raid5d submits to a doorbell */
#define BENCH_POISON	0xa5
#define ENGINE_RING	64

static bool engine;
module_param(engine, bool, 0444);
MODULE_PARM_DESC(engine, "register the instant engine and measure with it");

static unsigned int batch = 2000;
module_param(batch, uint, 0444);
MODULE_PARM_DESC(batch, "operations between two looks at the clock, a multiple of 16");

static unsigned int rounds = 100;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "batches per row, of which the fastest counts");

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "measure this row alone, for a profiler");

/* ---- the engine ---- */

struct instant_desc {
	struct dma_async_tx_descriptor tx;
	struct instant_desc *next;	/* in order of submission */
	bool busy;			/* prepared, not yet completed */
};

/*
 * Descriptors are handed out round the ring; one is free again once it has
 * completed and its user has acked it.
 */
static struct instant_engine {
	struct dma_device dma;
	struct dma_chan chan;
	struct instant_desc ring[ENGINE_RING];
	unsigned int head;
	struct instant_desc *first, **last;
	bool draining;
	unsigned long completed;
} instant;

static dma_cookie_t instant_submit(struct dma_async_tx_descriptor *tx)
{
	struct instant_desc *desc = container_of(tx, struct instant_desc, tx);

	desc->next = NULL;
	*instant.last = desc;
	instant.last = &desc->next;

	return dma_cookie_assign(tx);
}

static struct dma_async_tx_descriptor *
instant_prep(struct dma_chan *chan, unsigned long flags)
{
	struct instant_desc *desc = &instant.ring[instant.head];

	if (desc->busy || !async_tx_test_ack(&desc->tx))
		return NULL;

	instant.head = (instant.head + 1) % ENGINE_RING;
	desc->busy = true;
	dma_async_tx_descriptor_init(&desc->tx, chan);
	desc->tx.flags = flags;
	desc->tx.callback = NULL;
	desc->tx.callback_result = NULL;
	desc->tx.tx_submit = instant_submit;

	return &desc->tx;
}

static struct dma_async_tx_descriptor *
instant_prep_memcpy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src,
		    size_t len, unsigned long flags)
{
	return instant_prep(chan, flags);
}

static struct dma_async_tx_descriptor *
instant_prep_xor(struct dma_chan *chan, dma_addr_t dst, dma_addr_t *src,
		 unsigned int src_cnt, size_t len, unsigned long flags)
{
	return instant_prep(chan, flags);
}

static struct dma_async_tx_descriptor *
instant_prep_xor_val(struct dma_chan *chan, dma_addr_t *src,
		     unsigned int src_cnt, size_t len,
		     enum sum_check_flags *result, unsigned long flags)
{
	*result = 0;
	return instant_prep(chan, flags);
}

static struct dma_async_tx_descriptor *
instant_prep_pq(struct dma_chan *chan, dma_addr_t *dst, dma_addr_t *src,
		unsigned int src_cnt, const unsigned char *scf, size_t len,
		unsigned long flags)
{
	return instant_prep(chan, flags);
}

static struct dma_async_tx_descriptor *
instant_prep_pq_val(struct dma_chan *chan, dma_addr_t *pq, dma_addr_t *src,
		    unsigned int src_cnt, const unsigned char *scf, size_t len,
		    enum sum_check_flags *pqres, unsigned long flags)
{
	*pqres = 0;
	return instant_prep(chan, flags);
}

static void instant_complete(struct instant_desc *desc)
{
	struct dma_async_tx_descriptor *tx = &desc->tx;

	instant.completed++;
	dma_cookie_complete(tx);
	dma_descriptor_unmap(tx);
	dmaengine_desc_get_callback_invoke(tx, NULL);
	dma_run_dependencies(tx);
	desc->busy = false;
}

/* A callback may submit and ring again: the outermost call does it all. */
static void instant_issue_pending(struct dma_chan *chan)
{
	struct instant_desc *desc;

	if (instant.draining)
		return;

	instant.draining = true;
	while ((desc = instant.first)) {
		instant.first = desc->next;
		if (!instant.first)
			instant.last = &instant.first;
		instant_complete(desc);
	}
	instant.draining = false;
}

static enum dma_status instant_tx_status(struct dma_chan *chan,
					 dma_cookie_t cookie,
					 struct dma_tx_state *state)
{
	return dma_cookie_status(chan, cookie, state);
}

static int instant_alloc_chan_resources(struct dma_chan *chan)
{
	unsigned int i;

	for (i = 0; i < ENGINE_RING; i++)
		async_tx_ack(&instant.ring[i].tx);
	instant.last = &instant.first;
	dma_cookie_init(chan);

	return ENGINE_RING;
}

static void instant_free_chan_resources(struct dma_chan *chan)
{
}

/* Every operation that base asks of an engine before it uses it for any. */
static int instant_probe(struct platform_device *pdev)
{
	struct dma_device *dma = &instant.dma;

	dma->dev = &pdev->dev;
	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma_cap_set(DMA_XOR, dma->cap_mask);
	dma_cap_set(DMA_XOR_VAL, dma->cap_mask);
	dma_cap_set(DMA_PQ, dma->cap_mask);
	dma_cap_set(DMA_PQ_VAL, dma->cap_mask);
	dma_cap_set(DMA_INTERRUPT, dma->cap_mask);
	dma->max_xor = 32;
	dma_set_maxpq(dma, 32, 0);

	dma->device_prep_dma_memcpy = instant_prep_memcpy;
	dma->device_prep_dma_xor = instant_prep_xor;
	dma->device_prep_dma_xor_val = instant_prep_xor_val;
	dma->device_prep_dma_pq = instant_prep_pq;
	dma->device_prep_dma_pq_val = instant_prep_pq_val;
	dma->device_prep_dma_interrupt = instant_prep;
	dma->device_issue_pending = instant_issue_pending;
	dma->device_tx_status = instant_tx_status;
	dma->device_alloc_chan_resources = instant_alloc_chan_resources;
	dma->device_free_chan_resources = instant_free_chan_resources;

	INIT_LIST_HEAD(&dma->channels);
	instant.chan.device = dma;
	list_add_tail(&instant.chan.device_node, &dma->channels);

	return dma_async_device_register(dma);
}

static struct platform_driver instant_driver = {
	.driver.name = "async-tx-bench",
};

/* ---- the client ---- */

static struct page *dest, *source[BENCH_SOURCES];
static struct folio *list_dest[BENCH_LIST], *list_source[BENCH_LIST];
static addr_conv_t scribble[BENCH_SOURCES + 1];
static unsigned long called_back;

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

/*
 * Rows of more than one operation to a doorbell tell of engines only. The chain
 * overwrites the sources, so without an engine it is the last.
 */
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
 * counts its descriptors, and leaves the poison in the destination.
 */
static bool bench_row_valid(const struct bench_row *row)
{
	unsigned long expect = (unsigned long)rounds * batch;
	u8 byte = engine ? BENCH_POISON : row->result;

	if (row->descs && called_back != expect)
		return false;
	if (memchr_inv(page_address(dest), byte, row->len))
		return false;
	if (!engine)
		return !instant.completed;
	return instant.completed >= expect * row->descs;
}

static int bench_one(const struct bench_row *row)
{
	u64 best = U64_MAX;
	unsigned int i;

	called_back = 0;
	instant.completed = 0;
	memset(page_address(dest), BENCH_POISON, PAGE_SIZE);
	for (i = 0; i < rounds; i++) {
		best = min(best, bench_batch(row));
		cond_resched();
	}
	if (!bench_row_valid(row)) {
		pr_err("bench: invalid %s: %lu callbacks, %lu descriptors\n",
		       row->name, called_back, instant.completed);
		return -EIO;
	}
	best = div_u64(best * 100, batch);
	pr_info("bench: %s%s %llu.%02llu\n", engine ? "engine-" : "",
		row->name, best / 100, best % 100);

	return 0;
}

static int bench_all(void)
{
	const struct bench_row *row = bench_rows;
	int ret = 0;

	for (; row < bench_rows + ARRAY_SIZE(bench_rows) && !ret; row++)
		if ((engine ? row->descs : row->burst == 1) &&
		    (!*only || !strcmp(only, row->name)))
			ret = bench_one(row);

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
		memset(page_address(source[i]), i + 1, PAGE_SIZE);
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

static int __init bench_init(void)
{
	struct platform_device *pdev;
	int ret;

	if (!batch || batch % BENCH_BURST || !rounds)
		return -EINVAL;

	ret = bench_alloc_pages();
	if (ret)
		goto out;
	if (engine) {
		pdev = platform_create_bundle(&instant_driver, instant_probe,
					      NULL, 0, NULL, 0);
		if (IS_ERR(pdev)) {
			ret = PTR_ERR(pdev);
			goto out;
		}
	}
	ret = bench_all();
	if (engine)
		ret = 0;	/* stay: the engine is in use for good */
out:
	bench_free_pages();
	return ret || engine ? ret : -EAGAIN;
}
module_init(bench_init);

MODULE_DESCRIPTION("Cost of async_tx as its clients see it");
MODULE_LICENSE("GPL");
