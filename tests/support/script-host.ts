import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import type { Site } from '../../src/procedures/script/site.ts'
import { postgresBinaries } from './postgres.ts'
import { type ProcedureDatabases, procedureDatabases, run } from './procedure-database.ts'

const STAND_INS = path.join(import.meta.dirname, 'script-host')
const NEEDED = ['bash', 'psql', 'pg_dump', 'pg_restore', 'curl', 'flock']

/** What printed scripts need to be run here and is not there, in words; undefined: nothing. */
export const cannotRunScripts = missing()

function missing(): string | undefined {
  const absent = NEEDED.filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
  if (postgresBinaries === undefined) absent.push('an embedded PostgreSQL for this platform')
  return absent.length === 0 ? undefined : `needs ${absent.join(', ')}`
}

export const imageId = (letter: string): string => `sha256:${letter.repeat(64)}`

export interface Ran {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly argv?: readonly string[]
  /** Kills the script and all that it has started as soon as it has printed this. */
  readonly killAt?: string
  /** What it is killed with; SIGKILL where absent. */
  readonly signal?: NodeJS.Signals
  /** What is typed; nothing where absent. */
  readonly stdin?: string
}

/** A host for printed scripts: a real PostgreSQL, real files, a real front door, and a stand-in of the engine's client. */
export interface ScriptHost extends AsyncDisposable {
  readonly site: Site
  readonly live: DatabaseConnection
  readonly databases: ProcedureDatabases
  readonly directory: string
  /** Runs a script with bash as an operator would. */
  run(script: string, options?: RunOptions): Promise<Ran>
  /** What runs: service → image id; without those that are stopped. */
  running(): Promise<Record<string, string>>
  /** Makes a container run that image. */
  start(service: string, image: string): Promise<void>
  /** A file of the stand-in engine: `health` of every container, `down` for an engine that refuses. */
  engine(file: string): string
  /** What the front door answers: 200 at first. */
  answer: number
}

const FILES = {
  '.env.production': 'ENVIRONMENT=production\nAPI_KEY="the key"\n',
  'docker-compose.yml': `services:
  postgres: { image: "registry.example.com/a:15@${'sha256:'}${'a'.repeat(64)}" }
  redis: { image: redis }
  kafka: { image: kafka }
  receiver: { image: "registry.example.com/b:1", depends_on: [postgres, redis, kafka] }
  prometheus: { image: prometheus }
  nginx: { image: nginx, depends_on: [receiver] }
`,
}

/** One host; `name` stands in its paths and names, to see that whatever a name holds is only ever a name. */
export async function scriptHost(name = 'product'): Promise<ScriptHost> {
  const databases = await procedureDatabases()
  const directory = await mkdtemp(path.join(databases.directory, 'host-'))
  const application = path.join(directory, name)
  const engine = path.join(directory, 'engine')
  for (const folder of ['config', 'secrets', 'logs', 'backups']) await mkdir(path.join(application, folder), { recursive: true })
  for (const folder of ['engine/images', 'engine/containers', 'tmp'])
    await mkdir(path.join(directory, folder), { recursive: true })
  for (const [file, text] of Object.entries(FILES)) await writeFile(path.join(application, file), text, { mode: 0o640 })
  await writeFile(path.join(application, 'config', 'nginx.conf'), 'good\n')
  await writeFile(path.join(application, 'secrets', 'postgres_password'), `${databases.admin.password}\n`, { mode: 0o600 })
  for (const letter of ['a', 'b', 'c', 'd', 'e'])
    await writeFile(
      path.join(engine, 'images', letter.repeat(64)),
      `registry.example.com/${letter}@${imageId(letter === 'b' ? '9' : letter)}\n`,
    )
  const live = { ...databases.admin, database: name }
  await run(databases.admin, `CREATE DATABASE "${name.replaceAll('"', '""')}"`)
  const door = await frontDoor()
  const host: ScriptHost = {
    site: siteOf({ application, databases, door: door.url, database: name }),
    live,
    databases,
    directory,
    answer: 200,
    engine: (file) => path.join(engine, file),
    run: (script, options = {}) => runScript({ script, directory, environment: onlyStandIns(host) }, options),
    async start(service, image) {
      const place = path.join(engine, 'containers', service)
      await mkdir(place, { recursive: true })
      await writeFile(path.join(place, 'image'), image)
      await writeFile(path.join(place, 'running'), 'true\n')
    },
    async running() {
      const services = ['postgres', 'receiver', 'nginx', 'prometheus', 'redis', 'kafka']
      const found = await Promise.all(services.map((service) => runningImage(path.join(engine, 'containers', service), service)))
      return Object.fromEntries(found.flat())
    },
    async [Symbol.asyncDispose]() {
      door.close()
      await databases[Symbol.asyncDispose]()
    },
  }
  door.listen((key) => (key === 'the key' ? host.answer : 401))
  for (const [service, letter] of Object.entries({
    postgres: 'a',
    redis: 'a',
    kafka: 'a',
    receiver: 'b',
    prometheus: 'c',
    nginx: 'd',
  }))
    await host.start(service, imageId(letter))
  return host
}

