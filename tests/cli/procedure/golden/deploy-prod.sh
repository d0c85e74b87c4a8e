#!/usr/bin/env bash
# Deploy of 2.0.0 on app-1 (prod)
#
# Target prod (fixtures/targets/prod.yaml), host app-1 (deploy@app-1.prod.example.com, looked at as deploy at
# 2026-01-02 04:05:06 UTC, reading only).
# Compose project omninode_bridge (/opt/omninode_bridge/docker-compose.prod.yml); database omninode_bridge in the
# service postgres of the project, role omninode_bridge.
#
# Release: 2.0.0, schema version 0002.
#   postgres: postgres:15.18@sha256:4a06e17177933e9d79b4510121f7f50351dae50276ca120567d2cc454285ed87
#   redis: redis:7.2.7@sha256:fedc672d740aa454425485efae52c0b86fe01d58f5d4a4a243edf43a7e157cb5
#   kafka: apache/kafka:3.9.1@sha256:ae3f5c154cbc6558b573f1c061e5987517e76024812da330b1e3d8fda2ba4df7
#   model-metrics:
# registry.omninode.test/model-metrics:1.0.0@sha256:4bd86df535a8e10de6cff5665b915622fe42a7ffcebb3d6f6f79e9b06260b427
#   hook-receiver:
# registry.omninode.test/hook-receiver@sha256:9999999999999999999999999999999999999999999999999999999999999999
#   workflow-coordinator:
# registry.omninode.test/workflow-coordinator:1.0.0@sha256:18e6959fb9258bfaefc4e96f5759d52039b43d2f02ba0512e733f96b9dd230c8
#   prometheus: prom/prometheus:v3.5.0@sha256:d4b584a6fa9dabc0ec706d300a92887b7bac46af0a431bb78f1e219a2be1bad1
#   alertmanager: prom/alertmanager:v0.28.1@sha256:e108a723302dd0b723d038413b3cb00520d04c23ea1e04ca3dcb8c921a035241
#   grafana: grafana/grafana:12.0.2@sha256:5b60ad1143d296ae10379b5715ced1c2ba0d3fc2184d9450a01953a5fa152cd5
#   postgres-exporter:
# prometheuscommunity/postgres-exporter:v0.17.1@sha256:779e0feedcde3d709638422eebcf8e75449660c089e0b1cffe884bf9c84cb241
#   redis-exporter:
# oliver006/redis_exporter:v1.74.0@sha256:7f6e62327bf6aa9576753cc304c8f63e9e982da7f4904b3778a6b1e22ee33e31
#   kafka-exporter:
# danielqsj/kafka-exporter:v1.9.0@sha256:7b5c8f87d618e8a8c5947803a2a4cc88fbb3e3e79c70c88998d9d101accd207d
#   node-exporter: prom/node-exporter:v1.9.1@sha256:7e623be3f26413e465402ed4c292da8eb4d94f0704e2d73df892185d3a6fafae
#   cadvisor: gcr.io/cadvisor/cadvisor:v0.53.0@sha256:e21fdd13cca9698634e1a6bb712b8db8160111d075cf787411523a01fdad6a7e
#   nginx: nginx:1.28.0@sha256:d53177ecee601b079c2c9034a07545c1d8ddf362f2e28878da509fed0e31c3fa
# Approval: CTO or architecture team (level 3, Data loss risk; answers in: immediately).
#
# Nothing of the runbook runs this. A person reads it, has it approved, copies it to the host, and runs it there:
# first with --list, then with --dry-run, then without. It stops at the first step that fails, says what to do, and
# goes on from there when it is run again. It holds no secret: those are taken on the host, from its secrets directory
# or environment file.
# When it does not go on: Platform team lead (level 2, System down; answers in: 5 minutes).
set -euo pipefail
umask 077
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/sbin:/sbin"

