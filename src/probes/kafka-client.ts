import type { Admin, BaseOptions, Broker, Consumer, Producer } from '@platformatic/kafka'
import { Unobserved } from '../outcome.ts'
import type { Session } from '../probe.ts'
import type { KafkaSpec } from '../targets/schema.ts'
import { connectionFailure, timeoutFailure } from './connection-error.ts'
import { deadline } from './deadline.ts'
import { security } from './kafka-security.ts'
import { raced } from './raced.ts'
import { joinHostPort, splitHostPort } from './reproduce.ts'
import { tame } from './tame.ts'

/** Where a cluster is: its bootstrap brokers, in the order of the target file. */
export function kafkaAddress({ brokers }: KafkaSpec): string {
  return brokers.join(',')
}

/** The clients that a probe may use; each is opened when it is first asked for. */
export interface KafkaClients {
  admin(): Admin
  producer(): Producer<Buffer, Buffer, Buffer, Buffer>
  consumer(): Consumer<Buffer, Buffer, Buffer, Buffer>
}

type Client = Admin | Producer<Buffer, Buffer, Buffer, Buffer> | Consumer<Buffer, Buffer, Buffer, Buffer>

/**
 * Lends clients for one observation and closes them. Brokers are reached where the target file says, wherever they say that
 * they are.
 * @throws Unreachable where no broker answered, Unobserved with the protocol's own error where one said no.
 */
export async function withKafka<T>(
  session: Session,
  spec: KafkaSpec,
  deadlineMs: number,
  use: (clients: KafkaClients) => Promise<T>,
): Promise<T> {
  const kafka = await import('@platformatic/kafka')
  using limit = deadline(session, deadlineMs)
  const advertised = new Set<string>()
  const options: BaseOptions = {
    clientId: `runbook-${session.runId}`,
    bootstrapBrokers: [...spec.brokers],
    // One attempt: whoever waits for a cluster asks again himself, and keeps each attempt's evidence.
    retries: 0,
    connectTimeout: deadlineMs,
    timeout: deadlineMs,
    autocreateTopics: false,
    metadataMaxAge: 0,
    ...(await security(spec, session, advertised)),
  }
  const opened: Client[] = []
  const kept = <C extends Client>(client: C): C => {
    redirect(client, spec.overrides, (host) => advertised.add(host))
    client.connections.on('connect', ({ connection }) => tame(connection.socket))
    opened.push(client)
    return client
  }
  const lent: KafkaClients = {
    admin: () => kept(new kafka.Admin(options)),
    producer: () => kept(new kafka.Producer<Buffer, Buffer, Buffer, Buffer>(options)),
    // A consumer must name a group; it never joins it, since it only fetches.
    consumer: () => kept(new kafka.Consumer<Buffer, Buffer, Buffer, Buffer>({ ...options, groupId: options.clientId })),
  }
  try {
    return await raced(use(lent), limit.signal)
  } catch (error) {
    throw failure(
      kafkaAddress(spec),
      error,
      limit.expired() ? { ms: deadlineMs, isConnected: opened.some(connected) } : undefined,
    )
  } finally {
    await Promise.allSettled(opened.map((client) => client.close()))
  }
}

function connected(client: Client): boolean {
  return client.isConnected()
}

/** Sends connections for an advertised address to where the target file says that it is reached. */
export function redirect(
  client: Client,
  overrides: Readonly<Record<string, string>>,
  onMoved: (host: string) => void = () => undefined,
): void {
  const pool = client.connections
  const get = pool.get.bind(pool)
  const moved = (broker: Broker): Broker => {
    const elsewhere = overrides[joinHostPort(broker.host, broker.port)] ?? overrides['*']
    if (elsewhere === undefined) return broker
    onMoved(broker.host)
    return { ...broker, ...splitHostPort(elsewhere) }
  }
  // The pool knows no such option, and every client asks its pool.
  Object.defineProperty(pool, 'get', {
    value: (broker: Broker, ...rest: [never]) => get(moved(broker), ...rest),
  })
}

const ADVICE: Readonly<Record<string, string>> = {
  SASL_AUTHENTICATION_FAILED: 'correct kafka.sasl in the target file',
  UNSUPPORTED_SASL_MECHANISM: 'correct kafka.sasl.mechanism in the target file',
  CLUSTER_AUTHORIZATION_FAILED:
    'let the user describe the cluster: kafka-acls.sh --add --cluster --operation Describe --operation DescribeConfigs',
  TOPIC_AUTHORIZATION_FAILED:
    'let the user describe and read the topics: kafka-acls.sh --add --topic "*" --operation Describe --operation Read',
  GROUP_AUTHORIZATION_FAILED: 'let the user describe the groups: kafka-acls.sh --add --group "*" --operation Describe',
}

function failure(address: string, error: unknown, overdue: { ms: number; isConnected: boolean } | undefined): unknown {
  if (error instanceof Unobserved) return error
  const tried = `a request to Kafka ${address}`
  if (overdue !== undefined) return timeoutFailure(address, tried, overdue.ms, overdue.isConnected ? 'request' : 'connect')
  const refusal = protocolErrorOf(error)
  if (refusal !== undefined) {
    const advice = ADVICE[refusal.id] ?? 'run the reproduce line by hand'
    const text = `Kafka at ${address} answered ${refusal.id}: ${refusal.message}; ${advice}`
    return new Unobserved({ id: `kafka:${refusal.id}:${address}`, text })
  }
  // A forward takes the connection, and closes it where the far end is refused.
  if (isOfTheNetwork(error)) return connectionFailure(address, tried, error, wasClosed(error) ? 'answer' : 'connect')
  if (!(error instanceof Error) || codesOf(error).length === 0) return error
  return new Unobserved({
    id: `kafka:${error.message}:${address}`,
    text: `${tried} came to nothing: ${error.message}; run the reproduce line by hand`,
  })
}

/** The broker's own error, such as TOPIC_AUTHORIZATION_FAILED, wherever in the tree of causes it is. */
export function protocolErrorOf(error: unknown): { readonly id: string; readonly message: string } | undefined {
  if (!(error instanceof Error)) return undefined
  if ('apiId' in error && typeof error.apiId === 'string') return { id: error.apiId, message: error.message }
  const members: unknown[] = error instanceof AggregateError ? error.errors : []
  for (const inner of [...members, error.cause]) {
    const found = protocolErrorOf(inner)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether there was a connection, and the other side ended it. */
function wasClosed(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const members: unknown[] = error instanceof AggregateError ? error.errors : []
  return error.message === 'Connection closed' || [...members, error.cause].some(wasClosed)
}

function isOfTheNetwork(error: unknown): boolean {
  return codesOf(error).some((code) => /^(PLT_KFK_(NETWORK|TIMEOUT)|E[A-Z]+)$/.test(code))
}

/** The codes of an error, its members and its causes, the client's own and node's. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const members: unknown[] = error instanceof AggregateError ? error.errors : []
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : []
  return [...own, ...[...members, error.cause].flatMap(codesOf)]
}
