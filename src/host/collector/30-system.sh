# Accounts, limits, tools, updates.

collect_account() {
  printf 'account\t%s\t%s\n' "$account" "$(id -u)"
  printf 'groups\t%s\n' "$(id -Gn)"
  [ -z "$(group_row root)" ] || printf 'known\tyes\n'
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
  if has dpkg-query && [ -d "$R/var/lib/apt/lists" ]; then
    # apt-get -s would write a log and scratch files: so the lists of the security archives are read as they lie there.
    set -- "$R"/var/lib/apt/lists/*security*_Packages*
    [ -f "$1" ] || { fail 'apt has no package list of a security archive' 'add the security archive to its sources and run `sudo apt-get update`'; return; }
    printf 'manager\tapt\t%s\n' "$(newest_list "$R/var/lib/apt/lists")"
    { bound 8 dpkg-query -W -f '@ ${db:Status-Status} ${Package} ${Version}\n'; for list in "$@"; do package_list "$list"; done; } |
      awk '$1 == "@" {if ($2 == "installed") have[$3] = $4}
        $1 == "Package:" {name = $2}
        $1 == "Version:" && name in have && have[name] != $2 {print name, have[name], $2}' |
      while read -r name have offered; do
        dpkg --compare-versions "$have" lt "$offered" && printf 'inst %s\n' "$name"
      done | head -n 500
  elif has apk; then
    printf 'manager\tapk\t%s\n' "$(newest_list "$R/lib/apk/db")"
    bound 10 apk version -l '<' | sed -n 's/^\([^ ]*\) *<.*/inst \1/p' | head -n 500
  elif has rpm && { has dnf || has yum; }; then
    set --
    for advisories in "$R"/var/cache/dnf/*/repodata/*updateinfo.xml* "$R"/var/cache/libdnf5/*/repodata/*updateinfo.xml*; do
      [ -f "$advisories" ] && set -- "$@" "$advisories"
    done
    rpm_updates "$@"
  else
    fail 'no package manager that we know (apt, dnf, apk)' 'look for updates by hand and waive or attest the line'
  fi
}
package_list() {
  case $1 in *_Packages) bound 8 cat "$1" ;; *) bound 8 "$R/usr/lib/apt/apt-helper" cat-file "$1" ;; esac
}
newest_list() { bound 5 stat -c %Y "$1" 2>/dev/null; }
