# The machine: clock, processors, memory, disks, links, operating system.

collect_clock() {
  printf 'epoch\t%s\n' "$(milliseconds)"
  printf 'offset\t%s\n' "$(date +%z)"
  clock_synchronized
  zone=$(readlink -f "$R/etc/localtime")
  case $zone in */zoneinfo/*) zone=${zone##*/zoneinfo/} ;; *) zone=$(head -n 1 "$R/etc/timezone") ;; esac
  printf 'zone\t%s\n' "${zone:-${TZ-}}"
}

clock_synchronized() {
  if has timedatectl && said=$(bound 5 timedatectl show -p NTPSynchronized) && [ -n "$said" ]; then
    printf 'synchronized\ttimedatectl\t%s\n' "${said#*=}"
  elif has chronyc && said=$(bound 5 chronyc -n tracking); then
    printf 'synchronized\tchronyc\t%s\n' "$(printf '%s\n' "$said" | sed -n 's/^Leap status *: *//p')"
  elif has ntpq && said=$(bound 5 ntpq -c 'rv 0 leap'); then
    printf 'synchronized\tntpq\t%s\n' "$said"
  elif [ -e "$R/run/systemd/timesync/synchronized" ]; then
    printf 'synchronized\ttimesyncd\tyes\n'
  fi
}

collect_machine() {
  printf 'online\t%s\n' "$(nproc || grep -c '^processor' "$R/proc/cpuinfo")"
  sed -n 's/^\(Mem[A-Za-z]*\): *\([0-9]*\) kB.*/\1 \2/p' "$R/proc/meminfo" | tr ' ' "$TAB"
  [ -r "$R/proc/self/cgroup" ] && while IFS=: read -r _ controllers path; do
    case ,$controllers, in
      ,,) cgroup_up "$R/sys/fs/cgroup" "$path" cpu.max memory.max ;;
      *,cpu,*) cgroup_up "$R/sys/fs/cgroup/cpu" "$path" cpu.cfs_quota_us ;;
      *,memory,*) cgroup_up "$R/sys/fs/cgroup/memory" "$path" memory.limit_in_bytes ;;
    esac
  done <"$R/proc/self/cgroup"
  printf 'hypervisor\t%s\n' "$(virtualization)"
}

# cgroup_up ROOT PATH FILE…: the limits of a group and of all groups above it.
cgroup_up() {
  group=$1$2
  floor=$1
  shift 2
  while :; do
    for file in "$@"; do
      [ -r "$group/$file" ] && printf 'cgroup\t%s\t%s\n' "$file" "$(cgroup_value "$group" "$file")"
    done
    [ "${#group}" -gt "${#floor}" ] || break
    group=${group%/*}
  done
}
cgroup_value() {
  value=$(cat "$1/$2")
  [ "$2" != cpu.cfs_quota_us ] || value="$value $(cat "$1/cpu.cfs_period_us")"
  printf '%s' "$value"
}

virtualization() {
  if has systemd-detect-virt && said=$(bound 5 systemd-detect-virt); then printf '%s' "$said"; return; fi
  if [ -e "$R/.dockerenv" ]; then printf docker; return; fi
  if [ -e "$R/run/.containerenv" ]; then printf container; return; fi
  grep -q '^flags.* hypervisor' "$R/proc/cpuinfo" || return
  product=$(cat "$R/sys/class/dmi/id/product_name")
  printf '%s' "${product:-an unnamed hypervisor}"
}

collect_disks() {
  IFS=$NEWLINE
  for path in $RUNBOOK_DATA_PATHS; do
    measured=$R$path
    ! hangs "$measured" || continue
    while [ ! -d "$measured" ] && [ "${#measured}" -gt "${#R}" ]; do measured=${measured%/*}; done
    printf 'path\t%s\t%s\n' "$path" "${measured:-/}"
    disk "${measured:-/}"
  done
}
disk() {
  kilobytes=$(bound 5 df -P -k "$1" | tail -n 1)
  printf 'kilobytes\t%s\n' "$kilobytes"
  printf 'inodes\t%s\n' "$(bound 5 df -P -i "$1" | tail -n 1)"
  device=$(printf '%s' "$kilobytes" | awk '{print $1}')
  mount=$(printf '%s' "$kilobytes" | awk '{print $6}')
  printf 'type\t%s\n' "$(awk -v mount="$mount" '$2 == mount {type = $3} END {print type}' "$R/proc/mounts")"
  case $device in
    /dev/root) block=$(root_block) ;;
    /dev/*) block=$(readlink -f "$R$device") && block=${block##*/} ;;
    *) block= ;;
  esac
  [ -n "$block" ] || block=${device##*/}
  printf 'block\t%s\n' "$block"
  node=$R/sys/class/block/$block
  [ -e "$node/partition" ] && node=$(readlink -f "$node/..")
  [ -r "$node/queue/rotational" ] && printf 'rotational\t%s\n' "$(cat "$node/queue/rotational")"
}
root_block() {
  for node in "$R"/sys/class/block/*; do
    [ "$(cat "$node/dev")" = "$(bound 5 stat -c '%Hd:%Ld' "$R/")" ] && printf '%s' "${node##*/}" && return
  done
}

