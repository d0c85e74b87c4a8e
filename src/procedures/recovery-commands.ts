/** Says of each file of a backup how it differs from its line (SHA-256, bytes, path); nothing of those that do not. */
export const CHECK_FILES = String.raw`cd -- "$1"
while read -r sum bytes file; do
  if ! [ -r "$file" ]; then printf '%s cannot be read\n' "$file"; continue; fi
  size=$(wc -c <"$file")
  if [ "$size" -lt "$bytes" ]; then printf '%s is truncated: it has %s of %s bytes\n' "$file" "$size" "$bytes"; continue; fi
  found=$(sha256sum <"$file")
  [ "$found" = "$sum  -" ] || printf '%s was altered: its checksum is not the one in the manifest\n' "$file"
done`

/** Puts each file (mode, copy, place) where it belongs; it belongs to the group of the directory that was there before it. */
export const PUT_CONFIGURATION = String.raw`umask 077
folder() {
  [ ! -d "$1" ] || return 0
  folder "$(dirname -- "$1")"
  mkdir -m 750 -- "$1"
  chgrp -- "$(stat -c %g -- "$(dirname -- "$1")")" "$1"
}
while IFS=$'\t' read -r mode copy place; do
  folder "$(dirname -- "$place")"
  cat -- "$1/$copy" >"$place.partial"
  chgrp -- "$(stat -c %g -- "$(dirname -- "$place")")" "$place.partial"
  chmod -- "$mode" "$place.partial"
  mv -f -- "$place.partial" "$place"
done`

/** Sets `id` to the container of a service, made and not started. */
const MADE = `docker compose --project-name "$3" --file "$4" --env-file "$5" up --no-start --no-deps --no-build "$2" >&2
id=$(docker ps --all --quiet --filter "label=com.docker.compose.project=$3" --filter "label=com.docker.compose.service=$2")
[ -n "$id" ] || { echo "compose made no container of $2" >&2; exit 1; }
`

/** Gives the event bus its log: paths in it are those inside the container. */
export const PUT_EVENTS = `${MADE}gzip -dc -- "$1" | docker cp - "$id:/"`

/**
 * Gives the cache its snapshot: as the base of an append-only log, which is what it reads where it keeps one, and as the
 * snapshot that it reads where it keeps none.
 */
export const PUT_KEYS = String.raw`${MADE}place=$(docker inspect --format '{{range .Mounts}}{{if .RW}}{{println .Destination}}{{end}}{{end}}' "$id" | sed -n 1p)
[ -n "$place" ] || { echo "$2 keeps its data on no volume" >&2; exit 1; }
draft=$(mktemp -d)
trap 'rm -rf -- "$draft"' EXIT
mkdir -- "$draft/appendonlydir"
cat -- "$1" >"$draft/dump.rdb"
cat -- "$1" >"$draft/appendonlydir/appendonly.aof.1.base.rdb"
printf 'file appendonly.aof.1.base.rdb seq 1 type b\n' >"$draft/appendonlydir/appendonly.aof.manifest"
tar -c -f - -C "$draft" --owner=0 --group=0 dump.rdb appendonlydir | docker cp - "$id:$place"`
