/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel I/OAT: one channel. Registers are written by the guest, under the BQL;
 * all work is done by the channel's own thread, which takes commands between
 * two descriptors, walks along the chain, and tells how each of them ended.
 *
 * The thread lets go of c->lock while it works on a descriptor or writes a
 * completion; c->busy says so. It never takes the BQL.
 */
#include "qemu/osdep.h"
#include "qemu/units.h"
#include "qemu/timer.h"
#include "qemu/rcu.h"
#include "qemu/main-loop.h"
#include "sysemu/dma.h"
#include "hw/dma/ioat.h"

/* START and APPEND do not say how much there is to do; enough is enough. */
#define WALK_LIMIT              65536
/* Sleeping shorter than this is not worth it, nor are its ends any sharper. */
#define PAUSE_MIN_NS            20000
#define PAUSE_STEP_NS           (2 * SCALE_MS)
/* How often a thread looks out for more between two looks at the clock. */
#define LOOKS                   32
/* An engine that is late makes up for it, but no more than this. */
#define LATE_MAX_NS             (5 * SCALE_MS)

/* What CHANSTS reads as. */
uint64_t ioat_chan_status(IoatChan *c)
{
    return c->completed | c->state |
           (c->unaffiliated ? CHANSTS_UNAFFILIATED : 0);
}

/* Does somebody wait for the thread to come to rest? */
static bool in_a_hurry(IoatChan *c)
{
    return qatomic_read(&c->cancel) || !qatomic_read(&c->dev->vm_running);
}

/* Sleep until the host's clock reads so much. */
static void pause_until(IoatChan *c, int64_t until)
{
    int64_t left;

    while ((left = until - get_clock()) > 0 && !in_a_hurry(c)) {
        g_usleep(MIN(left, PAUSE_STEP_NS) / SCALE_US + 1);
    }
}

/* c->lock is given up between these two, with what the thread does there. */
static void begin_unlocked(IoatChan *c)
{
    c->busy = true;
    qemu_mutex_unlock(&c->lock);
}

static void end_unlocked(IoatChan *c)
{
    qemu_mutex_lock(&c->lock);
    c->busy = false;
    qemu_cond_broadcast(&c->idle_cond);
}

static void wake(IoatChan *c)
{
    qatomic_set(&c->bell, c->bell + 1);
    qemu_cond_signal(&c->cond);
}

static bool write_completion(IoatChan *c, uint64_t addr, uint64_t status)
{
    /* What was copied must be seen by who sees that it was. */
    smp_wmb();
    status = cpu_to_le64(status);
    return !(addr & 7) && addr && ioat_dma_write(c, addr, &status, 8);
}

/* Write CHANSTS to where CHANCMP points. False if it points nowhere. */
static bool publish(IoatChan *c)
{
    uint64_t addr = c->chancmp, status = ioat_chan_status(c);
    bool ok;

    begin_unlocked(c);
    ok = write_completion(c, addr, status);
    end_unlocked(c);
    return ok;
}

static void halt(IoatChan *c, uint32_t err)
{
    c->err |= err;
    c->state = CHANSTS_HALTED;
    if (err & CHANERR_UNAFFILIATED) {
        c->unaffiliated = true;
        qatomic_or(&c->dev->chanerr_int, err);
    }
    if (!(err & CHANERR_COMPLETION_ADDR) &&
        c->ctrl & CHANCTRL_ERR_COMPLETION &&
        c->ctrl & CHANCTRL_ANY_ERR_ABORT && !publish(c)) {
        c->err |= CHANERR_COMPLETION_ADDR;
    }
    if (c->ctrl & CHANCTRL_ERR_INT) {
        ioat_irq_event(c);
    }
}

/* A descriptor ended well: tell, as it asks for, or as a fault has it. */
static void complete(IoatChan *c, uint32_t ctl)
{
    bool irq = ctl & DESC_INT_EN;
    uint32_t late_us;

    if (ctl & DESC_COMPL_WRITE && !ioat_fault(c, IOAT_FAULT_NO_WRITE, NULL)) {
        if (ioat_fault(c, IOAT_FAULT_LATE_WRITE, &late_us)) {
            if (irq) {
                ioat_irq_event(c);
                irq = false;
            }
            begin_unlocked(c);
            pause_until(c, get_clock() + (int64_t)late_us * SCALE_US);
            end_unlocked(c);
        }
        if (!publish(c)) {
            halt(c, CHANERR_COMPLETION_ADDR);
        }
    }
    if (irq) {
        ioat_irq_event(c);
    }
}

