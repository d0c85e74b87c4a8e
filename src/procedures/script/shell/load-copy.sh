# This backup was taken without pg_dump: the statements that make the schema, a file of rows for each table, the statements that
# need the rows. They are put together again, in one transaction that ends at the first error.
load_dump() {
  {
    gzip -cd -- "$BACKUP/database/1-before.sql.gz"
    gzip -cd -- "$BACKUP/database/1-before.sql.gz" | sed -n 's/^-- \(database[^:]*\): \(COPY .*\)$/\1|\2/p' |
      while IFS='|' read -r file copy; do
        printf '%s;\n' "$copy"
        gzip -cd -- "$BACKUP/$file"
        printf '%s\n' '\.'
      done
    gzip -cd -- "$BACKUP/database/3-after.sql.gz"
  } | sql "$RESTORING" --single-transaction >/dev/null
}
