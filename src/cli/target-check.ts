import path from 'node:path'
import { UsageError } from '../outcome.ts'
import { loadTarget } from '../targets/load.ts'
import type { TargetSpec } from '../targets/schema.ts'
import { connectOnce } from './check/connect.ts'
import { endpointsOf } from './check/endpoints.ts'
import { type Finding, isTrouble } from './check/finding.ts'
import { lookAtHosts } from './check/hosts.ts'
import { lookAtLogins } from './check/logins.ts'
import { followSecrets } from './check/secrets.ts'
import { checkText } from './check/table.ts'
import { listenForInterruption } from './interrupt.ts'
import { print } from './print.ts'
import { openTarget } from './target.ts'
import { runTool } from './tool.ts'
import { openWorkspace } from './workspace.ts'

const USAGE = `usage: npm run target:check -- NAME|FILE
Says what of a target file can be reached, and what stands in the way; runs no check.
Exit codes: 0 everything that the file describes can be looked at · 1 something cannot · 2 the file, or the usage, is wrong`

/** The parts that a file may leave out; every line about them is then unobserved. */
const PARTS = ['postgres', 'redis', 'kafka', 'prometheus', 'alertmanager', 'grafana', 'docker', 'compose', 'apiKey'] as const

/** Checks a target file against what is really there and returns the exit code. @throws UsageError */
async function main(argv: readonly string[], directory: string): Promise<number> {
  const [given, ...more] = argv
  if (given === '--help' || given === '-h') return print(`${USAGE}\n`)
  if (given === undefined || given.startsWith('-') || more.length > 0) throw new UsageError(USAGE)
  const isFile = /[/\\]|\.ya?ml$/.test(given)
  const spec = loadTarget(isFile ? path.relative('', path.resolve(directory, given)) || given : given)
  if (spec.kind !== 'live')
    throw new UsageError(
      `target ${spec.name} is ${spec.kind}: it makes its own parts when a run starts it, so there is nothing to check`,
    )
  const findings = await look(spec)
  print(checkText(spec, findings))
  return findings.some(isTrouble) ? 1 : 0
}

/** Reaches for everything at once; each part has its own deadline. */
async function look(spec: TargetSpec): Promise<Finding[]> {
  const interruption = listenForInterruption()
  const { findings, secrets } = await followSecrets(spec)
  const workspace = await openWorkspace()
  try {
    const { signal } = interruption
    const opened = await openTarget({ spec, secrets, workspace, signal, keep: false, onProgress: () => undefined })
    if (opened.started === undefined)
      return [...findings, { part: 'target', address: spec.name, state: 'unreachable', detail: opened.cause.text, todo: [] }]
    const { started } = opened
    try {
      const hosts = lookAtHosts(started.spec, signal)
      const endpoints = Promise.all(endpointsOf(started.spec).map((endpoint) => connectOnce(endpoint, started.spec, signal)))
      const reached = new Set((await endpoints).flatMap(({ part, state }) => (state === 'reached' ? [part] : [])))
      const logins = await lookAtLogins(started.spec, secrets, reached, signal)
      return [...(await hosts), ...(await endpoints), ...findings, ...logins, ...leftOut(spec)]
    } finally {
      await started.stop()
    }
  } finally {
    await workspace.clear()
    interruption.stop()
  }
}

/** What the file says that the target lacks, and what it says nothing of. */
function leftOut(spec: TargetSpec): Finding[] {
  const absent = PARTS.filter((part) => spec.parts[part] === 'none')
  const undescribed = PARTS.filter((part) => spec.parts[part] !== 'none' && spec[part] === undefined)
  const row = (parts: readonly string[], state: Finding['state'], detail: string, todo: readonly string[]): Finding[] =>
    parts.length === 0 ? [] : [{ part: parts.join(', '), address: '', state, detail, todo }]
  return [
    ...row(absent, 'absent', 'declared so: their lines are skipped', []),
    ...row(undescribed, 'undescribed', 'their lines will be unobserved', [
      `say in the file where each is, or declare it absent: \`parts: { ${undescribed[0]}: none }\``,
    ]),
  ]
}

await runTool(main)
