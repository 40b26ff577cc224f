#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "make check-model": our device models against peers that are not ours. TAP on
# stdout.
#
# usage: check.sh BASE OUT
#
# QEMU's own checkpatch on the code; the model by itself, and fed with nonsense;
# then the base kernel with its own ioatdma and dmatest, one of each version of
# the device in the machine. Wants what "make qemu" builds. Leaves logs in
# OUT/build/guest-model.

set -eu

if [ $# -ne 2 ]; then
	echo "usage: $0 BASE OUT" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
guest=$here/../guest
base=$1
out=$2
build=$out/build/guest-model
export QEMU="$out/build/qemu/bin/qemu-system-x86_64"

total=0
bad=0

# Pass another's TAP on, numbered anew.
renumber()
{
	while IFS= read -r line; do
		case $line in
		"ok "*) verdict=ok ;;
		"not ok "*) verdict="not ok"; bad=$((bad + 1)) ;;
		1..*) continue ;;
		*) echo "$line"; continue ;;
		esac
		total=$((total + 1))
		echo "$verdict $total - ${line#* - }"
	done
}

# part TITLE COMMAND...: its TAP, and a line on how it ended
part()
{
	title=$1
	shift
	ended=ok
	"$@" > "$build/part.tap" 2>&1 || ended="not ok"
	renumber < "$build/part.tap"
	echo "$ended - $title" > "$build/part.tap"
	renumber < "$build/part.tap"
}

style()
{
	for file in "$here"/hw/dma/*; do
		said=$(cd "$out/qemu/source" && perl scripts/checkpatch.pl \
			--no-tree --no-signoff --terse --no-summary -f "$file") || true
		verdict=ok
		if [ -n "$said" ]; then
			echo "$said" | sed 's/^/# /'
			verdict="not ok"
		fi
		echo "$verdict - checkpatch of QEMU: $(basename "$file")"
	done
}

# One of each version, and of 3.2 one more with an id for which the base's driver
# does not leave RAID off.
devices()
{
	addr=3
	for device in version=2.0,channels=1 version=3.0,channels=1 \
		      version=3.2,channels=1 \
		      version=3.2,device-id=0x3430,channels=2 \
		      version=3.3,channels=1 version=3.4,channels=1; do
		echo "-device ioat,addr=$addr,$device"
		addr=$((addr + 1))
	done
}

boot()
{
	DEVICES=$(devices) "$guest/boot.sh" "$build/arch/x86/boot/bzImage" \
		"$build/initramfs.cpio" model 2 1G 600 "$build"
}

mkdir -p "$build"
part "style" style
part "the model by itself" python3 "$here/ioat_test.py" "$QEMU"
part "the model fed with nonsense" python3 "$here/ioat_fuzz.py" "$QEMU"
LINE_PREFIX="# " "$guest/build.sh" "$base" "$build" \
	"$here/model.config" "$here/debug.config"
part "the base's driver ran to its end" boot
part "the base kernel did not complain" "$guest/splats.sh" "$build/model.kernel.log"
echo "1..$total"
[ "$bad" -eq 0 ]
