import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { collectorScript } from '../../src/host/collect.ts'
import { localShell } from '../../src/host/local.ts'
import { questions } from '../../src/host/questions.ts'
import { loadTarget } from '../../src/targets/load.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'
import { healthyTree } from '../../tests/support/host-tree.ts'
import { startSshd, type Wire, wireTo } from '../../tests/support/sshd.ts'

/** This machine as a host far away: an sshd of the benchmark's own behind a wire that delays each way, a prepared tree on it. */
export interface FarHost extends AsyncDisposable {
  readonly wire: Wire
  /** An ssh_config by which it is reached under each of the names. */
  readonly sshConfig: string
  /** With the paths of the prepared tree, and everything that is no host declared absent. */
  readonly spec: TargetSpec
  readonly directory: string
  /** Writes a target file of that name and returns its path. */
  targetFile(name: string, alias: string): Promise<string>
}

const PARTS = ['postgres', 'redis', 'kafka', 'prometheus', 'alertmanager', 'grafana', 'docker', 'compose', 'apiKey', 'nginx']

/**
 * Prepares one; `names` are the aliases of ssh_config. Recorded, it answers with what it once said of itself: many names of one
 * machine would otherwise all be asked of its two processors.
 */
export async function farHost(
  names: readonly string[],
  delayMs: number,
  { isRecorded = false }: { readonly isRecorded?: boolean } = {},
): Promise<FarHost> {
  const stack = new AsyncDisposableStack()
  try {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'bench-hosts-'))
    stack.defer(() => rm(directory, { recursive: true, force: true }))
    const tree = stack.use(await healthyTree())
    const defaults = loadTarget('this-machine')
    const services = Object.keys(defaults.services)
    const paths = Object.fromEntries(
      Object.entries(defaults.paths).map(([key, value]) => [key, value.startsWith('/') ? `${tree.tree.root}${value}` : value]),
    )
    const change = {
      environment: 'bench',
      parts: Object.fromEntries(
        [...PARTS, ...services, 'outbound', 'vantage', 'hosts.database', 'hosts.broker'].map((part) => [part, 'none']),
      ),
      paths,
    }
    const spec = { ...defaults, ...change } as TargetSpec
    const settings = isRecorded ? [`ForceCommand ${await replaying(spec, directory)}`] : []
    const sshd = stack.use(await startSshd(settings))
    const wire = stack.use(await wireTo(sshd.port, { delayMs }))
    const sshConfig = sshd.config(names.map((name) => sshd.entry(name, [`Port ${wire.port}`])).join(''))
    const owned = stack.move()
    return {
      wire,
      sshConfig,
      spec,
      directory,
      async targetFile(name, alias) {
        const file = path.join(directory, `${name}.yaml`)
        const hosts = { services: { shell: 'ssh', address: alias, sshConfig } }
        await writeFile(file, JSON.stringify({ ...change, name, hosts }))
        return file
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** The command by which a host answers with a recording, each time under the marks that it is asked under. */
async function replaying(spec: TargetSpec, directory: string): Promise<string> {
  const host = { shell: 'local', address: 'localhost', root: '', simulated: false, sudo: false } as const
  const stdin = `${questions(host, spec, { nonce: 'NONCE', salt: 'SALT' })}${await collectorScript()}`
  const options = { stdin, timeoutMs: 120_000, maxBytes: 16e6, signal: AbortSignal.timeout(120_000) }
  const { stdout } = await localShell().run(['sh', '-s'], options)
  const bin = path.join(directory, 'bin')
  await mkdir(bin)
  await writeFile(path.join(directory, 'recording'), stdout)
  const replay = `nonce=$(sed -n "s/^RUNBOOK_NONCE='\\(.*\\)'$/\\1/p"); exec sed "s/NONCE/$nonce/" '${directory}/recording'`
  await writeFile(path.join(bin, 'sh'), `#!/bin/sh\n[ "$1" = -s ] || exec /bin/sh "$@"\n${replay}\n`, { mode: 0o755 })
  const script = `#!/bin/sh\nPATH='${bin}':$PATH exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n`
  await writeFile(path.join(directory, 'recorded'), script, { mode: 0o755 })
  return path.join(directory, 'recorded')
}
