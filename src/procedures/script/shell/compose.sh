# Compose with the host's own files and, where these name other images, with what lays the right ones over them.
compose() {
  local files=(--file "$COMPOSE_FILE")
  if [ -e "$STATES/images.$PROCEDURE.yml" ]; then files+=(--file "$STATES/images.$PROCEDURE.yml"); fi
  "${COMPOSE[@]}" --project-name "$PROJECT" "${files[@]}" --env-file "$ENV_FILE" "$@"
}

# Makes compose start exactly these images: what the compose file names otherwise is laid over it, and nothing else is touched.
pin_images() {
  local service image composed
  rm -f -- "$STATES/images.$PROCEDURE.yml"
  composed=$(compose config </dev/null) || fail "compose cannot read $COMPOSE_FILE"
  for service in "$@"; do
    image=$(printf '%s\n' "$composed" | SERVICE=$service awk '
      /^[^ ]/ { top = $1 }
      top == "services:" && /^  [^ ]/ { name = $0; gsub(/^  "?|"?:$/, "", name) }
      top == "services:" && name == ENVIRON["SERVICE"] && /^    image: / { print $2; exit }')
    if [ "$(image_id "$image")" != "$(image_id "$(reference_of "$service")")" ]; then
      printf '  %s:\n    image: %s\n' "$(json "$service")" "$(json "$(reference_of "$service")")"
    fi
  done >"$SCRATCH/images"
  if [ -s "$SCRATCH/images" ]; then
    { say 'services:' && cat -- "$SCRATCH/images"; } >"$STATES/images.$PROCEDURE.yml"
    say "  $COMPOSE_FILE names other images than these; they are laid over it by $STATES/images.$PROCEDURE.yml"
  fi
}

# How the engine calls the image that a service is to run.
reference_of() {
  local index
  for index in "${!IMAGE_SERVICES[@]}"; do
    if [ "${IMAGE_SERVICES[$index]}" = "$1" ]; then printf '%s' "${IMAGE_REFERENCES[$index]}"; fi
  done
}

image_id() { docker image inspect --format '{{.Id}}' "$1" </dev/null 2>/dev/null || :; }

# Starts a service as the compose files say, and nothing that it depends on; what runs already as it should is left alone.
start_service() {
  compose up --detach --no-deps --no-build "$1" </dev/null >"$SCRATCH/compose" 2>&1 || fail "compose up $1: $(tail -n 5 "$SCRATCH/compose")"
}

# Stops a service's container, whatever the compose file says by now.
stop_service() {
  local id
  id=$(container_of "$1")
  if [ -n "$id" ]; then docker stop "$id" </dev/null >/dev/null; fi
}

# Which of these services still run.
still_running() {
  local service id
  for service in "$@"; do
    id=$(container_of "$service")
    if [ -n "$id" ] && [ "$(docker inspect --format '{{.State.Running}}' "$id" </dev/null)" = true ]; then say "$service still runs"; fi
  done
}

# What is wrong with the images that run; nothing where each service runs its own.
wrong_images() {
  local index
  for index in "${!IMAGE_SERVICES[@]}"; do wrong_image "${IMAGE_SERVICES[$index]}" "${IMAGE_DIGESTS[$index]}"; done
}
