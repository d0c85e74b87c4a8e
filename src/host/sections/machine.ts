import type { Section } from '../frame.ts'
import type { ParseContext } from '../parse.ts'
import { all, cell, whole, words } from './rows.ts'

const KIB = 1024
/** cgroup v1 says "no limit" with the greatest page-aligned number there is. */
const NO_LIMIT = 2 ** 60

export function clock(section: Section, { exchange }: ParseContext): unknown {
  const epochMs = Number(cell(section, 'epoch'))
  const resolutionMs = Number(cell(section, 'epoch', 1))
  return {
    epochMs,
    resolutionMs,
    // It was asked after the exchange began and told its time again before the exchange ended.
    ahead: { least: (exchange.hostEndMs ?? epochMs) - exchange.endMs, most: epochMs + resolutionMs - exchange.startMs },
    synchronized: synchronized(cell(section, 'synchronized'), cell(section, 'synchronized', 1)),
    source: cell(section, 'synchronized'),
    timeZone: cell(section, 'zone'),
    utcOffset: cell(section, 'offset'),
  }
}

function synchronized(source: string, said: string): boolean | null {
  if (source === '') return null
  if (source === 'ntpq') return !/leap=(11|3)\b|leap_alarm/.test(said)
  if (source === 'chronyc') return said !== '' && said !== 'Not synchronised'
  return said === 'yes'
}

export function machine(section: Section): unknown {
  const groups = all(section, 'cgroup')
  const onlineCores = told(section, 'online')
  const quotaCores = least(groups.flatMap(([file, value = '']) => (file?.startsWith('cpu') ? [quota(value)] : [])))
  const memoryTotal = told(section, 'MemTotal') * KIB
  const memoryLimit = least(groups.flatMap(([file, value]) => (file?.startsWith('memory') ? [bytes(value)] : [])))
  const available = whole(cell(section, 'MemAvailable'))
  return {
    onlineCores,
    quotaCores,
    cores: Math.min(onlineCores, quotaCores ?? Number.POSITIVE_INFINITY),
    memoryTotal,
    memoryLimit,
    memory: Math.min(memoryTotal, memoryLimit ?? Number.POSITIVE_INFINITY),
    memoryAvailable: available === null ? null : available * KIB,
    virtualization: cell(section, 'hypervisor'),
  }
}

/** A figure without which nothing can be said. @throws where the host told none: that is no machine without processors. */
function told(section: Section, name: string): number {
  const value = whole(cell(section, name))
  if (value === null) throw new Error(`it tells no ${name}`)
  return value
}

function least(values: readonly (number | null)[]): number | null {
  const set = values.filter((value) => value !== null)
  return set.length === 0 ? null : Math.min(...set)
}

/** `max 100000` or `200000 100000`: microseconds of CPU in each period. */
function quota(value: string): number | null {
  const [used, period] = value.split(' ').map(Number)
  return used !== undefined && period !== undefined && used > 0 && period > 0 ? used / period : null
}

function bytes(value: string | undefined): number | null {
  const number = whole(value)
  return number === null || number === 0 || number >= NO_LIMIT ? null : number
}

export function os(section: Section): unknown {
  const released = new Map(
    section.rows.flatMap((row) => {
      const [, key = '', value = ''] = /^([A-Z_]+)=(.*)$/.exec(row.join('\t')) ?? []
      return key === '' ? [] : [[key, value.replace(/^(["'])(.*)\1$/, '$2')] as const]
    }),
  )
  return {
    id: released.get('ID') ?? '',
    versionId: released.get('VERSION_ID') ?? '',
    prettyName: released.get('PRETTY_NAME') ?? '',
    kernel: cell(section, 'kernel'),
    architecture: cell(section, 'architecture'),
    hostname: cell(section, 'hostname'),
  }
}

export function swap(section: Section): unknown {
  return {
    total: (whole(cell(section, 'SwapTotal')) ?? 0) * KIB,
    free: (whole(cell(section, 'SwapFree')) ?? 0) * KIB,
    swappiness: whole(cell(section, 'swappiness')),
    devices: words(section, 'device').map((line) => {
      const [name = '', type = '', size] = line.split(/\s+/)
      return { name, type, size: (whole(size) ?? 0) * KIB }
    }),
  }
}

export function reboot(section: Section): unknown {
  const said = cell(section, 'required')
  if (said !== '') return { required: said === 'yes', why: cell(section, 'required', 1).trim() }
  const running = cell(section, 'running')
  const [newest] = all(section, 'kernel').sort((a, b) => Number(b[0]) - Number(a[0]))
  if (newest?.[1] === undefined) return byModules(cell(section, 'modules'), running)
  if (newest[1] === running) return { required: false, why: `the newest kernel, ${running}, is running` }
  return { required: true, why: `kernel ${newest[1]} is installed, ${running} is running` }
}

/** Some distributions do not name their kernel image by its version, and take the old modules away with the old kernel. */
function byModules(modules: string, running: string): unknown {
  if (modules === 'present') return { required: false, why: `the modules of the running kernel ${running} are installed` }
  if (modules === 'absent') return { required: true, why: `modules are installed, and none of the running kernel ${running}` }
  return { required: null, why: 'no mark, and neither a kernel image in /boot nor modules to compare with' }
}

export function load(section: Section): unknown {
  const [one, five, fifteen] = cell(section, 'load').split(' ').map(Number)
  return {
    uptimeSeconds: Number(cell(section, 'uptime').split(' ')[0]),
    bootTime: whole(cell(section, 'boot')) ?? 0,
    load: [one, five, fifteen],
    busiest: all(section, 'process')
      .map(([cpu, memory, name = '']) => ({ name, cpuPercent: Number(cpu), memoryPercent: Number(memory) }))
      .sort((a, b) => b.cpuPercent - a.cpuPercent || b.memoryPercent - a.memoryPercent)
      .slice(0, 10),
  }
}
