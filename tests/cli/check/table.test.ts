import { expect, it } from 'vitest'
import type { Finding } from '../../../src/cli/check/finding.ts'
import { checkText } from '../../../src/cli/check/table.ts'
import { loadTarget } from '../../../src/targets/load.ts'

const findings: Finding[] = [
  {
    part: 'hosts.services, database',
    address: 'ssh:deploy@app-1',
    state: 'reached',
    detail: 'as deploy: tells 33 of 33 kinds of facts',
    todo: [],
  },
  {
    part: 'hosts.broker',
    address: 'ssh:deploy@mb-1',
    state: 'partly',
    detail: 'as deploy: tells 31 of 33 kinds of facts',
    todo: [
      'firewall: deploy may not list the rules: allow it with the sudoers line `deploy ALL=(root) NOPASSWD: /usr/sbin/nft -s list ruleset` and `sudo: true` at this host in the target file',
      'keys: permission denied: allow it with the sudoers line `deploy ALL=(root) NOPASSWD: /bin/ls -1A -- /etc/ssl/private` and `sudo: true` at this host in the target file',
    ],
  },
  {
    part: 'postgres',
    address: 'db-1:5432',
    state: 'unreachable',
    detail: 'nothing answered \u001b[31m',
    todo: ['check the firewall'],
  },
  { part: 'grafana', address: '', state: 'absent', detail: 'declared so: their lines are skipped', todo: [] },
]

it('is a row a part, with what to do, and the sudoers lines to add', async () => {
  const text = checkText(loadTarget('prod'), findings)
  await expect(text).toMatchFileSnapshot('golden/check.txt')
  expect(text).not.toContain('\u001b')
})

it('says so where nothing is wanting', () => {
  expect(checkText(loadTarget('prod'), findings.slice(0, 1))).toContain('All 1 described parts can be looked at.')
})
