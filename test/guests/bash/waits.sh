#!/usr/bin/env bash
# A script as people write them: sleep, time, read -t, wait, SECONDS, EPOCHREALTIME, make and touch.
set -u

now() { printf '%s\n' "${EPOCHREALTIME/./}000"; }
report() { printf '%s perceived_ns=%s expected_ns=%s late_ns=%s %s\n' "$1" "$(($(now) - $2))" "$3" 60000000 "${4-}"; }
check() { printf '%s ok=%s # %s\n' "$1" "$2" "$3"; }

printf 'begin virtual_ns=%s\n' "$(now)"
start=$(now)
sleep 0.1
report sleep "$start" 100000000

exec {silent}<> <(:)
start=$(now)
read -r -t 0.1 -u "$silent" _
report read_t "$start" 100000000 "status=$?"

TIMEFORMAT=%R
seconds=$({ time sleep 0.2; } 2>&1)
check time "$(awk -v s="$seconds" 'BEGIN { print (s >= 0.2 && s < 0.35) }')" "$seconds"

start=$(now)
sleep 0.1 &
sleep 0.05 &
wait
report wait "$start" 100000000

start=$(now)
timeout 0.1 sleep 5
report timeout "$start" 100000000 "status=$?"

SECONDS=0
sleep 1.02
# It counts how often the wall clock's second changed.
check SECONDS "$((SECONDS >= 1 && SECONDS <= 2))" "$SECONDS"

start=$(now)
for _ in 1 2 3 4 5; do
  printf . | cat >/dev/null
done
report pipes "$start" 0

first=$(date +%s%N)
second=$(date +%s%N)
check date "$((second >= first && second - first < 1000000000))" "$((second - first)) ns apart"

cd "${TMPDIR:-/tmp}" || exit 1
printf 'out: in\n\tcp in out\n' >Makefile
printf x >in
make -s 2>make.err
check make_quiet "$([ -s make.err ] && echo 0 || echo 1)" "$(cat make.err)"
check make_done "$(make -q && echo 1 || echo 0)" 'is up to date'
sleep 0.03
touch in
check make_again "$(make -q && echo 0 || echo 1)" 'has to be made again'
cp -p in copy
check cp_p "$([ "$(stat -c %y in)" = "$(stat -c %y copy)" ] && echo 1 || echo 0)" "$(stat -c %y in copy | tr '\n' ' ')"
touch -d '2001-02-03 04:05:06.789' old
check touch_d "$([ "$(stat -c %Y.%y old)" = "$(stat -c %Y.%y old)" ] && [ "$(date -d @"$(stat -c %Y old)" +%F)" = 2001-02-03 ] && echo 1 || echo 0)" "$(stat -c %y old)"
touch -d 'next year' future
check newer "$([ future -nt in ] && [ in -nt old ] && echo 1 || echo 0)" 'future, in, old'
check find_newer "$([ "$(find . -newer in -name future)" = ./future ] && [ -z "$(find . -newer in -name old)" ] && echo 1 || echo 0)" "$(find . -newer in | tr '\n' ' ')"
check find_mmin "$([ -n "$(find . -mmin -1 -name in)" ] && [ -z "$(find . -mmin -1 -name old)" ] && echo 1 || echo 0)" "$(find . -mmin -1 | tr '\n' ' ')"
tar cf in.tar in old 2>tar.err && tar xf in.tar -C /tmp --to-stdout >/dev/null 2>>tar.err
check tar_quiet "$([ -s tar.err ] && echo 0 || echo 1)" "$(cat tar.err)"
printf 'end virtual_ns=%s\n' "$(now)"
