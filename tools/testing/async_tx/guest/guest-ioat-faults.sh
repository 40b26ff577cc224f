# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What goes wrong with an I/OAT device while arrays are at work on it: every
# fault that the models have, one after the other and at random. Sourced by
# guest-ioat.sh.
#
# The host is asked through the third serial port; host.py answers. Faults are
# armed in the background, while the foreground writes, loses and regains disks;
# so that both do not write to the same report, the former keep theirs in a file.

# shellcheck source-path=SCRIPTDIR source=guest-ioat-lib.sh
. /lib/guest-ioat-lib.sh

host=/dev/ttyS2
fault_report=/tmp/faults

# ask DEVICE WHAT...: leaves the host's answer in $answer
ask()
{
	echo "$*" >&3
	answer="error: none"
	# shellcheck disable=SC3045 # busybox has it
	read -r -t 60 answer <&3
	case $answer in
	error*) echo "$*: $answer"; return 1 ;;
	esac
}

host_is_there()
{
	stty -F $host raw -echo && exec 3<> $host
	ask ioat08 fired
}

kernel_said()
{
	dmesg | grep -qE "$1"
}

has_struck()
{
	ask "$1" fired && [ "$answer" -ge "$2" ]
}

# befall NUMBER FAULT...: arms them, and waits until all have struck
befall()
{
	device=ioat$1
	shift
	ask "$device" fired || return 1
	target=$((answer + $#))
	ask "$device" inject "$@" && wait_until 60 has_struck "$device" $target
}

# strike NUMBER "FAULT..." MESSAGE: the same, and waits until the kernel has said so
# (an empty MESSAGE: need not say anything)
# shellcheck disable=SC2086 # a list of words
strike()
{
	kernel_news > /dev/null
	befall "$1" $2 || return 1
	[ -z "$3" ] || wait_until 20 kernel_said "$3"
}

# Every channel of the device at ADDRESS is in use again, or for the first time.
takes_part()
{
	expected=$(channels_of "$1" | wc -l)
	[ "$expected" -gt 0 ] || return 1
	busy=0
	for channel in $(channels_of "$1"); do
		awk -v c="$channel" '$1 == c && $3 > 0 { exit 1 }' "$stats_table" ||
			busy=$((busy + 1))
	done
	[ $busy -eq "$expected" ]
}

# The channels of the device at ADDRESS do work, all of them, from now on.
is_back()
{
	echo 1 > "$stats_reset"
	wait_until 120 takes_part "$1"
}

# Takes device NUMBER from the driver and gives it back, whatever became of it.
# A function that was gone has lost its addresses, which are assigned anew.
revive()
{
	pci=/sys/bus/pci/devices/0000:00:$1.0
	if [ "$2" = remove ]; then
		echo 1 > "$pci/remove" && ask "ioat$1" inject clear &&
		echo 1 > /sys/bus/pci/rescan
	else
		ask "ioat$1" inject clear &&
		echo "0000:00:$1.0" > "$driver/unbind" &&
		echo "0000:00:$1.0" > "$driver/bind"
	fi
	[ -d "$pci/dma" ]
}

# Can device NUMBER be reset as a whole? The kernel knows.
resets()
{
	[ -e "/sys/bus/pci/devices/0000:00:$1.0/reset" ]
}

# What the kernel says of a channel of $victim that does not reset.
stuck_message()
{
	if resets "$victim"; then
		echo "channel . does not reset .*, so the device is"
	else
		echo "channel . is cut off, .*: it is out of use"
	fi
}

# The fault $what strikes device $victim, the log says $message, and an admin helps
# where that is needed.
survive()
{
	strike "$victim" "$what" "$message" || return 1
	case $what in
	*stuck*)
		if resets "$victim"; then
			is_back "0000:00:$victim.0"
		else
			revive "$victim" stuck
		fi ;;
	remove*) revive "$victim" remove ;;
	esac
}

# A line for each kind of fault: what it is, and what the kernel says of it. Bits
# 16 and 17 of CHANERR are the verdict of a check, which no one can tell from
# data that differ: dmatest, which checks nothing, meets them later.
every_fault()
{
	bit=0
	while read -r name; do
		case $bit in
		16|17) ;;
		*) echo "halt=$bit:skip=$bit|channel .: $name error" ;;
		esac
		bit=$((bit + 1))
	done <<-ERRORS
	source address
	destination address
	next descriptor address
	descriptor alignment
	chain address
	channel command
	chipset data integrity
	internal data integrity
	reading data
	writing data
	descriptor control
	descriptor length
	completion address
	interrupt configuration
	super extended descriptor address
	unaffiliated
	CRC or xor P
	xor Q
	descriptor count
	DIF all F
	guard tag
	application tag
	reference tag
	bundle bit
	result DIF all F
	result guard tag
	result application tag
	result reference tag
	unknown
	unknown
	unknown
	unknown
	ERRORS
	cat <<-OTHERS
	halt=8:skip=100:times=5|channel .: reading data error
	halt=9:channel=0:times=3|channel 0: writing data error
	hang|channel . hung and was reset, one operation fails
	hang:times=3:skip=10|channel . hung and was reset, one operation fails
	lost-irq|
	lost-irq:channel=0:times=40|channel 0: an interrupt was lost
	late-write=100|
	late-write=50000:times=10|
	late-write=2000000|channel .: a write-back was lost
	no-write|
	no-write:channel=0:times=40|channel 0: a write-back was lost
	halt=8 stuck|$(stuck_message)
	hang:channel=0 stuck:channel=0|$(stuck_message)
	remove|channel . is not there any more .*: it is out of use
	remove:skip=40|channel . is not there any more .*: it is out of use
	OTHERS
}

