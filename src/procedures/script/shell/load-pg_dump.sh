# The server's own tool, in one transaction that ends at the first error.
load_dump() {
  database_tool "$RESTORING" pg_restore --single-transaction --exit-on-error --no-owner --no-password --dbname "$RESTORING_CONNECTION" \
    <"$BACKUP/database.dump"
}
