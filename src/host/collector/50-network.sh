# Sockets, packet filter, connections to elsewhere.

collect_listeners() {
  if has ss; then
    rights=
    allowed ss -Hltnp && rights='sudo -n'
    bound 8 $rights ss -Hltnp | sed 's/^/ss /'
  elif [ -r "$R/proc/net/tcp" ]; then
    for table in tcp tcp6; do sed -n "2,\$s/^/$table /p" "$R/proc/net/$table"; done
  else
    fail 'neither ss nor /proc/net/tcp is there' 'install iproute2'
  fi
}

collect_firewall() {
  rights=
  [ "${RUNBOOK_SUDO-}" = 1 ] && [ "$(id -u)" != 0 ] && rights='sudo -n'
  if has nft; then
    said=$(bound 8 $rights nft -s list ruleset 2>&1) || { firewall_denied nft '-s list ruleset' "$said"; return; }
    printf 'tool\tnft\n'
  elif has iptables && { [ -s "$R/proc/net/ip_tables_names" ] || iptables -V | grep -q nf_tables; }; then
    # Asking the legacy tool would load its kernel module where it is not in use: then it is not asked.
    said=$(bound 8 $rights iptables -S 2>&1) || { firewall_denied iptables -S "$said"; return; }
    printf 'tool\tiptables\n'
  else
    fail 'neither nft nor iptables is there, or no packet filter is in use' 'install nftables, or declare the outer firewall by an attestation'
    return
  fi
  if grep -q '^ENABLED=yes' "$R/etc/ufw/ufw.conf"; then printf 'front\tufw\n'; fi
  if has firewall-cmd && bound 5 firewall-cmd --state >/dev/null 2>&1; then printf 'front\tfirewalld\n'; fi
  printf '%s text\trules\n%s\n%s eof\n' "$MARK" "$(printf '%s\n' "$said" | head -c "$FILE_BYTES")" "$MARK"
}
firewall_denied() { fail "$account may not list the rules: $(flat "$3")" "$(sudoers "$(where "$1") $2")"; }

collect_connectivity() {
  if ! has bash && ! has nc; then fail 'neither bash nor nc is there to open a connection with' 'install netcat-openbsd'; return; fi
  IFS=$NEWLINE
  for address in $RUNBOOK_CONNECT; do
    connect "$address" &
  done
  wait
}
connect() {
  port=${1##*:}
  name=${1%:*}
  name=${name#[}
  name=${name%]}
  if has bash; then
    said=$(bound 4 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$name" "$port" 2>&1)
  else
    said=$(bound 4 nc -z -w 3 "$name" "$port" 2>&1)
  fi
  printf 'connect\t%s\t%s\t%s\n' "$1" "$?" "$(flat "$said")"
}
