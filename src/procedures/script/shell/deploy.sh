# ---- The steps of a deploy ------------------------------------------------------------------------------------------

# The whole backup, step by step, as its own script takes it.
take_backup() {
  local obstacles
  obstacles=$(backup_obstacles)
  [ -z "$obstacles" ] || fail "$obstacles"
  copy_configuration
  dump_database
  snapshot_redis
  write_manifest
  verify_backup
}

fetch_images() {
  local reference
  for reference in "${IMAGE_REFERENCES[@]}" "$MIGRATIONS_IMAGE"; do
    if [ -z "$reference" ] || has_image "$reference"; then continue; fi
    say "  fetching $reference"
    docker pull --quiet "$reference" </dev/null >/dev/null
  done
}

start_group() {
  local service
  for service in "$@"; do name_image "$service"; done
  pin_images "$@"
  for service in "$@"; do start_service "$service"; done
}

# Writes the release's image of a service into the compose file, so that whoever starts the project next starts the same. The
# file as it was is in the backup of step 1.
name_image() {
  local index line from to
  for index in "${!EDITED_SERVICES[@]}"; do
    if [ "${EDITED_SERVICES[$index]}" != "$1" ]; then continue; fi
    from=${EDITED_FROM[$index]} to=${EDITED_TO[$index]}
    line=$(sed -n "${EDITED_LINES[$index]}p" "$COMPOSE_FILE")
    case $line in
      *"$to"*) continue ;;
      *"$from"*) ;;
      *) fail "$COMPOSE_FILE was changed since this script was printed: line ${EDITED_LINES[$index]} does not name $from; print the script anew" ;;
    esac
    cp -p -- "$COMPOSE_FILE" "$COMPOSE_FILE.partial"
    LINE=${line%%"$from"*}$to${line#*"$from"} awk -v number="${EDITED_LINES[$index]}" 'NR == number { print ENVIRON["LINE"]; next } { print }' \
      "$COMPOSE_FILE" >"$COMPOSE_FILE.partial"
    mv -f -- "$COMPOSE_FILE.partial" "$COMPOSE_FILE"
  done
}

start_infrastructure() { start_group ${INFRASTRUCTURE[@]+"${INFRASTRUCTURE[@]}"}; }
start_product() { start_group "${PRODUCT[@]}"; }
start_monitoring() { start_group ${MONITORING[@]+"${MONITORING[@]}"}; }
start_gateway() { start_group ${GATEWAY[@]+"${GATEWAY[@]}"}; }
infrastructure_ailing() { ailments ${INFRASTRUCTURE[@]+"${INFRASTRUCTURE[@]}"}; }
product_ailing() { ailments "${PRODUCT[@]}"; }
monitoring_ailing() { ailments ${MONITORING[@]+"${MONITORING[@]}"}; }
gateway_ailing() { ailments ${GATEWAY[@]+"${GATEWAY[@]}"}; }

# Topics that are there stay as they are; migrations are the product's own, run once in its own container.
migrate() {
  local topic id version
  if [ "${#TOPICS[@]}" -gt 0 ]; then
    id=$(container "$KAFKA_SERVICE")
    for topic in "${TOPICS[@]}"; do
      # shellcheck disable=SC2016 # the container's shell puts them in
      docker exec --interactive "$id" sh -c 'PATH=$PATH:/opt/kafka/bin
        tool=$(command -v kafka-topics.sh || command -v kafka-topics)
        exec "$tool" --bootstrap-server "localhost:$1" --create --if-not-exists --topic "$2" --replication-factor "$3"' \
        sh "$KAFKA_PORT" "$topic" "$REPLICATION_FACTOR" </dev/null >/dev/null
    done
  fi
  if [ -n "$MIGRATIONS_SERVICE" ]; then
    name_image "$MIGRATIONS_SERVICE"
    if ! compose run --rm --no-deps -T "$MIGRATIONS_SERVICE" </dev/null >"$SCRATCH/migrations" 2>&1; then
      fail "the migrations ended with an error: $(tail -n 5 "$SCRATCH/migrations")"
    fi
  fi
  if [ -n "$SCHEMA_VERSION" ]; then
    version=$(migrated_sql | sql "$DATABASE")
    [ "$version" = "$SCHEMA_VERSION" ] || fail "the newest migration of $DATABASE is ${version:-unknown}, and the release expects $SCHEMA_VERSION"
  fi
}

release_not_running() {
  wrong_images
  front_door_problem
}
