# Secrets, certificates and keys. What must not leave the host is judged here and stays here.

# inside DIRECTORY: its row, and the names in it in `names`; false where there is nothing to list, or no right to.
inside() {
  names=
  listing="$(where ls) -1A -- ${1#"$R"}, $(where stat) -c * -- ${1#"$R"}/*"
  reachable "$1" ", $listing" || return 1
  row=$(entry "$1")
  printf '%s\n' "$row"
  case $row in "entry${TAB}directory"*) ;; *) return 1 ;; esac
  lister=
  if [ ! -r "$1" ] || [ ! -x "$1" ]; then
    lister='sudo -n'
    walker='sudo -n'
    if ! allowed ls -1A -- "$1"; then
      fail "permission denied: $account may not list ${1#"$R"}" "$(sudoers "$listing")"
      return 1
    fi
  fi
  names=$(bound 5 $lister ls -1A -- "$1" | head -n 100)
  [ -n "$names" ]
}

# each DIRECTORY FUNCTION: calls it with every file in the directory that may be read; one failure names all that may not.
each() {
  inside "$1" || return 0
  closed=
  usual=$IFS
  IFS=$NEWLINE
  set -f
  for name in $names; do
    IFS=$usual
    row=$(entry "$1/$name")
    case $row in "entry${TAB}regular"*) ;; *) continue ;; esac
    if reading "$1/$name"; then "$2" "$1/$name"; else closed="$closed${closed:+, }$(where cat) ${1#"$R"}/$name"; fi
  done
  IFS=$usual
  set +f
  [ -z "$closed" ] || fail "permission denied: $account may not read what lies in ${1#"$R"}" "$(sudoers "$closed")"
}

list_files() {
  inside "$1" || return 0
  printf '%s\n' "$names" | while IFS= read -r name; do entry "$1/$name"; done
}

collect_secretFiles() { list_files "$R$RUNBOOK_SECRETS"; }
collect_keyFiles() { list_files "$R$RUNBOOK_KEYS"; }
collect_secretContents() {
  look_at_processes
  [ -z "$veil" ] || printf 'lacking\t%s\n' "$veil"
  each "$R$RUNBOOK_SECRETS" judge_secret
}
judge_secret() {
  secret=$(bound 5 $reader cat "$1" | head -c 65536)
  whole=$(bound 5 $reader cat "$1" | head -c 65536; printf x)
  case $whole in "${secret}x") ends=none ;; "$secret${NEWLINE}x") ends=one ;; *) ends=several ;; esac
  blanks=no
  case $secret in *[[:space:]]*) blanks=yes ;; esac
  different=$(printf '%s' "$secret" | od -An -v -tx1 | awk '{for (i = 1; i <= NF; i++) if (!($i in seen)) {seen[$i]; n++}} END {print n + 0}')
  hash=$(printf '%s%s' "$RUNBOOK_SALT" "$secret" | sha256)
  printf 'secret\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "${#secret}" "$different" "$ends" "$blanks" "$hash" \
    "$(known_default)" "$(seen_in cmdline)" "$(seen_in environ "$finder")" "${1##*/}"
}
known_default() {
  IFS=$NEWLINE
  for default in $RUNBOOK_DEFAULTS; do
    [ "$secret" != "$default" ] || { printf yes; return; }
  done
  printf no
}
# How far this account sees the processes of others: `finder` stands before what searches their environments, `veil` says what hides
# them. Root sees all of them, or is told so by grep.
look_at_processes() {
  finder=
  veil=
  [ "$(id -u)" != 0 ] || return 0
  if grep -Eq '^[^ ]+ /proc [^ ]+ [^ ]*hidepid=(2|4|invisible|ptraceable)' "$R/proc/mounts" && ! sees_others; then
    veil="/proc is mounted with hidepid: run it as root, or mount it with gid= of a group that $account is in"
  elif allowed grep -qaFf - "$R/proc/1/environ"; then
    finder='sudo -n'
  elif ! cat "$R"/proc/[0-9]*/environ >/dev/null 2>&1; then
    veil=$(sudoers "$(where grep) -qaFf - /proc/*/environ")
  fi
}
sees_others() { [ -d "$R/proc/1" ] && [ "$(stat -c %u "$R/proc/1")" != "$(id -u)" ]; }

# seen_in FILE [BEFORE]: whether the secret stands in that file of any process; short ones would be found by chance.
seen_in() {
  set +f
  before=${2-}
  set -- "$R"/proc/[0-9]*/"$1"
  if [ ! -e "$1" ] || case $veil in *hidepid*) ;; *) false ;; esac; then printf unknown; return; fi
  if [ "${#secret}" -lt 6 ]; then printf no; return; fi
  # Processes end meanwhile; one that may not be looked into leaves it unknown.
  if said=$(printf '%s\n' "$secret" | $before grep -qaFf - "$@" 2>&1); then printf yes; return; fi
  case $said in *ermission\ denied* | *not\ permitted*) printf unknown ;; *) printf no ;; esac
}

collect_certificates() {
  each "$R$RUNBOOK_CERTIFICATES" certificate
  case $RUNBOOK_CA in "$RUNBOOK_CERTIFICATES"/*) return 0 ;; esac
  reachable "$R$RUNBOOK_CA" || return 0
  row=$(entry "$R$RUNBOOK_CA")
  case $row in "entry${TAB}regular"*) ;; *) return 0 ;; esac
  if reading "$R$RUNBOOK_CA"; then certificate "$R$RUNBOOK_CA"; else denied "$R$RUNBOOK_CA"; fi
}
certificate() {
  case $1 in *.crt | *.pem | *.cer) ;; *) return 0 ;; esac
  printf '%s\n%s text\t%s\n' "$row" "$MARK" "$1"
  # A private key kept beside its certificate stays here.
  bound 5 $reader cat "$1" | head -c "$FILE_BYTES" | awk '/^-----BEGIN .*CERTIFICATE-----/ {on = 1} on {print} /^-----END .*CERTIFICATE-----/ {on = 0}'
  printf '\n%s eof\n' "$MARK"
}

collect_keys() {
  if ! has openssl; then fail 'openssl is not there to derive a public key with' 'install openssl'; return; fi
  each "$R$RUNBOOK_KEYS" public_key
}
public_key() {
  label=$(bound 5 $reader cat "$1" | sed -n 's/^-----BEGIN \(.*\)-----.*$/\1/p' | grep -v PARAMETERS | head -n 1)
  hash=
  if public=$(bound 5 $reader cat "$1" | bound 5 openssl pkey -passin pass: -pubout 2>/dev/null) && [ -n "$public" ]; then
    hash=$(printf '%s\n' "$public" | bound 5 openssl pkey -pubin -outform DER 2>/dev/null | sha256)
  fi
  printf 'key\t%s\t%s\t%s\n' "$hash" "$label" "${1##*/}"
}
