/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel I/OAT: faults on demand. The property "inject" takes words of the form
 *
 *   KIND[=VALUE][:channel=N][:skip=N][:times=N]
 *
 * with blanks between them, and arms a fault for each. A fault strikes at its
 * (skip + 1)th chance, on that channel or on any, and again after skip more,
 * until it has struck times times (1 unless given; 0: for ever). What a chance
 * is depends on its kind; the table says so. The word "clear" disarms all, and
 * ends what faults that struck still do.
 *
 * Armed and read through QMP under the BQL; struck from any thread.
 */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qapi/error.h"
#include "hw/dma/ioat.h"

static const struct {
    const char *name;
    enum { NO_VALUE, MAY_HAVE_VALUE, HAS_VALUE } value;
    uint32_t max;
} kinds[IOAT_FAULT_KINDS] = {
    /* At a descriptor: halt with this bit of CHANERR; do no more till reset. */
    [IOAT_FAULT_HALT] = { "halt", HAS_VALUE, 31 },
    [IOAT_FAULT_HANG] = { "hang", NO_VALUE },
    /* At data to be written: flip a bit in that byte. */
    [IOAT_FAULT_CORRUPT] = { "corrupt", MAY_HAVE_VALUE, UINT32_MAX },
    /* At a completion: write it so many us after the interrupt, or not. */
    [IOAT_FAULT_LATE_WRITE] = { "late-write", HAS_VALUE, 10000000 },
    [IOAT_FAULT_NO_WRITE] = { "no-write", NO_VALUE },
    /* At an interrupt: do not send it. */
    [IOAT_FAULT_LOST_IRQ] = { "lost-irq", NO_VALUE },
    /* At the command to reset, abort or suspend: never carry it out. */
    [IOAT_FAULT_STUCK] = { "stuck", NO_VALUE },
    /* At a descriptor, or at once without skip: the function is gone. */
    [IOAT_FAULT_REMOVE] = { "remove", NO_VALUE },
};

static void disarm(IoatState *s, IoatFault *fault)
{
    QTAILQ_REMOVE(&s->faults, fault, next);
    qatomic_dec(&s->faults_armed);
    g_free(fault);
}

/* Is it this one's turn? */
static bool strikes(IoatFault *fault, IoatChan *c, IoatFaultKind kind)
{
    if (fault->kind != kind ||
        (fault->channel >= 0 && fault->channel != c->index)) {
        return false;
    }
    if (fault->skipped < fault->skip) {
        fault->skipped++;
        return false;
    }
    fault->skipped = 0;
    return true;
}

/* Does a fault of that kind strike here and now? */
bool ioat_fault(IoatChan *c, IoatFaultKind kind, uint32_t *value)
{
    IoatState *s = c->dev;
    IoatFault *fault, *tmp;

    if (likely(!qatomic_read(&s->faults_armed))) {
        return false;
    }
    QEMU_LOCK_GUARD(&s->fault_lock);
    QTAILQ_FOREACH_SAFE(fault, &s->faults, next, tmp) {
        if (!strikes(fault, c, kind)) {
            continue;
        }
        if (value) {
            *value = fault->value;
        }
        qatomic_inc(&s->faults_fired);
        if (fault->times && !--fault->times) {
            disarm(s, fault);
        }
        return true;
    }
    return false;
}

static void clear(IoatState *s)
{
    IoatFault *fault, *tmp;
    int i;

    WITH_QEMU_LOCK_GUARD(&s->fault_lock) {
        QTAILQ_FOREACH_SAFE(fault, &s->faults, next, tmp) {
            disarm(s, fault);
        }
    }
    if (!DEVICE(s)->realized) {
        return;
    }
    for (i = 0; i < s->channels; i++) {
        IoatChan *c = &s->chan[i];

        qemu_mutex_lock(&c->lock);
        c->hung = false;
        c->stuck = false;
        qemu_cond_signal(&c->cond);
        qemu_mutex_unlock(&c->lock);
    }
    ioat_set_removed(s, false);
}

