// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: operations as descriptors, and status words as facts.
 *
 * Called by dma.c and error.c with the channel's lock held, and by the KUnit
 * suite. Nothing here takes a lock or touches a device.
 */
#include <linux/bitfield.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "dma.h"

/*
 * Where the hardware looks for a source: in the descriptor (0), in the
 * extension in the next slot or the first half of the SED (1), or in the second
 * half (2); and which word of it.
 */
struct ioat_place {
	u8 part;
	u8 word;
};

static const struct ioat_place xor_places[IOAT_MAX_SRC] = {
	{ 0, 1 }, { 0, 4 }, { 0, 5 }, { 0, 6 }, { 0, 7 },
	{ 1, 0 }, { 1, 1 }, { 1, 2 },
};

static const struct ioat_place pq_places[IOAT_MAX_SRC] = {
	{ 0, 1 }, { 0, 4 }, { 0, 5 },
	{ 1, 0 }, { 1, 1 }, { 1, 2 }, { 1, 4 }, { 1, 5 },
};

static const struct ioat_place pq16_places[IOAT_MAX_SRC16] = {
	{ 0, 1 }, { 0, 4 },
	{ 1, 1 }, { 1, 2 }, { 1, 3 }, { 1, 4 }, { 1, 5 }, { 1, 6 }, { 1, 7 },
	{ 2, 0 }, { 2, 1 }, { 2, 2 }, { 2, 3 }, { 2, 4 }, { 2, 5 }, { 2, 6 },
};

static bool is_xor(u8 code)
{
	return code == IOAT_OP_XOR || code == IOAT_OP_XOR_VAL;
}

static bool is_pq(u8 code)
{
	return code == IOAT_OP_PQ || code == IOAT_OP_PQ_VAL;
}

static bool is_pq16(u8 code)
{
	return code == IOAT_OP_PQ_16S || code == IOAT_OP_PQ_VAL_16S;
}

static u32 stride(u8 code, unsigned int nr_src)
{
	return 1 + ((nr_src > IOAT_XOR_SHORT && is_xor(code)) ||
		    (nr_src > IOAT_PQ_SHORT && is_pq(code)));
}

/* Slots that each descriptor of @op takes: 2 if it needs an extension. */
u32 ioat_op_stride(const struct ioat_op *op)
{
	return stride(op->code, op->nr_src);
}

/*
 * Slots that such an operation (see struct ioat_op) takes, 0 if it does nothing
 * or no ring is large enough.
 */
u32 ioat_op_slots(u8 code, unsigned int nr_src, size_t len, bool null,
		  unsigned int xfercap)
{
	size_t pieces = len >> xfercap;

	/* Most copies and fills. */
	if (!nr_src && len - 1 < BIT(xfercap))
		return 1 + null;
	pieces += !!(len & (BIT(xfercap) - 1));
	if (pieces > BIT(IOAT_MAX_ORDER) / 4)
		return 0;
	return pieces * stride(code, nr_src) + null;
}

/*
 * How many slots of @op the engine is behind, when it has done the descriptors
 * in the first @slots of them: those of their extensions too. Less than all.
 */
u32 ioat_op_passed(const struct ioat_op *op, u32 slots)
{
	return round_up(slots, ioat_op_stride(op));
}

static void put_sources(const struct ioat_op *op, const struct ioat_place *place,
			u64 offset, union ioat_hw_desc *part[3])
{
	unsigned int i;

	for (i = 0; i < op->nr_src; i++, place++)
		part[place->part]->word[place->word] =
			cpu_to_le64(op->src[i] + offset);
}

static void put_coefs(const struct ioat_op *op, union ioat_hw_desc *part[3])
{
	unsigned int n = min_t(unsigned int, op->nr_src, IOAT_MAX_SRC);

	memcpy(&part[0]->word[IOAT_WORD_COEF], op->coef, n);
	if (op->nr_src > n)
		memcpy(&part[1]->word[IOAT_SED_COEF], op->coef + n,
		       op->nr_src - n);
}

static u32 sources_field(const struct ioat_op *op)
{
	if (!op->nr_src)
		return 0;
	return FIELD_PREP(IOAT_CTL_SOURCES, op->nr_src -
			  (is_pq16(op->code) ? IOAT_MIN_SRC16 : IOAT_MIN_SRC));
}

/* Sources, coefficients and Q of an xor or P+Q. */
static void encode_sources(const struct ioat_op *op, struct ioat_ring *ring, u32 slot,
			   u64 offset)
{
	union ioat_hw_desc *hw = &ring->hw[slot];
	union ioat_hw_desc *part[3] = {
		hw, &ring->hw[ioat_ring_slot(ring, slot + 1)],
	};

	if (is_xor(op->code)) {
		put_sources(op, xor_places, offset, part);
		return;
	}
	hw->word[IOAT_WORD_Q] = cpu_to_le64(op->dst[1] + offset);
	if (is_pq(op->code)) {
		put_sources(op, pq_places, offset, part);
	} else {
		part[1] = &ring->sed[slot].half[0];
		part[2] = &ring->sed[slot].half[1];
		hw->word[IOAT_WORD_SED] =
			cpu_to_le64(ring->sed_dma + slot * sizeof(*ring->sed));
		put_sources(op, pq16_places, offset, part);
	}
	put_coefs(op, part);
}

