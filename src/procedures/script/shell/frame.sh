# ---- How this script works: options, state, steps -------------------------------------------------------------------

STEPS=() TIMES=() REQUIRES=() ACTIONS=() BECOMES=() DESCRIPTIONS=() ADVICE=()

# Names a step, says how often it may be done (always, or once), and which functions print what stands in its way (-: nothing
# does), do it (-: it only looks), and print what is still missing (-: it is done when its action has ended).
step() {
  STEPS+=("$1") TIMES+=("$2") REQUIRES+=("$3") ACTIONS+=("$4") BECOMES+=("$5") DESCRIPTIONS+=("$6") ADVICE+=("$7")
}

usage() {
  cat <<USAGE
usage: bash ${0##*/} [--yes] [--again] | --list | --dry-run | --help
  --list     names the steps, and which of them an earlier run has finished; asks nobody and changes nothing
  --dry-run  asks every precondition and every check as things are now, says what would be done, and changes nothing
  --yes      does not ask for the host's name
  --again    does once more what was completed with exactly these inputs
Run it again after it has stopped or was killed: it goes on from where it was.
Exit codes: 0 done; 1 a step failed; 2 wrong usage, or nobody confirmed; 3 a precondition is not met; 130 interrupted
USAGE
}

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }
has() { declare -F "$1" >/dev/null; }
now() { date -u '+%Y-%m-%dT%H:%M:%SZ'; }

# A text as JSON writes it.
json() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  printf '"%s"' "$text"
}

# Milliseconds on a clock of its own, for durations.
milliseconds() {
  local time=${EPOCHREALTIME:-$SECONDS.000000}
  printf '%s' $((10#${time//[!0-9]/} / 1000))
}

# Appends a line to the log. A log that cannot be written is told once and holds up nothing.
log() {
  [ -n "$LOG" ] || return 0
  if ! printf '[%s] %s %s\n' "$(date -u '+%Y-%m-%d %H:%M:%S')" "$1" "${2//$'\n'/ }" 2>/dev/null >>"$LOG"; then
    complain "note: $LOG cannot be written; this run is not logged"
    LOG=''
  fi
}

# Ends a step with a reason.
fail() {
  complain "$*"
  exit 1
}

# Sets ANSWER to what a question prints, or to why it could not be asked; empty: nothing stands in the way.
ask() {
  local code
  set +e
  ANSWER=$(
    set -e
    "$1" 2>"$SCRATCH/complaint"
  )
  code=$?
  set -e
  if [ "$code" -ne 0 ]; then
    ANSWER="$ANSWER${ANSWER:+; }$(tail -n 5 "$SCRATCH/complaint")"
    [ -n "$ANSWER" ] || ANSWER="it could not be asked (exit code $code)"
  fi
}

# ---- State: which steps are finished, with which inputs ----

DONE=()
BEGUN=''
OUTCOME=''

# One line for each input, in a form that no content can break.
input_lines() {
  local input
  for input in "${INPUTS[@]}"; do printf 'input\t%q\n' "$input"; done
}

write_state() {
  {
    printf 'procedure\t%s\n' "$PROCEDURE"
    input_lines
    printf 'begun\t%s\n' "$BEGUN"
    if [ "${#DONE[@]}" -gt 0 ]; then printf 'done\t%s\n' "${DONE[@]}"; fi
    printf 'outcome\t%s\n' "$OUTCOME"
  } >"$STATE.partial"
  sync "$STATE.partial" 2>/dev/null || sync
  mv -f -- "$STATE.partial" "$STATE"
}

# Reads what an earlier run left; refuses one that was begun with other inputs.
read_state() {
  BEGUN=$(now) OUTCOME=none DONE=()
  [ -e "$STATE" ] || return 0
  local key value inputs='' begun='' outcome=''
  local done=()
  while IFS=$'\t' read -r key value; do
    case $key in
      input) inputs+="$key"$'\t'"$value"$'\n' ;;
      begun) begun=$value ;;
      done) done+=("$value") ;;
      outcome) outcome=$value ;;
    esac
  done <"$STATE"
  if [ -z "$outcome" ]; then
    refuse "$STATE is no state of this procedure; move it away, then run this script again from the start"
  fi
  if [ "$inputs" != "$(input_lines)"$'\n' ]; then
    # What was completed with other inputs is history.
    [ "$outcome" != 'done' ] || return 0
    complain "An earlier $PROCEDURE, begun $begun, is unfinished and had other inputs:"
    complain "$(printf '%s' "$inputs" | grep -Fxv -f <(input_lines) | sed 's/^input\t/  then: /' || :)"
    complain "$(input_lines | grep -Fxv -f <(printf '%s' "$inputs") | sed 's/^input\t/  now:  /' || :)"
    refuse "finish that one with its own script, or, if it was given up, move $STATE away"
  fi
  BEGUN=$begun OUTCOME=$outcome
  if [ "${#done[@]}" -gt 0 ]; then DONE=("${done[@]}"); fi
}

