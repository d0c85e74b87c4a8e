# The container engine and the service manager.

engine_client() {
  if [ "${RUNBOOK_SUDO-}" = 1 ] && [ "$(id -u)" != 0 ]; then bound 8 sudo -n docker "$@"; else bound 8 docker "$@"; fi
}

collect_engine() {
  daemon=$R/etc/docker/daemon.json
  if has docker; then
    printf 'client\t%s\n' "$(bound 8 docker --version)"
    if said=$(engine_client info --format '{{.ServerVersion}}|{{.LoggingDriver}}|{{.Driver}}' 2>&1); then
      printf 'server\t%s\n' "$(printf '%s\n' "$said" | tail -n 1)"
      containers
    else
      case $said in *ermission\ denied* | *password\ is\ required*)
        fail "permission denied: $account may not ask the engine" "add $account to the docker group (root by another name), or $(sudoers "$(where docker) info *, $(where docker) ps -q, $(where docker) inspect *")"
        return
        ;;
      esac
      printf 'answer\t%s\n' "$(flat "$said")"
    fi
  fi
  for status in "$R"/proc/[0-9]*/comm; do
    read -r name <"$status" || continue
    [ "$name" = dockerd ] || continue
    printf 'started\t%s\t%s\t%s\n' "$(awk '{print $22}' "${status%/comm}/stat")" "$(getconf CLK_TCK || echo 100)" "$(sed -n 's/^btime //p' "$R/proc/stat")"
  done
  text "$daemon"
}
containers() {
  set -- $(engine_client ps -q | head -n 100)
  [ "$#" -gt 0 ] || return
  engine_client inspect --format 'container{{"\t"}}{{.Name}}{{"\t"}}{{json .HostConfig.LogConfig}}{{"\t"}}{{json .HostConfig.Ulimits}}' "$@"
}

collect_composeVersion() {
  if has docker && said=$(bound 8 docker compose version --short 2>/dev/null) && [ -n "$said" ]; then
    printf 'compose\tdocker compose\t%s\n' "$said"
  elif has docker-compose && said=$(bound 8 docker-compose version --short 2>/dev/null); then
    printf 'compose\tdocker-compose\t%s\n' "$said"
  fi
}

collect_units() {
  if has systemctl && [ -d "$R/run/systemd/system" ]; then
    printf 'manager\tsystemd\n'
    IFS=$NEWLINE
    for unit in $RUNBOOK_UNITS; do
      printf 'unit\t%s\t%s\t%s\n' "$unit" "$(bound 5 systemctl is-active "$unit")" "$(bound 5 systemctl is-enabled "$unit")"
    done
  elif has rc-service; then
    printf 'manager\topenrc\n'
    IFS=$NEWLINE
    for unit in $RUNBOOK_UNITS; do
      state=inactive
      bound 5 rc-service "$unit" status >/dev/null 2>&1 && state=active
      enabled=
      rc-update show 2>/dev/null | grep -q "^ *$unit |" && enabled=enabled
      printf 'unit\t%s\t%s\t%s\n' "$unit" "$state" "$enabled"
    done
  else
    printf 'manager\tnone\n'
  fi
}
