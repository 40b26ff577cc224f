// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several requests that end as one.
 *
 * The whole is a request that is on no channel: it has a handle, a callback and
 * children like any other, and ends when the last of its parts has. A part is a
 * request of its own, without a handle, that counts the whole's ->parts down when
 * it ends. Nothing else ties them together, and there is no lock.
 *
 * A list of copies (async_memcpy_sg.c) is a whole.
 */
#include "internal.h"

/**
 * async_tx_part_done - the callback of each part
 * @whole: what it is a part of; it may have ended on return
 *
 * Context: any.
 */
void async_tx_part_done(void *whole)
{
	struct async_tx_request *req = whole;

	if (atomic_dec_and_test(&req->parts))
		async_tx_request_done(req);
}
