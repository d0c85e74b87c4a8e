import { z } from 'zod'
import { hostAddress, shellEffect } from '../host/open.ts'
import { Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import type { Host } from '../targets/target.ts'
import { keptShell } from './kept-shell.ts'
import { quote } from './reproduce.ts'

/** How busy a host is at this moment: light enough to be asked while it is under load. Sizes are bytes. */
export interface HostUsage {
  readonly memoryTotal: number
  readonly memoryAvailable: number
  readonly swapUsed: number
  /** Load average of the last minute. */
  readonly load: number
}

const FILES = ['/proc/meminfo', '/proc/loadavg']
const DEADLINE_MS = 10_000

const usageSchema = z.strictObject({
  memoryTotal: z.number().positive(),
  memoryAvailable: z.number().nonnegative(),
  swapUsed: z.number().nonnegative(),
  load: z.number().nonnegative(),
})

/** Memory and load of a host, from /proc. */
export function hostUsage(host: Host): Probe<HostUsage> {
  const address = hostAddress(host)
  const argv = ['cat', ...FILES.map((file) => `${host.root}${file}`)]
  const prefix = host.shell === 'ssh' ? `ssh ${host.address} ` : host.shell === 'container' ? `docker exec ${host.address} ` : ''
  return {
    kind: 'host-usage',
    access: {
      system: 'host',
      address,
      operation: `read ${FILES.join(' and ')}`,
      effect: shellEffect(host),
      reproduce: `${prefix}${argv.map(quote).join(' ')}`,
    },
    deadlineMs: DEADLINE_MS + 500,
    async read(session) {
      const shell = await keptShell(session, host)
      const result = await shell.run(argv, { timeoutMs: DEADLINE_MS, maxBytes: 65_536, signal: session.signal })
      const parsed = usageSchema.safeParse(parse(result.stdout))
      if (!parsed.success) throw unreadable(address, argv, result.stderr || z.prettifyError(parsed.error))
      return { value: parsed.data, raw: result.stdout, ...(host.simulated ? { origin: 'simulated' as const } : {}) }
    },
  }
}

/** Fields as /proc prints them; what is missing becomes NaN, which the schema refuses. */
function parse(text: string): HostUsage {
  const bytes = (field: string) => Number(new RegExp(`^${field}: *(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1_024
  return {
    memoryTotal: bytes('MemTotal'),
    memoryAvailable: bytes('MemAvailable'),
    swapUsed: bytes('SwapTotal') - bytes('SwapFree'),
    load: Number(/^(\d+\.\d+) \d+\.\d+ \d+\.\d+ \d+\/\d+/m.exec(text)?.[1] ?? Number.NaN),
  }
}

function unreadable(address: string, argv: readonly string[], why: string): Unobserved {
  const text = `${argv.join(' ')} on ${address} did not tell memory and load: ${why.trim().slice(0, 300)}; run it there by hand`
  return new Unobserved({ id: `host:${address}:usage`, text })
}
