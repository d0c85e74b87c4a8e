# Backups and logs.

collect_backups() {
  place=$R$RUNBOOK_BACKUPS
  row=
  lister=
  inside "$place" || [ -z "$lister" ] || return 0
  case $row in "entry${TAB}directory"*) ;; *) return 0 ;; esac
  rights=
  if closed_above "$place"; then
    rights='sudo -n'
    allowed df -P -k "$place" ||
      { fail "permission denied: $account may not ask how much room ${place#"$R"} has" "$(sudoers "$(where df) -P -k ${place#"$R"}")"; return 0; }
  fi
  printf 'kilobytes\t%s\n' "$(bound 5 $rights df -P -k "$place" | tail -n 1)"
  usual=$IFS
  IFS=$NEWLINE
  set -f
  # Names alone are in no order of time; whose rights come by sudo has no other.
  if [ -z "$lister" ]; then set -- $(bound 8 ls -1t "$place" | head -n 501); else set -- $(printf '%s\n' "$names" | sort -r); fi
  set +f
  IFS=$usual
  [ "$#" -gt 0 ] || return 0
  if [ -z "$lister" ]; then (cd "$place" && bound 8 stat -c "entry$TAB$STAT_FORMAT" -- "$@"); else for name in "$@"; do entry "$place/$name"; done; fi
  for newest in "$@"; do
    case $newest in *.manifest.json | manifest.json | *.sha256 | *.log | *.tmp | *.partial) continue ;; esac
    break
  done
  for manifest in "$place/$newest/manifest.json" "$place/$newest.manifest.json" "$place/manifest.json"; do
    case $(entry "$manifest") in "entry${TAB}regular"*) ;; *) continue ;; esac
    text "$manifest" without_secrets "${place#"$R"}/*/manifest.json"
    return
  done
}

log_file() {
  if [ "$1" = none ]; then fail 'the target file says that there is no such log' 'nothing to do'; return; fi
  file=$R$1
  reachable "$file" || return 0
  row=$(entry "$file")
  printf '%s\n' "$row"
  case $row in "entry${TAB}regular"*) ;; *) return 0 ;; esac
  if ! reading "$file"; then denied "$file"; return; fi
  printf '%s text\t%s\n' "$MARK" "$file"
  if [ -z "$reader" ]; then bound 5 tail -c "$FILE_BYTES" "$file"; else bound 5 $reader cat "$file" | tail -c "$FILE_BYTES"; fi
  printf '\n%s eof\n' "$MARK"
}
collect_deployLog() { log_file "$RUNBOOK_DEPLOY_LOG"; }
collect_rollbackLog() { log_file "$RUNBOOK_ROLLBACK_LOG"; }

collect_logs() {
  place=$R$RUNBOOK_APPLICATION/logs
  enterable "$place" || return 0
  if [ -d "$place" ]; then
    printf 'size\t%s\n' "$(bound 8 du -sk "$place" | cut -f 1)"
    bound 8 find "$place" -type f -exec stat -c "entry$TAB$STAT_FORMAT" -- {} + | head -n 500
  fi
  has logrotate && printf 'logrotate\tinstalled\n'
  for file in "$R/etc/logrotate.conf" "$R"/etc/logrotate.d/*; do
    [ -f "$file" ] || continue
    grep -qsF -e "$RUNBOOK_APPLICATION" -e "$RUNBOOK_MONITORING" "$file" || continue
    printf '%s text\t%s\n' "$MARK" "$file"
    head -c 16384 "$file"
    printf '\n%s eof\n' "$MARK"
  done
}