static unsigned int available(IoatChan *c)
{
    return c->by_link ? WALK_LIMIT : (uint16_t)(c->dmacount - c->done);
}

static bool at_end(IoatChan *c)
{
    return c->by_link ? !c->link : !available(c);
}

/*
 * As slow as the properties say: charge the time, then wait for it. While there
 * is more to do it is the sum that counts, since a thread sleeps neither for a
 * few us nor to the point; the last one ends when it should.
 */
static void take_time(IoatChan *c, bool last)
{
    IoatState *s = c->dev;
    int64_t ns = s->setup_ns, now = get_clock();

    if (s->bandwidth) {
        /* A copy reads and writes each byte, so half of it is its size. */
        ns += c->traffic / 2 * NANOSECONDS_PER_SECOND / s->bandwidth;
    }
    if (!ns) {
        return;
    }
    c->free_at = MAX(MAX(c->free_at, c->ready_at), now - LATE_MAX_NS) + ns;
    if (c->free_at - now > PAUSE_MIN_NS) {
        pause_until(c, c->free_at - (last ? PAUSE_MIN_NS : 0));
    }
    while (last && get_clock() < c->free_at && !in_a_hurry(c)) {
        cpu_relax();
    }
}

static uint32_t work(IoatChan *c, IoatDesc *d, bool first, unsigned int count)
{
    uint32_t err = ioat_desc_fetch(c, d, first, count);

    c->traffic = 0;
    if (!err) {
        err = ioat_desc_run(c, d);
    }
    take_time(c, c->by_link ? !d->link : count <= 1 + d->extended);
    return err;
}

/* Faults that strike before a descriptor is looked at. True if one did. */
static bool struck(IoatChan *c)
{
    uint32_t bit;

    if (ioat_fault(c, IOAT_FAULT_REMOVE, NULL)) {
        qatomic_set(&c->dev->removed, true);
        qemu_bh_schedule(c->dev->irq_bh);
        return true;
    }
    if (ioat_fault(c, IOAT_FAULT_HANG, NULL)) {
        c->hung = true;
        return true;
    }
    if (ioat_fault(c, IOAT_FAULT_HALT, &bit)) {
        halt(c, 1u << bit);
        return true;
    }
    return false;
}

/* What is wrong with the place where the chain goes on, if anything. */
static uint32_t check_walk(IoatChan *c)
{
    if (!c->link) {
        return c->first ? CHANERR_CHAIN_ADDR : CHANERR_NEXT_ADDR;
    }
    return c->by_link && c->walked >= WALK_LIMIT ? CHANERR_COUNT : 0;
}

/* Take the next descriptor of the chain, if there is one. */
static void step(IoatChan *c)
{
    IoatDesc d = { .addr = c->link };
    bool first = c->first;
    unsigned int count = available(c);
    uint32_t err;

    if (at_end(c)) {
        c->state = CHANSTS_DONE;
        return;
    }
    err = check_walk(c);
    if (err) {
        halt(c, err);
        return;
    }
    if (struck(c)) {
        return;
    }

    c->cdar = d.addr;
    begin_unlocked(c);
    err = work(c, &d, first, count);
    end_unlocked(c);
    if (c->cancel) {
        return;
    }
    /* A failed check that is masked is told in the descriptor, if at all. */
    err &= ~(c->errmsk & (CHANERR_P | CHANERR_Q));
    if (err) {
        halt(c, err);
        return;
    }

    qatomic_inc(&c->dev->descriptors);
    qatomic_add(&c->dev->bytes, c->traffic);
    c->first = false;
    c->done += 1 + d.extended;
    c->walked += 1 + d.extended;
    c->completed = d.addr;
    c->last = d.extended ? d.word[DESC_LINK_WORD] : d.addr;
    c->link = d.link;
    if (at_end(c) && c->state == CHANSTS_ACTIVE) {
        c->state = CHANSTS_DONE;
    }
    complete(c, d.ctl);
}

static void become_active(IoatChan *c)
{
    c->state = CHANSTS_ACTIVE;
    c->ready_at = get_clock();
}

/* Start at CHAINADDR. A channel does not start while CHANERR has a bit set. */
static void load_chain(IoatChan *c, bool by_link)
{
    if (c->err) {
        return;
    }
    c->fresh = false;
    c->first = true;
    c->by_link = by_link;
    c->done = 0;
    c->walked = 0;
    c->completed = 0;
    c->last = 0;
    c->link = c->chainaddr;
    become_active(c);
}

