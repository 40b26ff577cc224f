// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what the I/OAT driver does without hardware: the descriptors
 * that it writes, and what it makes of status words and errors. Expected are
 * numbers, by the layouts of the hardware, not by the driver's own tables.
 */
#include <kunit/test.h>
#include <linux/slab.h>

/* It is part of the driver, which is not there without PCI and x86. */
#include "encode.c"

#define TEST_RING	0x100000ULL
#define TEST_SED	0x200000ULL
#define TEST_XFERCAP	12
#define SRC(i)		(0x10000ULL * ((i) + 1))
#define P		0xa0000ULL
#define Q		0xb0000ULL

static u32 slots_of(const struct ioat_op *op)
{
	return ioat_op_slots(op->code, op->nr_src, op->len, op->null, TEST_XFERCAP);
}

static struct ioat_ring *new_ring(struct kunit *test)
{
	struct ioat_ring *ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ring);
	ring->order = 3;
	ring->dma = TEST_RING;
	ring->sed_dma = TEST_SED;
	ring->hw = kunit_kcalloc(test, 8, sizeof(*ring->hw), GFP_KERNEL);
	ring->sed = kunit_kcalloc(test, 8, sizeof(*ring->sed), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ring->hw);
	KUNIT_ASSERT_NOT_NULL(test, ring->sed);
	for (int i = 0; i < 8; i++)
		ring->hw[i].next = cpu_to_le64(ioat_ring_addr(ring, i + 1));
	return ring;
}

static struct ioat_op new_op(u8 code, unsigned int nr_src, size_t len)
{
	struct ioat_op op = {
		.code = code, .nr_src = nr_src, .len = len, .dst = { P, Q },
		.last = IOAT_CTL_WRITEBACK | IOAT_CTL_INT,
	};

	for (int i = 0; i < IOAT_MAX_SRC16; i++) {
		op.src[i] = SRC(i);
		op.coef[i] = 0x80 + i;
	}
	return op;
}

static void expect_words(struct kunit *test, const union ioat_hw_desc *hw,
			 const u64 expected[8])
{
	for (int i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ_MSG(test, le64_to_cpu(hw->word[i]), expected[i], "word %d", i);
}

/* Size and control word, as the first 64 bits. */
#define HEAD(size, ctl)	((u64)(ctl) << 32 | (size))
#define NEXT(slot)	(TEST_RING + 64 * ((slot) % 8))

static void copy_is_one_descriptor(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_COPY, 0, 4096);

	KUNIT_EXPECT_EQ(test, slots_of(&op), 1);
	ioat_encode_op(&op, ring, 2, TEST_XFERCAP);
	expect_words(test, &ring->hw[2], (u64[8]) { HEAD(4096, 0x9), SRC(0), P, NEXT(3) });
}

static void long_copy_is_cut_and_wraps(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_COPY, 0, 2 * 4096 + 1);

	op.fence = true;
	KUNIT_EXPECT_EQ(test, slots_of(&op), 3);
	ioat_encode_op(&op, ring, 15, TEST_XFERCAP);
	expect_words(test, &ring->hw[7], (u64[8]) { HEAD(4096, 0), SRC(0), P, NEXT(0) });
	expect_words(test, &ring->hw[0],
		     (u64[8]) { HEAD(4096, 0), SRC(0) + 4096, P + 4096, NEXT(1) });
	/* Fence, interrupt and write-back are the last one's. */
	expect_words(test, &ring->hw[1],
		     (u64[8]) { HEAD(1, 0x19), SRC(0) + 8192, P + 8192, NEXT(2) });
}

static void fill_keeps_its_pattern(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_FILL, 0, 4096 + 16);

	op.src[0] = 0x3c3c3c3c3c3c3c3cULL;
	ioat_encode_op(&op, ring, 0, TEST_XFERCAP);
	expect_words(test, &ring->hw[0],
		     (u64[8]) { HEAD(4096, 0x01000000), 0x3c3c3c3c3c3c3c3cULL, P, NEXT(1) });
	expect_words(test, &ring->hw[1],
		     (u64[8]) { HEAD(16, 0x01000009), 0x3c3c3c3c3c3c3c3cULL, P + 4096,
				NEXT(2) });
}

static void xor_ends_with_a_null_descriptor(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_XOR, 5, 512);

	op.null = true;
	op.fence = true;
	KUNIT_EXPECT_EQ(test, slots_of(&op), 2);
	ioat_encode_op(&op, ring, 0, TEST_XFERCAP);
	/* 5 sources are 3 to the hardware, from bit 5 on. */
	expect_words(test, &ring->hw[0],
		     (u64[8]) { HEAD(512, 0x87000070), SRC(0), P, NEXT(1),
				SRC(1), SRC(2), SRC(3), SRC(4) });
	expect_words(test, &ring->hw[1], (u64[8]) { HEAD(1, 0x29), 0, 0, NEXT(2) });
}