collect_links() {
  [ -d "$R/sys/class/net" ] || { fail 'this system has no /sys/class/net' 'look at the links by hand and waive the line'; return; }
  printf 'default\t%s\n' "$(awk '$2 == "00000000" {print $1; exit}' "$R/proc/net/route")"
  for link in "$R"/sys/class/net/*; do
    [ -e "$link/operstate" ] || continue
    [ "${link##*/}" = lo ] && continue
    kind=physical
    case $(readlink -f "$link") in */virtual/*) kind=virtual ;; esac
    printf 'link\t%s\t%s\t%s\t%s\n' "${link##*/}" "$(cat "$link/operstate")" "$(cat "$link/speed")" "$kind"
  done
}

collect_os() {
  printf 'kernel\t%s\narchitecture\t%s\nhostname\t%s\n' "$(uname -r)" "$(uname -m)" "$(uname -n)"
  sed -n -e '/^ID=/p' -e '/^VERSION_ID=/p' -e '/^PRETTY_NAME=/p' "$R/etc/os-release" || fail '/etc/os-release cannot be read' 'install the package that owns it (base-files)'
}

collect_swap() {
  sed -n 's/^\(Swap[A-Za-z]*\): *\([0-9]*\) kB.*/\1 \2/p' "$R/proc/meminfo" | tr ' ' "$TAB"
  printf 'swappiness\t%s\n' "$(cat "$R/proc/sys/vm/swappiness")"
  sed -n '2,$s/^/device /p' "$R/proc/swaps"
}

collect_reboot() {
  mark=$R/run/reboot-required
  [ -e "$mark" ] || mark=$R/var/run/reboot-required
  # needs-restarting is not asked: it is a part of dnf, which writes.
  if [ -e "$mark" ]; then
    printf 'required\tyes\t%s\n' "$(cat "$mark" "$mark.pkgs" | tr '\n' ' ')"
  fi
  printf 'running\t%s\n' "$(uname -r)"
  for image in "$R"/boot/vmlinuz-[0-9]*; do
    case $image in *rescue*) continue ;; esac
    [ -e "$image" ] && printf 'kernel\t%s\t%s\n' "$(bound 5 stat -c %Y "$image")" "${image##*/vmlinuz-}"
  done
  if [ -d "$R/lib/modules/$(uname -r)" ]; then printf 'modules\tpresent\n'
  elif [ -n "$(ls -A "$R/lib/modules")" ]; then printf 'modules\tabsent\n'; fi
}

collect_load() {
  printf 'uptime\t%s\nload\t%s\nboot\t%s\n' "$(cat "$R/proc/uptime")" "$(cat "$R/proc/loadavg")" "$(sed -n 's/^btime //p' "$R/proc/stat")"
  bound 5 ps -eo pcpu=,pmem=,comm= | awk '$1 > 0 || $2 > 0 {print "process\t" $1 "\t" $2 "\t" $3}' | head -n 400
}
