#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pack the guest's user space: busybox, mdadm, dmsetup and fio with the libraries
# that they load, our scripts, and kernel modules or other files. The programs are
# the host's own, or those that sysroot.sh left in the folder that SYSROOT names.
# The kernel's gen_init_cpio writes the archive, so nobody has to be root.
#
# usage: initramfs.sh BUILD ARCHIVE [FILE...]

set -eu

if [ $# -lt 2 ]; then
	echo "usage: $0 BUILD ARCHIVE [FILE...]" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
build=$1
archive=$2
shift 2

# The packages of another architecture, and what its folders of libraries are
# called; empty for the host's own.
SYSROOT=${SYSROOT:+$(realpath "$SYSROOT")}
triplet=${CROSS_COMPILE-}
triplet=${triplet%-}
PATH=$PATH:/usr/sbin:/sbin
list=$archive.list
sources=$archive.sources
: > "$sources"
: > "$sources.seen"

tool_path()
{
	if [ -n "$SYSROOT" ]; then
		foreign_path "$1" /usr/bin /usr/sbin /bin /sbin
		return
	fi
	command -v "$1" || {
		echo "initramfs: $1 is not installed; see guest/packages" >&2
		exit 1
	}
}

# foreign_path NAME FOLDER...: where in SYSROOT that file is
foreign_path()
{
	wanted=$1
	shift
	for folder; do
		if [ -e "$SYSROOT$folder/$wanted" ]; then
			echo "$SYSROOT$folder/$wanted"
			return
		fi
	done
	echo "initramfs: $wanted is not in $SYSROOT" >&2
	return 1
}

# The same as libraries() for programs whose loader can not run here: by what
# their headers ask for, each library once.
foreign_libraries()
(
	headers=$(readelf -dlW "$1")
	runpath=$(echo "$headers" | sed -n 's/.*runpath: \[\(.*\)\]/\1/p' | tr : ' ')
	for name in $(echo "$headers" | sed -n \
			-e 's/.*interpreter: \(.*\)\]/\1/p' \
			-e 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		# shellcheck disable=SC2086 # a list of folders
		case $name in
		/*) path=$SYSROOT$name ;;
		*) path=$(foreign_path "$name" $runpath /lib/"$triplet" \
				/usr/lib/"$triplet" /lib /usr/lib) || exit 1 ;;
		esac
		grep -qxF "$path" "$sources.seen" && continue
		echo "$path" | tee -a "$sources.seen"
		foreign_libraries "$path" || exit 1
	done
)

# Every library of a program, the loader included, under the name it asks for.
libraries()
{
	if [ -n "$SYSROOT" ]; then
		foreign_libraries "$1"
		return
	fi
	ldd "$1" 2>/dev/null | awk '
		$2 == "=>" && $3 ~ /^\// { print $3 }
		$1 ~ /^\// { print $1 }'
}

# Emit the directories above each path once, then the files themselves.
with_parents()
{
	awk '
	function parents(path,	n, part, i, dir) {
		n = split(path, part, "/")
		dir = ""
		for (i = 2; i < n; i++) {
			dir = dir "/" part[i]
			if (!(dir in seen)) {
				seen[dir] = 1
				print "dir " dir " 0755 0 0"
			}
		}
	}
	$1 == "dir" { if ($2 in seen) next; parents($2 "/."); next }
	{ parents($2); print }'
}

add_file()
{
	echo "file $2 $(realpath "$1") $3 0 0"
	realpath "$1" >> "$sources"
}

busybox=$(tool_path busybox)
if readelf -lW "$busybox" | grep -q INTERP; then
	echo "initramfs: $busybox is not static; see guest/packages" >&2
	exit 1
fi
mdadm=$(tool_path mdadm)
dmsetup=$(tool_path dmsetup)
fio=$(tool_path fio)
for program in "$mdadm" "$dmsetup" "$fio"; do
	libraries "$program"
done > "$sources.libraries"

{
	for dir in /dev /proc /sys /run /tmp /etc /root /bin /sbin /modules; do
		echo "dir $dir 0755 0 0"
	done
	add_file "$busybox" /bin/busybox 0755
	echo "slink /bin/sh busybox 0777 0 0"
	add_file "$mdadm" /sbin/mdadm 0755
	add_file "$dmsetup" /sbin/dmsetup 0755
	add_file "$fio" /bin/fio 0755
	sort -u "$sources.libraries" | while read -r lib; do
		add_file "$lib" "${lib#"$SYSROOT"}" 0755
	done
	add_file "$here/init" /init 0755
	for script in "$here"/guest-*.sh; do
		add_file "$script" "/lib/$(basename "$script")" 0644
	done
	for file in "$@"; do
		add_file "$file" "/modules/$(basename "$file")" 0644
	done
} | with_parents > "$list.new"

# The archive is large; write it again only if something in it changed.
if [ -s "$archive" ] && cmp -s "$list" "$list.new"; then
	# shellcheck disable=SC2185 # the paths to look at come from stdin
	newer=$(tr '\n' '\0' < "$sources" |
		find -files0-from - -maxdepth 0 -newer "$archive" -print -quit)
	if [ -z "$newer" ]; then
		rm -f "$list.new"
		exit 0
	fi
fi
"$build/usr/gen_init_cpio" "$list.new" > "$archive.new"
mv "$archive.new" "$archive"
mv "$list.new" "$list"