static void xor_of_many_has_an_extension(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_XOR_VAL, 8, 4096 + 512);

	op.null = true;
	KUNIT_EXPECT_EQ(test, slots_of(&op), 5);
	ioat_encode_op(&op, ring, 0, TEST_XFERCAP);
	expect_words(test, &ring->hw[0],
		     (u64[8]) { HEAD(4096, 0x880000c0), SRC(0), P, NEXT(1),
				SRC(1), SRC(2), SRC(3), SRC(4) });
	expect_words(test, &ring->hw[1],
		     (u64[8]) { SRC(5), SRC(6), SRC(7), NEXT(2) });
	expect_words(test, &ring->hw[2],
		     (u64[8]) { HEAD(512, 0x880000c0), SRC(0) + 4096, P + 4096, NEXT(3),
				SRC(1) + 4096, SRC(2) + 4096, SRC(3) + 4096, SRC(4) + 4096 });
	expect_words(test, &ring->hw[3],
		     (u64[8]) { SRC(5) + 4096, SRC(6) + 4096, SRC(7) + 4096, NEXT(4) });
}

static void pq_of_few(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_PQ, 3, 512);

	op.ctl = IOAT_CTL_NO_P;
	KUNIT_EXPECT_EQ(test, slots_of(&op), 1);
	ioat_encode_op(&op, ring, 0, TEST_XFERCAP);
	expect_words(test, &ring->hw[0],
		     (u64[8]) { HEAD(512, 0x89000829), SRC(0), P, NEXT(1),
				SRC(1), SRC(2), 0x828180, Q });
}

static void pq_of_many_has_an_extension(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_PQ_VAL, 8, 512);

	op.ctl = IOAT_CTL_NO_Q | IOAT_CTL_ERROR_STATUS;
	KUNIT_EXPECT_EQ(test, slots_of(&op), 2);
	ioat_encode_op(&op, ring, 0, TEST_XFERCAP);
	expect_words(test, &ring->hw[0],
		     (u64[8]) { HEAD(512, 0x8a0090c9), SRC(0), P, NEXT(1),
				SRC(1), SRC(2), 0x8786858483828180ULL, Q });
	expect_words(test, &ring->hw[1],
		     (u64[8]) { SRC(3), SRC(4), SRC(5), NEXT(2), SRC(6), SRC(7) });
}

static void pq_of_sixteen_has_an_sed(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_PQ_16S, 16, 512);

	KUNIT_EXPECT_EQ(test, slots_of(&op), 1);
	ioat_encode_op(&op, ring, 3, TEST_XFERCAP);
	expect_words(test, &ring->hw[3],
		     (u64[8]) { HEAD(512, 0xa00000e9), SRC(0), P, NEXT(4), SRC(1),
				TEST_SED + 3 * 128, 0x8786858483828180ULL, Q });
	expect_words(test, &ring->sed[3].half[0],
		     (u64[8]) { 0x8f8e8d8c8b8a8988ULL, SRC(2), SRC(3), SRC(4), SRC(5),
				SRC(6), SRC(7), SRC(8) });
	expect_words(test, &ring->sed[3].half[1],
		     (u64[8]) { SRC(9), SRC(10), SRC(11), SRC(12), SRC(13), SRC(14),
				SRC(15) });
}

static void pq_of_nine_leaves_its_neighbours_alone(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);
	struct ioat_op op = new_op(IOAT_OP_PQ_VAL_16S, 9, 512);

	ioat_encode_op(&op, ring, 7, TEST_XFERCAP);
	expect_words(test, &ring->hw[7],
		     (u64[8]) { HEAD(512, 0xa1000009), SRC(0), P, NEXT(0), SRC(1),
				TEST_SED + 7 * 128, 0x8786858483828180ULL, Q });
	expect_words(test, &ring->sed[7].half[0],
		     (u64[8]) { 0x88, SRC(2), SRC(3), SRC(4), SRC(5), SRC(6), SRC(7),
				SRC(8) });
	expect_words(test, &ring->sed[7].half[1], (u64[8]) { });
	expect_words(test, &ring->hw[0], (u64[8]) { 0, 0, 0, NEXT(1) });
}