is_done() {
  local finished
  for finished in ${DONE[@]+"${DONE[@]}"}; do
    if [ "$finished" = "$1" ]; then return 0; fi
  done
  return 1
}

# What an earlier run did stands where it may be done only once, or where its check still holds.
still_holds() {
  if [ "${TIMES[$1]}" = once ]; then return 0; fi
  if [ "${BECOMES[$1]}" = - ]; then return 1; fi
  ask "${BECOMES[$1]}"
  [ -z "$ANSWER" ]
}

refuse() {
  complain "refused: $*"
  complain 'Nothing was changed.'
  exit 3
}

# ---- Steps ----

# Tells what stopped, what a person does now, and what goes on from here.
stumble() {
  local number=$(($1 + 1)) name=${STEPS[$1]} stage=$2 message=$3 code=1
  if [ "$stage" = precondition ]; then code=3; fi
  OUTCOME=failed
  write_state
  complain ''
  complain "$PROCEDURE stopped at step $number of ${#STEPS[@]}, \"$name\" ($stage): $message"
  if [ "$stage" = precondition ]; then complain 'This step has changed nothing.'; fi
  complain "What to do: ${ADVICE[$1]}"
  complain "Then: $AGAIN: bash $0"
  log ERROR "$PROCEDURE failed at \"$name\": $message"
  log INFO "next: ${ADVICE[$1]}; then $AGAIN"
  exit "$code"
}

take_step() {
  local index=$1 name=${STEPS[$1]}
  local title="step $(($1 + 1)) of ${#STEPS[@]}: $name" began
  if is_done "$name" && still_holds "$index"; then
    say "$title: was done before"
    log INFO "$title was done before"
    return
  fi
  say "$title …"
  began=$(milliseconds)
  if [ "${REQUIRES[$index]}" != - ]; then
    ask "${REQUIRES[$index]}"
    if [ -n "$ANSWER" ]; then stumble "$index" precondition "$ANSWER"; fi
  fi
  if [ "${ACTIONS[$index]}" != - ]; then act "$index"; fi
  if [ "${BECOMES[$index]}" != - ]; then wait_for "$index"; fi
  if ! is_done "$name"; then DONE+=("$name"); fi
  write_state
  say "$title: done"
  log INFO "$title done in $(($(milliseconds) - began)) ms"
}

# Does a step in a shell of its own, so that its first failing command ends it, and only it.
act() {
  local code
  set +e
  (
    set -e
    "${ACTIONS[$1]}"
  ) 2>"$SCRATCH/complaint"
  code=$?
  set -e
  if [ "$code" -ne 0 ]; then
    stumble "$1" action "$(tail -n 20 "$SCRATCH/complaint" | grep . || say "it ended with exit code $code")"
  fi
}

# Asks until nothing is missing any more, or the deadline has come.
wait_for() {
  local end=$((SECONDS + DEADLINE))
  while :; do
    ask "${BECOMES[$1]}"
    if [ -z "$ANSWER" ]; then return; fi
    if ((SECONDS >= end)); then stumble "$1" check "not ready within $DEADLINE s: $ANSWER"; fi
    sleep 1
  done
}

list_steps() {
  local index mark
  for index in "${!STEPS[@]}"; do
    mark=' '
    if is_done "${STEPS[$index]}"; then mark='x'; fi
    say "[$mark] $((index + 1)). ${STEPS[$index]}: ${DESCRIPTIONS[$index]}"
  done
}

