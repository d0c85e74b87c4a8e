import { z } from 'zod'
import { Observer } from '../../observe.ts'
import type { Probe } from '../../probe.ts'
import { kafkaCluster } from '../../probes/kafka.ts'
import { sql } from '../../probes/postgres.ts'
import { redisInfo } from '../../probes/redis.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import type { Finding } from './finding.ts'

/** A question that needs to be let in, and what its answer means for the target file. */
interface Login<T> {
  readonly part: string
  readonly probe: Probe<T>
  readonly judge: (answer: T) => Pick<Finding, 'state' | 'detail' | 'todo'>
}

/**
 * Logs in to the parts that want to know who asks, where they were reached, and says which rights are missing. A part whose
 * secret was not found has been told of already.
 */
export async function lookAtLogins(
  spec: TargetSpec,
  secrets: Readonly<Record<string, string>>,
  reached: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { forwarded } = spec
  const observer = new Observer({ runId: 'target-check', allows: ['read'], secrets, forwarded, onAccess: () => undefined })
  try {
    const { postgres, redis, kafka } = spec
    const isAsked = (part: string, secret: string): boolean => reached.has(part) && secrets[secret] !== undefined
    return await Promise.all([
      ...(postgres && isAsked('postgres', 'postgres.password') ? [findingOf(observer, postgresLogin(postgres), signal)] : []),
      ...(redis && isAsked('redis', 'redis.password') ? [findingOf(observer, redisLogin(redis), signal)] : []),
      ...(kafka?.sasl && isAsked('kafka', 'kafka.sasl.password') ? [findingOf(observer, kafkaLogin(kafka), signal)] : []),
    ])
  } finally {
    await observer.close()
  }
}

async function findingOf<T>(observer: Observer, { part, probe, judge }: Login<T>, signal: AbortSignal): Promise<Finding> {
  const { reading, error } = await observer.fresh(probe, signal)
  const { address } = probe.access
  if (reading !== undefined) return { part, address, ...judge(reading.value) }
  const [detail = '', ...todo] = (error?.message ?? 'no answer').split(/; (?=[^;]*$)/)
  return { part, address, state: 'unreachable', detail, todo }
}

function postgresLogin(postgres: NonNullable<TargetSpec['postgres']>): Login<{ readonly seesSessions: boolean }[]> {
  const text = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS \"seesSessions\""
  return {
    part: 'postgres login',
    probe: sql(postgres, { operation: 'SELECT pg_has_role(…)', text, row: z.object({ seesSessions: z.boolean() }) }),
    judge: ([row]) =>
      row?.seesSessions === true
        ? { state: 'reached', detail: `let in as ${postgres.user}`, todo: [] }
        : {
            state: 'partly',
            detail: `let in as ${postgres.user}, which may not see what sessions of other roles do`,
            todo: [`run as an administrator of the database: GRANT pg_read_all_stats TO ${quoted(postgres.user)};`],
          },
  }
}

function redisLogin(redis: NonNullable<TargetSpec['redis']>): Login<Record<string, string>> {
  return {
    part: 'redis login',
    probe: redisInfo(redis, 'server'),
    judge: () => ({ state: 'reached', detail: `let in as ${redis.user ?? 'the default user'}`, todo: [] }),
  }
}

function kafkaLogin(kafka: NonNullable<TargetSpec['kafka']>): Login<unknown> {
  return {
    part: 'kafka login',
    probe: kafkaCluster(kafka),
    judge: () => ({ state: 'reached', detail: `let in as ${kafka.sasl?.user ?? 'nobody'}`, todo: [] }),
  }
}

function quoted(role: string): string {
  return `"${role.replaceAll('"', '""')}"`
}
