import path from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '../outcome.ts'
import { targetOf } from '../targets/load.ts'
import { type HostSpec, hostSchema } from '../targets/schema.ts'
import { yamlSource } from '../yaml-file.ts'
import { targetFileText } from './init/file.ts'
import { explore } from './init/found.ts'
import { listenForInterruption } from './interrupt.ts'
import { print } from './print.ts'
import { runTool, writeNew } from './tool.ts'

const USAGE = `usage: npm run target:init -- --host=local|ssh:[USER@]HOST|container:NAME [--name=NAME] [--out=FILE] [--sudo] [--ssh-config=FILE]
Asks a host what runs there, reading only, and writes a first target file with comments to stdout or to a new file.
  --name=NAME        what the target is to be called (default: the host's name)
  --ssh-config=FILE  another ssh_config than yours, as with ssh -F
  --sudo             the account may use \`sudo -n\` for facts that need more rights
Exit codes: 0 written · 1 the host cannot be reached · 2 the usage is wrong, or the file exists already`

const OPTIONS = {
  host: { type: 'string' },
  name: { type: 'string' },
  out: { type: 'string' },
  sudo: { type: 'boolean', default: false },
  'ssh-config': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Writes a first target file and returns the exit code. @throws UsageError, Unobserved */
async function main(argv: readonly string[], directory: string): Promise<number> {
  const { host: way, name, out, sudo, help, 'ssh-config': config } = parse(argv)
  if (help) return print(`${USAGE}\n`)
  if (way === undefined) throw new UsageError(USAGE)
  const host = hostOf(way, { sudo, ...(config === undefined ? {} : { sshConfig: path.resolve(directory, config) }) })
  const interruption = listenForInterruption()
  try {
    const found = await explore(host, interruption.signal)
    const called = name ?? (host.shell === 'local' ? 'this-host' : nameFrom(host.address))
    const text = targetFileText(called, found, targetOf(yamlSource('name: new\nenvironment: unknown\n', 'a new target')))
    // What it wrote must be what a run reads.
    targetOf(yamlSource(text, out ?? 'the new target file'))
    return out === undefined ? print(text) : write(path.resolve(directory, out), text)
  } finally {
    interruption.stop()
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function hostOf(way: string, more: Partial<HostSpec>): HostSpec {
  const [, shell, address] = /^(local|ssh|container)(?::(.+))?$/.exec(way) ?? []
  if (shell === undefined || (shell === 'local') !== (address === undefined))
    throw new UsageError(`--host: expected local, ssh:HOST or container:NAME, got ${way}\n${USAGE}`)
  if (more.sshConfig !== undefined && shell !== 'ssh')
    throw new UsageError(`--ssh-config: ${way} is not reached by ssh\n${USAGE}`)
  return hostSchema.parse({ ...more, shell, ...(address === undefined ? {} : { address }) })
}

/** `deploy@app-1.example.com` → `app-1`. */
function nameFrom(address: string): string {
  const host = address.replace(/^.*@/, '').split(/[.:]/)[0] ?? ''
  return (
    host
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'new-target'
  )
}

function write(file: string, text: string): 0 {
  writeNew('--out', file, text)
  return print(`wrote ${file}; read it, mend it, then: npm run target:check -- ${file}\n`)
}

await runTool(main)
