/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel I/OAT: one descriptor. ioat_desc_fetch() reads it and says what is
 * wrong with its place in the chain; ioat_desc_run() says what is wrong with
 * the descriptor, or does what it asks for.
 *
 * Both return 0 or bits of CHANERR, and are run by the channel's thread, with
 * no lock held.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "qemu/log.h"
#include "sysemu/dma.h"
#include "hw/dma/ioat.h"

/*
 * Where the addresses of the sources are, in 64-bit words: 0 to 7 in the
 * descriptor, from 8 in its extension.
 */
static const uint8_t xor_source_word[] = { 1, 4, 5, 6, 7, 8, 9, 10 };
static const uint8_t pq_source_word[] = { 1, 4, 5, 8, 9, 10, 12, 13 };
/* 16 sources: two in the descriptor, seven and seven more in its two SEDs. */
static const uint8_t pq16_source_word[] = {
    1, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22
};

#define COEF_WORD               6       /* eight bytes: one a source */
#define Q_ADDR_WORD             7
#define SED_ADDR_WORD           5
#define SED_ALIGN               64

/* An operation, decoded. */
typedef struct IoatOp {
    unsigned int sources;
    uint64_t source[IOAT_MAX_SOURCES];
    uint8_t coef[IOAT_MAX_SOURCES];
    uint64_t p_addr, q_addr;
    bool p, q;
    bool validate;
} IoatOp;

/*
 * Only what is plain memory may be the target of DMA: an engine that could
 * write to a device's registers, its own for one, would have QEMU call itself
 * from a thread that does not hold the BQL. Returns where the first *len bytes
 * at addr are in the host, or NULL; to be used under the same RCU lock.
 */
static void *host_address(AddressSpace *as, uint64_t addr, hwaddr *len,
                          bool is_write, MemoryRegion **mr)
{
    hwaddr xlat;

    *mr = address_space_translate(as, addr, &xlat, len, is_write,
                                  MEMTXATTRS_UNSPECIFIED);
    /* Of what is not RAM or ROM, *len says too much. */
    if (!*len || !memory_region_is_ram(*mr) ||
        !memory_access_is_direct(*mr, is_write)) {
        return NULL;
    }
    return memory_region_get_ram_ptr(*mr) + xlat;
}

static bool is_memory(AddressSpace *as, uint64_t addr, uint64_t len,
                      bool is_write)
{
    MemoryRegion *mr;

    while (len) {
        hwaddr part = len;

        if (!host_address(as, addr, &part, is_write, &mr)) {
            return false;
        }
        addr += part;
        len -= part;
    }
    return true;
}

/* A word is written at once, since a guest may be polling it. */
static void store(void *to, const void *from, size_t len)
{
    if (len == sizeof(uint64_t) && QEMU_PTR_IS_ALIGNED(to, len)) {
        qatomic_set__nocheck((uint64_t *)to, ldq_he_p(from));
    } else {
        memcpy(to, from, len);
    }
}

static void access_memory(void *host, void *buf, hwaddr len, bool is_write,
                          AddressSpace *as, MemoryRegion *mr)
{
    if (is_write) {
        store(host, buf, len);
        /* What unmapping does: translated code there is out of date. */
        memory_region_ref(mr);
        address_space_unmap(as, host, len, true, len);
    } else {
        memcpy(buf, host, len);
    }
}

/*
 * All or nothing, unless the guest takes memory away at that moment. Not by
 * address_space_rw(), which would then take the BQL.
 */
static bool dma_rw(IoatChan *c, uint64_t addr, void *buf, uint64_t len,
                   bool is_write)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(c->dev));
    MemoryRegion *mr;
    hwaddr part = len;
    void *host;

    c->traffic += len;
    RCU_READ_LOCK_GUARD();
    host = host_address(as, addr, &part, is_write, &mr);
    /* Mostly it is all in one piece. */
    if (!host || addr + len < addr ||
        !is_memory(as, addr + part, len - part, is_write)) {
        return false;
    }
    for (;;) {
        access_memory(host, buf, part, is_write, as, mr);
        addr += part;
        buf += part;
        len -= part;
        if (!len) {
            return true;
        }
        part = len;
        host = host_address(as, addr, &part, is_write, &mr);
        if (!host) {
            return false;
        }
    }
}

bool ioat_dma_read(IoatChan *c, uint64_t addr, void *buf, uint64_t len)
{
    return dma_rw(c, addr, buf, len, false);
}

bool ioat_dma_write(IoatChan *c, uint64_t addr, const void *buf, uint64_t len)
{
    return dma_rw(c, addr, (void *)buf, len, true);
}

