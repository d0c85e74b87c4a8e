#!/usr/bin/env bash
# What the source runbook's rollback looks at, retold from its description with the addresses of the target under test: what it
# finds in the backup, and its validation. What it stops, restores and starts is left out, since a target serves every fault in
# turn; none of those steps looks at anything.
set -e

BACKUP_DIR="$1"
if [[ -z "$BACKUP_DIR" ]]; then
  echo "Usage: $0 <backup_directory>"
  exit 1
fi

echo "=== Rollback to $BACKUP_DIR ==="
if [[ -f "$BACKUP_DIR/$DATABASE_BACKUP" ]]; then
  echo "Database restored"
else
  echo "WARNING: no database backup at $BACKUP_DIR/$DATABASE_BACKUP"
fi
if [[ -d "$BACKUP_DIR/config" ]]; then
  echo "Configuration restored"
else
  echo "WARNING: no configuration backup"
fi

if curl -f -s "$HOOKS_URL/health" >/dev/null; then
  echo "✓ Rollback successful"
else
  echo "✗ Rollback validation failed"
  exit 1
fi
