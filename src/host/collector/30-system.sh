# Accounts, limits, tools, updates.

collect_account() {
  printf 'account\t%s\t%s\n' "$account" "$(id -u)"
  printf 'groups\t%s\n' "$(id -Gn)"
  row=$(group_row docker)
  printf 'docker\t%s\n' "$row"
  number=$(printf '%s' "$row" | cut -d : -f 3)
  [ -n "$number" ] && awk -F : -v gid="$number" '$4 == gid {print "primary\t" $1}' "$R/etc/passwd"
  return 0
}
group_row() {
  if [ -z "$R" ] && has getent; then bound 5 getent group "$1"; else grep "^$1:" "$R/etc/group"; fi
}

collect_limits() {
  printf 'account\t%s\n' "$account"
  if [ ! -r "$R/proc/self/limits" ]; then fail "$account may not read /proc/self/limits" 'look with `ulimit -n` and `ulimit -u`'; return; fi
  limit_rows "$R/proc/self/limits" session 0
  for status in "$R"/proc/[0-9]*/comm; do
    read -r name <"$status" || continue
    case $name in
      dockerd | containerd)
        process=${status%/comm}
        limit_rows "$process/limits" "$name" "${process##*/}"
        ;;
    esac
  done
  for file in "$R/etc/security/limits.conf" "$R"/etc/security/limits.d/*.conf; do
    [ -r "$file" ] && sed -n 's/#.*//; s/[[:space:]]*$//; /./s/^/configured /p' "$file" | head -n 200
  done
  return 0
}
limit_rows() {
  sed -n "s/^Max open files  */$2 $3 nofile /p; s/^Max processes  */$2 $3 nproc /p" "$1"
}

collect_tools() {
  IFS=$NEWLINE
  for tool in $RUNBOOK_TOOLS; do printf 'tool\t%s\t%s\n' "$tool" "$(command -v "$tool")"; done
}

collect_updates() {
  if has apt-get; then
    printf 'manager\tapt\t%s\n' "$(newest_list "$R/var/lib/apt/lists")"
    # The caches stay in memory, nothing is locked: it only tells what it would do.
    said=$(bound 12 apt-get -s -q -o Debug::NoLocking=true -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Get::Show-User-Simulation-Note=false upgrade) || {
      fail 'apt-get -s upgrade did not answer' 'run it by hand: `apt-get -s upgrade`'
      return
    }
    printf '%s\n' "$said" | sed -n 's/^Inst /inst /p' | head -n 500
  elif has apk; then
    printf 'manager\tapk\t%s\n' "$(newest_list "$R/lib/apk/db")"
    bound 10 apk version -l '<' | sed -n 's/^\([^ ]*\) *<.*/inst \1/p' | head -n 500
  elif has dnf || has yum; then
    fail 'dnf tells of updates only by writing its log and cache, and this run writes nothing' 'run `dnf updateinfo list --security` by hand and waive or attest the line'
  else
    fail 'no package manager that we know (apt, dnf, apk)' 'look for updates by hand and waive or attest the line'
  fi
}
newest_list() { bound 5 stat -c %Y "$1" 2>/dev/null; }
