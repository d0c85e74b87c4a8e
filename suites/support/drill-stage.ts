import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { databaseSchema } from '../../fixtures/embedded/index.ts'
import { type DatabaseConnection, withDatabase } from '../../src/procedures/database.ts'
import type { DrillStage, LedgerStore, SetStage, StageContext, Token } from '../../src/procedures/drill-stage.ts'
import { badBehaviour, type ReferencePlatform, referencePlatform } from './drill-platform.ts'
import { type DrillPlaces, type DrillStores, openDrillStores } from './drill-stores.ts'
import { ACTION, SOURCE } from './drill-token.ts'

const ENV_FILE = '/opt/omninode_bridge/.env.production'
const COMPOSE_FILE = '/opt/omninode_bridge/docker-compose.prod.yml'
const SEEDED_ROWS = 200
/** The hook-receiver's objective, p95. */
const SLOW_MS = 200

/** The product's stage for a drill that has a database and nothing else. */
export const setStage: SetStage = stageOn({ runId: '' })

/**
 * The product's stage for a drill: reference services on a database of the drill's own, with rows of an earlier life in it, and
 * on a topic and keys of its own where there are such places.
 */
export function stageOn(places: DrillPlaces): SetStage {
  return async (context) => {
    const own = await openDrillStores(places, context.signal)
    try {
      return await stageWith(own, context)
    } catch (error) {
      await own.close()
      throw error
    }
  }
}

async function stageWith(own: DrillStores, { application, badRelease, directory, signal }: StageContext): Promise<DrillStage> {
  const apiKey = randomBytes(16).toString('hex')
  await runSql(application, `${await databaseSchema()};${SEED}`)
  const configurationRoot = path.join(directory, 'host')
  const configuration = await writeConfiguration(configurationRoot)
  const corrupts = badRelease === 'corrupting migration'
  const platform = referencePlatform({
    database: application,
    apiKey,
    bus: own.bus,
    signal,
    async migrate(release) {
      if (release.name !== 'B') return
      await appendFile(path.join(configurationRoot, ENV_FILE), 'LOG_LEVEL=DEBUG\n')
      if (corrupts) await runSql(application, CORRUPTION)
    },
  })
  return {
    platform,
    good: platform.load('A', '1.0.0', () => ({ kind: 'healthy' })),
    bad: platform.load('B', '2.0.0', badBehaviour(badRelease)),
    slowMs: SLOW_MS,
    post: (token, patience) => post(platform, apiKey, token, patience),
    stores: [ledger(application), ...own.stores],
    configuration,
    configurationRoot,
    async close() {
      // The services first: what they still write is deleted with the rest.
      await platform.close()
      await own.close()
    },
  }
}

const SEED = `
  INSERT INTO hook_events (id, source, action, resource, resource_id, payload)
  SELECT gen_random_uuid(), 'seed', 'created', 'order', i::text, jsonb_build_object('text', 'row ' || i, 'odd', E'tab\\there\\nand \\\\ "quotes"')
  FROM generate_series(1, ${SEEDED_ROWS}) i`

/** A migration as production has seen it: it answers success, and half of the rows are gone or hollow. */
const CORRUPTION = `
  ALTER TABLE hook_events ADD COLUMN migrated boolean NOT NULL DEFAULT true;
  UPDATE hook_events SET payload = '{}' WHERE resource_id < '5';
  DELETE FROM hook_events WHERE resource_id > '7';
  INSERT INTO schema_migrations (version, description) VALUES ('0002', 'a migration of the bad release')`

async function post(platform: ReferencePlatform, apiKey: string, token: Token, signal: AbortSignal): Promise<boolean> {
  const url = platform.url('hook-receiver')
  if (url === undefined) return false
  const response = await fetch(`${url}/hooks`, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: JSON.stringify({
      source: SOURCE,
      action: ACTION,
      resource: 'token',
      resource_id: String(token.number),
      correlation_id: token.id,
      data: { number: token.number },
    }),
  })
  const answer = (await response.json()) as { readonly success?: unknown }
  return response.status === 200 && answer.success === true
}

/** The product's table of hooks, as the place where tokens are found again. */
function ledger(database: DatabaseConnection): LedgerStore {
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
