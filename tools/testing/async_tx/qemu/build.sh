#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# "make qemu": build the distribution's QEMU with our device models in it.
#
# usage: build.sh WORK BUILD [CONFIGURE-OPTION...]
#
# Gets QEMU's source package to WORK, unless it is there already as it was
# unpacked; lays hw/ over it, applies qemu.patch, and has ninja bring BUILD up to
# date. Leaves BUILD/bin/qemu-system-x86_64. The machine's own package sources are
# read, not changed: a private copy of them says where source packages are.

set -eu -o pipefail

if [ $# -lt 2 ]; then
	echo "usage: $0 WORK BUILD [CONFIGURE-OPTION...]" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
mkdir -p "$1" "$2"
work=$(realpath "$1")
build=$(realpath "$2")
shift 2

series=7.2
source=$work/source

# timed TITLE COMMAND...: one line for each thing done
timed()
{
	local title=$1 started=$SECONDS
	shift
	printf '%-68s ' "$title"
	if ! "$@" > "$build/step.log" 2>&1; then
		echo "not ok"
		grep -nE 'error:|ERROR|E: ' "$build/step.log" | head -n 5 >&2
		tail -n 10 "$build/step.log" >&2
		return 1
	fi
	echo "ok, $((SECONDS - started)) s"
}

# The files of the machine's own configuration that name Debian's archive, or
# all of them if it has no package lists yet.
source_lists()
{
	local found
	found=$(apt-get indextargets --format "\$(SOURCESENTRY)" \
		'Created-By: Packages' 'Origin: Debian' | sed 's/:[0-9]*$//' | sort -u)
	if [ -n "$found" ]; then
		echo "$found"
	else
		ls /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
			/etc/apt/sources.list.d/*.sources 2> /dev/null || true
	fi
}

# An apt that knows the same archives, but their source packages.
private_apt()
{
	local list apt=$work/apt

	rm -rf "$apt"
	mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
	for list in $(source_lists); do
		case $list in
		*.sources)
			sed 's/^Types:.*/Types: deb-src/' "$list" \
				> "$apt/parts/$(basename "$list")" ;;
		*)
			sed -n 's/^deb[[:blank:]]/deb-src /p' "$list" \
				> "$apt/parts/$(basename "$list" .list).list" ;;
		esac
	done
	cat > "$apt/apt.conf" <<-CONF
	Dir::Etc::SourceList "/dev/null";
	Dir::Etc::SourceParts "$apt/parts";
	Dir::State::Lists "$apt/lists";
	Dir::Cache "$apt/cache";
	APT::Sandbox::User "";
	CONF
	export APT_CONFIG="$apt/apt.conf"
}

download()
{
	local version

	private_apt
	rm -rf "$work/package"
	mkdir -p "$work/package"
	cd "$work/package"
	# One archive that does not answer may not be the one that is needed.
	apt-get -q update || true
	version=$(apt-cache showsrc qemu | sed -n 's/^Version: //p' |
		grep -F ":$series" | sort -rV | head -n 1) || true
	if [ -z "$version" ]; then
		echo "E: there is no source package of QEMU $series" >&2
		return 1
	fi
	apt-get -q source --download-only --only-source "qemu=$version"
	rm -rf "$work/apt"
}

# What the source is made of: names, sizes and dates, but for what we lay there.
inventory()
{
	(cd "$source" && find . -type f ! -name '*.pyc' ! -path './hw/dma/ioat*' \
		! -path ./hw/dma/Kconfig ! -path ./hw/dma/meson.build \
		-printf '%p %s %T@\n' | sort | sha256sum)
}

unpack()
{
	rm -rf "$source"
	dpkg-source --no-check -x "$work"/package/qemu_*.dsc "$source"
	mkdir "$source/hw/dma.orig"
	cp -p "$source"/hw/dma/{Kconfig,meson.build} "$source/hw/dma.orig"
	inventory > "$work/inventory"
}

# Put a file there only if that changes it, so that ninja builds no more than it
# must.
lay()
{
	cmp -s "$1" "$2" || cp "$1" "$2"
}

overlay()
{
	local file dir=$source/hw/dma

	rm -rf "$work/patched"
	mkdir -p "$work/patched/hw/dma"
	cp -p "$source"/hw/dma.orig/* "$work/patched/hw/dma"
	patch -s -p1 -d "$work/patched" < "$here/qemu.patch"
	for file in "$work"/patched/hw/dma/* "$here"/hw/dma/*; do
		lay "$file" "$dir/$(basename "$file")"
	done
	for file in "$dir"/ioat*; do
		[ -e "$here/hw/dma/$(basename "$file")" ] || rm -f "$file"
	done
}

# QEMU's build tree remembers absolute paths, and its compiler.
configure()
{
	local compiler=cc
	! command -v ccache > /dev/null || compiler="ccache cc"
	set -- --cc="$compiler" --target-list=x86_64-softmmu \
		--without-default-features --enable-tcg --enable-system \
		--disable-debug-info --disable-qom-cast-debug \
		--firmwarepath=/usr/share/qemu:/usr/share/seabios "$@"
	if [ "$(cat "$build/configured" 2> /dev/null)" = "$source $*" ]; then
		return
	fi
	find "$build" -mindepth 1 ! -name step.log -delete
	(cd "$build" && "$source/configure" "$@")
	echo "$source $*" > "$build/configured"
}

compile()
{
	ninja -C "$build" -j "${JOBS:-$(nproc)}" qemu-system-x86_64
	# In a folder of its own it looks for firmware where the packages put it,
	# not where the build would install it.
	mkdir -p "$build/bin"
	ln -f "$build/qemu-system-x86_64" "$build/bin"
}

if [ ! -s "$work/inventory" ] || [ ! -d "$source" ] ||
   [ "$(inventory)" != "$(cat "$work/inventory")" ]; then
	rm -f "$work/inventory"
	timed "qemu: get the source package" download
	timed "qemu: unpack it" unpack
fi
overlay
timed "qemu: configure" configure "$@"
timed "qemu: build" compile
