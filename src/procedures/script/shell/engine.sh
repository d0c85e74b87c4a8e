# ---- The engine: containers, images, health -------------------------------------------------------------------------

# The container of a compose service, running or not; nothing where there is none.
container_of() {
  docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$PROJECT" \
    --filter "label=com.docker.compose.service=$1" --filter 'label=com.docker.compose.oneoff=False' </dev/null | sed -n 1p
}

# The container of a service that must be there.
container() {
  local id
  id=$(container_of "$1")
  [ -n "$id" ] || fail "compose project $PROJECT has no container of $1"
  printf '%s' "$id"
}

# A secret, from its file or from the environment file; nothing where there is none. Never printed, never an argument.
secret() {
  local name
  if [ -r "$SECRETS/$1" ]; then
    tr -d '\r\n' <"$SECRETS/$1"
  elif [ -r "$ENV_FILE" ]; then
    name=$(printf '%s' "$1" | tr '[:lower:]' '[:upper:]')
    sed -n "s/^$name=//p" "$ENV_FILE" | tail -n 1 | sed "s/^\([\"']\)\(.*\)\1\$/\2/" | tr -d '\r\n'
  fi
}

engine_obstacle() {
  docker version --format '{{.Server.Version}}' </dev/null >/dev/null 2>"$SCRATCH/engine" ||
    say "the engine does not answer $(id -un): $(tail -n 1 "$SCRATCH/engine")"
}

# Names under which an image is known: its id and its digests at registries.
names_of_image() {
  docker image inspect --format '{{.Id}}{{range .RepoDigests}} {{.}}{{end}}' "$1" </dev/null
}

has_image() { docker image inspect "$1" </dev/null >/dev/null 2>&1; }

# What is wrong with the image that a service runs; nothing where it is this digest.
wrong_image() {
  local id image
  id=$(container_of "$1")
  if [ -z "$id" ] || [ "$(docker inspect --format '{{.State.Running}}' "$id" </dev/null)" != true ]; then
    say "$1 does not run"
    return
  fi
  image=$(docker inspect --format '{{.Image}}' "$id" </dev/null)
  case " $(names_of_image "$image") " in
    *"$2 "*) ;;
    *) say "$1 runs $image instead of $2" ;;
  esac
}

# What is wrong with a service by its own account; nothing where it is healthy.
ailment() {
  local id status index
  id=$(container_of "$1")
  if [ -z "$id" ]; then
    say "$1 does not run"
    return
  fi
  status=$(docker inspect --format '{{.State.Status}}{{with .State.Health}} {{.Status}}{{end}}' "$id" </dev/null)
  case $status in
    running | 'running healthy') ;;
    *)
      say "$1 is $status (docker logs $id)"
      return
      ;;
  esac
  for index in "${!HEALTH_SERVICES[@]}"; do
    if [ "${HEALTH_SERVICES[$index]}" = "$1" ]; then answer_of "$1" "${HEALTH_KEYS[$index]}" "${HEALTH_URLS[$index]}"; fi
  done
}

ailments() {
  local service
  for service in "$@"; do ailment "$service"; done
}

# What is wrong with the answer at a URL; nothing where it is 200. The key goes by standard input.
answer_of() {
  local what=$1 key=$2 url=$3 status
  shift 3
  status=$(
    if [ "$key" = key ]; then printf 'X-API-Key: %s\n' "$(secret api_key)"; fi |
      curl --silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 10 --header @- "$@" -- "$url" 2>&1
  ) || :
  if [ "$status" != 200 ]; then say "$what: $url answers ${status:-nothing}"; fi
}

# What is wrong as a user would find it.
front_door_problem() {
  local index options
  for index in "${!DOOR_URLS[@]}"; do
    options=()
    if [ -n "${DOOR_CONNECT[$index]}" ]; then options+=(--connect-to "${DOOR_CONNECT[$index]}"); fi
    if [ -n "$DOOR_CA" ]; then options+=(--cacert "$DOOR_CA"); fi
    answer_of 'front door' "${DOOR_KEYS[$index]}" "${DOOR_URLS[$index]}" ${options[@]+"${options[@]}"}
  done
}