/* The guest linked more to the descriptor that was the last one. */
static void append(IoatChan *c)
{
    uint64_t addr = c->last, link = 0;
    bool ok;

    if (!c->by_link || !addr) {
        halt(c, CHANERR_CHANCMD);
        return;
    }
    if (c->link || c->state == CHANSTS_HALTED) {
        return;
    }
    begin_unlocked(c);
    ok = ioat_dma_read(c, addr + DESC_LINK_WORD * sizeof(link), &link,
                       sizeof(link));
    end_unlocked(c);
    if (!ok) {
        halt(c, CHANERR_NEXT_ADDR);
        return;
    }
    c->link = le64_to_cpu(link);
    c->walked = 0;
    if (c->state == CHANSTS_DONE) {
        become_active(c);
    }
}

static void reset_channel(IoatChan *c)
{
    c->state = CHANSTS_HALTED;
    c->unaffiliated = false;
    c->completed = 0;
    c->chancmp = 0;
    c->chainaddr = 0;
    c->cdar = 0;
    c->dmacount = 0;
    c->done = 0;
    c->link = 0;
    c->last = 0;
    c->fresh = false;
    c->by_link = false;
    c->irq_pending = false;
    c->hung = false;
}

static bool valid_command(IoatChan *c, uint8_t cmd)
{
    uint8_t known = CHANCMD_RESET | CHANCMD_ABORT | CHANCMD_SUSPEND |
                    CHANCMD_RESUME;

    if (c->dev->version < 0x30) {
        known |= CHANCMD_START | CHANCMD_APPEND;
    }
    return !(cmd & ~known) && is_power_of_2(cmd);
}

/* Carry c->cmd out. False if it has to wait, perhaps for ever. */
static bool obey(IoatChan *c)
{
    uint8_t cmd = c->cmd;

    if (c->hung && cmd != CHANCMD_RESET) {
        return false;
    }
    if (cmd & (CHANCMD_RESET | CHANCMD_ABORT | CHANCMD_SUSPEND)) {
        c->stuck = c->stuck || ioat_fault(c, IOAT_FAULT_STUCK, NULL);
        if (c->stuck) {
            return false;
        }
    }
    qatomic_set(&c->cancel, false);
    c->cmd = 0;
    if (!valid_command(c, cmd)) {
        halt(c, CHANERR_CHANCMD);
        return true;
    }
    switch (cmd) {
    case CHANCMD_RESET:
        reset_channel(c);
        break;
    case CHANCMD_ABORT:
        c->state = CHANSTS_HALTED;
        break;
    case CHANCMD_SUSPEND:
        if (c->state != CHANSTS_HALTED) {
            c->state = CHANSTS_SUSPENDED;
        }
        break;
    case CHANCMD_RESUME:
        if (c->state == CHANSTS_SUSPENDED) {
            become_active(c);
        }
        break;
    case CHANCMD_START:
        load_chain(c, true);
        break;
    case CHANCMD_APPEND:
        append(c);
        break;
    }
    return true;
}

/* May the thread go on? If not, it waits for somebody to wake it. */
static bool proceed(IoatChan *c)
{
    if (!qatomic_read(&c->dev->vm_running) || qatomic_read(&c->dev->removed)) {
        return false;
    }
    if (c->cmd) {
        return obey(c);
    }
    if (c->state != CHANSTS_ACTIVE || c->hung || c->stuck || c->cancel) {
        return false;
    }
    step(c);
    return true;
}

/* Looks a while, at the least expense of the hardware that threads share. */
static bool rings(IoatChan *c, unsigned bell)
{
    for (int i = 0; i < LOOKS; i++) {
        if (qatomic_read(&c->bell) != bell) {
            return true;
        }
        cpu_relax();
    }
    return false;
}

/* Who rings the bell still holds the lock, and not for long. */
static void lock_awake(IoatChan *c)
{
    for (int i = 0; i < LOOKS; i++) {
        if (!qemu_mutex_trylock(&c->lock)) {
            return;
        }
        cpu_relax();
    }
    qemu_mutex_lock(&c->lock);
}

/*
 * There is nothing to do. An engine does not sleep, but its thread does: to
 * wake it up takes the host longer than a copy. So it may look out for a while
 * first.
 */