# shellcheck disable=SC1003,SC1110,SC1111,SC1112,SC2016 # values stand here literally
{
  HOST='app-1'
  PROCEDURE='deploy'
  STATES='/opt/omninode_bridge/backups/.runbook'
  STATE='/opt/omninode_bridge/backups/.runbook/deploy.state'
  DEADLINE='300'
  COMPOSE=('docker' 'compose')
  PROJECT='omninode_bridge'
  COMPOSE_FILE='/opt/omninode_bridge/docker-compose.prod.yml'
  ENV_FILE='/opt/omninode_bridge/.env.production'
  SECRETS='/opt/omninode_bridge/secrets'
  BACKUPS='/opt/omninode_bridge/backups'
  DATABASE='omninode_bridge'
  DATABASE_USER='omninode_bridge'
  ADMIN_USER='postgres'
  ADMIN_SECRET='postgres_admin_password'
  DATABASE_SERVICE='postgres'
  REDIS_SERVICE='redis'
  REDIS_PORT='6379'
  KAFKA_SERVICE='kafka'
  KAFKA_PORT='9092'
  HEALTH_SERVICES=('hook-receiver' 'model-metrics' 'workflow-coordinator')
  HEALTH_URLS=(
    'http://app-1.prod.example.com:8001/health'
    'http://app-1.prod.example.com:8002/lab/health'
    'http://app-1.prod.example.com:8003/health'
  )
  HEALTH_KEYS=('open' 'key' 'open')
  DOOR_URLS=(
    'https://hooks.omninode.ai/health'
    'https://metrics.omninode.ai/'
    'https://workflows.omninode.ai/health'
    'https://api.omninode.ai/health'
  )
  DOOR_KEYS=('open' 'open' 'open' 'open')
  DOOR_CONNECT=('' '' '' '')
  DOOR_CA=''
  TITLE='Deploy of 2.0.0 on app-1 (prod)'
  AGAIN='run the same deploy again: it goes on from here; or roll back to the backup of step 1'
  RESUMES='yes'
  LOG='/opt/omninode_bridge/logs/deployment.log'
  INPUTS=(
    'release=2.0.0'
    'image of postgres=postgres:15.18@sha256:4a06e17177933e9d79b4510121f7f50351dae50276ca120567d2cc454285ed87'
    'image of redis=redis:7.2.7@sha256:fedc672d740aa454425485efae52c0b86fe01d58f5d4a4a243edf43a7e157cb5'
    'image of kafka=apache/kafka:3.9.1@sha256:ae3f5c154cbc6558b573f1c061e5987517e76024812da330b1e3d8fda2ba4df7'
    'image of model-metrics=registry.omninode.test/model-metrics:1.0.0@sha256:4bd86df535a8e10de6cff5665b915622fe42a7ffcebb3d6f6f79e9b06260b427'
    'image of hook-receiver=registry.omninode.test/hook-receiver@sha256:9999999999999999999999999999999999999999999999999999999999999999'
    'image of workflow-coordinator=registry.omninode.test/workflow-coordinator:1.0.0@sha256:18e6959fb9258bfaefc4e96f5759d52039b43d2f02ba0512e733f96b9dd230c8'
    'image of prometheus=prom/prometheus:v3.5.0@sha256:d4b584a6fa9dabc0ec706d300a92887b7bac46af0a431bb78f1e219a2be1bad1'
    'image of alertmanager=prom/alertmanager:v0.28.1@sha256:e108a723302dd0b723d038413b3cb00520d04c23ea1e04ca3dcb8c921a035241'
    'image of grafana=grafana/grafana:12.0.2@sha256:5b60ad1143d296ae10379b5715ced1c2ba0d3fc2184d9450a01953a5fa152cd5'
    'image of postgres-exporter=prometheuscommunity/postgres-exporter:v0.17.1@sha256:779e0feedcde3d709638422eebcf8e75449660c089e0b1cffe884bf9c84cb241'
    'image of redis-exporter=oliver006/redis_exporter:v1.74.0@sha256:7f6e62327bf6aa9576753cc304c8f63e9e982da7f4904b3778a6b1e22ee33e31'
    'image of kafka-exporter=danielqsj/kafka-exporter:v1.9.0@sha256:7b5c8f87d618e8a8c5947803a2a4cc88fbb3e3e79c70c88998d9d101accd207d'
    'image of node-exporter=prom/node-exporter:v1.9.1@sha256:7e623be3f26413e465402ed4c292da8eb4d94f0704e2d73df892185d3a6fafae'
    'image of cadvisor=gcr.io/cadvisor/cadvisor:v0.53.0@sha256:e21fdd13cca9698634e1a6bb712b8db8160111d075cf787411523a01fdad6a7e'
    'image of nginx=nginx:1.28.0@sha256:d53177ecee601b079c2c9034a07545c1d8ddf362f2e28878da509fed0e31c3fa'
  )
  LOGGED_INPUTS='{"release":"2.0.0","images":{"postgres":"sha256:4a06e17177933e9d79b4510121f7f50351dae50276ca120567d2cc454285ed87","redis":"sha256:fedc672d740aa454425485efae52c0b86fe01d58f5d4a4a243edf43a7e157cb5","kafka":"sha256:ae3f5c154cbc6558b573f1c061e5987517e76024812da330b1e3d8fda2ba4df7","model-metrics":"sha256:4bd86df535a8e10de6cff5665b915622fe42a7ffcebb3d6f6f79e9b06260b427","hook-receiver":"sha256:9999999999999999999999999999999999999999999999999999999999999999","workflow-coordinator":"sha256:18e6959fb9258bfaefc4e96f5759d52039b43d2f02ba0512e733f96b9dd230c8","prometheus":"sha256:d4b584a6fa9dabc0ec706d300a92887b7bac46af0a431bb78f1e219a2be1bad1","alertmanager":"sha256:e108a723302dd0b723d038413b3cb00520d04c23ea1e04ca3dcb8c921a035241","grafana":"sha256:5b60ad1143d296ae10379b5715ced1c2ba0d3fc2184d9450a01953a5fa152cd5","postgres-exporter":"sha256:779e0feedcde3d709638422eebcf8e75449660c089e0b1cffe884bf9c84cb241","redis-exporter":"sha256:7f6e62327bf6aa9576753cc304c8f63e9e982da7f4904b3778a6b1e22ee33e31","kafka-exporter":"sha256:7b5c8f87d618e8a8c5947803a2a4cc88fbb3e3e79c70c88998d9d101accd207d","node-exporter":"sha256:7e623be3f26413e465402ed4c292da8eb4d94f0704e2d73df892185d3a6fafae","cadvisor":"sha256:e21fdd13cca9698634e1a6bb712b8db8160111d075cf787411523a01fdad6a7e","nginx":"sha256:d53177ecee601b079c2c9034a07545c1d8ddf362f2e28878da509fed0e31c3fa"}}'
  IMAGE_SERVICES=(
    'postgres'
    'redis'
    'kafka'
    'model-metrics'
    'hook-receiver'
    'workflow-coordinator'
    'prometheus'
    'alertmanager'
    'grafana'
    'postgres-exporter'
    'redis-exporter'
    'kafka-exporter'
    'node-exporter'
    'cadvisor'
    'nginx'
  )
  IMAGE_DIGESTS=(
    'sha256:4a06e17177933e9d79b4510121f7f50351dae50276ca120567d2cc454285ed87'
    'sha256:fedc672d740aa454425485efae52c0b86fe01d58f5d4a4a243edf43a7e157cb5'
    'sha256:ae3f5c154cbc6558b573f1c061e5987517e76024812da330b1e3d8fda2ba4df7'
    'sha256:4bd86df535a8e10de6cff5665b915622fe42a7ffcebb3d6f6f79e9b06260b427'
    'sha256:9999999999999999999999999999999999999999999999999999999999999999'
    'sha256:18e6959fb9258bfaefc4e96f5759d52039b43d2f02ba0512e733f96b9dd230c8'
    'sha256:d4b584a6fa9dabc0ec706d300a92887b7bac46af0a431bb78f1e219a2be1bad1'
    'sha256:e108a723302dd0b723d038413b3cb00520d04c23ea1e04ca3dcb8c921a035241'
    'sha256:5b60ad1143d296ae10379b5715ced1c2ba0d3fc2184d9450a01953a5fa152cd5'
    'sha256:779e0feedcde3d709638422eebcf8e75449660c089e0b1cffe884bf9c84cb241'
    'sha256:7f6e62327bf6aa9576753cc304c8f63e9e982da7f4904b3778a6b1e22ee33e31'
    'sha256:7b5c8f87d618e8a8c5947803a2a4cc88fbb3e3e79c70c88998d9d101accd207d'
    'sha256:7e623be3f26413e465402ed4c292da8eb4d94f0704e2d73df892185d3a6fafae'
    'sha256:e21fdd13cca9698634e1a6bb712b8db8160111d075cf787411523a01fdad6a7e'
    'sha256:d53177ecee601b079c2c9034a07545c1d8ddf362f2e28878da509fed0e31c3fa'
  )
  IMAGE_REFERENCES=(
    'postgres:15.18@sha256:4a06e17177933e9d79b4510121f7f50351dae50276ca120567d2cc454285ed87'
    'redis:7.2.7@sha256:fedc672d740aa454425485efae52c0b86fe01d58f5d4a4a243edf43a7e157cb5'
    'apache/kafka:3.9.1@sha256:ae3f5c154cbc6558b573f1c061e5987517e76024812da330b1e3d8fda2ba4df7'
    'registry.omninode.test/model-metrics:1.0.0@sha256:4bd86df535a8e10de6cff5665b915622fe42a7ffcebb3d6f6f79e9b06260b427'
    'registry.omninode.test/hook-receiver@sha256:9999999999999999999999999999999999999999999999999999999999999999'
    'registry.omninode.test/workflow-coordinator:1.0.0@sha256:18e6959fb9258bfaefc4e96f5759d52039b43d2f02ba0512e733f96b9dd230c8'
    'prom/prometheus:v3.5.0@sha256:d4b584a6fa9dabc0ec706d300a92887b7bac46af0a431bb78f1e219a2be1bad1'
    'prom/alertmanager:v0.28.1@sha256:e108a723302dd0b723d038413b3cb00520d04c23ea1e04ca3dcb8c921a035241'
    'grafana/grafana:12.0.2@sha256:5b60ad1143d296ae10379b5715ced1c2ba0d3fc2184d9450a01953a5fa152cd5'
    'prometheuscommunity/postgres-exporter:v0.17.1@sha256:779e0feedcde3d709638422eebcf8e75449660c089e0b1cffe884bf9c84cb241'
    'oliver006/redis_exporter:v1.74.0@sha256:7f6e62327bf6aa9576753cc304c8f63e9e982da7f4904b3778a6b1e22ee33e31'
    'danielqsj/kafka-exporter:v1.9.0@sha256:7b5c8f87d618e8a8c5947803a2a4cc88fbb3e3e79c70c88998d9d101accd207d'
    'prom/node-exporter:v1.9.1@sha256:7e623be3f26413e465402ed4c292da8eb4d94f0704e2d73df892185d3a6fafae'
    'gcr.io/cadvisor/cadvisor:v0.53.0@sha256:e21fdd13cca9698634e1a6bb712b8db8160111d075cf787411523a01fdad6a7e'
    'nginx:1.28.0@sha256:d53177ecee601b079c2c9034a07545c1d8ddf362f2e28878da509fed0e31c3fa'
  )
  EDITED_SERVICES=('hook-receiver')
  EDITED_LINES=('71')
  EDITED_FROM=(
    'registry.omninode.test/hook-receiver:1.0.0@sha256:cd19360e2efb4e67c87053c7a685bea5993bf9dfda28c3a49e49d4d4f416cbcb'
  )
  EDITED_TO=(
    'registry.omninode.test/hook-receiver@sha256:9999999999999999999999999999999999999999999999999999999999999999'
  )
  INFRASTRUCTURE=('postgres' 'redis' 'kafka')
  PRODUCT=('model-metrics' 'hook-receiver' 'workflow-coordinator')
  MONITORING=(
    'prometheus'
    'alertmanager'
    'grafana'
    'postgres-exporter'
    'redis-exporter'
    'kafka-exporter'
    'node-exporter'
    'cadvisor'
  )
  GATEWAY=('nginx')
  TOPICS=()
  REPLICATION_FACTOR='1'
  MIGRATIONS_SERVICE=''
  MIGRATIONS_IMAGE=''
  SCHEMA_VERSION='0002'
  BACKUP_FORMAT='runbook-backup@1'
  MANIFEST_FILE='manifest.json'
  CONFIGURATION_FOLDER='config'
  EVENTS_FILE='kafka/log.tar.gz'
  CONFIGURATION_FILES=('/opt/omninode_bridge/.env.production' '/opt/omninode_bridge/docker-compose.prod.yml')
  CONFIGURATION_FOLDERS=('/opt/omninode_bridge/config' '/opt/monitoring/prometheus' '/opt/monitoring/alertmanager')
  SERVICES=(
    'postgres'
    'redis'
    'kafka'
    'model-metrics'
    'hook-receiver'
    'workflow-coordinator'
    'prometheus'
    'alertmanager'
    'grafana'
    'postgres-exporter'
    'redis-exporter'
    'kafka-exporter'
    'node-exporter'
    'cadvisor'
    'nginx'
  )
}