static bool read_words(IoatChan *c, uint64_t addr, uint64_t *word, int n)
{
    if (!ioat_dma_read(c, addr, word, n * sizeof(*word))) {
        return false;
    }
    while (n--) {
        word[n] = le64_to_cpu(word[n]);
    }
    return true;
}

static unsigned int short_source_count(const IoatDesc *d)
{
    return ((d->ctl >> DESC_SRC_CNT_SHIFT) & DESC_SRC_CNT_MASK) + 2;
}

static bool is_extended(const IoatDesc *d)
{
    switch (d->op) {
    case DESC_OP_XOR:
    case DESC_OP_XOR_VAL:
        return short_source_count(d) > 5;
    case DESC_OP_PQ:
    case DESC_OP_PQ_VAL:
        return short_source_count(d) > 3;
    default:
        return false;
    }
}

static uint32_t check_link(uint64_t addr, bool first)
{
    if (addr & (IOAT_DESC_SIZE - 1)) {
        return first ? CHANERR_CHAIN_ADDR : CHANERR_NEXT_ALIGN;
    }
    return 0;
}

/*
 * Read the descriptor at d->addr, and the next one with it if it extends this
 * one. Available is how many descriptors the channel may take; first says that
 * the address is CHAINADDR's.
 */
uint32_t ioat_desc_fetch(IoatChan *c, IoatDesc *d, bool first,
                         unsigned int available)
{
    uint32_t err = check_link(d->addr, first);

    if (err) {
        return err;
    }
    if (!read_words(c, d->addr, d->word, ARRAY_SIZE(d->word))) {
        return first ? CHANERR_CHAIN_ADDR : CHANERR_NEXT_ADDR;
    }
    d->size = d->word[0];
    d->ctl = d->word[0] >> 32;
    d->op = d->ctl >> DESC_OP_SHIFT;
    d->link = d->word[DESC_LINK_WORD];
    d->extended = is_extended(d);
    if (!d->extended) {
        return 0;
    }

    if (available < 2) {
        return CHANERR_COUNT;
    }
    err = check_link(d->link, false);
    if (err) {
        return err;
    }
    if (!read_words(c, d->link, d->ext, ARRAY_SIZE(d->ext))) {
        return CHANERR_NEXT_ADDR;
    }
    d->link = d->ext[DESC_LINK_WORD];
    return 0;
}

/* Multiplication by 2 in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
static uint8_t gf_double(uint8_t a)
{
    return (a << 1) ^ (a & 0x80 ? 0x1d : 0);
}

static void gf_table(uint8_t *table, uint8_t coef)
{
    int i;

    table[0] = 0;
    for (i = 1; i < 256; i++) {
        int rest = i & (i - 1);

        if (rest) {
            table[i] = table[rest] ^ table[i ^ rest];
        } else {
            table[i] = coef;
            coef = gf_double(coef);
        }
    }
}

/* Word by word, the channel's buffers being made of whole ones. */
static void add(uint8_t *to, const uint8_t *from, size_t len)
{
    size_t i;

    for (i = 0; i < len; i += sizeof(uint64_t)) {
        stq_he_p(to + i, ldq_he_p(to + i) ^ ldq_he_p(from + i));
    }
}

static void multiply_add(uint8_t *to, const uint8_t *from, uint8_t coef,
                         size_t len)
{
    uint8_t table[256];
    size_t i;

    if (coef == 0) {
        return;
    }
    if (coef == 1) {
        add(to, from, len);
        return;
    }
    gf_table(table, coef);
    for (i = 0; i < len; i++) {
        to[i] ^= table[from[i]];
    }
}

/* Leave the sources' P and Q of one piece in c->p and c->q. */
static uint32_t sum_sources(IoatChan *c, const IoatOp *op, uint64_t offset,
                            size_t len)
{
    unsigned int i;

    if (op->p) {
        memset(c->p, 0, len);
    }
    if (op->q) {
        memset(c->q, 0, len);
    }
    for (i = 0; i < op->sources; i++) {
        if (!ioat_dma_read(c, op->source[i] + offset, c->source, len)) {
            return CHANERR_SRC_ADDR;
        }
        if (op->p) {
            add(c->p, c->source, len);
        }
        if (op->q) {
            multiply_add(c->q, c->source, op->coef[i], len);
        }
    }
    return 0;
}

/* Wrong data on demand: one bit of what is about to be written. */
static void maybe_corrupt(IoatChan *c, uint8_t *data, size_t len)
{
    uint32_t where;

    if (ioat_fault(c, IOAT_FAULT_CORRUPT, &where)) {
        data[where % len] ^= 0x10;
    }
}

static uint32_t put(IoatChan *c, uint64_t addr, const uint8_t *data, size_t len)
{
    return ioat_dma_write(c, addr, data, len) ? 0 : CHANERR_DEST_ADDR;
}