static void wait_for_bell(IoatChan *c)
{
    int64_t end = get_clock() + c->dev->spin_us * SCALE_US;
    unsigned bell = c->bell;
    bool rung;

    if (c->dev->spin_us) {
        qemu_mutex_unlock(&c->lock);
        do {
            rung = rings(c, bell);
        } while (!rung && get_clock() < end);
        lock_awake(c);
    }
    if (c->bell == bell) {
        qemu_cond_wait(&c->cond, &c->lock);
    }
}

static void *channel_thread(void *opaque)
{
    IoatChan *c = opaque;

    rcu_register_thread();
    qemu_mutex_lock(&c->lock);
    while (!c->quit) {
        if (!proceed(c)) {
            wait_for_bell(c);
        }
    }
    qemu_mutex_unlock(&c->lock);
    rcu_unregister_thread();
    return NULL;
}

/* CHANCMD was written. The thread gives up a descriptor for these two only. */
void ioat_chan_command(IoatChan *c, uint8_t cmd)
{
    if (!cmd || (c->cmd && cmd != CHANCMD_RESET)) {
        return;
    }
    c->cmd = cmd;
    if (cmd & (CHANCMD_RESET | CHANCMD_ABORT)) {
        qatomic_set(&c->cancel, true);
    }
    wake(c);
}

/* DMACOUNT was written. */
void ioat_chan_kick(IoatChan *c, uint16_t count)
{
    c->dmacount = count;
    if (c->fresh && count && c->state != CHANSTS_ACTIVE) {
        load_chain(c, false);
    } else if (c->state == CHANSTS_DONE && !c->by_link && available(c)) {
        become_active(c);
    }
    wake(c);
}

/* Something outside of the channel changed. */
void ioat_chan_wake(IoatChan *c)
{
    qemu_mutex_lock(&c->lock);
    wake(c);
    qemu_mutex_unlock(&c->lock);
}

static void wait_until_idle(IoatChan *c)
{
    while (c->busy) {
        qemu_cond_wait(&c->idle_cond, &c->lock);
    }
}

/* The machine stopped: return when the channel does not touch its memory. */
void ioat_chan_rest(IoatChan *c)
{
    qemu_mutex_lock(&c->lock);
    wait_until_idle(c);
    qemu_mutex_unlock(&c->lock);
}

/* As after power on, or a reset of the function. */
void ioat_chan_power_on(IoatChan *c)
{
    timer_del(&c->delay);
    qemu_mutex_lock(&c->lock);
    qatomic_set(&c->cancel, true);
    wait_until_idle(c);
    reset_channel(c);
    c->ctrl = 0;
    c->cmd = 0;
    c->err = 0;
    c->errmsk = 0;
    c->dcactrl = 0;
    c->drsctl = 0;
    c->ltr_swsel = 0;
    memset(c->ltr, 0, sizeof(c->ltr));
    c->stuck = false;
    c->free_at = 0;
    qatomic_set(&c->irq_event, false);
    qatomic_set(&c->cancel, false);
    wake(c);
    qemu_mutex_unlock(&c->lock);
}

/*
 * The locks live as long as the object: an access to the BAR that waits for the
 * BQL while the function is unplugged comes after that.
 */
void ioat_chan_init(IoatState *s, int index)
{
    IoatChan *c = &s->chan[index];

    c->dev = s;
    c->index = index;
    c->state = CHANSTS_HALTED;
    qemu_mutex_init(&c->lock);
    qemu_cond_init(&c->cond);
    qemu_cond_init(&c->idle_cond);
}

void ioat_chan_finalize(IoatChan *c)
{
    qemu_cond_destroy(&c->idle_cond);
    qemu_cond_destroy(&c->cond);
    qemu_mutex_destroy(&c->lock);
}

void ioat_chan_realize(IoatChan *c)
{
    g_autofree char *name = g_strdup_printf("ioat-%d", c->index);

    c->source = g_malloc(IOAT_PIECE);
    c->p = g_malloc(IOAT_PIECE);
    c->q = g_malloc(IOAT_PIECE);
    qemu_thread_create(&c->thread, name, channel_thread, c,
                       QEMU_THREAD_JOINABLE);
}

/* Wait for the thread's end, in the midst of a descriptor if need be. */
void ioat_chan_exit(IoatChan *c)
{
    qemu_mutex_lock(&c->lock);
    c->quit = true;
    qatomic_set(&c->cancel, true);
    wake(c);
    qemu_mutex_unlock(&c->lock);
    qemu_thread_join(&c->thread);

    g_free(c->source);
    g_free(c->p);
    g_free(c->q);
}