/* One descriptor with all that belongs to it; the links stay as they are. */
static void encode_piece(const struct ioat_op *op, struct ioat_ring *ring,
			 u32 index, u64 offset, u32 size, u32 ctl)
{
	u32 slot = ioat_ring_slot(ring, index);
	union ioat_hw_desc *hw = &ring->hw[slot];

	hw->size = cpu_to_le32(size);
	hw->ctl = cpu_to_le32(ctl | op->ctl | sources_field(op) |
			      FIELD_PREP(IOAT_CTL_OP, op->code));
	hw->dst = cpu_to_le64(op->dst[0] + offset);
	if (op->nr_src)
		encode_sources(op, ring, slot, offset);
	else	/* The pattern of a fill does not move along. */
		hw->src = cpu_to_le64(op->src[0] +
				      (op->code == IOAT_OP_FILL ? 0 : offset));
}

static void encode_null(struct ioat_ring *ring, u32 index, u32 ctl)
{
	union ioat_hw_desc *hw = &ring->hw[ioat_ring_slot(ring, index)];

	hw->size = cpu_to_le32(IOAT_NULL_SIZE);
	hw->ctl = cpu_to_le32(ctl | IOAT_CTL_NULL |
			      FIELD_PREP(IOAT_CTL_OP, IOAT_OP_COPY));
	hw->src = 0;
	hw->dst = 0;
}

/* Writes @op, of ioat_op_slots() slots, to the ring from slot @index on. */
void ioat_encode_op(const struct ioat_op *op, struct ioat_ring *ring, u32 index,
		    unsigned int xfercap)
{
	u32 step = ioat_op_stride(op);
	size_t left = op->len, size;
	u32 ctl = 0;

	for (; left; left -= size, index += step) {
		size = min_t(size_t, left, BIT(xfercap));
		if (size == left)
			ctl = (op->fence ? IOAT_CTL_FENCE : 0) |
			      (op->null ? 0 : op->last);
		encode_piece(op, ring, index, op->len - left, size, ctl);
	}
	if (op->null)
		encode_null(ring, index, op->last);
}

/*
 * How many slots from the oldest on are done if @status is the latest. 0 when it
 * tells nothing new: it names no slot, as after a reset, or one that is not in
 * flight, as an old write-back does.
 */
u32 ioat_ring_completed(const struct ioat_ring *ring, u64 status)
{
	u64 offset = (status & IOAT_CHANSTS_ADDR) - ring->dma;
	u32 done;

	if (offset >= sizeof(*ring->hw) << ring->order)
		return 0;
	done = ioat_ring_slot(ring, offset / sizeof(*ring->hw) - ring->tail) + 1;
	return done <= ring->issued - ring->tail ? done : 0;
}

/* What a client is told of a descriptor that halted the channel. */
enum dmaengine_tx_result ioat_chanerr_result(u32 chanerr)
{
	if (chanerr & (IOAT_CHANERR_READ_DATA | IOAT_CHANERR_SRC_ADDR))
		return DMA_TRANS_READ_FAILED;
	if (chanerr & (IOAT_CHANERR_WRITE_DATA | IOAT_CHANERR_DEST_ADDR))
		return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_ABORTED;
}

/*
 * Did the channel halt only because a check found a difference? That is no
 * failure; then the verdict is noted in @result.
 */
bool ioat_chanerr_verdict(u32 chanerr, const struct ioat_op *op,
			  enum sum_check_flags *result)
{
	u32 possible;

	switch (op->code) {
	case IOAT_OP_XOR_VAL:
		possible = IOAT_CHANERR_P;
		break;
	case IOAT_OP_PQ_VAL:
	case IOAT_OP_PQ_VAL_16S:
		possible = IOAT_CHANERR_P | IOAT_CHANERR_Q;
		break;
	default:
		return false;
	}
	if (!chanerr || chanerr & ~possible)
		return false;
	if (chanerr & IOAT_CHANERR_P)
		*result |= SUM_CHECK_P_RESULT;
	if (chanerr & IOAT_CHANERR_Q)
		*result |= SUM_CHECK_Q_RESULT;
	return true;
}

/*
 * How many microseconds an interrupt may wait for others while @in_flight slots
 * are to come, @coalesce us for each. In powers of two, so that the register is
 * not written all the time; 64 slots are as good as more.
 */
unsigned int ioat_intr_delay(unsigned int coalesce, u32 in_flight)
{
	unsigned int delay = coalesce * min_t(u32, in_flight, 64);

	if (!delay)
		return 0;
	return min_t(unsigned int, rounddown_pow_of_two(delay), IOAT_INTRDELAY_MASK);
}

/*
 * What an operation takes, by what is published: ns to start, and MB/s of what is
 * read. Unknown is forever.
 */
u64 ioat_op_ns(const struct ioat_op *op, unsigned int setup_ns, unsigned int bandwidth)
{
	u64 bytes = (u64)op->len * max_t(unsigned int, op->nr_src, 1);

	if (!setup_ns || !bandwidth)
		return U64_MAX;
	return setup_ns + div_u64(bytes * NSEC_PER_USEC, bandwidth);
}

/* What to publish when a short copy took @short_ns; U64_MAX if none was made. */
unsigned int ioat_setup_ns(u64 short_ns)
{
	return short_ns > UINT_MAX ? 0 : short_ns;
}

/* Likewise, when one of @len bytes more took @long_ns. */
unsigned int ioat_bandwidth(size_t len, u64 short_ns, u64 long_ns)
{
	if (long_ns > UINT_MAX || long_ns <= short_ns)
		return 0;
	return div64_u64((u64)len * NSEC_PER_USEC, long_ns - short_ns);
}
