import { request } from 'node:http'
import { asAccount } from '../../targets/disposable/database.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import type { Recorder } from '../wire/recorder.ts'

/** A change that is sent through a recorder to see that it is caught: harmless, and of what a careless probe might send. */
export type Plant = (recorder: Recorder) => Promise<void>

const NAME = 'planted'
const LIMIT_MS = 10_000

/** One for each kind of system; whatever is not named here speaks HTTP. */
export function plantsFor(spec: TargetSpec, secrets: Readonly<Record<string, string>>): Readonly<Record<string, Plant>> {
  const { postgres, kafka, redis } = spec
  return {
    ...(postgres && { postgres: (recorder) => plantStatement(recorder, postgres, secrets['postgres.password'] ?? '') }),
    ...(redis && { redis: (recorder) => plantKey(recorder, secrets['redis.password'] ?? '') }),
    ...(kafka && { kafka: plantTopic }),
  }
}

/** A path that there is nothing behind: it is the method that counts. */
export const plantPost: Plant = async ({ place }) => {
  const to = 'path' in place ? { socketPath: place.path } : place
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const sent = request({ ...to, method: 'POST', path: `/${NAME}`, agent: false, timeout: LIMIT_MS }, (response) => {
    response.resume().once('end', resolve)
  })
  sent.once('error', reject).once('timeout', () => sent.destroy(new Error('no answer to the planted request')))
  sent.end()
  return promise
}

/** Made and taken back in one transaction. */
async function plantStatement(
  { place }: Recorder,
  { user, database }: NonNullable<TargetSpec['postgres']>,
  password: string,
): Promise<void> {
  if ('path' in place) throw new Error('a database is reached by a port')
  await asAccount(place, { user, password, database }, async (client) => {
    await client.query('begin')
    await client.query(`create temporary table ${NAME} (id int)`)
    await client.query('rollback')
  })
}

async function plantKey({ place }: Recorder, password: string): Promise<void> {
  if ('path' in place) throw new Error('a cache is reached by a port')
  const { createClient } = await import('@redis/client')
  const client = createClient({ socket: { ...place, reconnectStrategy: false }, password, disableClientInfo: true, RESP: 2 })
  await client.connect()
  try {
    await client.sendCommand(['SET', NAME, '1', 'PX', '1'])
  } finally {
    client.destroy()
  }
}

/** Metadata that may make topics: how a client makes one by merely asking. */
async function plantTopic({ place }: Recorder): Promise<void> {
  if ('path' in place) throw new Error('a broker is reached by a port')
  const { Admin } = await import('@platformatic/kafka')
  const admin = new Admin({
    clientId: NAME,
    bootstrapBrokers: [`${place.host}:${place.port}`],
    retries: 0,
    timeout: LIMIT_MS,
    connectTimeout: LIMIT_MS,
  })
  try {
    await admin.metadata({ topics: [], autocreateTopics: true, forceUpdate: true })
  } finally {
    await admin.close()
  }
}
