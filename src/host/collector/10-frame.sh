# Facts about this host, for the runbook. Reads only: the one file opened for writing is /dev/null. POSIX sh.
# Nothing runs before the last line was received, so that a script cut short on its way does nothing.
# No here-documents (some shells put them into a file) and no process ever gets a secret as an argument.

R=${RUNBOOK_ROOT-}
MARK=@@${RUNBOOK_NONCE-}
TAB=$(printf '\t')
NEWLINE='
'
# What one section may take, in seconds; and what one file may send, in bytes.
SECTION_SECONDS=${RUNBOOK_SECTION_SECONDS:-15}
FILE_BYTES=${RUNBOOK_FILE_BYTES:-262144}
STAT_FORMAT="%F$TAB%a$TAB%U$TAB%G$TAB%s$TAB%Y$TAB%n"

has() { command -v "$1" >/dev/null 2>&1; }

# fail REASON REMEDY: this section could not be looked at.
fail() { printf '%s fail\t%s\t%s\n' "$MARK" "$(flat "$1")" "$(flat "$2")"; }
flat() { printf '%s' "$1" | tr '\t\n\r' '   ' | cut -c 1-600; }

# A section that hangs is cut off by a ticker: two ticks without progress, and it is killed.
section() {
  printf '%s begin\t%s\n' "$MARK" "$1"
  ticks=0
  cut=
  ("collect_$1") </dev/null 2>/dev/null &
  current=$!
  while kill -0 "$current" 2>/dev/null; do
    wait "$current" 2>/dev/null
    status=$?
  done
  current=
  [ -z "$cut" ] && [ "$status" != 137 ] || fail "it took longer than $SECTION_SECONDS s and was cut off" "look for a hanging disk, mount or daemon"
  printf '%s end\t%s\n' "$MARK" "$1"
}
on_tick() {
  ticks=$((ticks + 1))
  if [ "$ticks" -ge 2 ] && [ -n "$current" ] && kill -9 "$current" 2>/dev/null; then cut=yes; fi
}
ticker() {
  trap 'kill "$nap" 2>/dev/null; exit' TERM
  while kill -0 $$ 2>/dev/null; do
    sleep "$SECTION_SECONDS" &
    nap=$!
    wait "$nap"
    kill -ALRM $$ 2>/dev/null
  done
}

# bound SECONDS COMMAND…: kills a command that hangs; its status is then 137.
choose_bound() {
  if timeout -s KILL 5 true >/dev/null 2>&1; then
    bound() {
      bound_seconds=$1
      shift
      timeout -s KILL "$bound_seconds" "$@"
    }
  else
    bound() {
      bound_seconds=$1
      shift
      { "$@" <&3 & } 3<&0
      bounded=$!
      (
        trap 'kill "$nap"; exit' TERM
        sleep "$bound_seconds" &
        nap=$!
        wait "$nap"
        kill -9 "$bounded"
      ) >/dev/null 2>&1 &
      guard=$!
      wait "$bounded"
      bound_status=$?
      kill "$guard" 2>/dev/null
      return "$bound_status"
    }
  fi
}

# An account's name without asking more than the local files where possible.
account=$(id -un 2>/dev/null || id -u)
sudoers() { printf 'allow it with the sudoers line `%s ALL=(root) NOPASSWD: %s` and `sudo: true` at this host in the target file' "$account" "$1"; }
where() { command -v "$1" 2>/dev/null || printf '%s' "$1"; }

# allowed COMMAND…: whether this account may run exactly that by sudo, as the target file says that it should.
allowed() { [ "${RUNBOOK_SUDO-}" = 1 ] && sudo -n -l "$@" >/dev/null 2>&1; }

# Mounts over a network that do not answer: whatever lies below them is left alone, so that it holds up nothing else.
find_hung() {
  mounts=$(sed -n -E 's/^[^ ]+ ([^ ]+) (nfs|cifs|smb|fuse|ceph|9p|lustre|glusterfs).*/\1/p' "$R/proc/mounts" | sed 's/\\040/ /g')
  HUNG=$(
    IFS=$NEWLINE
    for mount in $mounts; do
      { bound 3 stat -f "$R$mount" >/dev/null 2>&1 || [ "$?" != 137 ] || printf '%s\n' "$R$mount"; } &
    done
    wait
  )
}

