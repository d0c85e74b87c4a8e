import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { runCli } from '../support/run-cli.ts'

it('--plan names the host through whose connection an inner address will be reached, and no other address', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plan-'))
  try {
    const file = path.join(folder, 'shop.yaml')
    writeFileSync(
      file,
      `name: shop
environment: staging
hosts: { services: { shell: ssh, address: deploy@app-1.example.com } }
reach: { through: services }
postgres: { host: 10.0.0.1, port: 5432, database: d, user: u, password: { env: UNUSED } }
`,
    )
    using run = runCli([`--target=${file}`, '--check=DEP-44,POST-01', '--plan'])
    const { text, code } = await run.ended
    expect(code).toBe(0)
    expect(text).toContain('on postgres (10.0.0.1:5432 through ssh deploy@app-1.example.com)')
    expect(text).toMatch(/GET \/health on hook-receiver \([^ ]+:443\)/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
