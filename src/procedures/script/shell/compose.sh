# Compose with the host's own files, and over them the images that are to run, by digest.
compose() {
  "${COMPOSE[@]}" --project-name "$PROJECT" --file "$COMPOSE_FILE" --file "$STATES/images.$PROCEDURE.yml" --env-file "$ENV_FILE" "$@"
}

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