static void what_no_ring_can_hold_takes_no_slots(struct kunit *test)
{
	struct ioat_op op = new_op(IOAT_OP_COPY, 0, 0);

	KUNIT_EXPECT_EQ(test, slots_of(&op), 0);
	op.len = SIZE_MAX;
	KUNIT_EXPECT_EQ(test, slots_of(&op), 0);
	op.len = (size_t)4096 << (IOAT_MAX_ORDER - 2);
	KUNIT_EXPECT_EQ(test, slots_of(&op), BIT(IOAT_MAX_ORDER - 2));
	op.len++;
	KUNIT_EXPECT_EQ(test, slots_of(&op), 0);
	/* An interrupt alone. */
	op.len = 0;
	op.null = true;
	KUNIT_EXPECT_EQ(test, slots_of(&op), 1);
}

static void extension_is_done_with_its_descriptor(struct kunit *test)
{
	struct ioat_op op = new_op(IOAT_OP_PQ, 8, 2 * 4096);

	KUNIT_EXPECT_EQ(test, slots_of(&op), 4);
	KUNIT_EXPECT_EQ(test, ioat_op_passed(&op, 1), 2);
	KUNIT_EXPECT_EQ(test, ioat_op_passed(&op, 2), 2);
	KUNIT_EXPECT_EQ(test, ioat_op_passed(&op, 3), 4);
	/* Three sources need none, nor do nine, which have an SED. */
	op.nr_src = 3;
	KUNIT_EXPECT_EQ(test, ioat_op_passed(&op, 1), 1);
	op = new_op(IOAT_OP_PQ_16S, 9, 2 * 4096);
	KUNIT_EXPECT_EQ(test, ioat_op_passed(&op, 1), 1);
}

static void status_tells_how_many_are_done(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);

	ring->tail = U32_MAX - 1;	/* slot 6, and soon past the end of 32 bits */
	ring->issued = ring->tail + 5;
	ring->head = ring->tail + 7;
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, NEXT(6)), 1);
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, NEXT(6) | IOAT_CHANSTS_HALTED), 1);
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, NEXT(2)), 5);
	/* In the ring, but no doorbell was rung for it. */
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, NEXT(3)), 0);
	/* Old news. */
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, NEXT(5)), 0);
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, NEXT(5) | IOAT_CHANSTS_DONE), 0);
	/* Nothing yet, not ours, and no device. */
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, 0), 0);
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, TEST_RING - 64), 0);
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, TEST_RING + 8 * 64), 0);
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, ~0ULL), 0);
}

static void full_ring_is_not_mistaken_for_done(struct kunit *test)
{
	struct ioat_ring *ring = new_ring(test);

	ring->tail = 3;
	ring->head = 3;
	KUNIT_EXPECT_EQ(test, ioat_ring_room(ring), 8 - IOAT_SPARE_SLOTS);
	ring->head = ring->tail + ioat_ring_room(ring);
	ring->issued = ring->head;
	KUNIT_EXPECT_EQ(test, ioat_ring_room(ring), 0);
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, NEXT(2)), 0);
	KUNIT_EXPECT_EQ(test, ioat_ring_completed(ring, NEXT(ring->head - 1)), 7);
}

static void errors_have_results(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ioat_chanerr_result(0), DMA_TRANS_ABORTED);
	KUNIT_EXPECT_EQ(test, ioat_chanerr_result(BIT(0)), DMA_TRANS_READ_FAILED);
	KUNIT_EXPECT_EQ(test, ioat_chanerr_result(BIT(8)), DMA_TRANS_READ_FAILED);
	KUNIT_EXPECT_EQ(test, ioat_chanerr_result(BIT(1)), DMA_TRANS_WRITE_FAILED);
	KUNIT_EXPECT_EQ(test, ioat_chanerr_result(BIT(9)), DMA_TRANS_WRITE_FAILED);
	KUNIT_EXPECT_EQ(test, ioat_chanerr_result(BIT(10)), DMA_TRANS_ABORTED);
}

static void verdict_is(struct kunit *test, u8 code, u32 chanerr, bool verdict,
		       enum sum_check_flags expected)
{
	struct ioat_op op = { .code = code };
	enum sum_check_flags result = 0;

	KUNIT_EXPECT_EQ(test, ioat_chanerr_verdict(chanerr, &op, &result), verdict);
	KUNIT_EXPECT_EQ(test, result, expected);
}

static void a_check_that_finds_something_is_no_error(struct kunit *test)
{
	u32 p = BIT(16), q = BIT(17);

	verdict_is(test, IOAT_OP_XOR_VAL, p, true, SUM_CHECK_P_RESULT);
	verdict_is(test, IOAT_OP_PQ_VAL, p, true, SUM_CHECK_P_RESULT);
	verdict_is(test, IOAT_OP_PQ_VAL, q, true, SUM_CHECK_Q_RESULT);
	verdict_is(test, IOAT_OP_PQ_VAL_16S, p | q, true,
		   SUM_CHECK_P_RESULT | SUM_CHECK_Q_RESULT);
	/* Not of these, not with something worse, not of nothing. */
	verdict_is(test, IOAT_OP_COPY, p, false, 0);
	verdict_is(test, IOAT_OP_XOR_VAL, q, false, 0);
	verdict_is(test, IOAT_OP_XOR_VAL, p | BIT(8), false, 0);
	verdict_is(test, IOAT_OP_PQ_VAL, 0, false, 0);
}

