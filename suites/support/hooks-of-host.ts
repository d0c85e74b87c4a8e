import https from 'node:https'
import { Observer } from '../../src/observe.ts'
import { kafkaMessages } from '../../src/probes/kafka-messages.ts'
import type { LedgerStore, Token, TokenEntry } from '../../src/procedures/drill-stage.ts'
import { readRedisTokens } from '../../src/procedures/redis-ledger.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'
import { ledger } from './drill-stage.ts'
import { hookOf, isAccepted, tokenOfEvent, tokenOfRemembered } from './drill-token.ts'

/** Where hooks are posted: a public address, asked at the port of loopback where it is published. */
export interface Door {
  readonly url: URL
  /** PEM that its certificate must chain to. */
  readonly authority: string
  readonly apiKey: string
  readonly action: string
}

const PATH = '/hooks'
/** Begins the keys under which the product remembers hooks. */
const PREFIX = 'hook:'
const MESSAGES = 100_000

/** Posts a token as a user would. @throws Error where nobody answers */
export async function postHook({ url, authority, apiKey, action }: Door, token: Token, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly text: string }>()
  const body = hookOf(token, action)
  const asked = https.request(
    {
      host: '127.0.0.1',
      port: url.port,
      path: PATH,
      method: 'POST',
      servername: url.hostname,
      headers: { host: url.hostname, 'content-type': 'application/json', 'x-api-key': apiKey },
      ca: authority,
      agent: false,
      signal,
    },
    (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.once('error', reject)
    },
  )
  asked.once('error', reject)
  asked.end(body)
  const { status, text } = await promise
  return isAccepted(status, text)
}

export interface StoresOptions {
  /** With near ends of forwards. */
  readonly spec: TargetSpec
  readonly secrets: Readonly<Record<string, string>>
  /** Nothing that was stored before is looked at. */
  readonly since: Date
  readonly signal: AbortSignal
}

/** The places in which the product keeps what it accepted; a new host has all of them from the backup. */
export function storesOf({ spec, secrets, since, signal }: StoresOptions): LedgerStore[] {
  const { postgres, redis, kafka } = spec
  const [topic] = spec.names.topics
  if (postgres === undefined || redis === undefined || kafka === undefined || topic === undefined)
    throw new Error(`target ${spec.name} must describe postgres, redis, kafka and a topic`)
  const database = { ...postgres, password: secrets['postgres.password'] ?? '' }
  const cache = { ...redis, password: secrets['redis.password'] ?? '' }
  return [
    { ...ledger(database), takenBack: true },
    { name: 'kafka', takenBack: true, read: () => eventsOf({ spec, secrets, since, signal }, kafka, topic) },
    {
      name: 'redis',
      takenBack: true,
      read: () => readRedisTokens({ redis: cache, prefix: PREFIX, tokenOf: tokenOfRemembered }),
    },
  ]
}

async function eventsOf(
  { spec, secrets, since, signal }: StoresOptions,
  kafka: NonNullable<TargetSpec['kafka']>,
  topic: string,
): Promise<TokenEntry[]> {
  const observer = new Observer({
    runId: `host-loss-${since.getTime()}`,
    allows: ['read'],
    secrets,
    forwarded: spec.forwarded,
    onAccess: () => undefined,
  })
  try {
    const { reading, error } = await observer.fresh(kafkaMessages(kafka, { topic, max: MESSAGES }).with({ since }), signal)
    if (reading === undefined) throw error ?? new Error(`nothing is known of ${topic}`)
    return reading.value.flatMap(({ value }) => tokenOfEvent(value) ?? [])
  } finally {
    await observer.close()
  }
}
