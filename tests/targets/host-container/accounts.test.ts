import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type Finding, isTrouble } from '../../../src/cli/check/finding.ts'
import { lookAtHosts, sudoersLines } from '../../../src/cli/check/hosts.ts'
import { hostSchema } from '../../../src/targets/schema.ts'
import { engineHere } from '../../support/engine.ts'
import { testHost } from '../../support/host-container.ts'
import { testTarget } from '../../support/judging.ts'

const TEST_MS = 300_000
/** No look at a host may take longer, whatever sudo wants, in milliseconds. */
const LOOK_MS = 30_000
const found = await engineHere()
const why = 'engine' in found ? '' : ` (skipped: ${found.reason})`

/** The product's tree as deploy and root own it, and an account beside them that may do nothing. */
const PREPARE = `set -e
useradd --create-home --shell /bin/bash tester
cp -a /home/deploy/.ssh /home/tester/ && chown -R tester: /home/tester/.ssh
cd /opt && mkdir -p omninode_bridge/{config,data/postgres,logs/services,backups/20260101-000000,secrets} monitoring/prometheus/rules
mkdir -p /etc/ssl/certs/omninode /etc/ssl/private/omninode
for name in postgres_password redis_password api_key; do openssl rand -hex 32 >omninode_bridge/secrets/$name; done
openssl genpkey -algorithm ed25519 >/etc/ssl/private/omninode/hook-receiver.key
echo ENVIRONMENT=production >omninode_bridge/.env.production
echo '{}' >omninode_bridge/backups/20260101-000000/manifest.json
echo 'services: {}' >omninode_bridge/docker-compose.prod.yml
echo 'scrape_interval: 5s' >monitoring/prometheus/prometheus.yml
chmod -R o= omninode_bridge monitoring && chmod 700 omninode_bridge/{secrets,backups,data/postgres} /etc/ssl/private/omninode
chown -R deploy:docker omninode_bridge monitoring`

describe.skipIf('reason' in found)(`an account that is not root, over ssh${why}`, () => {
  it('is told the sudoers lines that it lacks, all of them and no others; nothing hangs where sudo wants a password', {
    timeout: TEST_MS,
  }, async () => {
    if (!('engine' in found)) throw new Error(found.reason)
    const signal = AbortSignal.timeout(TEST_MS)
    await using host = await testHost({ engine: found.engine, signal })
    await host.run(['bash', '-c', PREPARE])
    const config = `${host.ssh.config}-tester`
    await writeFile(config, (await readFile(host.ssh.config, 'utf8')).replace('User deploy', 'User tester'))
    const look = async (sudo: boolean): Promise<Finding> => {
      const services = hostSchema.parse({ shell: 'ssh', address: host.ssh.alias, sshConfig: config, sudo })
      const { spec } = testTarget({ hosts: { services } })
      const [finding] = await lookAtHosts(spec, AbortSignal.timeout(LOOK_MS))
      if (finding === undefined) throw new Error('nothing was looked at')
      return finding
    }
    const grant = async (lines: readonly string[]): Promise<void> => {
      await host.put('/etc/sudoers.d/tester', lines.map((line) => `${line}\n`).join(''), { mode: 0o440 })
      await host.run(['visudo', '-cf', '/etc/sudoers.d/tester'])
    }

    const without = await look(false)
    expect(isTrouble(without)).toBe(true)
    const wanted = sudoersLines([without])
    expect(wanted).toContainEqual(expect.stringMatching(/^tester ALL=\(root\) NOPASSWD: \S+\/stat /))

    await grant(['tester ALL=(ALL) ALL'])
    const asked = sudoersLines([await look(true)])
    expect(asked).toEqual(expect.arrayContaining(wanted))

    // What lies in a directory is seen only once it may be listed: its own lines are named then.
    let granted: readonly string[] = []
    for (let round = 1, lacking = asked; lacking.length > 0 && round < 5; round += 1) {
      granted = [...granted, ...lacking]
      await grant(granted)
      lacking = sudoersLines([await look(true)])
    }
    const { todo } = await look(true)
    expect(sudoersLines([{ ...without, todo }])).toEqual([])
    // What is searched without sudo needs a group.
    expect(todo.every((one) => one.includes('put tester into the group'))).toBe(true)
  })
})