# Every question of every step, as things are now.
explain_steps() {
  local index obstacles=0
  for index in "${!STEPS[@]}"; do
    say "$((index + 1)). ${STEPS[$index]}: ${DESCRIPTIONS[$index]}"
    if is_done "${STEPS[$index]}" && still_holds "$index"; then
      say '   was done before and stands: it would be left out'
      continue
    fi
    if [ "${REQUIRES[$index]}" != - ]; then
      ask "${REQUIRES[$index]}"
      if [ -n "$ANSWER" ]; then obstacles=$((obstacles + 1)); fi
      say "   precondition: ${ANSWER:-met}"
    fi
    if [ "${BECOMES[$index]}" != - ]; then
      ask "${BECOMES[$index]}"
      say "   to become: ${ANSWER:-so already}"
    fi
    say "   if it fails: ${ADVICE[$index]}"
  done
  say ''
  if [ "$obstacles" -gt 0 ]; then
    say 'It would stop at the first precondition that is not met. Nothing was changed.'
    exit 3
  fi
  say 'Nothing stands in the way. Nothing was changed.'
}

confirm() {
  local answer
  if [ "$1" = yes ]; then return; fi
  if ! [ -t 0 ]; then
    complain 'Nobody can be asked here (the input is no terminal); read the script, then give --yes'
    exit 2
  fi
  printf 'Type the name of this host (%s) to go on: ' "$HOST"
  read -r answer || answer=''
  if [ "$answer" != "$HOST" ]; then
    complain 'That is not its name. Nothing was changed.'
    exit 2
  fi
}

# One run at a time, of whichever of our procedures; the lock goes with the process that holds it.
take_lock() {
  mkdir -p -- "$STATES"
  exec 9>"$STATES/lock"
  flock -w 10 9 || refuse "another procedure is under way on this host, or a command that a killed one left is still working (lock $STATES/lock)"
  # From here on what a run that was killed has left is cleared away by the next.
  rm -rf -- "$SCRATCH"
  SCRATCH=$STATES/scratch
  rm -rf -- "$SCRATCH"
  mkdir -- "$SCRATCH"
}

interrupted() {
  log ERROR "$PROCEDURE was interrupted"
  complain "interrupted; $AGAIN: bash $0"
  exit 130
}

main() {
  local mode=run yes=no option
  AGAIN_WANTED=no
  for option in "$@"; do
    case $option in
      --list) mode=list ;;
      --dry-run) mode=explain ;;
      --yes) yes=yes ;;
      --again) AGAIN_WANTED=yes ;;
      --help | -h)
        usage
        exit 0
        ;;
      *)
        complain "unknown option $option"
        usage >&2
        exit 2
        ;;
    esac
  done
  if [ "$(uname -n)" != "$HOST" ]; then refuse "this was printed for the host $HOST, and this is $(uname -n)"; fi
  steps
  SCRATCH=$(mktemp -d)
  trap 'rm -rf -- "$SCRATCH"' EXIT
  trap interrupted INT TERM HUP
  read_state
  if [ "$mode" = list ]; then
    list_steps
    return
  fi
  say "$TITLE"
  if has before_confirming; then before_confirming; fi
  if [ "$mode" = explain ]; then
    explain_steps
    return
  fi
  if [ "$OUTCOME" = 'done' ] && [ "$RESUMES" = yes ]; then
    if [ "$AGAIN_WANTED" = no ]; then
      say "This $PROCEDURE, begun $BEGUN, was completed. Nothing was done; to do it once more give --again."
      return
    fi
    OUTCOME=none DONE=() BEGUN=$(now)
  fi
  confirm "$yes"
  take_lock
  # Whoever held the lock until now may have finished steps.
  if [ "$AGAIN_WANTED" = no ]; then read_state; fi
  if [ "$RESUMES" = no ]; then DONE=() BEGUN=$(now); fi
  run_steps
}

run_steps() {
  local index began
  began=$(milliseconds)
  OUTCOME=running
  write_state
  log INFO "$PROCEDURE started: $LOGGED_INPUTS"
  for index in "${!STEPS[@]}"; do take_step "$index"; done
  OUTCOME='done'
  write_state
  log INFO "$PROCEDURE completed in $(($(milliseconds) - began)) ms"
  say "$PROCEDURE completed."
}
