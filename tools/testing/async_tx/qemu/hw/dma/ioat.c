/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel I/OAT (Crystal Beach DMA), versions 2.0 to 3.4: the PCI function and
 * its properties.
 *
 * All here runs under the BQL.
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "sysemu/runstate.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "hw/dma/ioat.h"

#define AUTO_CAP                UINT32_MAX

/* What a version is, unless properties say otherwise. */
static const struct {
    const char *name;
    uint8_t version;
    uint16_t device_id;
    uint32_t cap;
    bool msix_erratum;
} versions[] = {
    { "2.0", 0x20, 0x402f, 0 },
    { "3.0", 0x30, 0x3430, DMACAP_FILL },
    { "3.2", 0x32, 0x3710, DMACAP_FILL | DMACAP_XOR | DMACAP_PQ },
    { "3.3", 0x33, 0x0c50, DMACAP_PQ | DMACAP_DWBES | DMACAP_RAID16, true },
    { "3.4", 0x34, 0x0b00, DMACAP_PREFETCH },
};

static uint32_t config_read(PCIDevice *pci, uint32_t addr, int len)
{
    if (qatomic_read(&IOAT(pci)->removed)) {
        return UINT32_MAX;
    }
    return pci_default_read_config(pci, addr, len);
}

static void config_write(PCIDevice *pci, uint32_t addr, uint32_t value, int len)
{
    if (qatomic_read(&IOAT(pci)->removed)) {
        return;
    }
    pci_default_write_config(pci, addr, value, len);
    pcie_cap_flr_write_config(pci, addr, value, len);
    ioat_irq_update(IOAT(pci));
}

static void ioat_reset(DeviceState *dev)
{
    IoatState *s = IOAT(dev);
    int i;

    for (i = 0; i < s->channels; i++) {
        ioat_chan_power_on(&s->chan[i]);
    }
    s->genctrl = 0;
    s->prefetch_limit = 0;
    ioat_irq_reset(s);
    pci_set_long(PCI_DEVICE(s)->config + IOAT_PCI_CHANERR_INT, 0);
    /* Seen on real ones after a restart, and to be cleared by the driver. */
    pci_set_long(PCI_DEVICE(s)->config + IOAT_PCI_DMAUNCERRSTS,
                 DMAUNCERRSTS_CFG_PARITY);
}

/*
 * All reads give ones, nothing is done and nobody is told; or back again, as
 * after power on. The BAR stays mapped meanwhile, since it is what gives ones.
 */
void ioat_set_removed(IoatState *s, bool removed)
{
    PCIDevice *pci = PCI_DEVICE(s);
    bool was = qatomic_xchg(&s->removed, removed);

    /* A channel may have removed it, and the bottom half not have run yet. */
    if (removed ? s->gone : !was) {
        return;
    }
    s->gone = removed;
    if (s->msix) {
        memory_region_set_enabled(&pci->msix_table_mmio, !removed);
        memory_region_set_enabled(&pci->msix_pba_mmio, !removed);
    }
    if (removed) {
        ioat_reset(DEVICE(s));
    } else {
        pci_device_reset(pci);
    }
}

static void vm_state_change(void *opaque, bool running, RunState state)
{
    IoatState *s = opaque;

    int i;

    qatomic_set(&s->vm_running, running);
    for (i = 0; i < s->channels; i++) {
        if (running) {
            ioat_chan_wake(&s->chan[i]);
        } else {
            ioat_chan_rest(&s->chan[i]);
        }
    }
}

