import { openShell } from '../../src/host/open.ts'
import { liveDatabase } from '../../src/probes/live-database.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import { chooseSandbox } from '../../src/rehearsal/choose.ts'
import { rehearse } from '../../src/rehearsal/rehearse.ts'
import { hostSource } from '../../src/rehearsal/source.ts'
import { hostSchema } from '../../src/targets/schema.ts'
import { testSession } from '../../tests/support/session.ts'

/** One rehearsal in a process of its own, whose memory is then its own as well. */
export interface Task {
  readonly sshConfig: string
  readonly backups: string
  readonly base: string
  readonly live: DatabaseConnection
}

/** What it tells its parent. */
export interface Told {
  readonly ms: number
  readonly restoreMs: number
  readonly restored: string
  /** The most memory that this process ever held, in MB; its children’s is not in it. */
  readonly megabytes: number
}

const { sshConfig, backups, base, live } = JSON.parse(process.argv[2] ?? '{}') as Task
const signal = AbortSignal.timeout(3_600_000)
const session = testSession({ 'postgres.password': live.password }, { signal })
const start = performance.now()
const shell = await openShell(hostSchema.parse({ shell: 'ssh', address: 'web', sshConfig }), { bulk: true })
const report = await rehearse({
  source: hostSource({ shell, address: 'web', folder: backups, sudo: false, signal, timeoutMs: 3_600_000 }),
  live: liveDatabase(session, { ...live, ssl: false, password: { env: 'UNUSED' } }),
  sandbox: (needs) => chooseSandbox({ base, image: 'postgres:{major}-bookworm', signal }, needs),
  owner: 'owner',
  known: ['hook'],
  queries: { hooks: 'SELECT id FROM hook LIMIT 10' },
  factor: 4,
  allowance: 256 * 1024 * 1024,
  fallbackMajor: 15,
  signal,
})
await shell.close()
await session.close()
const { restored, failed, left } = report
if (restored === null || left.length > 0) throw new Error(`nothing was restored: ${JSON.stringify(failed)} ${left.join(', ')}`)
const told: Told = {
  ms: performance.now() - start,
  restoreMs: restored.ms,
  restored: restored.name,
  megabytes: process.resourceUsage().maxRSS / 1_024,
}
console.log(JSON.stringify(told))
