import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { databaseSchema } from '../../fixtures/embedded/index.ts'
import { type DatabaseConnection, withDatabase } from '../../src/procedures/database.ts'
import type {
  DrillPace,
  DrillStage,
  FailedCheck,
  LedgerStore,
  LookKind,
  StageContext,
  Token,
} from '../../src/procedures/drill-stage.ts'
import type { Platform, Release } from '../../src/procedures/platform.ts'
import type { RollbackTrouble } from '../../src/procedures/rollback-trouble.ts'
import { hookOf, isAccepted, SOURCE } from './drill-token.ts'

const ENV_FILE = '/opt/omninode_bridge/.env.production'
const COMPOSE_FILE = '/opt/omninode_bridge/docker-compose.prod.yml'
const SEEDED_ROWS = 200
/** Enough for a restore to be met while it is under way. */
const MANY_ROWS = 60_000
/** The hook-receiver's objective, p95. */
const SLOW_MS = 200
const GOOD = 'A'
const BAD = 'B'

/** A platform that runs releases of the product for a drill. */
export interface StagePlatform extends Platform {
  /** Where the service listens now; undefined where it does not run. */
  url(service: string): string | undefined
}

/** What differs between a drill in this process and one in containers. */
export interface StageParts {
  readonly platform: StagePlatform
  readonly good: Release
  readonly bad: Release
  readonly apiKey: string
  readonly pace: DrillPace
  /** Stores besides the database. */
  readonly stores: readonly LedgerStore[]
  readonly trouble: RollbackTrouble | undefined
  look(kind: LookKind, schemaVersion: string): Promise<readonly FailedCheck[]>
  close(): Promise<void>
}

/** Names of the two releases. */
export const RELEASES = { good: GOOD, bad: BAD } as const

/** The product's schema, with rows of an earlier life in it. */
export async function seed({ application, plan }: Pick<StageContext, 'application' | 'plan'>): Promise<void> {
  await runSql(application, `${await databaseSchema()};${seedOf(plan.trouble === undefined ? SEEDED_ROWS : MANY_ROWS)}`)
}

/** What a release's deploy does to schema and configuration; only the bad one changes anything. */
export async function migrate(release: Release, { application, plan, directory }: StageContext): Promise<void> {
  if (release.name !== BAD) return
  await appendFile(path.join(rootOf(directory), ENV_FILE), 'LOG_LEVEL=DEBUG\n')
  if (plan.badRelease === 'corrupting migration') await runSql(application, CORRUPTION)
}

/** The product's stage for a drill, whatever its releases run in. */
export async function stageOf(parts: StageParts, { application, directory }: StageContext): Promise<DrillStage> {
  const { platform, good, bad, pace, stores, trouble, apiKey } = parts
  const configurationRoot = rootOf(directory)
  return {
    platform,
    good,
    bad,
    pace,
    ...(trouble && { trouble }),
    look: async (kind) => parts.look(kind, await schemaVersion(application)),
    slowMs: SLOW_MS,
    post: (token, patience) => post(platform.url('hook-receiver'), apiKey, token, patience),
    stores: [ledger(application), ...stores],
    configuration: await writeConfiguration(configurationRoot),
    configurationRoot,
    close: () => parts.close(),
  }
}

function rootOf(directory: string): string {
  return path.join(directory, 'host')
}

function seedOf(rows: number): string {
  return `
  INSERT INTO hook_events (id, source, action, resource, resource_id, payload)
  SELECT gen_random_uuid(), 'seed', 'created', 'order', i::text, jsonb_build_object('text', 'row ' || i, 'odd', E'tab\\there\\nand \\\\ "quotes"')
  FROM generate_series(1, ${rows}) i`
}

/** A migration as production has seen it: it answers success, and half of the rows are gone or hollow. */
const CORRUPTION = `
  ALTER TABLE hook_events ADD COLUMN migrated boolean NOT NULL DEFAULT true;
  UPDATE hook_events SET payload = '{}' WHERE resource_id < '5';
  DELETE FROM hook_events WHERE resource_id > '7';
  INSERT INTO schema_migrations (version, description) VALUES ('0002', 'a migration of the bad release')`

/** The bad release's migration has a version like any other: that it was applied says nothing of what it did. */
function schemaVersion(database: DatabaseConnection): Promise<string> {
  return withDatabase(database, async (client) => {
    const { rows } = await client.query<{ version: string }>('SELECT max(version) AS version FROM schema_migrations')
    return rows[0]?.version ?? ''
  })
}

async function post(url: string | undefined, apiKey: string, token: Token, signal: AbortSignal): Promise<boolean> {
  if (url === undefined) return false
  const response = await fetch(`${url}/hooks`, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: hookOf(token),
  })
  return isAccepted(response.status, await response.text())
}

/** The product's table of hooks, as the place where tokens are found again. */
export function ledger(database: DatabaseConnection): LedgerStore {
  const sql = `SELECT metadata->>'correlation_id' AS id, (payload->>'number')::int AS number FROM hook_events WHERE source = '${SOURCE}'`
  return {
    name: 'postgres',
    takenBack: true,
    read: () => withDatabase(database, async (client) => (await client.query<{ id: string; number: number | null }>(sql)).rows),
  }
}

async function writeConfiguration(root: string): Promise<DrillStage['configuration']> {
  const texts = { [ENV_FILE]: 'ENVIRONMENT=production\n', [COMPOSE_FILE]: 'services: {}\n' }
  return Promise.all(
    Object.entries(texts).map(async ([original, text]) => {
      const source = path.join(root, original)
      await mkdir(path.dirname(source), { recursive: true })
      await writeFile(source, text, { mode: 0o640 })
      return { source, original }
    }),
  )
}

function runSql(database: DatabaseConnection, sql: string): Promise<void> {
  return withDatabase(database, async (client) => {
    await client.query(sql)
  })
}
