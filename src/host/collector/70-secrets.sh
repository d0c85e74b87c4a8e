# Secrets, certificates and keys. What must not leave the host is judged here and stays here.

# inside DIRECTORY: its row and the rows of the files in it; false where it cannot be listed.
inside() {
  if ! reachable "$1"; then denied "$1"; return 1; fi
  entry "$1"
  [ -d "$1" ] || return 1
  if [ ! -r "$1" ] || [ ! -x "$1" ]; then
    fail "permission denied: $account may not list ${1#"$R"}" "run the suite as the account that owns it, or add $account to its group; the lines about what lies in it cannot be looked at otherwise"
    return 1
  fi
}
list_files() {
  inside "$1" || return 0
  for file in "$1"/*; do
    if [ -e "$file" ] || [ -h "$file" ]; then entry "$file"; fi
  done | head -n 100
}

collect_secretFiles() { list_files "$R$RUNBOOK_SECRETS"; }
collect_keyFiles() { list_files "$R$RUNBOOK_KEYS"; }

collect_secretContents() {
  inside "$R$RUNBOOK_SECRETS" || return 0
  for file in "$R$RUNBOOK_SECRETS"/*; do
    [ -f "$file" ] || continue
    if ! reading "$file"; then denied "$file"; return; fi
    judge_secret "$file"
  done
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
    "$(known_default)" "$(seen_in cmdline)" "$(seen_in environ)" "${1##*/}"
}
known_default() {
  IFS=$NEWLINE
  for default in $RUNBOOK_DEFAULTS; do
    [ "$secret" != "$default" ] || { printf yes; return; }
  done
  printf no
}
# seen_in FILE: whether the secret stands in that file of any process; short ones would be found by chance.
seen_in() {
  if [ ! -r "$R/proc/1/$1" ]; then printf unknown; return; fi
  if [ "${#secret}" -lt 6 ]; then printf no; return; fi
  if printf '%s\n' "$secret" | grep -qaFf - "$R"/proc/[0-9]*/"$1"; then printf yes; else printf no; fi
}

collect_certificates() {
  inside "$R$RUNBOOK_CERTIFICATES" || return 0
  for file in "$R$RUNBOOK_CERTIFICATES"/*.crt "$R$RUNBOOK_CERTIFICATES"/*.pem "$R$RUNBOOK_CERTIFICATES"/*.cer "$R$RUNBOOK_CA"; do
    [ -f "$file" ] || continue
    if ! reading "$file"; then denied "$file"; return; fi
    entry "$file"
    printf '%s text\t%s\n' "$MARK" "$file"
    # A private key kept beside its certificate stays here.
    bound 5 $reader cat "$file" | head -c "$FILE_BYTES" | awk '/^-----BEGIN .*CERTIFICATE-----/ {on = 1} on {print} /^-----END .*CERTIFICATE-----/ {on = 0}'
    printf '\n%s eof\n' "$MARK"
  done
}

collect_keys() {
  if ! has openssl; then fail 'openssl is not there to derive a public key with' 'install openssl'; return; fi
  inside "$R$RUNBOOK_KEYS" || return 0
  for file in "$R$RUNBOOK_KEYS"/*; do
    [ -f "$file" ] || continue
    if ! reading "$file"; then denied "$file"; return; fi
    label=$(bound 5 $reader cat "$file" | sed -n 's/^-----BEGIN \(.*\)-----.*$/\1/p' | grep -v PARAMETERS | head -n 1)
    hash=
    if public=$(bound 5 $reader cat "$file" | bound 5 openssl pkey -passin pass: -pubout 2>/dev/null) && [ -n "$public" ]; then
      hash=$(printf '%s\n' "$public" | bound 5 openssl pkey -pubin -outform DER 2>/dev/null | sha256)
    fi
    printf 'key\t%s\t%s\t%s\n' "$hash" "$label" "${file##*/}"
  done
}
