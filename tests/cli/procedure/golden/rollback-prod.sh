#!/usr/bin/env bash
# Rollback of prod on app-1 to the backup /opt/omninode_bridge/backups/20260102_030405
#
# Target prod (fixtures/targets/prod.yaml), host app-1 (deploy@app-1.prod.example.com, looked at as deploy at
# 2026-01-02 04:05:06 UTC, reading only).
# Compose project omninode_bridge (/opt/omninode_bridge/docker-compose.prod.yml); database omninode_bridge in the
# service postgres of the project, role omninode_bridge.
#
# Back to: /opt/omninode_bridge/backups/20260102_030405, taken 2026-01-02 03:04:05 UTC, PostgreSQL 15, schema version
# 0001, 12 rows in 1 tables.
# Lost: every row that was stored since then (it is kept in the replaced database), and the meaning of every event of
# such a row. The script counts them again before it asks whether to go on.
# Expected duration: unknown, no drill was found in the history of reports.
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
  PROCEDURE='rollback'
  STATES='/opt/omninode_bridge/backups/.runbook'
  STATE='/opt/omninode_bridge/backups/.runbook/rollback.state'
  DEADLINE='300'
  COMPOSE=('docker' 'compose')
  PROJECT='omninode_bridge'
  COMPOSE_FILE='/opt/omninode_bridge/docker-compose.prod.yml'
  ENV_FILE='/opt/omninode_bridge/.env.production'
  SECRETS='/opt/omninode_bridge/secrets'
  BACKUPS='/opt/omninode_bridge/backups'
  DATABASE='omninode_bridge'
  DATABASE_USER='omninode_bridge'
  ADMIN_DATABASE='postgres'
  ADMIN_USER='postgres'
  ADMIN_SECRET='postgres_admin_password'
  DATABASE_SERVICE='postgres'
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
  TITLE='Rollback of prod on app-1 to the backup /opt/omninode_bridge/backups/20260102_030405'
  AGAIN='run the same rollback again: it goes on from here'
  RESUMES='yes'
  LOG='/opt/omninode_bridge/logs/rollback.log'
  INPUTS=(
    'backup=/opt/omninode_bridge/backups/20260102_030405'
    'manifest=ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'
    'database=omninode_bridge'
    'image of hook-receiver=sha256:3333333333333333333333333333333333333333333333333333333333333333'
    'image of model-metrics=sha256:4444444444444444444444444444444444444444444444444444444444444444'
    'image of workflow-coordinator=sha256:5555555555555555555555555555555555555555555555555555555555555555'
    'image of nginx=sha256:6666666666666666666666666666666666666666666666666666666666666666'
  )
  LOGGED_INPUTS='{"backup":"/opt/omninode_bridge/backups/20260102_030405","database":"omninode_bridge"}'
  BACKUP='/opt/omninode_bridge/backups/20260102_030405'
  TAKEN_AT='2026-01-02 03:04:05 UTC'
  LOSSES=()
  MANIFEST_FILE='manifest.json'
  MANIFEST_SHA256='ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'
  SERVER_MAJOR='15'
  BACKUP_FILES=('database.dump' 'config/opt/omninode_bridge/.env.production')
  BACKUP_SUMS=(
    'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc'
    'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc'
  )
  BACKUP_SIZES=('10' '10')
  RESTORING='omninode_bridge_restoring'
  RESTORING_CONNECTION='dbname='\''omninode_bridge_restoring'\'''
  MARK='restored from /opt/omninode_bridge/backups/20260102_030405'
  ASIDE='omninode_bridge_before_20260102_030405'
  STOP_ORDER=('nginx' 'workflow-coordinator' 'hook-receiver' 'model-metrics')
  START_ORDER=('model-metrics' 'hook-receiver' 'workflow-coordinator' 'nginx')
  IMAGE_SERVICES=('hook-receiver' 'model-metrics' 'workflow-coordinator' 'nginx')
  IMAGE_DIGESTS=(
    'sha256:3333333333333333333333333333333333333333333333333333333333333333'
    'sha256:4444444444444444444444444444444444444444444444444444444444444444'
    'sha256:5555555555555555555555555555555555555555555555555555555555555555'
    'sha256:6666666666666666666666666666666666666666666666666666666666666666'
  )
  IMAGE_REFERENCES=(
    'registry.omninode.test/hook-receiver@sha256:3333333333333333333333333333333333333333333333333333333333333333'
    'registry.omninode.test/model-metrics@sha256:4444444444444444444444444444444444444444444444444444444444444444'
    'sha256:5555555555555555555555555555555555555555555555555555555555555555'
    'nginx@sha256:6666666666666666666666666666666666666666666666666666666666666666'
  )
  CONFIGURATION_COPIES=('config/opt/omninode_bridge/.env.production')
  CONFIGURATION_ORIGINALS=('/opt/omninode_bridge/.env.production')
  CONFIGURATION_MODES=('0640')
  CONFIGURATION_FOLDERS=()
}

# The steps: each with what must be so before it, what does it, and what must be so then.
steps() {
  # before: The backup is whole, every image that it names is on this host, and the database can be restored beside itself.
  step 'check inputs' always rollback_obstacles - - \
    'Read the manifest, check every checksum, find every image on the host. Nothing is touched before all is there.' \
    'nothing was changed; choose an older backup, or fetch the missing image by its digest, and run the rollback again'
  step 'stop services' always - stop_services services_still_running \
    'Stop the gateway and the services, not the database: from here on nothing more can be lost.' \
    'stop the service by hand and run the rollback again'
  # then: None of them runs.
  step 'restore database' once - restore_database - \
    'Restore into a new database beside the live one, in one transaction, and compare it with the manifest.' \
    'the live database is untouched; correct the cause and run again, or choose an older backup'
  step 'put database in place' always - put_in_place not_in_place \
    'Rename the live database out of the way and the restored one into its place; the replaced one is kept.' \
    'end whoever is connected to the live database, and run the rollback again'
  # then: The live database is the one that was restored.
  step 'restore configuration' always - restore_configuration - \
    'Put the configuration of the backup back, and move aside what was added since.' \
    'copy the files of the folder config of the backup by hand, and run the rollback again'
  step 'start services' always - start_services services_ailing \
    'Start exactly the images that the backup names, and wait until each is healthy.' \
    'read the logs of the service named; the database is restored already, so only the services remain'
  # then: Each of them is healthy.
  step 'validate' always - - not_valid \
    'See that every service runs its old image and that the product works through its front door.' \
    'the product does not work on the old release either: call the next level, and keep everything as it is'
  # then: Every service runs the image of the backup, and the front door answers.
}

# (engine.sh)

# (database-container.sh)

# (database.sh)

# (compose.sh)

# (rollback.sh)

# (load-pg_dump.sh)

# What the manifest says of the schema and the rows: what was restored must be the same.
expected_facts() {
  cat <<'END'
schema dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
12 "hook_events"
END
}

# Statements that print the same of a database: the schema’s hash, computed as in every rehearsal, and the rows of each table.
facts_sql() {
  cat <<'END'
(sql.ts)
END
}

# (frame.sh)

main "$@"
