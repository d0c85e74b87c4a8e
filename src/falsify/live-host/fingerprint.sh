# Everything of a host that a fault could change, a line each, its name before a tab: files with mode, owner and content, what is
# mounted, what listens, the packet filter's rules (whatever addresses the containers got), and which daemons run. Files that age tell
# their time as well. Arguments: the application, the backups, and directories whose files age.
application=$1 backups=$2
shift 2
roots=(/etc /usr/lib/os-release "$application" /opt/monitoring /usr/local /var/spool/cron "$backups")
skip=(-path "$application/data" -o -path "$application/logs")
find "${roots[@]}" -xdev \( "${skip[@]}" \) -prune -o -printf 'file %p\t%y %m %u:%g %l\n'
find "${roots[@]}" -xdev \( "${skip[@]}" \) -prune -o -type f -size -1024k -print0 | xargs -0 sha256sum |
  sed -E 's/^(\S+)\s+(.*)/content \2\t\1/'
find "$@" -type f -printf 'time %p\t%T@\n' | sed -E 's/\.[0-9]+$//'
find /usr/bin -printf 'tool %p\t%m\n'
find "$application/logs" -printf 'log %p\t%m\n'
find "$application/logs" -maxdepth 1 -type f -exec sha256sum {} + | sed -E 's/^(\S+)\s+(.*)/content \2\t\1/'
find /run -maxdepth 1 -name reboot-required -printf 'file %p\tthere\n'
awk '$2 !~ "^/(var/lib|run)/docker" {print "mount " $2 "\t" $3 " " $4}' /proc/mounts
printf 'listens\t%s\n' "$(ss -Hltn | awk '{print $4}' | sort | tr '\n' ' ')"
nft -s list ruleset | sed -E 's/\b172\.[0-9.]+/ADDRESS/g; s/"br-[0-9a-f]+"/BRIDGE/g' | sort | uniq -c | sed 's/^/rule /; s/\t/ /g; s/$/\tthere/'
for one in sshd cron docker; do printf 'daemon %s\t%s\n' "$one" "$(rc-service "$one" status)"; done
rc-update show | sed 's/^ */at boot /; s/ *|.*/\tyes/'
