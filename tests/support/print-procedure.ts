import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'yaml'
import { endOf } from '../../src/prove/command.ts'
import { onlyStandIns, type Ran, type ScriptHost } from './script-host.ts'

/** Writes a target file that describes this host as a live target on this very machine. */
export async function targetFileOf(
  { site, directory }: ScriptHost,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const file = path.join(directory, 'target.yaml')
  const door = new URL(site.doors[0]?.url ?? '').origin
  const { database, paths } = site
  const { host, port, user, name } = database
  const { application } = paths
  const target = {
    name: 'test',
    kind: 'live',
    environment: 'staging',
    hosts: { services: { shell: 'local' } },
    parts: { 'model-metrics': 'none', 'workflow-coordinator': 'none' },
    services: { 'hook-receiver': { container: 'receiver', url: door, public: door, healthNeedsKey: true } },
    gateways: { api: { public: door, routesTo: 'hook-receiver' } },
    postgres: { host, port, user, database: name, password: { file: path.join(paths.secrets, 'postgres_password') } },
    redis: { host, port: 6379, password: { env: 'NOT_SET' } },
    kafka: { brokers: [`${host}:9092`] },
    compose: { file: site.composeFile, envFile: site.envFile, project: site.project },
    paths: {
      application,
      backups: paths.backups,
      secrets: paths.secrets,
      envFile: site.envFile,
      deployLog: paths.deployLog,
      rollbackLog: paths.rollbackLog,
    },
    ...more,
  }
  await writeFile(file, stringify(target))
  return file
}

/** Runs `npm run PROCEDURE -- …` without npm. */
export async function printProcedure(host: ScriptHost, procedure: string, argv: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['src/cli/procedure.ts', procedure, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: onlyStandIns(host),
  })
  const { code, ...printed } = await endOf(child)
  return { exitCode: code, ...printed }
}
