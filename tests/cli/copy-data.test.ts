import { chmod, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { procedureDatabases } from '../support/procedure-database.ts'
import { runCli } from '../support/run-cli.ts'
import { SSHD, startSshd } from '../support/sshd.ts'

const LINES = '--check=ROLL-20,ROLL-21,ROLL-24'

describe.skipIf(SSHD === undefined || postgresBinaries === undefined)('a live target’s newest backup (needs sshd)', () => {
  it('is restored for trial where file and flag allow it, which every later report tells', { timeout: 120_000 }, async () => {
    await using sshd = await startSshd()
    await using databases = await procedureDatabases()
    await chmod(databases.directory, 0o755)
    const live = await databases.fresh(TABLES)
    const backups = path.join(databases.directory, 'backups')
    const at = new Date(Date.now() - 3_600_000)
    await takeBackup({ backups, database: live, configuration: [], images: {}, dump: copyDump(), at })
    const file = path.join(databases.directory, 'trial.yaml')
    await writeFile(file, targetFile(sshd.host().sshConfig ?? '', backups, live, databases.directory))
    const out = path.join(databases.directory, 'reports')
    const environment = { TRIAL_PASSWORD: live.password }

    using tried = runCli([LINES, `--target=${file}`, '--allow=read,copy-data'], { out, environment })
    const first = await tried.ended
    expect(first.code, first.text).toBe(0)
    const history = JSON.parse((await readFile(path.join(out, 'history.jsonl'), 'utf8')).trim())
    expect(history.rehearsal).toMatchObject({ real: true, source: `ssh:web:${backups}`, broken: [] })

    using refused = runCli([LINES, `--target=${file}`], { out, environment })
    const { code, text } = await refused.ended
    expect(code).toBe(3)
    expect(text).toMatch(/does not allow copy-data; it needs .*--allow=copy-data/)
    const report = JSON.parse(await readFile(path.join(out, 'latest', 'report.json'), 'utf8'))
    expect(report.target.notes).toContainEqual(expect.stringMatching(/^A real backup was last restored on .*ssh:web:/))
    expect(report.target.connections).toEqual([])
  })
})

const TABLES = ['hook_events', 'service_sessions', 'event_metrics', 'security_audit_log', 'connection_metrics']
  .map((name) => `CREATE TABLE ${name} (id int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());`)
  .join('\n')

interface Live {
  readonly port: number
  readonly database: string
  readonly user: string
}

function targetFile(sshConfig: string, backups: string, { port, database, user }: Live, directory: string): string {
  return `name: trial
environment: test
allow: [read, copy-data]
hosts:
  services: { shell: ssh, address: web, sshConfig: ${sshConfig} }
paths: { backups: ${backups} }
postgres: { host: 127.0.0.1, port: ${port}, database: ${database}, user: ${user}, password: { env: TRIAL_PASSWORD } }
rehearsal: { directory: ${directory} }
`
}
