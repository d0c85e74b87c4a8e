import type { Judging } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import { NotApplicable } from '../../src/outcome.ts'
import type { Probe } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import type { Target } from '../../src/targets/target.ts'
import { type LoggedDeploy, lastDeploy } from './deploy-log.ts'

/** The end of the deployment log. @throws NotApplicable where the target's deploys are logged elsewhere. */
export function deployLogEnd(target: Target): Probe<Facts<'deployLog'>> {
  if (target.spec.paths.deployLog === 'none')
    throw new NotApplicable(`target ${target.name} declares paths.deployLog: none; its deploys are logged where they run`)
  return hostFact(target, 'services', 'deployLog')
}

/** The last deploy in the log. The check fails where the log tells of none, and is unobserved where the end of it holds no start. */
export function loggedDeploy(log: Facts<'deployLog'>, { expect, unobserved }: Judging): LoggedDeploy {
  expect(log.exists ? [] : ['it is not there'], `what is wrong with ${log.path}`).toEqual([])
  const deploy = lastDeploy(log.tail)
  if (deploy !== undefined) return deploy
  if (log.truncated) {
    return unobserved({
      id: 'deploy-log:cut',
      text: `the end of ${log.path} that was read holds no start of a deploy; look for the last one by hand: grep -n -i start ${log.path}`,
    })
  }
  expect(log.tail, `${log.path} tells of a deploy`).toContain('deployment started')
  throw new Error(`${log.path} tells of no deploy`)
}
