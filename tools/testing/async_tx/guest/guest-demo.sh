# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# `make demo` inside the guest: arrays and dm-integrity on four different
# simulated engines, models of two I/OAT devices and the CPU, then who did what.
# First as it comes, then with a policy that gives work to all of them.

export REPORT=lines
# shellcheck source-path=SCRIPTDIR source=guest-report.sh
. /lib/guest-report.sh
# shellcheck source-path=SCRIPTDIR source=guest-ioat-lib.sh
. /lib/guest-ioat-lib.sh

# Four engines, no two alike, none of which can do everything.
make_engines()
{
	engine fast channels=2 caps="memcpy xor xor_val interrupt" max_xor=16 \
		in_order=1 ring=256 setup_ns=1000 bandwidth=16000 &&
	engine parity channels=2 caps="pq pq_val xor interrupt" max_pq=8 \
		max_xor=8 pq_continue=1 in_order=0 ring=128 setup_ns=2000 \
		bandwidth=8000 &&
	engine small channels=1 caps="memcpy memset xor xor_val pq pq_val" \
		max_xor=4 max_pq=4 pq_continue=0 in_order=0 ring=64 \
		setup_ns=500 bandwidth=4000 &&
	engine faulty channels=1 caps="memcpy xor pq interrupt" max_xor=16 \
		max_pq=16 in_order=1 ring=64 setup_ns=1000 bandwidth=8000 \
		error_ppm=2000
}

# Lines "VECTOR COUNT": interrupts of the I/OAT channels, which have one each.
ioat_interrupts()
{
	awk '/ioat-msix$/ {
		for (i = 2; i < 2 + cpus; i++)
			n += $i
		print $1, n
		n = 0
	}' cpus="$CPUS" /proc/interrupts
}

# Every channel that the machine has is there, and passed its tests.
# shellcheck disable=SC2153 # CHANNELS is from init
load_ioat()
{
	load ioat_interrupt_style=msix || return 1
	ioat_interrupts > /tmp/ioat.before
	channel_names | grep ' ioatdma$' > /tmp/ioat
	note=$(awk '{ printf "%s%s", sep, $2; sep = ", " }' /tmp/ioat)
	echo "$note"
	equal "$CHANNELS" "$(wc -l < /tmp/ioat)" "I/OAT channels" &&
	equal "$CHANNELS" "$(wc -l < /tmp/ioat.before)" "vectors"
}

# What the driver measured, for the first channel of each. The 3.4 takes 20 us for
# whatever it does, by demo.sh.
ioat_speed()
{
	note=
	grep '/0 ' /tmp/ioat > /tmp/ioat.first
	while read -r channel name _; do
		read -r setup < "/sys/class/dma/$channel/setup_ns"
		read -r bandwidth < "/sys/class/dma/$channel/bandwidth"
		note="$note${note:+; }$name: $setup ns, $bandwidth MB/s"
		echo "$note"
		least=1
		[ "$name" = ioat-3.4/0 ] && least=20000
		[ "$setup" -ge $least ] || return 1
	done < /tmp/ioat.first
}

# By what async_tx counted, and by interrupts since then; without a complaint of
# the driver.
every_ioat_channel_worked()
{
	note=
	idle=0
	while read -r channel name _; do
		n=$(awk '$1 == c { n += $3 } END { print n + 0 }' c="$channel" \
			"$stats_table")
		note="$note${note:+, }$name $n"
		[ "$n" -gt 0 ] || idle=1
	done < /tmp/ioat
	ioat_interrupts > /tmp/ioat.after
	echo "$note"
	cat /tmp/ioat.after
	awk 'NR == FNR { before[$1] = $2; next } $2 <= before[$1] { exit 1 }' \
		/tmp/ioat.before /tmp/ioat.after &&
	! dmesg | grep 'ioatdma.*channel' && return $idle
}

# Nobody has set anything.
defaults()
{
	equal '[adaptive]' "$(grep -o '\[.*\]' "$async_tx/policy")" policy &&
	equal 0 "$(sort -u "$async_tx"/threshold/*)" thresholds &&
	echo 1 > "$stats_reset"
}

select_policy()
{
	policy least-loaded && echo 1 > "$stats_reset"
}

step "boot" machine &&
step "make 4 engines by configfs" make_engines &&
step "load the driver of 2 I/OAT, whose self-tests pass" load_ioat &&
step "they tell how fast they are" ioat_speed &&
step "policy adaptive and no thresholds, as it comes" defaults &&
array_scenario 5 6 1 &&
array_scenario 6 8 2 &&
echo &&
report && echo && report_estimates && echo &&
step "policy least-loaded" select_policy &&
array_scenario 5 6 1 &&
array_scenario 6 8 2 &&
integrity_scenario ram10 ram11 &&
step "every engine had a part in it" every_engine_worked &&
step "so had every channel of the I/OAT" every_ioat_channel_worked &&
echo &&
report 50 || steps_failed=$((steps_failed + 1))

echo
echo "$steps_passed steps passed, $steps_failed failed"
[ "$steps_failed" -eq 0 ]