# hangs PATH: whether it lies on such a mount; then this section says so.
hangs() {
  [ -n "$HUNG" ] || return 1
  before=$IFS
  IFS=$NEWLINE
  for mount in $HUNG; do
    case $1/ in "$mount"/*)
      IFS=$before
      fail "the mount ${mount#"$R"} does not answer" 'look at the server that it comes from, and at the network in between'
      return 0
      ;;
    esac
  done
  IFS=$before
  return 1
}

# closed_above PATH: whether a directory above it lets this account not in; it is in `above` then.
closed_above() {
  above=$1
  while [ ! -e "$above" ] && [ ! -h "$above" ] && [ "${#above}" -gt "${#R}" ]; do above=${above%/*}; done
  [ "$above" != "$1" ] && [ -d "${above:-/}" ] && [ ! -x "${above:-/}" ]
}

# reachable PATH [MORE]: sets `walker` to what must stand before a `stat` of it; false where a directory above it is closed, or it
# hangs. MORE are further commands that who may not even do that must be granted.
reachable() {
  walker=
  ! hangs "$1" || return 1
  closed_above "$1" || return 0
  walker='sudo -n'
  allowed stat -c "entry$TAB$STAT_FORMAT" -- "$1" && return 0
  fail "permission denied: $account may not enter ${above#"$R"}" "$(sudoers "$(where stat) -c * -- ${1#"$R"}${2-}")"
  return 1
}

# enterable PATH: false where it hangs, or this account itself may not enter a directory above it: what lies there is searched without sudo.
enterable() {
  ! hangs "$1" || return 1
  closed_above "$1" || return 0
  fail "permission denied: $account may not enter ${above#"$R"}" "put $account into the group that ${above#"$R"} belongs to"
  return 1
}

# entry PATH: one row of what lies there; asked after `reachable`.
entry() {
  bound 5 $walker stat -c "entry$TAB$STAT_FORMAT" -- "$1" 2>/dev/null || printf 'entry\tnone\t\t\t\t0\t0\t%s\n' "$1"
}

# reading PATH: sets `reader` to what must stand before a command that reads it; false where it may not be read.
reading() {
  reader=
  [ ! -r "$1" ] || return 0
  reader='sudo -n'
  allowed cat "$1"
}
# denied PATH [PATTERN]: says so; the pattern is what sudoers should have where the path is another tomorrow.
denied() { fail "permission denied: $account may not read ${1#"$R"}" "$(sudoers "$(where cat) ${2:-${1#"$R"}}")"; }

# The clock, and how exact it is: 1 ms, or 1,000 where date knows only seconds.
milliseconds() {
  nanoseconds=$(date +%s%N)
  case $nanoseconds in
    *[!0-9]* | ??????????) printf '%s000\t1000' "$(date +%s)" ;;
    *) printf '%s\t1' "${nanoseconds%??????}" ;;
  esac
}

sha256() {
  if has sha256sum; then sha256sum; else openssl dgst -sha256 -r; fi | cut -d ' ' -f 1
}

# text PATH [FILTER [PATTERN]]: an entry, the hash of the whole, and the text, capped, through a filter.
text() {
  reachable "$1" ", $(where cat) ${1#"$R"}" || return 0
  row=$(entry "$1")
  case $row in
    "entry${TAB}regular"*) ;;
    *)
      printf '%s\n' "$row"
      return 0
      ;;
  esac
  reading "$1" || { denied "$1" "${3-}"; return 0; }
  printf '%s\nsha256\t%s\n' "$row" "$(bound 5 $reader cat "$1" | sha256)"
  printf '%s text\t%s\n' "$MARK" "$1"
  bound 5 $reader cat "$1" | head -c "$FILE_BYTES" | ${2:-cat}
  printf '\n%s eof\n' "$MARK"
}

# Values of keys that look like secrets stay on the host; so do passwords in URLs.
without_secrets() {
  awk '{
    line = $0
    if (match(line, /^[ \t]*(-[ \t]+)?(export[ \t]+)?["\047]?[A-Za-z0-9_.-]+["\047]?[ \t]*[=:]/)) {
      key = toupper(substr(line, 1, RLENGTH)); value = substr(line, RLENGTH + 1); head = substr(line, 1, RLENGTH)
      gsub(/[ \t"\047=:]/, "", key); sub(/^-/, "", key); blank = value; sub(/^[ \t]+/, "", blank)
      if (key ~ /(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|ENCRYPTION_?KEY)/ &&
          key !~ /(_FILE|_PATH|_DIR|SECRETS)$/ && blank !~ /^["\047]?(\$|\/|$)/ && blank !~ /^(#|\[|\{|[|>])/)
        line = head (substr(value, 1, 1) == " " ? " " : "") "[kept on the host: " length(blank) " characters]"
    }
    gsub(/:\/\/[^:\/@ ]*:[^@\/ ]+@/, "://[kept on the host]@", line)
    print line
  }'
}
