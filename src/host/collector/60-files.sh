# Directories and plain files.

collect_directories() {
  usual=$IFS
  IFS=$NEWLINE
  for path in $RUNBOOK_DIRECTORIES; do
    IFS=$usual
    reachable "$R$path" || return 0
    entry "$R$path"
  done
  for path in "$R$RUNBOOK_APPLICATION" "$R$RUNBOOK_MONITORING"; do
    [ -d "$path" ] && bound 10 find "$path" -mindepth 1 -maxdepth 2 -type d -exec stat -c "entry$TAB$STAT_FORMAT" -- {} + | head -n 500
  done
  return 0
}

collect_worldWritable() {
  IFS=$NEWLINE
  set --
  for path in "$RUNBOOK_APPLICATION" "$RUNBOOK_MONITORING" "$RUNBOOK_CERTIFICATES" "$RUNBOOK_KEYS"; do
    if ! hangs "$R$path" && { [ -d "$R$path" ] || closed_above "$R$path"; }; then
      set -- "$@" "$R$path"
      printf 'searched\t%s\n' "$R$path"
    fi
  done
  [ "$#" -gt 0 ] || return 0
  set -- find "$@" -xdev ! -type l ! -type s -perm -0002 -print
  # Data directories belong to the accounts of their services, which let nobody else in.
  if [ "$(id -u)" != 0 ]; then
    if allowed "$@"; then set -- sudo -n "$@"; else printf 'lacking\t%s\n' "$(sudoers "$(searching "$@")")"; fi
  fi
  bound 12 "$@" 2>&1 | sed -e 's/^find: /unreadable /' -e t -e 's/^/writable /' | head -n 300
}

# searching find ARGUMENT…: that command as sudoers has it, of the real tree.
searching() {
  shift
  IFS=' '
  said="$(where find) $*"
  while [ -n "$R" ]; do case $said in *" $R/"*) said="${said%%" $R/"*} /${said#*" $R/"}" ;; *) break ;; esac; done
  printf '%s' "$said"
}

collect_envFile() { text "$R$RUNBOOK_ENV_FILE" without_secrets; }
collect_composeFile() { text "$R$RUNBOOK_COMPOSE_FILE" without_secrets; }
collect_prometheusConfig() { text "$R$RUNBOOK_PROMETHEUS_CONFIG" without_secrets; }
collect_prometheusRules() {
  if [ -f "$R$RUNBOOK_PROMETHEUS_RULES" ]; then text "$R$RUNBOOK_PROMETHEUS_RULES"; return; fi
  enterable "$R$RUNBOOK_PROMETHEUS_RULES/x" || return 0
  for file in "$R$RUNBOOK_PROMETHEUS_RULES"/*.yml "$R$RUNBOOK_PROMETHEUS_RULES"/*.yaml; do
    [ -f "$file" ] && text "$file"
  done
  return 0
}