static bool check_properties(IoatState *s, Error **errp)
{
    const char *name = s->version_name ?: "3.2";
    int i;

    for (i = 0; i < ARRAY_SIZE(versions); i++) {
        if (!strcmp(versions[i].name, name)) {
            break;
        }
    }
    if (i == ARRAY_SIZE(versions)) {
        error_setg(errp, "version is 2.0, 3.0, 3.2, 3.3 or 3.4, not %s", name);
        return false;
    }
    if (s->channels < 1 || s->channels > IOAT_MAX_CHANNELS) {
        error_setg(errp, "channels is 1 to %d", IOAT_MAX_CHANNELS);
        return false;
    }
    if (s->xfercap < 12 || s->xfercap > 24) {
        error_setg(errp, "xfercap is 12 to 24, for 4 KiB to 16 MiB");
        return false;
    }
    s->version = versions[i].version;
    if (!s->device_id) {
        s->device_id = versions[i].device_id;
    }
    if (s->cap == AUTO_CAP) {
        s->cap = versions[i].cap;
    }
    if (s->msix_erratum == ON_OFF_AUTO_AUTO) {
        s->msix_erratum = versions[i].msix_erratum ? ON_OFF_AUTO_ON
                                                   : ON_OFF_AUTO_OFF;
    }
    return true;
}

static void init_config(PCIDevice *pci)
{
    IoatState *s = IOAT(pci);

    pci_config_set_device_id(pci->config, s->device_id);
    pci_config_set_interrupt_pin(pci->config, 1);
    pci_set_long(pci->wmask + IOAT_PCI_DMAUNCERRSTS, 0);
    pci_set_long(pci->w1cmask + IOAT_PCI_DMAUNCERRSTS, UINT32_MAX);
    pci_set_long(pci->wmask + IOAT_PCI_CHANERR_INT, 0);
    pci_set_long(pci->w1cmask + IOAT_PCI_CHANERR_INT, UINT32_MAX);
}

static bool init_interrupts(PCIDevice *pci, Error **errp)
{
    IoatState *s = IOAT(pci);
    int i;

    if (s->msi && msi_init(pci, 0, 1, true, false, errp)) {
        return false;
    }
    if (!s->msix) {
        return true;
    }
    if (msix_init(pci, s->channels, &s->bar, 0, IOAT_MSIX_TABLE, &s->bar, 0,
                  IOAT_MSIX_PBA, 0, errp)) {
        msi_uninit(pci);
        return false;
    }
    for (i = 0; i < s->channels; i++) {
        msix_vector_use(pci, i);
    }
    return true;
}

static void ioat_realize(PCIDevice *pci, Error **errp)
{
    IoatState *s = IOAT(pci);
    int i;

    if (!check_properties(s, errp)) {
        return;
    }
    /* Its faults are told from where they happen, and that takes the BQL. */
    if (pci_device_iommu_address_space(pci) != &address_space_memory) {
        error_setg(errp, "I/OAT does not work behind an IOMMU");
        return;
    }
    init_config(pci);
    memory_region_init_io(&s->bar, OBJECT(s), &ioat_bar_ops, s, "ioat",
                          IOAT_BAR_SIZE);
    pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY |
                     PCI_BASE_ADDRESS_MEM_TYPE_64, &s->bar);
    if (pcie_endpoint_cap_init(pci, 0) < 0) {
        error_setg(errp, "no room for the PCI Express capability");
        return;
    }
    if (s->flr) {
        pcie_cap_flr_init(pci);
    }
    if (!init_interrupts(pci, errp)) {
        pcie_cap_exit(pci);
        return;
    }
    ioat_irq_init(s);
    s->vm_running = runstate_is_running();
    s->vm_state = qemu_add_vm_change_state_handler(vm_state_change, s);
    for (i = 0; i < s->channels; i++) {
        ioat_chan_realize(&s->chan[i]);
    }
}

static void ioat_exit(PCIDevice *pci)
{
    IoatState *s = IOAT(pci);
    int i;

    /* For accesses that are on their way. */
    qatomic_set(&s->removed, true);
    qemu_del_vm_change_state_handler(s->vm_state);
    for (i = 0; i < s->channels; i++) {
        ioat_chan_exit(&s->chan[i]);
    }
    ioat_irq_exit(s);
    if (s->msix) {
        msix_unuse_all_vectors(pci);
        msix_uninit(pci, &s->bar, &s->bar);
    }
    msi_uninit(pci);
    pcie_cap_exit(pci);
}

