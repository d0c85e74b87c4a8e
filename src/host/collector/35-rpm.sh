# Security updates of a host of rpm packages. dnf itself would write its log, its cache and a lock: so its advisories are read as
# they lie in its cache, and compared with what is installed.

# rpm opens its database for writing where it may: root asks as nobody.
as_nobody() {
  if [ "$(id -u)" = 0 ]; then bound 8 setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else bound 8 "$@"; fi
}

# rpm_updates FILE…: the advisories of each repository.
rpm_updates() {
  if [ ! -f "$1" ]; then
    fail 'the cache of dnf holds no advisories' 'run `sudo dnf makecache`; where a repository publishes none, look by hand and waive or attest the line'
    return
  fi
  if ! installed=$(as_nobody rpm -qa --qf '@ %{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE}\n') || [ -z "$installed" ]; then
    fail 'rpm does not list what is installed' 'run `rpm -qa` there, and see what it says (as root it also needs setpriv)'
    return
  fi
  newest=$(bound 5 stat -c %Y "$@" | sort -n | tail -n 1)
  printf 'manager\tdnf\t%s\n' "$newest"
  { printf '%s\n' "$installed"; for advisories in "$@"; do unpacked "$advisories"; done; } | offered_fixes | older_than_offered
}
unpacked() {
  case $1 in
    *.gz) bound 8 gzip -dc "$1" ;;
    *.xz) bound 8 xz -dc "$1" ;;
    *.zst) bound 8 zstd -dc "$1" ;;
    *) bound 8 cat "$1" ;;
  esac
  printf '\n'
}

# Of every installed package that a security advisory names, a call for rpm: what is there, what is offered.
offered_fixes() {
  awk '
    function attribute(name,   from, rest) {
      from = index($0, " " name "=\"")
      if (!from) return ""
      rest = substr($0, from + length(name) + 3)
      return substr(rest, 1, index(rest, "\"") - 1)
    }
    BEGIN { RS = "<" }
    NR == 1 {
      count = split($0, lines, "\n")
      for (i = 1; i <= count; i++) if (split(lines[i], have, " ") == 5 && have[1] == "@") {
        if (have[3] == "(none)") have[3] = 0
        there[have[2]] = there[have[2]] "\"" have[3] "\",\"" have[4] "\",\"" have[5] "\";"
      }
    }
    /^update / { isSecurity = attribute("type") == "security" }
    /^package / && isSecurity {
      name = attribute("name"); epoch = attribute("epoch")
      offer = "\"" (epoch == "" ? 0 : epoch) "\",\"" attribute("version") "\",\"" attribute("release") "\""
      if (!(name in there) || (name, offer) in seen) next
      seen[name, offer]
      n = split(there[name], versions, ";")
      for (i = 1; i < n; i++) print "c(\"" name "\"," versions[i] "," offer ")"
    }
  ' | grep -E '^c\("[A-Za-z0-9._+-]+"(,"[A-Za-z0-9._+~^]*"){6}\)$' | head -n 900
}

# rpm compares versions as only rpm can; of a package that is there in several versions the newest counts.
older_than_offered() {
  calls=$(cat)
  [ -n "$calls" ] || return 0
  as_nobody rpm --eval "%{lua:
    local newer, fixed = {}, {}
    local function c(name, e, v, r, E, V, R)
      local d = (tonumber(e) or 0) - (tonumber(E) or 0)
      if d == 0 then d = rpm.vercmp(v, V) end
      if d == 0 then d = rpm.vercmp(r, R) end
      local offer = name .. ' ' .. E .. ' ' .. V .. ' ' .. R
      newer[offer] = name
      if d >= 0 then fixed[offer] = true end
    end
    $calls
    for offer, name in pairs(newer) do if not fixed[offer] then print('inst ' .. name) end end
  }" | grep '^inst ' | sort -u
}