# The steps: each with what must be so before it, what does it, and what must be so then.
steps() {
  step 'backup' once - take_backup - \
    'Take the backup that a rollback would restore, and check it, before anything changes.' \
    'do not deploy: without this backup there is no way back'
  step 'images' always - fetch_images - \
    'Bring every image of the release to the host, by digest, while the old ones still run.' \
    'check the registry, the login and the digest in the release manifest; nothing was changed yet'
  step 'infrastructure' always - start_infrastructure infrastructure_ailing \
    'Start the database, the cache and the event bus, and wait until each answers.' \
    'read the logs of those that are named, then correct the cause and run again, or roll back'
  # then: Each of them is healthy.
  step 'topics and schema' always - migrate - \
    'Create the topics and bring the schema to what the release expects.' \
    'read the error of the migration; roll back, unless the migration is known to be safe to repeat'
  step 'services' always - start_product product_ailing \
    'Start the services of the release and wait until each is healthy by its own account.' \
    'read the logs of those that are named, then correct the cause and run again, or roll back'
  # then: Each of them is healthy.
  step 'monitoring' always - start_monitoring monitoring_ailing \
    'Start monitoring and its exporters.' \
    'read the logs of those that are named, then correct the cause and run again, or roll back'
  # then: Each of them is healthy.
  step 'gateway' always - start_gateway gateway_ailing \
    'Start the gateway last: nobody comes in before the services are healthy.' \
    'read the logs of those that are named, then correct the cause and run again, or roll back'
  # then: It is healthy.
  step 'verify' always - - release_not_running \
    'See that exactly the release runs and that the product works through its front door.' \
    'roll back to the backup of step 1'
  # then: Every service runs the image of the release, and the front door answers.
}

# (engine.sh)

# (database-container.sh)

# (database.sh)

# (compose.sh)

# (backup.sh)

# (deploy.sh)

# Statements that print what the manifest says of the database, inside the snapshot: the same as in every rehearsal.
manifest_sql() {
  cat <<'END'
(sql.ts)
END
}

# A statement that prints the newest migration which the database lists.
migrated_sql() {
  cat <<'END'
SELECT max("version")::text FROM "schema_migrations";
END
}

# (frame.sh)

main "$@"
