# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the guest's scenarios share, for busybox sh: steps and how they are
# reported, dma-sim engines, md arrays, dm-integrity. Sourced, never run.
#
# A scenario sets REPORT to 'lines' (one line per step for a reader) or 'tap',
# and calls "step TITLE FUNCTION ARGS..."; the function's output is shown only
# when it fails. $subject is what each title begins with, if anything. The sizes
# below may be overridden before the first step.

export MDADM_NO_UDEV=1 DM_DISABLE_UDEV=1

: "${REPORT:=lines}"
: "${SEQ_MB:=16}"		# sequential writes, MiB of the array
: "${RAND_MB:=4}"		# random writes of 4 KiB
: "${MIX_MB:=6}"		# random reads and writes, 4 to 64 KiB
: "${PATH_WRITES:=48}"		# for each of the two ways to update parity
: "${INTEGRITY_MB:=8}"

subject=
steps_passed=0
steps_failed=0
step_log=/tmp/step.log

async_tx=/sys/kernel/async_tx
export stats_table=/sys/kernel/debug/async_tx/channels
export stats_reset=/sys/kernel/debug/async_tx/reset
dma_sim=/sys/kernel/config/dma-sim

# Hundredths of a second since boot.
now()
{
	read -r uptime _ < /proc/uptime
	uptime=${uptime%.*}${uptime#*.}
	uptime=${uptime#0}
	echo "${uptime#0}"
}

seconds()
{
	printf '%d.%d' $(($1 / 100)) $(($1 / 10 % 10))
}

step()
{
	title=${subject:+$subject: }$1
	shift
	started=$(now)
	if [ "$REPORT" = lines ]; then
		printf '[%5s s] %-58s ' "$(seconds "$started")" "$title"
	fi
	note=
	if "$@" > $step_log 2>&1; then
		steps_passed=$((steps_passed + 1))
		verdict=ok
	else
		steps_failed=$((steps_failed + 1))
		verdict="not ok"
	fi
	took=$(seconds $(($(now) - started)))
	if [ "$REPORT" = lines ]; then
		printf '%s, %s s%s\n' "$verdict" "$took" "${note:+ ($note)}"
	else
		echo "$verdict $((steps_passed + steps_failed)) - $title" \
		     "# $took s${note:+, $note}"
	fi
	[ "$verdict" = ok ] && return 0
	sed 's/^/#   /' $step_log
	return 1
}

# Poll a condition every tenth of a second, for at most $1 seconds.
wait_until()
{
	polls=$(($1 * 10))
	shift
	while ! "$@"; do
		polls=$((polls - 1))
		if [ $polls -le 0 ]; then
			echo "waited in vain for: $*"
			return 1
		fi
		sleep 0.1
	done
}

# Threads that the kernel's dmatest told of when it took its channels, in the
# kernel's log as it is on stdin.
dmatest_threads()
{
	awk '/dmatest: Added/ { n += $(NF - 3) } END { print n + 0 }'
}

# Have so many of them told how they ended, since the kernel's log was cleared?
# To read dmatest's parameter 'wait' is not enough: it returns at once when none
# of them has got to run yet.
dmatest_ended()
{
	[ "$(dmesg | grep -c ': summary ')" -ge "$1" ]
}

equal()
{
	[ "$1" = "$2" ] && return 0
	echo "$3: expected '$1', got '$2'"
	return 1
}

# The machine is what was asked for: every processor came up, and time is kept
# by something better than ticks, which a busy host makes late.
machine()
{
	read -r clock < \
		/sys/devices/system/clocksource/clocksource0/current_clocksource
	note="$(nproc) processors, clock $clock"
	equal "$CPUS" "$(nproc)" "processors" || return 1
	case $clock in
	*jiffies) return 1 ;;
	esac
}

# ---- engines

# engine NAME KEY=VALUE...
engine()
{
	engine_name=$1
	shift
	mkdir "$dma_sim/$engine_name" || return 1
	for setting in "$@"; do
		echo "${setting#*=}" > "$dma_sim/$engine_name/${setting%%=*}" || {
			echo "$engine_name refuses $setting"
			return 1
		}
	done
	echo 1 > "$dma_sim/$engine_name/live"
}

no_engines()
{
	for dir in "$dma_sim"/*/; do
		[ -d "$dir" ] || continue
		echo 0 > "$dir/live" && rmdir "$dir" || return 1
	done
}

# Asks the engines themselves, not async_tx.
every_engine_worked()
{
	note=
	idle=0
	for dir in "$dma_sim"/*/; do
		read -r completed < "$dir/completed" || return 1
		note="$note${note:+, }$(basename "$dir") $completed"
		[ "$completed" -gt 0 ] || idle=1
	done
	return $idle
}

policy()
{
	echo "$1" > $async_tx/policy || return 1
	grep -qw "\[$1\]" $async_tx/policy
}

# Lift every size threshold: what may run on an engine is the policy's choice.
no_thresholds()
{
	for file in "$async_tx"/threshold/*; do
		echo 0 > "$file" || return 1
	done
}

# ---- tests and checkers of the kernel

# What the kernel said since the last call.
kernel_news()
{
	dmesg -c
}

# relay TITLE FILE: the lines of a TAP report become ours.
relay()
{
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$2")
	reported=0
	while read -r line; do
		case $line in
		"ok "*) verdict=ok; steps_passed=$((steps_passed + 1)) ;;
		"not ok "*) verdict="not ok"; steps_failed=$((steps_failed + 1)) ;;
		"#"*|"Bail out!"*) echo "#   $line"; continue ;;
		*) continue ;;
		esac
		reported=$((reported + 1))
		echo "$verdict $((steps_passed + steps_failed)) -" \
		     "${subject:+$subject: }$1: ${line#* - }"
	done < "$2"
	step "$1: all of its tests reported" \
		equal "${planned:-a plan}" "$reported" "tests reported"
}

# selftest PARAMETER...: our module prints a TAP report.
selftest()
{
	kernel_news > /dev/null
	step "selftest: load the module, let it run" \
		insmod /modules/async_tx_test.ko "$@"
	kernel_news | sed 's/^\[[^]]*\] *//' > /tmp/selftest
	relay selftest /tmp/selftest
	rmmod async_tx_test
}

# Twice, since what was only just allocated is not counted.
leaks()
{
	for _ in 1 2; do
		sleep 6
		echo scan > /sys/kernel/debug/kmemleak || return 1
	done
	[ -z "$(cat /sys/kernel/debug/kmemleak)" ] && return 0
	cat /sys/kernel/debug/kmemleak
	return 1
}

# Operations that engines ended, of all.
engine_operations()
{
	awk '$1 !~ /^cpu/ && $3 ~ /^[0-9]+$/ { n += $3 } END { print n + 0 }' \
		"$stats_table"
}

engines_worked()
{
	done=$(engine_operations)
	note="$done operations"
	echo "$note"
	[ "$done" -ge "$1" ]
}

# ---- md arrays: $md is the device's name, e.g. md5

md_idle()
{
	read -r action < "/sys/block/$md/md/sync_action"
	[ "$action" = idle ]
}

md_whole()
{
	read -r missing < "/sys/block/$md/md/degraded"
	md_idle && [ "$missing" = 0 ]
}

# array_create LEVEL MEMBER...
array_create()
{
	level=$1
	shift
	count_disk "counted$level" ram0 || return 1
	mdadm --create "/dev/$md" --run --force --level="$level" \
		--raid-devices=$# --chunk=64 --bitmap=none --metadata=1.2 \
		--homehost=guest "$@" || return 1
	wait_until 300 md_whole
}

# The workload is a fio job file; running it again with --verify_only reads
# all of it back from the disks, compares, and writes nothing.
#
# workload SEED (NAME "FIO SETTINGS" MIB)...: on areas one after the other.
workload()
{
	seed=$1
	shift
	offset=0
	{
		cat <<-JOBS
		[global]
		filename=/dev/$md
		direct=1
		ioengine=libaio
		iodepth=16
		thread=1
		verify=crc32c
		verify_fatal=1
		randseed=$seed
		JOBS
		while [ $# -gt 0 ]; do
			cat <<-JOBS
			[$1]
			$2
			offset=${offset}m
			size=${3}m
			JOBS
			offset=$((offset + $3))
			shift 3
		done
	} > "/tmp/$md.fio"
}

array_workload()
{
	workload "$1" \
		sequential "rw=write
bssplit=64k/50:256k/30:1m/20" "$SEQ_MB" \
		random "rw=randwrite
bs=4k" "$RAND_MB" \
		random-mix "rw=randrw
rwmixwrite=70
bssplit=4k/50:16k/30:64k/20" "$MIX_MB"
}

# array_write SEED: another seed, other offsets, sizes and contents
array_write()
{
	array_workload "$1"
	fio --output-format=terse "/tmp/$md.fio" || return 1
	digest=$(array_digest)
}

array_digest()
{
	dd "if=/dev/$md" bs=1M iflag=direct 2> /dev/null | md5sum
}

# Read everything back twice over: fio checks block by block, the digest that
# the rest of the array did not change either.
array_verify()
{
	fio --output-format=terse --verify_only "/tmp/$md.fio" &&
	equal "$digest" "$(array_digest)" "digest of $md"
}

# Blocks read so far from member 0, which sits behind a dm-linear device since
# brd itself counts nothing.
counted_reads()
{
	read -r _ _ reads _ < "/sys/block/$counted/stat"
	echo $((reads / 8))
}

# count_disk NAME DISK: leaves the kernel's name of /dev/mapper/NAME in $counted
count_disk()
{
	dmsetup create "$1" --noudevsync --table \
		"0 $(cat "/sys/block/$2/size") linear /dev/$2 0" || return 1
	counted=$(grep -lx "$1" /sys/block/dm-*/dm/name)
	counted=${counted#/sys/block/}
	counted=${counted%%/*}
}

# Write one block per stripe beyond the workload's area, which md does by
# read-modify-write or, where that is switched off, by reconstruct-write. Each
# way is known by what it has to read: the old block and the parity, or all the
# other data. Of 6 members in RAID-5 that is each one for 1 write in 3, or for
# 2 in 3; of 8 in RAID-6, for 3 in 8 or for 5 in 8.
array_partial()
{
	row_kb=$(($1 * 64))
	area_kb=$((PATH_WRITES * row_kb))
	offset_kb=$(((SEQ_MB + RAND_MB + MIX_MB + 2) * 1024 / row_kb * row_kb))
	reads_of=
	read -r rmw_default < "/sys/block/$md/md/rmw_level"
	for rmw_level in 1 0; do
		echo $rmw_level > "/sys/block/$md/md/rmw_level" || return 1
		before=$(counted_reads)
		fio --output-format=terse --name=partial --filename="/dev/$md" \
			--direct=1 --ioengine=libaio --iodepth=4 --thread=1 \
			--rw="write:$((row_kb - 4))k" --bs=4k \
			--offset="${offset_kb}k" --size="${area_kb}k" \
			--number_ios="$PATH_WRITES" || return 1
		reads_of="$reads_of $(($(counted_reads) - before))"
		offset_kb=$((offset_kb + area_kb))
	done
	echo "$rmw_default" > "/sys/block/$md/md/rmw_level"
	# shellcheck disable=SC2086 # two numbers
	set -- $reads_of
	note="$1 reads of a member for rmw, $2 for rcw"
	echo "$note"
	[ "$1" -gt 0 ] && [ "$2" -gt $(($1 * 4 / 3)) ] || return 1
	digest=$(array_digest)
}

# md's own scrub; its result is left in $mismatches.
array_scrub()
{
	echo "$1" > "/sys/block/$md/md/sync_action" || return 1
	wait_until 300 md_idle || return 1
	read -r mismatches < "/sys/block/$md/md/mismatch_cnt"
}

array_check()
{
	array_scrub check && equal 0 "$mismatches" mismatch_cnt
}

# A check that finds nothing proves little: spoil a chunk of one member behind
# md's back, have it found, repaired, and found no more.
array_check_finds()
{
	read -r data_offset < "/sys/block/$md/md/$2/offset"
	read -r data_kb < "/sys/block/$md/md/component_size"
	dd if=/dev/urandom "of=/dev/$1" bs=4k count=4 oflag=direct conv=notrunc \
		seek=$((data_offset / 8 + data_kb / 4 - 16)) || return 1
	array_scrub check || return 1
	note="$mismatches sectors found"
	equal 32 "$mismatches" "mismatch_cnt after 16 KiB were spoiled" &&
	array_scrub repair && array_scrub check &&
	equal 0 "$mismatches" "mismatch_cnt after repair"
}

array_fail()
{
	for member in "$@"; do
		mdadm "/dev/$md" --fail "/dev/$member" || return 1
		wait_until 10 mdadm "/dev/$md" --remove "/dev/$member" || return 1
	done
	read -r missing < "/sys/block/$md/md/degraded"
	equal $# "$missing" "missing members"
}

# Add members and write while they are filled in.
array_recover()
{
	for member in "$@"; do
		mdadm "/dev/$md" --add "/dev/$member" || return 1
	done
	array_write "3" || return 1
	wait_until 300 md_whole
}

array_stop()
{
	mdadm --stop "/dev/$md" && dmsetup remove --noudevsync "counted$level"
}

# array_scenario LEVEL MEMBERS FAILURES: the whole life of an array on RAM
# disks 0 to MEMBERS - 1, with FAILURES more as spares.
# shellcheck disable=SC2086 # lists of words
array_scenario()
{
	md=md$1
	label=RAID-$1
	lost=
	spares=
	disk=0
	while [ $disk -lt $(($2 + $3)) ]; do
		if [ $disk -eq 0 ]; then
			members=/dev/mapper/counted$1
		elif [ $disk -lt "$2" ]; then
			members="$members /dev/ram$disk"
		else
			# One data member is among the lost, whatever rotates.
			lost="$lost ram$(((disk - $2) * 2 + 1))"
			spares="$spares ram$disk"
		fi
		disk=$((disk + 1))
	done

	step "$label: create from $2 members, initial sync" \
		array_create "$1" $members &&
	step "$label: write sequential and random, verify crc32c" \
		array_write 1 &&
	step "$label: single blocks by read-modify-write and rcw" \
		array_partial $(($2 - $3)) &&
	step "$label: check, mismatch_cnt is 0" array_check &&
	step "$label: verify all" array_verify &&
	step "$label: fail $3 of $2 members (${lost# })" array_fail $lost &&
	step "$label: verify degraded" array_verify &&
	step "$label: write degraded, verify crc32c" array_write 2 &&
	step "$label: add $3, write during recovery, wait for its end" \
		array_recover $spares &&
	step "$label: verify all" array_verify &&
	step "$label: check, mismatch_cnt is 0" array_check &&
	step "$label: check finds and repairs what we spoil" \
		array_check_finds ram0 "dev-$counted" &&
	step "$label: stop" array_stop
}

# ---- dm-integrity: its journal is encrypted by async_xor

integrity_key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

# integrity_open NAME DISK MODE SECTORS [DMSETUP OPTION]
integrity_open()
{
	dmsetup create "$1" --noudevsync ${5:+"$5"} --table \
		"0 $4 integrity /dev/$2 0 - $3 4 internal_hash:crc32c journal_crypt:ctr(aes):$integrity_key journal_sectors:4096 journal_watermark:90" ||
		return 1
	dmsetup mknodes "$1"
}

integrity_create()
{
	# Opened with one sector, the target formats the disk and says how
	# many sectors it can give.
	integrity_open fresh "$1" J 1 || return 1
	# shellcheck disable=SC2046 # a line of words
	set -- "$1" $(dmsetup status fresh)
	integrity_sectors=$6
	dmsetup remove --noudevsync fresh &&
	integrity_open journal "$1" J "$integrity_sectors"
}

# integrity_fio NAME FIO-OPTION...
integrity_fio()
{
	name=$1
	shift
	fio --output-format=terse --name=integrity "--filename=/dev/mapper/$name" \
		--direct=1 --ioengine=libaio --iodepth=8 --thread=1 \
		--verify=crc32c --verify_fatal=1 --end_fsync=1 "$@"
}

# Everything once, since dm-integrity has no checksum for what was not
# written; then blocks at random, each few forced out by a flush.
integrity_write()
{
	integrity_fio journal --rw=write --bs=64k --size="${INTEGRITY_MB}m" ||
		return 1
	integrity_fio journal --rw=randwrite --bs=4k --size=1m --fsync=16 \
		--offset="${INTEGRITY_MB}m" || return 1
	digest=$(integrity_digest journal)
}

integrity_digest()
{
	dd "if=/dev/mapper/$1" bs=64k iflag=direct count=$((INTEGRITY_MB * 16)) \
		2> /dev/null | md5sum
}

integrity_close()
{
	dmsetup remove --noudevsync "$1"
}

integrity_reopen()
{
	integrity_close journal &&
	integrity_open journal "$1" J "$integrity_sectors" &&
	integrity_fio journal --rw=randwrite --bs=4k --size=1m --fsync=16 \
		--offset="${INTEGRITY_MB}m" --verify_only &&
	equal "$digest" "$(integrity_digest journal)" "digest after reopening"
}

# Overwrite a little and flush: it is in the journal now and nowhere else. A
# copy of the disk at that moment is what a crash leaves. Without its journal
# the copy shows the old contents; with the journal, deciphered, the new.
integrity_crash()
{
	integrity_fio journal --rw=randwrite --bs=4k --size=512k --randseed=7 \
		--fsync=16 --do_verify=0 || return 1
	dd "if=/dev/$1" "of=/dev/$2" bs=1M iflag=direct oflag=direct || return 1
	now_digest=$(integrity_digest journal)
	integrity_open crashed "$2" R "$integrity_sectors" --readonly || return 1
	old_digest=$(integrity_digest crashed)
	integrity_close crashed || return 1
	equal "$digest" "$old_digest" "digest of the copy without its journal" ||
		return 1
	[ "$now_digest" != "$digest" ] || return 1
	integrity_open crashed "$2" J "$integrity_sectors" &&
	equal "$now_digest" "$(integrity_digest crashed)" \
		"digest of the copy, journal replayed" &&
	integrity_fio crashed --rw=randwrite --bs=4k --size=512k --randseed=7 \
		--fsync=16 --verify_only &&
	integrity_close crashed
}

# integrity_scenario DISK SPARE
integrity_scenario()
{
	step "dm-integrity: format, open with an encrypted journal" \
		integrity_create "$1" &&
	step "dm-integrity: write with flushes, verify crc32c" integrity_write &&
	step "dm-integrity: close, open, verify" integrity_reopen "$1" &&
	step "dm-integrity: replay the journal of a crashed copy" \
		integrity_crash "$1" "$2" &&
	step "dm-integrity: close" integrity_close journal
}