static char *get_inject(Object *obj, Error **errp)
{
    return ioat_fault_get(IOAT(obj));
}

static void set_inject(Object *obj, const char *text, Error **errp)
{
    ioat_fault_set(IOAT(obj), text, errp);
}

static void ioat_instance_init(Object *obj)
{
    IoatState *s = IOAT(obj);

    int i;

    ioat_fault_init(s);
    for (i = 0; i < IOAT_MAX_CHANNELS; i++) {
        ioat_chan_init(s, i);
    }
    object_property_add_uint64_ptr(obj, "faults-fired", &s->faults_fired,
                                   OBJ_PROP_FLAG_READ);
    object_property_add_uint64_ptr(obj, "descriptors", &s->descriptors,
                                   OBJ_PROP_FLAG_READ);
    object_property_add_uint64_ptr(obj, "bytes", &s->bytes,
                                   OBJ_PROP_FLAG_READ);
}

static void ioat_instance_finalize(Object *obj)
{
    IoatState *s = IOAT(obj);
    int i;

    for (i = 0; i < IOAT_MAX_CHANNELS; i++) {
        ioat_chan_finalize(&s->chan[i]);
    }
    ioat_fault_exit(s);
}

static Property ioat_properties[] = {
    DEFINE_PROP_STRING("version", IoatState, version_name),
    DEFINE_PROP_UINT16("device-id", IoatState, device_id, 0),
    DEFINE_PROP_UINT32("cap", IoatState, cap, AUTO_CAP),
    DEFINE_PROP_UINT8("channels", IoatState, channels, 4),
    DEFINE_PROP_UINT8("xfercap", IoatState, xfercap, 20),
    DEFINE_PROP_BOOL("msi", IoatState, msi, true),
    DEFINE_PROP_BOOL("msix", IoatState, msix, true),
    DEFINE_PROP_BOOL("flr", IoatState, flr, true),
    DEFINE_PROP_BOOL("pend-irq", IoatState, pend_irq, true),
    DEFINE_PROP_ON_OFF_AUTO("msix-erratum", IoatState, msix_erratum,
                            ON_OFF_AUTO_AUTO),
    DEFINE_PROP_UINT32("setup-ns", IoatState, setup_ns, 0),
    DEFINE_PROP_SIZE("bandwidth", IoatState, bandwidth, 0),
    DEFINE_PROP_UINT32("spin-us", IoatState, spin_us, 0),
    DEFINE_PROP_END_OF_LIST(),
};

static const VMStateDescription vmstate_ioat = {
    .name = "ioat",
    .unmigratable = 1,
};

static void ioat_class_init(ObjectClass *class, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(class);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(class);

    pc->realize = ioat_realize;
    pc->exit = ioat_exit;
    pc->config_read = config_read;
    pc->config_write = config_write;
    pc->vendor_id = PCI_VENDOR_ID_INTEL;
    pc->class_id = PCI_CLASS_SYSTEM_OTHER;
    dc->desc = "Intel I/OAT DMA engine";
    dc->reset = ioat_reset;
    dc->vmsd = &vmstate_ioat;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, ioat_properties);
    object_class_property_add_str(class, "inject", get_inject, set_inject);
}

static const TypeInfo ioat_type = {
    .name = TYPE_IOAT,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(IoatState),
    .instance_init = ioat_instance_init,
    .instance_finalize = ioat_instance_finalize,
    .class_init = ioat_class_init,
    .interfaces = (InterfaceInfo[]) {
        { INTERFACE_PCIE_DEVICE },
        { }
    },
};

static void ioat_register(void)
{
    type_register_static(&ioat_type);
}
type_init(ioat_register)
