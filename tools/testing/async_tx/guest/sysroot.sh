#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Unpack the guest's programs, and all that they depend on, for an architecture
# which is not this host's, from the same archive as the host's own packages.
# Everything goes to a folder: neither dpkg nor apt's configuration is touched,
# and nobody has to be root.
#
# usage: sysroot.sh DEBIAN-ARCHITECTURE FOLDER PACKAGE...
#
# Called by build.sh. Leaves FOLDER alone when it holds these packages already.

set -eu

if [ $# -lt 3 ]; then
	echo "usage: $0 DEBIAN-ARCHITECTURE FOLDER PACKAGE..." >&2
	exit 2
fi

architecture=$1
folder=$2
shift 2

if [ "$(cat "$folder/.packages" 2> /dev/null)" = "$*" ]; then
	exit 0
fi
if ! command -v apt-get > /dev/null; then
	echo "sysroot: not a Debian system, there is nowhere to take $* from" >&2
	exit 1
fi

rm -rf "$folder" "$folder.new" "$folder.apt"
mkdir -p "$folder.new" "$folder.apt/state/lists/partial" \
	"$folder.apt/cache/archives/partial" "$folder.apt/dpkg"
apt=$(realpath "$folder.apt")

# An apt that knows the host's sources and keys, but thinks that it is on a
# machine of the other architecture on which nothing is installed yet.
: > "$apt/dpkg/status"
cat > "$apt/apt.conf" <<CONF
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
Dir::State "$apt/state";
Dir::State::status "$apt/dpkg/status";
Dir::Cache "$apt/cache";
CONF
export APT_CONFIG="$apt/apt.conf"

# One archive of several may be out of order, as while a mirror is being brought
# up to date; whether that matters is for the next step to tell.
apt-get -q update || echo "sysroot: going on without the lists that failed" >&2
apt-get -q -y --no-install-recommends --download-only install "$@"
for package in "$apt"/cache/archives/*.deb; do
	dpkg-deb -x "$package" "$folder.new"
done

echo "$*" > "$folder.new/.packages"
mv "$folder.new" "$folder"
rm -rf "$folder.apt"
