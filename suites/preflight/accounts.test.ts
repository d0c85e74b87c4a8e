import { check } from '../../src/check.ts'
import { hostFact } from '../../src/probes/host.ts'
import { judgeFindings } from '../support/findings.ts'
import { beside, ofEachMachine } from '../support/machines.ts'

check(
  'PRE-31',
  'Every tool that the runbook calls is installed on every host.',
  (target) => ofEachMachine(target, 'tools'),
  (answers, judging) => {
    const findings = beside(judging.target, answers).flatMap(({ machine, facts }) =>
      facts.tools.map(({ name, path }) => (path === '' ? { wrong: `${machine.name}: ${name} is missing` } : null)),
    )
    judgeFindings(findings, 'the tools that the target file lists', judging)
  },
)

check(
  'PRE-32',
  'The members of the docker group on the services host are exactly the accounts that the target file allows.',
  (target) => hostFact(target, 'services', 'account'),
  ({ dockerGroup, dockerGroupExists, groupsKnown }, { target, expect, unobserved }) => {
    if (!groupsKnown)
      unobserved({
        id: 'untold:groups',
        text: 'the services host does not tell its groups: /etc/group cannot be read; look with `getent group docker`',
      })
    const group = dockerGroupExists ? 'the docker group' : 'the docker group, which does not exist'
    expect(dockerGroup, `members of ${group}; they are root by another name`).toEqual([...target.spec.expect.dockerGroup].sort())
  },
)