# report_of TITLE COMMAND...: a line of TAP, behind what was said if it fails
report_of()
{
	title=$1
	shift
	verdict=ok
	"$@" > /tmp/fault.log 2>&1 || {
		verdict="not ok"
		sed 's/^/#   /' /tmp/fault.log
		dmesg | tail -n 5 | sed 's/^/#   /'
	}
	echo "$verdict - $title"
}

# faults_of NUMBER: a line for each into the report. The pause is for the kernel,
# which rations messages of a kind.
faults_of()
{
	victim=$1
	every_fault > /tmp/every_fault
	while IFS='|' read -r what message; do
		sleep 0.5
		report_of "fault: $what" survive
	done < /tmp/every_fault
}

# random_faults SEED COUNT: a line "NUMBER FAULT..." for each, the same for the
# same seed. One that costs a device until it is revived is rarer.
random_faults()
{
	awk -v seed="$1" -v count="$2" '
	function any(n) { return int(rand() * n) }
	function where() { return ":skip=" any(20) }
	BEGIN {
		srand(seed)
		split("04 08 0a 0c", device)
		split("1 10 100 1000 10000 100000", us)
		while (count--) {
			draw = any(100)
			if (draw < 50) {
				do
					bit = any(32)
				while (bit == 16 || bit == 17)
				fault = "halt=" bit where()
			} else if (draw < 62)
				fault = "hang" where()
			else if (draw < 74)
				fault = "lost-irq" where()
			else if (draw < 84)
				fault = "late-write=" us[1 + any(6)] where()
			else if (draw < 94)
				fault = "no-write" where()
			else if (draw < 97)
				fault = "halt=" any(16) " stuck"
			else
				fault = "remove" where()
			print device[1 + any(4)], fault
		}
	}'
}

# campaign_of SEED COUNT: its report is a line of TAP, and what did not go well
campaign_of()
{
	random_faults "$1" "$2" > /tmp/campaign
	survived=0
	while read -r victim what; do
		message=
		case $what in
		*stuck) message=$(stuck_message) ;;
		remove*) message="is not there any more .*: it is out of use" ;;
		halt*) message="channel .: .* error" ;;
		esac
		# Messages of many faults of a kind are rationed.
		case $what in
		halt*skip*) message= ;;
		esac
		if survive > /tmp/fault.log 2>&1; then
			survived=$((survived + 1))
		else
			echo "# $victim $what"
			sed 's/^/#   /' /tmp/fault.log
		fi
	done < /tmp/campaign
	echo "# $survived of $2 faults struck and were survived"
	[ "$survived" -eq "$2" ] || printf 'not '
	echo "ok - $2 random faults, seed $1"
}

# under_load COMMAND...: in the background, its report in a file, while arrays
# live and die until it has ended; at least one of each kind
under_load()
{
	"$@" > $fault_report 2>&1 &
	saboteur=$!
	rounds=0
	while [ $rounds -eq 0 ] || kill -0 $saboteur 2> /dev/null; do
		array_scenario 6 8 2
		array_scenario 5 6 1
		rounds=$((rounds + 1))
	done
	wait $saboteur
	while read -r line; do
		case $line in
		"ok - "*) step "${line#ok - }" true ;;
		"not ok - "*) step "${line#not ok - }" false ;;
		*) echo "$line" ;;
		esac
	done < $fault_report
}

# What a check finds is no error, but of an operation that is none it is. Of
# dmatest's, one and no more fails.
verdict_of_no_check()
{
	start device="0000:00:$victim.0" iterations=50 || return 1
	befall "$victim" "$1:skip=10" || return 1
	wait_until 300 dmatest_ended "$threads"
	finish
	grep -E 'result #|ioatdma' /tmp/report
	grep -q "channel .: $2 error .*, one operation fails" /tmp/report &&
	equal 1 "$failures" failures
}

# The driver looks at what the engine did at probe, and then only.
wrong_data_at_probe()
{
	bind || return 1
	kernel_news > /dev/null
	ask ioat07 inject corrupt:times=0 || return 1
	bind 07 && return 1
	kernel_said "channel 0: copying does not work, it stays unused" || return 1
	ask ioat07 inject clear corrupt:skip=1 && bind 07 &&
	kernel_said "channel 0: fill does not work, and is not offered"
}

part_faults()
{
	policy least-loaded
	step "wrong data at probe: not offered" wrong_data_at_probe
	for number in 08 04 0a 0c; do
		subject="$(echo "$devices" | awk -v n=$number '$1 == n { print $2 }')"
		step "bind it alone" bind $number
		patience 250
		under_load faults_of $number
		victim=$number
		step "fault: halt=16, dmatest at work" verdict_of_no_check halt=16 "CRC or xor P"
		step "fault: halt=17, dmatest at work" verdict_of_no_check halt=17 "xor Q"
		step "it is whole again" run 20
	done
	subject=
	patience 1000
}

# part_campaign SEED COUNT
part_campaign()
{
	policy least-loaded
	step "bind all devices of eight channels" bind 04 08 0a 0c
	patience 250
	subject="random faults"
	under_load campaign_of "$1" "$2"
	subject=
	patience 1000
	step "all devices are whole again" bind 04 08 0a 0c
	step "dmatest on all" run 20
}
