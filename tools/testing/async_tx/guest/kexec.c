// SPDX-License-Identifier: GPL-2.0-only
/*
 * Go over to another kernel without a reset of the machine:
 *
 *   kexec KERNEL INITRAMFS COMMAND-LINE
 *
 * Devices are shut down, but keep the power and what they are at. For the guest
 * of check-ioat.sh, which is spared a package that would have the host's own
 * reboots go this way. Returns only if the kernel refuses.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int kernel, initramfs;

	if (argc != 4) {
		fprintf(stderr, "usage: %s KERNEL INITRAMFS COMMAND-LINE\n", argv[0]);
		return 2;
	}
	kernel = open(argv[1], O_RDONLY);
	initramfs = open(argv[2], O_RDONLY);
	if (kernel < 0 || initramfs < 0 ||
	    syscall(SYS_kexec_file_load, kernel, initramfs, strlen(argv[3]) + 1, argv[3], 0L))
		perror("load");
	else if (reboot(RB_KEXEC))
		perror("go over");
	return 1;
}
