import { createHash } from 'node:crypto'
import { Admin, FetchIsolationLevels } from '@platformatic/kafka'
import { z } from 'zod'
import { redirect } from '../../probes/kafka-client.ts'
import { openRedis } from '../../probes/redis-session.ts'
import { answerOf, DATABASE_SQL, type Fingerprint, orSilent, treeOf } from '../fingerprint.ts'
import type { StackControl } from './control.ts'
import { discovered } from './scrape-ailments.ts'

const ANSWER_MS = 5_000

/** The host of a stack where that is a directory of this machine. */
export function hostTree({ spec, hostPath }: StackControl): Promise<Record<string, string>> {
  return treeOf(hostPath('/'), {
    left: `${spec.paths.application}/logs/services`,
    aged: [`${spec.paths.secrets}/`, '/var/lib/', '/etc/docker/'],
  })
}

/** Takes the fingerprint of a stack: its host, its containers, what each store holds, and what is not well with any of them. */
export async function stackFingerprint(
  control: StackControl,
  more: () => Promise<readonly string[]>,
  host: () => Promise<Record<string, string>> = () => hostTree(control),
): Promise<Fingerprint> {
  const { spec } = control
  const [tree, containers, database, redis, kafka, gateway, ailments, silences, found, ...answers] = await Promise.all([
    host(),
    control.shapes(),
    orSilent(() => control.sql(DATABASE_SQL, []), ANSWER_MS),
    orSilent(() => redisOf(control), ANSWER_MS),
    orSilent(() => kafkaOf(control), ANSWER_MS),
    orSilent(
      async () => hash((await control.container('nginx').exec('nginx', '-T')).output.split('\n').sort().join('\n')),
      ANSWER_MS,
    ),
    ailmentsOf(control, more),
    orSilent(() => silencesOf(control), ANSWER_MS),
    orSilent(() => discovered(spec), ANSWER_MS),
    ...Object.entries({
      'Prometheus’s configuration': `${spec.prometheus?.url}/api/v1/status/config`,
      'Prometheus’s rules': `${spec.prometheus?.url}/api/v1/rules?exclude_alerts=true&type=alert`,
      'Alertmanager’s status': `${spec.alertmanager?.url}/api/v2/receivers`,
      'Alertmanager’s configuration': `${spec.alertmanager?.url}/api/v2/status`,
      ...Object.fromEntries(
        Object.entries(spec.services).map(([name, { url, health }]) => [`health of ${name}`, `${url}${health}`]),
      ),
    }).map(async ([what, url]) => [what, await told(url)] as const),
  ])
  return { ...tree, ...containers, database, redis, kafka, gateway, ailments, silences, found, ...Object.fromEntries(answers) }
}

/** What changes by itself in the answers of Prometheus and Alertmanager. */
const UNSTEADY = [
  'uptime',
  'cluster',
  'versionInfo',
  'lastEvaluation',
  'evaluationTime',
  'updatedAt',
  'lastError',
  'health',
  'state',
  'alerts',
  'keepFiringFor',
  'status',
]

/** Of an answer what does not change by itself. */
async function told(url: string): Promise<unknown> {
  if (!url.includes('/api/')) return answerOf(url, ANSWER_MS)
  return orSilent(async () => {
    const text = await (await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), headers: { connection: 'close' } })).text()
    return hash(JSON.stringify(JSON.parse(text), (key, value: unknown) => (UNSTEADY.includes(key) ? undefined : value)))
  }, ANSWER_MS)
}

/** Of the stack itself, and of what its product knows besides. */
async function ailmentsOf(control: StackControl, more: () => Promise<readonly string[]>): Promise<unknown> {
  const [own, others] = await Promise.all([control.ailments(), orSilent(more, ANSWER_MS)])
  return [...own, ...(typeof others === 'string' ? [others] : others)]
}

const SETTINGS = ['requirepass', 'protected-mode', 'appendonly', 'maxmemory', 'maxmemory-policy']

async function redisOf(control: StackControl): Promise<unknown> {
  const { redis } = control.spec
  if (redis === undefined) return 'none'
  const connection = await openRedis(redis, { password: control.secret('redis.password') }, ANSWER_MS)
  try {
    await connection.ready
    const words = JSON.stringify([
      // Each server has an order of its own in which it tells several at once.
      ...(await Promise.all(SETTINGS.map((name) => connection.sendCommand(['CONFIG', 'GET', name])))),
      await connection
        .sendCommand(['ACL', 'GETUSER', 'default'])
        .then((user) => (Array.isArray(user) ? [user[1]].flat().includes('nopass') : user)),
      await connection.sendCommand(['ROLE']).then((role) => (Array.isArray(role) ? role[0] : role)),
    ])
    return hash(words)
  } finally {
    connection.destroy()
  }
}

const silencesSchema = z.array(z.object({ id: z.string(), startsAt: z.string(), status: z.object({ state: z.string() }) }))

/** Those that have not expired, and the oldest of all: what has expired stays listed for days. */
async function silencesOf({ spec: { alertmanager } }: StackControl): Promise<string[]> {
  const answer = await fetch(`${alertmanager?.url}/api/v2/silences`, { signal: AbortSignal.timeout(ANSWER_MS) })
  const all = silencesSchema
    .parse(await answer.json())
    .toSorted((one, other) => Date.parse(one.startsAt) - Date.parse(other.startsAt))
  return [all[0]?.id ?? 'none', ...all.flatMap(({ id, status }) => (status.state === 'expired' ? [] : [id]))]
}

async function kafkaOf({ spec }: StackControl): Promise<unknown> {
  if (spec.kafka === undefined) return 'none'
  const admin = new Admin({
    clientId: 'fingerprint',
    bootstrapBrokers: [...spec.kafka.brokers],
    retries: 0,
    timeout: ANSWER_MS,
    connectTimeout: ANSWER_MS,
  })
  redirect(admin, spec.kafka.overrides)
  try {
    const topics = await admin.listTopics({})
    const open = await openTransactions(admin, topics)
    const { topics: known } = await admin.metadata({ topics, forceUpdate: true })
    const told = [...known]
      .map(
        ([name, { partitions }]) =>
          `${name} ${JSON.stringify(Object.values(partitions).map(({ leader, replicas, isr }) => [leader, replicas, isr]))}`,
      )
      .sort()
    return [...told, ...open]
  } finally {
    await admin.close()
  }
}

/** Topics on which somebody has begun a transaction: what is behind it is there, and not to be read. */
async function openTransactions(admin: Admin, topics: readonly string[]): Promise<string[]> {
  const { topics: known } = await admin.metadata({ topics: [...topics] })
  const asked = [...known].map(([name, { partitionsCount }]) => ({
    name,
    partitions: Array.from({ length: partitionsCount }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n })),
  }))
  const [all, committed] = await Promise.all(
    [FetchIsolationLevels.READ_UNCOMMITTED, FetchIsolationLevels.READ_COMMITTED].map((isolationLevel) =>
      admin.listOffsets({ topics: asked, isolationLevel }),
    ),
  )
  const words = (value: unknown): string =>
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
  return words(all) === words(committed) ? [] : ['a transaction is open']
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