static void interrupts_wait_only_for_others(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ioat_intr_delay(1, 0), 0);
	KUNIT_EXPECT_EQ(test, ioat_intr_delay(0, 100), 0);
	KUNIT_EXPECT_EQ(test, ioat_intr_delay(1, 1), 1);
	KUNIT_EXPECT_EQ(test, ioat_intr_delay(1, 13), 8);
	KUNIT_EXPECT_EQ(test, ioat_intr_delay(1, 10000), 64);
	KUNIT_EXPECT_EQ(test, ioat_intr_delay(IOAT_INTRDELAY_MASK, 10000), IOAT_INTRDELAY_MASK);
}

static void speed_is_what_two_copies_took(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ioat_setup_ns(1234), 1234);
	KUNIT_EXPECT_EQ(test, ioat_bandwidth(4000, 1234, 2234), 4000);
	/* 32 KiB in half a millisecond; and what no engine reaches. */
	KUNIT_EXPECT_EQ(test, ioat_bandwidth(32768, 0, 500000), 65);
	KUNIT_EXPECT_EQ(test, ioat_bandwidth(32768, 1000, 1001), 32768000);
}

static void speed_tells_how_long_it_takes(struct kunit *test)
{
	struct ioat_op copy = { .nr_src = 1, .len = 4000 };
	struct ioat_op xor = { .nr_src = 5, .len = 4000 };
	struct ioat_op fill = { .len = 4000 };
	struct ioat_op null = { };

	KUNIT_EXPECT_EQ(test, ioat_op_ns(&copy, 500, 4000), 1500);
	KUNIT_EXPECT_EQ(test, ioat_op_ns(&fill, 500, 4000), 1500);
	KUNIT_EXPECT_EQ(test, ioat_op_ns(&xor, 500, 4000), 5500);
	KUNIT_EXPECT_EQ(test, ioat_op_ns(&null, 500, 4000), 500);
	/* Nobody knows. */
	KUNIT_EXPECT_EQ(test, ioat_op_ns(&copy, 0, 4000), U64_MAX);
	KUNIT_EXPECT_EQ(test, ioat_op_ns(&copy, 500, 0), U64_MAX);
}

static void speed_is_not_guessed(struct kunit *test)
{
	/* A copy that was never made took forever. */
	KUNIT_EXPECT_EQ(test, ioat_setup_ns(U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, ioat_bandwidth(4000, U64_MAX, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, ioat_bandwidth(4000, 1000, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, ioat_bandwidth(4000, 1000, 1000), 0);
	KUNIT_EXPECT_EQ(test, ioat_bandwidth(4000, 1000, 999), 0);
}

static struct kunit_case ioat_cases[] = {
	KUNIT_CASE(copy_is_one_descriptor),
	KUNIT_CASE(long_copy_is_cut_and_wraps),
	KUNIT_CASE(fill_keeps_its_pattern),
	KUNIT_CASE(xor_ends_with_a_null_descriptor),
	KUNIT_CASE(xor_of_many_has_an_extension),
	KUNIT_CASE(pq_of_few),
	KUNIT_CASE(pq_of_many_has_an_extension),
	KUNIT_CASE(pq_of_sixteen_has_an_sed),
	KUNIT_CASE(pq_of_nine_leaves_its_neighbours_alone),
	KUNIT_CASE(what_no_ring_can_hold_takes_no_slots),
	KUNIT_CASE(extension_is_done_with_its_descriptor),
	KUNIT_CASE(status_tells_how_many_are_done),
	KUNIT_CASE(full_ring_is_not_mistaken_for_done),
	KUNIT_CASE(errors_have_results),
	KUNIT_CASE(a_check_that_finds_something_is_no_error),
	KUNIT_CASE(interrupts_wait_only_for_others),
	KUNIT_CASE(speed_is_what_two_copies_took),
	KUNIT_CASE(speed_tells_how_long_it_takes),
	KUNIT_CASE(speed_is_not_guessed),
	{ }
};

static struct kunit_suite ioat_suite = {
	.name = "ioat",
	.test_cases = ioat_cases,
};

kunit_test_suite(ioat_suite);

MODULE_DESCRIPTION("KUnit tests of the I/OAT driver");
MODULE_LICENSE("GPL");