async function runningImage(place: string, service: string): Promise<[string, string][]> {
  const state = await readFile(path.join(place, 'running'), 'utf8').catch(() => 'false')
  return state.trim() === 'true' ? [[service, (await readFile(path.join(place, 'image'), 'utf8')).trim()]] : []
}

interface Door {
  readonly url: string
  listen(answer: (key: string) => number): void
  close(): void
}

async function frontDoor(): Promise<Door> {
  let answer: (key: string) => number = () => 503
  const server = http.createServer((request, response) => response.writeHead(answer(String(request.headers['x-api-key']))).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`,
    listen: (given) => {
      answer = given
    },
    close: () => server.close(),
  }
}

function siteOf(made: { application: string; databases: ProcedureDatabases; door: string; database: string }): Site {
  const { application, databases, door, database } = made
  const { user, host, port } = databases.admin
  return {
    target: 'test',
    file: 'test.yaml',
    host: { name: os.hostname(), address: 'localhost', account: os.userInfo().username },
    lookedAt: new Date(),
    compose: ['docker', 'compose'],
    project: 'product',
    composeFile: path.join(application, 'docker-compose.yml'),
    envFile: path.join(application, '.env.production'),
    groups: { infrastructure: ['postgres'], services: ['receiver'], monitoring: ['prometheus'], gateway: ['nginx'] },
    images: {},
    imageLines: { receiver: { line: 5, text: 'registry.example.com/b:1' } },
    database: { name: database, user, admin: user, service: 'postgres', host, port, ssl: false },
    redis: { service: 'redis', port: 6379 },
    kafka: { service: 'kafka', port: 9092, topics: ['a.v1'], replicationFactor: 1 },
    migrationList: { table: 'schema_migrations', column: 'version' },
    health: [],
    doors: [{ service: 'receiver', url: door, needsKey: true, connectTo: '' }],
    paths: {
      application,
      backups: path.join(application, 'backups'),
      secrets: path.join(application, 'secrets'),
      deployLog: path.join(application, 'logs', 'deployment.log'),
      rollbackLog: path.join(application, 'logs', 'rollback.log'),
      configuration: [path.join(application, '.env.production'), path.join(application, 'docker-compose.yml')],
      folders: [path.join(application, 'config')],
    },
    approval: 'somebody',
    help: 'somebody else',
    notes: [],
  }
}

interface Running {
  readonly script: string
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
}

/** An environment in which the engine's client is the stand-in, and nothing else of the host is known. */
export function onlyStandIns({ directory, databases }: Pick<ScriptHost, 'directory' | 'databases'>): Record<string, string> {
  return {
    PATH: `${STAND_INS}:${process.env.PATH}`,
    HOME: directory,
    TMPDIR: path.join(directory, 'tmp'),
    ENGINE: path.join(directory, 'engine'),
    ENGINE_PGHOST: databases.admin.host,
    ENGINE_PGPORT: String(databases.admin.port),
    ENGINE_PGUSER: databases.admin.user,
  }
}

async function runScript({ script, directory, environment }: Running, options: RunOptions): Promise<Ran> {
  const { argv = ['--yes'], killAt, signal = 'SIGKILL', stdin } = options
  const file = path.join(directory, 'procedure.sh')
  await writeFile(file, script)
  await chmod(file, 0o644)
  const child = spawn('bash', [file, ...argv], {
    detached: true,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: environment,
  })
  const printed = { stdout: '', stderr: '' }
  let isKilled = false
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text
      if (killAt === undefined || isKilled || !printed.stdout.includes(killAt) || child.pid === undefined) return
      isKilled = true
      process.kill(-child.pid, signal)
    })
  child.stdin?.end(stdin)
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, ...printed }
}
