import type { Section } from '../frame.ts'
import { all, cell, whole, words } from './rows.ts'

export function account(section: Section): unknown {
  const row = cell(section, 'docker')
  const members = (row.split(':')[3] ?? '').split(',').filter((name) => name !== '')
  const primary = all(section, 'primary').map(([name = '']) => name)
  return {
    account: cell(section, 'account'),
    uid: whole(cell(section, 'account', 1)) ?? 0,
    groups: cell(section, 'groups')
      .split(' ')
      .filter((name) => name !== ''),
    dockerGroup: [...new Set([...members, ...primary])].sort(),
    dockerGroupExists: row !== '',
    groupsKnown: row !== '' || cell(section, 'known') === 'yes',
  }
}

interface LimitRow {
  process: string
  pid: number
  kind: string
  soft: number | null
  hard: number | null
}

export function limits(section: Section): unknown {
  const rows = section.rows.flatMap((row) => limitRow(row.join(' ')))
  const session = ofProcess(rows.filter((row) => row.process === 'session'))
  const pids = new Set(rows.filter((row) => row.process !== 'session').map((row) => row.pid))
  return {
    account: cell(section, 'account'),
    session: { nofile: session.nofile, nproc: session.nproc },
    engine: [...pids].map((pid) => ofProcess(rows.filter((row) => row.pid === pid))),
    configured: words(section, 'configured'),
  }
}

/** `session 0 nofile 1024   1048576   files`, as /proc/PID/limits has it behind our three words. */
function limitRow(line: string): LimitRow[] {
  const [, process = '', pid, kind = '', soft, hard] =
    /^(\S+) (\d+) (nofile|nproc) (\d+|unlimited)\s+(\d+|unlimited)/.exec(line) ?? []
  return process === '' ? [] : [{ process, pid: Number(pid), kind, soft: whole(soft), hard: whole(hard) }]
}

function ofProcess(rows: readonly LimitRow[]) {
  const pair = (kind: string) => {
    const row = rows.find((candidate) => candidate.kind === kind)
    return row === undefined ? undefined : { soft: row.soft, hard: row.hard }
  }
  return { process: rows[0]?.process ?? '', pid: rows[0]?.pid ?? 0, nofile: pair('nofile'), nproc: pair('nproc') }
}

export function tools(section: Section): unknown {
  return { tools: all(section, 'tool').map(([name = '', path = '']) => ({ name, path })) }
}

/** The names of packages, each once: of apt those in a security archive, of apk all that can be upgraded. */
export function updates(section: Section): unknown {
  const manager = cell(section, 'manager')
  const names = [...new Set(words(section, 'inst'))]
  return {
    manager,
    pending: manager === 'apk' ? names : null,
    security: manager === 'apk' ? null : names,
    listsModified: whole(cell(section, 'manager', 1)),
  }
}
