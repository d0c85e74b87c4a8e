#!/usr/bin/env bash
# Makes sure that a container engine answers, and takes away again only what it started itself.
#
#   scripts/docker-engine.sh start   an engine answers: nothing is done; otherwise Docker is installed where it is missing
#                                    (Debian and its kin, as root) and started in the background
#   scripts/docker-engine.sh stop    stops the engine that `start` started, by its process id; any other one is left alone
#
# RUNBOOK_ENGINE_STATE (default /run/runbook-docker-engine) holds the process id and the engine's log.
set -euo pipefail

state=${RUNBOOK_ENGINE_STATE:-/run/runbook-docker-engine}
pid_file=$state/dockerd.pid
born_file=$state/dockerd.born
log=$state/dockerd.log
# mmdebstrap makes what stand-in images are built on; a machine without an engine is taken to have no registry either.
packages=(docker.io iptables cgroupfs-mount mmdebstrap)
ready_within=60
stopped_within=60

say() { printf 'docker-engine: %s\n' "$*"; }
fail() {
  printf 'docker-engine: %s\n' "$*" >&2
  exit 1
}

answers() { command -v docker >/dev/null && docker version --format '{{.Server.Version}}' 2>/dev/null; }

# When a process started: with it, a process id names one process even after the id was used again.
born() { awk '{ sub(/^.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }

ours_is_alive() {
  [ -s "$pid_file" ] && [ -s "$born_file" ] && [ "$(born "$(cat "$pid_file")")" = "$(cat "$born_file")" ]
}

install_engine() {
  local command missing=()
  for command in dockerd iptables mmdebstrap; do
    command -v "$command" >/dev/null || missing+=("$command")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "${missing[*]} missing and there is no apt-get; install Docker and run this again"
  say "installing ${packages[*]}"
  mkdir -p "$state"
  {
    apt-get update -q
    # A package's own start script would start an engine that nobody stops.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "${packages[@]}"
  } >"$state/install.log" 2>&1 || fail "installing ${packages[*]} failed; the end of $state/install.log:
$(tail -n 10 "$state/install.log")"
}

mount_cgroups() {
  if mountpoint -q /sys/fs/cgroup; then return; fi
  command -v cgroupfs-mount >/dev/null || fail "/sys/fs/cgroup is not mounted and cgroupfs-mount is missing"
  cgroupfs-mount
}

start() {
  local version
  if version=$(answers); then
    say "an engine answers already (version $version); it is left as it is"
    return
  fi
  [ "$(id -u)" = 0 ] || fail "no engine answers at ${DOCKER_HOST:-/var/run/docker.sock}, and only root can start one"
  [ -z "${DOCKER_HOST:-}" ] || fail "no engine answers at DOCKER_HOST=$DOCKER_HOST; start that one, or unset DOCKER_HOST"
  install_engine
  mount_cgroups
  mkdir -p "$state"
  rm -f "$pid_file" "$born_file"
  setsid dockerd --pidfile "$pid_file.dockerd" >"$log" 2>&1 </dev/null &
  local pid=$! deadline=$((SECONDS + ready_within))
  echo "$pid" >"$pid_file"
  born "$pid" >"$born_file"
  until version=$(answers); do
    ours_is_alive || fail "dockerd ended while it started; the end of $log:
$(tail -n 15 "$log")"
    [ "$SECONDS" -lt "$deadline" ] || fail "dockerd did not answer within $ready_within s; the end of $log:
$(tail -n 15 "$log")"
    sleep 0.2
  done
  say "started Docker $version (process $pid, log $log)"
}

stop() {
  if ! ours_is_alive; then
    say "no engine that this script started is running"
    rm -f "$pid_file" "$born_file"
    return
  fi
  local pid deadline=$((SECONDS + stopped_within))
  pid=$(cat "$pid_file")
  kill -TERM "$pid"
  while ours_is_alive; do
    [ "$SECONDS" -lt "$deadline" ] || fail "dockerd (process $pid) did not end within $stopped_within s of SIGTERM; see $log"
    sleep 0.2
  done
  rm -f "$pid_file" "$born_file"
  say "stopped the engine that was started here"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) fail "usage: $0 start|stop" ;;
esac