/* Returns mismatch if memory at addr is not what data says. */
static uint32_t compare(IoatChan *c, uint64_t addr, const uint8_t *data,
                        size_t len, uint32_t mismatch)
{
    if (!ioat_dma_read(c, addr, c->source, len)) {
        return CHANERR_DEST_ADDR;
    }
    return memcmp(c->source, data, len) ? mismatch : 0;
}

static uint32_t run_piece(IoatChan *c, const IoatOp *op, uint64_t offset,
                          size_t len)
{
    uint32_t err = sum_sources(c, op, offset, len);

    if (err) {
        return err;
    }
    if (op->validate) {
        if (op->p) {
            err |= compare(c, op->p_addr + offset, c->p, len, CHANERR_P);
        }
        if (op->q) {
            err |= compare(c, op->q_addr + offset, c->q, len, CHANERR_Q);
        }
        return err;
    }
    if (!offset) {
        maybe_corrupt(c, op->p ? c->p : c->q, len);
    }
    if (op->p) {
        err |= put(c, op->p_addr + offset, c->p, len);
    }
    if (op->q && !err) {
        err |= put(c, op->q_addr + offset, c->q, len);
    }
    return err;
}

/*
 * Piece by piece, since a destination may be one of the sources. A check goes
 * on to the end, so that it knows of both P and Q.
 */
static uint32_t run_op(IoatChan *c, const IoatDesc *d, const IoatOp *op)
{
    uint32_t all = 0, err;
    uint64_t offset;

    for (offset = 0; offset < d->size; offset += IOAT_PIECE) {
        if (qatomic_read(&c->cancel)) {
            break;
        }
        err = run_piece(c, op, offset, MIN(IOAT_PIECE, d->size - offset));
        all |= err;
        if (err & ~(CHANERR_P | CHANERR_Q)) {
            return err;
        }
    }
    return all;
}

static void fill_pattern(uint8_t *buf, uint64_t pattern)
{
    size_t i;

    for (i = 0; i < IOAT_PIECE; i += sizeof(pattern)) {
        stq_le_p(buf + i, pattern);
    }
}

static uint32_t run_fill(IoatChan *c, const IoatDesc *d)
{
    uint64_t to = d->word[2], offset;
    uint32_t err = 0;

    fill_pattern(c->p, d->word[1]);
    maybe_corrupt(c, c->p, MIN(IOAT_PIECE, d->size));
    for (offset = 0; offset < d->size && !err; offset += IOAT_PIECE) {
        if (qatomic_read(&c->cancel)) {
            break;
        }
        err = put(c, to + offset, c->p, MIN(IOAT_PIECE, d->size - offset));
    }
    return err;
}

static uint32_t copy_piece(IoatChan *c, const IoatDesc *d, uint64_t offset,
                           size_t len)
{
    if (!ioat_dma_read(c, d->word[1] + offset, c->p, len)) {
        return CHANERR_SRC_ADDR;
    }
    if (!offset) {
        maybe_corrupt(c, c->p, len);
    }
    return put(c, d->word[2] + offset, c->p, len);
}

static uint32_t run_copy(IoatChan *c, const IoatDesc *d)
{
    uint64_t offset;
    uint32_t err = 0;

    for (offset = 0; offset < d->size && !err; offset += IOAT_PIECE) {
        if (qatomic_read(&c->cancel)) {
            break;
        }
        err = copy_piece(c, d, offset, MIN(IOAT_PIECE, d->size - offset));
    }
    return err;
}

static uint64_t word_of(const IoatDesc *d, unsigned int i)
{
    return i < 8 ? d->word[i] : d->ext[i - 8];
}

static uint32_t run_xor(IoatChan *c, const IoatDesc *d)
{
    IoatOp op = {
        .sources = short_source_count(d),
        .p = true, .p_addr = d->word[2],
        .validate = d->op == DESC_OP_XOR_VAL,
    };
    unsigned int i;

    if (op.sources > ARRAY_SIZE(xor_source_word)) {
        return CHANERR_CONTROL;
    }
    for (i = 0; i < op.sources; i++) {
        op.source[i] = word_of(d, xor_source_word[i]);
    }
    return run_op(c, d, &op);
}

/* Nine and more sources: all but two are in a block of their own, the SED. */
static uint32_t read_sed(IoatChan *c, const IoatDesc *d, IoatOp *op)
{
    uint64_t sed[16] = { 0 };
    uint64_t addr = d->word[SED_ADDR_WORD];
    unsigned int i;

    op->sources = short_source_count(d) + 7;
    if (addr & (SED_ALIGN - 1) ||
        !read_words(c, addr, sed, op->sources > 9 ? 16 : 8)) {
        return CHANERR_SED_ADDR;
    }
    for (i = 0; i < op->sources; i++) {
        unsigned int word = pq16_source_word[i];

        op->source[i] = word < 8 ? d->word[word] : sed[word - 8];
        op->coef[i] = i < 8 ? d->word[COEF_WORD] >> (8 * i)
                            : sed[0] >> (8 * (i - 8));
    }
    return 0;
}

