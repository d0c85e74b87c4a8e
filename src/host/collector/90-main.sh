# The one statement that does something; it stands last.

main() {
  LC_ALL=C
  export LC_ALL
  umask 077
  choose_bound
  find_hung
  ticker >/dev/null 2>&1 &
  clockwork=$!
  trap on_tick ALRM
  for name in $RUNBOOK_SECTIONS; do section "$name"; done
  kill "$clockwork" 2>/dev/null
  wait "$clockwork" 2>/dev/null
  printf '%s done\t%s\n' "$MARK" "$(milliseconds)"
}
main </dev/null
