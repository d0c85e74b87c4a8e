import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { arena } from '../support/hostile/arena.ts'
import { everything, hostileTree } from '../support/hostile/everything.ts'
import { assertSafe } from '../support/hostile/look.ts'
import { gone, runCli } from '../support/run-cli.ts'

const SECRETS = {
  HOSTILE_API_KEY: 'k3y-of+the/api=and"quotes<1>',
  HOSTILE_POSTGRES: 'pa55-of the database ünd',
  HOSTILE_REDIS: 'pa55+of/the%cache',
  HOSTILE_GRAFANA: "pa55'of:grafana&more",
}

/** How a secret may look in a file; what the encodings have in common with harmless text is too short to be one. */
const forms = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64').slice(0, -4),
]

function target(port: number, root: string, commands: string): string {
  const url = `http://127.0.0.1:${port}`
  return `name: strange
environment: test
allow: [read, exec, synthetic-write]
hosts:
  services: { shell: local, root: ${root}, path: "${commands}:/usr/bin:/bin" }
services:
  hook-receiver: { url: "${url}", public: "https://127.0.0.1:${port}" }
  model-metrics: { url: "${url}", public: "https://127.0.0.1:${port}" }
  workflow-coordinator: { url: "${url}", public: "https://127.0.0.1:${port}" }
apiKey: { env: HOSTILE_API_KEY }
postgres: { host: 127.0.0.1, port: ${port}, database: a, user: a, password: { env: HOSTILE_POSTGRES } }
redis: { host: 127.0.0.1, port: ${port}, password: { env: HOSTILE_REDIS } }
kafka: { brokers: ["127.0.0.1:${port}"] }
prometheus: { url: "${url}" }
alertmanager: { url: "${url}" }
grafana: { url: "${url}", password: { env: HOSTILE_GRAFANA } }
docker: { host: 127.0.0.1, port: ${port} }
dns: { servers: ["127.0.0.1:${port}"], expect: [127.0.0.1] }
`
}

it('looks at a target where everything is hostile, and tells of it safely', { timeout: 120_000 }, async () => {
  await using place = arena()
  const { port } = await place.serve(everything)
  const folder = mkdtempSync(path.join(os.tmpdir(), 'strange-target-'))
  try {
    const commands = hostileTree(path.join(folder, 'root'), Object.values(SECRETS))
    const file = path.join(folder, 'strange.yaml')
    writeFileSync(file, target(port, path.join(folder, 'root'), commands))
    using run = runCli([`--target=${file}`, '--when=all', '--no-color'], { environment: SECRETS })
    const { code, text } = await run.ended
    expect(code, text.slice(-3_000)).toBe(1)
    const report = await run.report()
    expect(report.run.exitCode).toBe(1)
    expect(report.counts.failed).toBeGreaterThan(10)
    const broken = report.checks.filter(({ failure }) => failure?.message.includes('the check itself broke'))
    expect(broken.map(({ id, failure }) => `${id}: ${failure?.message.split('\n')[0]}`)).toEqual([])
    const shown = [['terminal', text] as const, ...filesIn(run.out)]
    for (const [name, content] of shown) {
      assertSafe(name, content)
      const leaks = Object.entries(SECRETS).filter(([, secret]) => forms(secret).some((form) => content.includes(form)))
      expect(
        leaks.map(([secret]) => secret),
        `secrets in ${name}`,
      ).toEqual([])
    }
    await gone(run)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Every file below, by its name. */
function filesIn(directory: string): (readonly [string, string])[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, readFileSync(path.join(entry.parentPath, entry.name), 'utf8')] as const)
}