static bool parse_kind(IoatFault *fault, const char *word, Error **errp)
{
    const char *equals = strchrnul(word, '=');
    IoatFaultKind kind;

    for (kind = 0; kind < IOAT_FAULT_KINDS; kind++) {
        if (strlen(kinds[kind].name) == equals - word &&
            !strncmp(kinds[kind].name, word, equals - word)) {
            break;
        }
    }
    if (kind == IOAT_FAULT_KINDS) {
        error_setg(errp, "there is no fault '%s'", word);
        return false;
    }
    if (*equals ? kinds[kind].value == NO_VALUE
                : kinds[kind].value == HAS_VALUE) {
        error_setg(errp, "'%s' %s a value", kinds[kind].name,
                   *equals ? "has not" : "needs");
        return false;
    }
    if (*equals && (qemu_strtoui(equals + 1, NULL, 0, &fault->value) ||
                    fault->value > kinds[kind].max)) {
        error_setg(errp, "'%s' is not a value for '%s'", equals + 1,
                   kinds[kind].name);
        return false;
    }
    fault->kind = kind;
    return true;
}

static bool parse_option(IoatFault *fault, const char *option, Error **errp)
{
    uint32_t value;
    const char *text;

    if (strstart(option, "channel=", &text) &&
        !qemu_strtoui(text, NULL, 0, &value) && value < IOAT_MAX_CHANNELS) {
        fault->channel = value;
    } else if (strstart(option, "skip=", &text) &&
               !qemu_strtoui(text, NULL, 0, &value)) {
        fault->skip = value;
    } else if (strstart(option, "times=", &text) &&
               !qemu_strtoui(text, NULL, 0, &value)) {
        fault->times = value;
    } else {
        error_setg(errp, "'%s' is not an option of a fault", option);
        return false;
    }
    return true;
}

static void arm(IoatState *s, const char *word, Error **errp)
{
    g_auto(GStrv) part = g_strsplit(word, ":", 0);
    g_autofree IoatFault *fault = g_new0(IoatFault, 1);
    int i;

    fault->channel = -1;
    fault->times = 1;
    if (!parse_kind(fault, part[0], errp)) {
        return;
    }
    for (i = 1; part[i]; i++) {
        if (!parse_option(fault, part[i], errp)) {
            return;
        }
    }
    if (fault->kind == IOAT_FAULT_REMOVE && !fault->skip &&
        DEVICE(s)->realized) {
        qatomic_inc(&s->faults_fired);
        ioat_set_removed(s, true);
        return;
    }
    QEMU_LOCK_GUARD(&s->fault_lock);
    QTAILQ_INSERT_TAIL(&s->faults, fault, next);
    g_steal_pointer(&fault);
    qatomic_inc(&s->faults_armed);
}

void ioat_fault_set(IoatState *s, const char *text, Error **errp)
{
    g_auto(GStrv) word = g_strsplit(text, " ", 0);
    Error *err = NULL;
    int i;

    for (i = 0; word[i] && !err; i++) {
        if (!strcmp(word[i], "clear")) {
            clear(s);
        } else if (*word[i]) {
            arm(s, word[i], &err);
        }
    }
    error_propagate(errp, err);
}

/* What is armed, in the same words. */
char *ioat_fault_get(IoatState *s)
{
    GString *text = g_string_new(NULL);
    IoatFault *fault;

    QEMU_LOCK_GUARD(&s->fault_lock);
    QTAILQ_FOREACH(fault, &s->faults, next) {
        g_string_append_printf(text, "%s%s", text->len ? " " : "",
                               kinds[fault->kind].name);
        if (kinds[fault->kind].value != NO_VALUE) {
            g_string_append_printf(text, "=%u", fault->value);
        }
        if (fault->channel >= 0) {
            g_string_append_printf(text, ":channel=%d", fault->channel);
        }
        g_string_append_printf(text, ":skip=%u:times=%u", fault->skip,
                               fault->times);
    }
    return g_string_free(text, false);
}

void ioat_fault_init(IoatState *s)
{
    QTAILQ_INIT(&s->faults);
    qemu_mutex_init(&s->fault_lock);
}

void ioat_fault_exit(IoatState *s)
{
    IoatFault *fault, *tmp;

    QTAILQ_FOREACH_SAFE(fault, &s->faults, next, tmp) {
        disarm(s, fault);
    }
    qemu_mutex_destroy(&s->fault_lock);
}
