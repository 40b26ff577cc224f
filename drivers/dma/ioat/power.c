// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: what befalls all channels of a device at a time: power management,
 * kexec, PCI errors, and resets of the function, be they ours or somebody else's.
 *
 * Channels are put to sleep, and woken up on a device that was reset. What is
 * submitted meanwhile stays in their rings. Whoever does this holds the device's
 * mutex whole, outside of the channels' own.
 */
#include <linux/pci.h>
#include <linux/pm.h>

#include "dma.h"

static void all_sleep(struct ioat_device *ioat)
{
	unsigned int i;

	lockdep_assert_held(&ioat->whole);
	for (i = 0; i < ioat->chancnt; i++)
		ioat_chan_sleep(ioat->chans[i]);
	ioat_device_off(ioat);
}

/* -ETIMEDOUT: one of them does not reset. */
static int all_wake(struct ioat_device *ioat, bool torn)
{
	int err = 0;
	unsigned int i;

	lockdep_assert_held(&ioat->whole);
	ioat_device_on(ioat);
	for (i = 0; i < ioat->chancnt; i++)
		err = ioat_chan_wake(ioat->chans[i], torn) ?: err;
	return err;
}

static void put_to_sleep(struct ioat_device *ioat)
{
	mutex_lock(&ioat->whole);
	ioat->asleep = true;
	all_sleep(ioat);
	mutex_unlock(&ioat->whole);
}

static void wake_again(struct ioat_device *ioat, bool torn)
{
	mutex_lock(&ioat->whole);
	ioat->asleep = false;
	if (all_wake(ioat, torn))
		queue_work(ioat_wq, &ioat->reset_work);
	mutex_unlock(&ioat->whole);
}

/* Where nothing can be waited for: all that is in flight fails. */
void ioat_take_all_out(struct ioat_device *ioat, const char *why)
{
	struct ioat_chan *c;
	unsigned int i;

	for (i = 0; i < ioat->chancnt; i++) {
		c = ioat->chans[i];
		mutex_lock(&c->setup);
		if (c->ring)
			ioat_take_out(c, why, 0);
		mutex_unlock(&c->setup);
	}
}

/* All engines stop, and all registers are as after power on. */
int ioat_reset_function(struct pci_dev *pdev)
{
	int err;

	pci_save_state(pdev);
	err = pcie_reset_flr(pdev, PCI_RESET_DO_RESET);
	if (!err)
		pci_restore_state(pdev);
	return err;
}

/**
 * ioat_reset_device() - stop an engine that a reset of its channel does not stop
 * @ioat: device
 *
 * The function is reset, with its other channels put to sleep meanwhile. Where
 * that cannot be done, it is kept from memory for good. In either case the
 * engine does not write any more when this returns, and its clients can be told.
 *
 * Context: may sleep; no channel's setup mutex is held.
 */
void ioat_reset_device(struct ioat_device *ioat)
{
	int err = 0;

	mutex_lock(&ioat->whole);
	if (ioat->cut_off)
		goto out;
	all_sleep(ioat);
	err = ioat_reset_function(ioat->pdev);
	if (!err && !ioat->asleep)
		err = all_wake(ioat, false);
	if (!err)
		goto out;
	WRITE_ONCE(ioat->cut_off, true);
	pci_clear_master(ioat->pdev);
	ioat_take_all_out(ioat, "is cut off, for the device cannot be reset");
out:
	mutex_unlock(&ioat->whole);
}

void ioat_reset_work(struct work_struct *work)
{
	ioat_reset_device(container_of(work, struct ioat_device, reset_work));
}

/* --- what the bus and the power management call --- */

void ioat_shutdown(struct pci_dev *pdev)
{
	struct ioat_device *ioat = pci_get_drvdata(pdev);

	if (ioat)
		put_to_sleep(ioat);
}

static int ioat_pm_suspend(struct device *dev)
{
	put_to_sleep(dev_get_drvdata(dev));
	return 0;
}

static int ioat_pm_resume(struct device *dev)
{
	wake_again(dev_get_drvdata(dev), false);
	return 0;
}

DEFINE_SIMPLE_DEV_PM_OPS(ioat_pm_ops, ioat_pm_suspend, ioat_pm_resume);

static pci_ers_result_t ioat_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct ioat_device *ioat = pci_get_drvdata(pdev);

	if (state == pci_channel_io_perm_failure) {
		ioat_take_all_out(ioat, "is cut off from the bus");
		return PCI_ERS_RESULT_DISCONNECT;
	}
	put_to_sleep(ioat);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t ioat_slot_reset(struct pci_dev *pdev)
{
	if (pci_enable_device_mem(pdev)) {
		pci_err(pdev, "cannot be enabled after a reset\n");
		return PCI_ERS_RESULT_DISCONNECT;
	}
	pci_set_master(pdev);
	pci_restore_state(pdev);
	pci_save_state(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

static void ioat_error_resume(struct pci_dev *pdev)
{
	wake_again(pci_get_drvdata(pdev), true);
}

/* Somebody else resets the function. */
static void ioat_reset_prepare(struct pci_dev *pdev)
{
	put_to_sleep(pci_get_drvdata(pdev));
}

static void ioat_reset_done(struct pci_dev *pdev)
{
	wake_again(pci_get_drvdata(pdev), false);
}

const struct pci_error_handlers ioat_error_handlers = {
	.error_detected = ioat_error_detected,
	.slot_reset = ioat_slot_reset,
	.resume = ioat_error_resume,
	.reset_prepare = ioat_reset_prepare,
	.reset_done = ioat_reset_done,
};
