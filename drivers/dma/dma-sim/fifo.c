// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loopback's FIFOs: what was written to the tx register comes out of the rx
 * register. Metadata go along as notes at the byte that they came with. Called
 * by the loopback's thread, mostly; the caller holds loop_fifo.lock unless said
 * otherwise.
 */

#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "loopback.h"

/* Before there is anybody else. */
int loop_fifo_init(struct loop_fifo *fifo, unsigned int depth)
{
	spin_lock_init(&fifo->lock);
	return kfifo_alloc(&fifo->data, depth, GFP_KERNEL);
}

void loop_fifo_exit(struct loop_fifo *fifo)
{
	kfifo_free(&fifo->data);
}

/* Bytes for which the tx request line is raised. */
size_t loop_fifo_room(struct loop_fifo *fifo)
{
	lockdep_assert_held(&fifo->lock);
	return kfifo_avail(&fifo->data);
}

/* Bytes for which the rx request line is raised. */
size_t loop_fifo_fill(struct loop_fifo *fifo)
{
	lockdep_assert_held(&fifo->lock);
	return kfifo_len(&fifo->data);
}

static void loop_fifo_count(struct dma_sim_line_state *line, size_t n)
{
	line->bursts++;
	line->longest = max_t(unsigned int, line->longest, n);
}

/* A burst to the tx register, no longer than there is room. */
void loop_fifo_push(struct loop_fifo *fifo, const void *buf, size_t n)
{
	lockdep_assert_held(&fifo->lock);
	fifo->in += kfifo_in(&fifo->data, (const u8 *)buf, n);
	loop_fifo_count(&fifo->state.tx, n);
}

/* A burst from the rx register, no longer than there is fill. */
void loop_fifo_pop(struct loop_fifo *fifo, void *buf, size_t n)
{
	lockdep_assert_held(&fifo->lock);
	fifo->out += kfifo_out(&fifo->data, (u8 *)buf, n);
	loop_fifo_count(&fifo->state.rx, n);
}

bool loop_fifo_takes_note(struct loop_fifo *fifo)
{
	lockdep_assert_held(&fifo->lock);
	return fifo->note_in - fifo->note_out < LOOP_NOTES;
}

/* Notes @len bytes at the next byte that goes in. */
void loop_fifo_push_note(struct loop_fifo *fifo, const void *data, size_t len)
{
	struct loop_note *note = &fifo->note[fifo->note_in % LOOP_NOTES];

	lockdep_assert_held(&fifo->lock);
	note->pos = fifo->in;
	note->len = len;
	memcpy(note->data, data, len);
	fifo->note_in++;
}

/* The next note at a byte that has come out: its length, 0 without. */
size_t loop_fifo_pop_note(struct loop_fifo *fifo, void *data)
{
	struct loop_note *note = &fifo->note[fifo->note_out % LOOP_NOTES];

	lockdep_assert_held(&fifo->lock);
	if (fifo->note_in == fifo->note_out || note->pos >= fifo->out)
		return 0;
	memcpy(data, note->data, note->len);
	fifo->note_out++;
	return note->len;
}

/* Forgets what is in it. Takes the lock. */
void loop_fifo_flush(struct loop_fifo *fifo)
{
	unsigned long irq;

	spin_lock_irqsave(&fifo->lock, irq);
	kfifo_reset(&fifo->data);
	fifo->out = fifo->in;
	fifo->note_out = fifo->note_in;
	spin_unlock_irqrestore(&fifo->lock, irq);
}
