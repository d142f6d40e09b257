# bash and the small tools around it: each duration as bash itself perceives it. Run with bash.
# No `set -e`: the codes of failing commands are what is looked at.
cd "$TMPDIR" || exit
PROCESS_NS=150000000

now_us() {
  local now=$EPOCHREALTIME
  echo "${now/[.,]/}"
}
virtual() { echo "$1 virtual_ns=$(now_us)000"; }
# timed NAME LEAST_MS COMMAND...: how long the command takes, and its code
timed() {
  local name=$1 least=$2 from to code
  shift 2
  from=$(now_us)
  "$@"
  code=$?
  to=$(now_us)
  echo "$name perceived_ns=$(((to - from) * 1000)) expected_ns=$((least * 1000000)) late_ns=$PROCESS_NS grain_ns=1000 code=$code"
}
check() {
  local name=$1 remark=$2 ok=1
  shift 2
  [ "$@" ] || ok=0
  echo "$name ok=$ok # $remark"
}

virtual begin

timed sleep 200 sleep 0.2
timed sleep_in_parts 200 sleep 0.1 0.1
timed read_-t 200 read -r -t 0.2 < <(exec sleep 5)
timed timeout 200 timeout 0.2 sleep 5
timed timeout_-k 300 timeout -k 0.1 0.2 bash -c 'trap "" TERM; while :; do sleep 1; done' 2>/dev/null
timed timeout_foreground 100 timeout --foreground -s INT 0.1 sleep 5

sleeps() {
  sleep 5 &
  local long=$!
  sleep 0.2 &
  wait -n
  local code=$?
  kill "$long"
  wait "$long"
  return $code
}
timed wait_-n 200 sleeps

background() {
  local children=()
  for _ in 1 2 3 4 5 6 7 8; do
    sleep 0.2 &
    children+=($!)
  done
  wait "${children[@]}"
}
timed wait_for_all 200 background

alarmed() {
  local caught=0 shell=$BASHPID
  trap 'caught=1' USR1
  (sleep 0.1; kill -USR1 "$shell") &
  while [ $caught -eq 0 ]; do sleep 0.02; done
  trap - USR1
}
timed trap 100 alarmed

# What `time` prints, and SECONDS, go by the same clock.
TIMEFORMAT=%R
taken=$({ time sleep 0.3; } 2>&1)
check keyword_time "$taken s" "${taken/[.,]/}" -ge 300 -a "${taken/[.,]/}" -le 520
SECONDS=0
sleep 1.05
check SECONDS "$SECONDS s" "$SECONDS" -ge 1 -a "$SECONDS" -le 2

printf -v second '%(%s)T' -1
date=$(date +%s)
check printf_and_date "$second, $date" $((date - second)) -ge 0 -a $((date - second)) -le 1
check EPOCHSECONDS "$EPOCHSECONDS, $date" $((EPOCHSECONDS - date)) -ge 0 -a $((EPOCHSECONDS - date)) -le 1

before=$(date +%s%N)
touch file
after=$(stat -c %.9Y file)
after=${after/[.,]/}
# The kernel stamps files by a clock that ticks.
check touch "$((after - before)) ns after date" $((after - before)) -ge -10000000 -a $((after - before)) -le 1000000000
sleep 0.1
touch newer
check newer 'test -nt' newer -nt file
check not_in_the_future "$(find . -newermt now)" -z "$(find . -newermt now)"

virtual end