static uint32_t read_short_pq(const IoatDesc *d, IoatOp *op)
{
    unsigned int i;

    op->sources = short_source_count(d);
    if (op->sources > ARRAY_SIZE(pq_source_word)) {
        return CHANERR_CONTROL;
    }
    for (i = 0; i < op->sources; i++) {
        op->source[i] = word_of(d, pq_source_word[i]);
        op->coef[i] = d->word[COEF_WORD] >> (8 * i);
    }
    return 0;
}

/*
 * Where the descriptor asks for it, a failed check is also told in the
 * descriptor itself. Whether it halts the channel is CHANERRMSK's to say.
 */
static uint32_t write_back_result(IoatChan *c, const IoatDesc *d, uint32_t err)
{
    uint32_t dwbes = DWBES_WRITTEN;

    if (!(d->ctl & DESC_WB_EN) || !(err & (CHANERR_P | CHANERR_Q))) {
        return err;
    }
    if (err & CHANERR_P) {
        dwbes |= DWBES_P_ERR;
    }
    if (err & CHANERR_Q) {
        dwbes |= DWBES_Q_ERR;
    }
    dwbes = cpu_to_le32(dwbes);
    if (!ioat_dma_write(c, d->addr, &dwbes, sizeof(dwbes))) {
        err |= CHANERR_WRITE_DATA;
    }
    return err;
}

static uint32_t run_pq(IoatChan *c, const IoatDesc *d)
{
    bool wide = d->op == DESC_OP_PQ_16S || d->op == DESC_OP_PQ_VAL_16S;
    IoatOp op = {
        .p = !(d->ctl & DESC_P_DISABLE), .p_addr = d->word[2],
        .q = !(d->ctl & DESC_Q_DISABLE), .q_addr = d->word[Q_ADDR_WORD],
        .validate = d->op == DESC_OP_PQ_VAL || d->op == DESC_OP_PQ_VAL_16S,
    };
    uint32_t err;

    if (d->ctl & DESC_WB_EN && !(c->dev->cap & DMACAP_DWBES)) {
        return CHANERR_CONTROL;
    }
    if (!op.p && !op.q) {
        return CHANERR_CONTROL;
    }
    err = wide ? read_sed(c, d, &op) : read_short_pq(d, &op);
    if (err) {
        return err;
    }
    return write_back_result(c, d, run_op(c, d, &op));
}

/* One row an opcode. */
static const struct {
    uint8_t op;
    uint32_t cap;               /* all of these are needed in DMACAP */
    uint32_t ctl;               /* no other control bit may be set */
    uint32_t (*run)(IoatChan *c, const IoatDesc *d);
} ops[] = {
    { DESC_OP_COPY, 0, DESC_COPY_BITS, run_copy },
    { DESC_OP_FILL, DMACAP_FILL, DESC_FILL_BITS, run_fill },
    { DESC_OP_XOR, DMACAP_XOR, DESC_XOR_BITS, run_xor },
    { DESC_OP_XOR_VAL, DMACAP_XOR, DESC_XOR_BITS, run_xor },
    { DESC_OP_PQ, DMACAP_PQ, DESC_PQ_BITS, run_pq },
    { DESC_OP_PQ_VAL, DMACAP_PQ, DESC_PQ_BITS, run_pq },
    { DESC_OP_PQ_16S, DMACAP_PQ | DMACAP_RAID16, DESC_PQ_BITS, run_pq },
    { DESC_OP_PQ_VAL_16S, DMACAP_PQ | DMACAP_RAID16, DESC_PQ_BITS, run_pq },
};

uint32_t ioat_desc_run(IoatChan *c, IoatDesc *d)
{
    uint32_t ctl = d->ctl & ~(0xffu << DESC_OP_SHIFT);
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(ops); i++) {
        if (ops[i].op != d->op) {
            continue;
        }
        if ((c->dev->cap & ops[i].cap) != ops[i].cap || ctl & ~ops[i].ctl) {
            break;
        }
        /* Of a descriptor that does nothing, the size counts all the same. */
        if (!d->size || d->size > 1u << c->dev->xfercap) {
            return CHANERR_LENGTH;
        }
        if (d->op == DESC_OP_COPY && ctl & DESC_NULL) {
            return 0;
        }
        return ops[i].run(c, d);
    }
    qemu_log_mask(LOG_GUEST_ERROR, "ioat: channel %d: bad control word 0x%x\n",
                  c->index, d->ctl);
    return CHANERR_CONTROL;
}
