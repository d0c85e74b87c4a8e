#!/usr/bin/env bash
# Backup of prod on app-1
#
# Target prod (fixtures/targets/prod.yaml), host app-1 (deploy@app-1.prod.example.com, looked at as deploy at
# 2026-01-02 04:05:06 UTC, reading only).
# Compose project omninode_bridge (/opt/omninode_bridge/docker-compose.prod.yml); database omninode_bridge in the
# service postgres of the project, role omninode_bridge.
# It goes into a directory of its own in /opt/omninode_bridge/backups, named by the UTC time at which it begins.
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
  PROCEDURE='backup'
  STATES='/opt/omninode_bridge/backups/.runbook'
  STATE='/opt/omninode_bridge/backups/.runbook/backup.state'
  DEADLINE='300'
  PROJECT='omninode_bridge'
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
  TITLE='Backup of prod on app-1 into /opt/omninode_bridge/backups'
  AGAIN='run the same backup again: it begins anew, in a directory of its own'
  RESUMES='no'
  INPUTS=('database=omninode_bridge' 'backups=/opt/omninode_bridge/backups')
  LOGGED_INPUTS='{"database":"omninode_bridge","backups":"/opt/omninode_bridge/backups"}'
  LOG='/opt/omninode_bridge/logs/backup.log'
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
  # before: Every file of the configuration is there, and the database answers.
  step 'check inputs' always backup_obstacles - - \
    'See that everything which a rollback would need can be read. Nothing is written before that.' \
    'nothing was written; put back what is missing, or start the database, and take the backup again'
  step 'copy configuration' always - copy_configuration - \
    'Copy the environment file, the compose file and the rest of the configuration, with their modes.' \
    'see who may read the file named, and how full the backup disk is'
  step 'dump database' always - dump_database - \
    'In one exported snapshot dump the database, count the rows of every table and hash the schema; the end of each topic is asked in the same moment.' \
    'read what the server said; a dump that ended early is worth nothing and is removed'
  step 'snapshot Redis' always - snapshot_redis - \
    'Take a snapshot of Redis as a replica gets one, without stopping it.' \
    'see whether Redis answers, and whether its password is the one in the secrets'
  step 'write manifest' always - write_manifest - \
    'Write down what the backup holds, with checksums, and the digest of every image that runs.' \
    'see how full the backup disk is'
  step 'verify' always - verify_backup - \
    'Read every file back from the disk, compare it with the manifest, and only then give the backup its name.' \
    'do not trust this disk: find out why it gives back something else, and take the backup elsewhere'
}

# (engine.sh)

# (database-container.sh)

# (database.sh)

# (backup.sh)

# Statements that print what the manifest says of the database, inside the snapshot: the same as in every rehearsal.
manifest_sql() {
  cat <<'END'
(sql.ts)
END
}

# (frame.sh)

main "$@"
