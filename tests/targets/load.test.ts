import { describe, expect, it } from 'vitest'
import { knownTargets, loadTarget, targetOf } from '../../src/targets/load.ts'
import { yamlSource } from '../../src/yaml-file.ts'

const site = (text: string) => targetOf(yamlSource(`name: site\nenvironment: staging\n${text}`, 'site.yaml'))

describe('a target file', () => {
  it.each(knownTargets())('of the project is valid: %s', (name) => {
    expect(loadTarget(name).name).toBe(name)
  })

  it('is merged over the defaults of the product, key by key', () => {
    const spec = site('paths: { application: /srv/app }')
    expect(spec.paths.application).toBe('/srv/app')
    expect(spec.paths.monitoring).toBe('/opt/monitoring')
  })

  it('takes away a job of the product that the site does not have, by a word', () => {
    const { jobs, up } = site('monitoring: { jobs: { kafka: none }, up: { kafka: none } }').monitoring
    expect(Object.keys(jobs)).toContain('redis')
    expect({ ...jobs, ...up }).not.toHaveProperty('kafka')
    expect(() => site('monitoring: { jobs: { kafka: metrics } }')).toThrow(/`monitoring\.jobs\.kafka`/)
  })

  it.each([
    ['postgress: {}', 'site.yaml:3: unknown key `postgress`'],
    ['kafka: { brokers: [] }', 'site.yaml:3: `kafka.brokers`'],
    ['allow: [everything]', 'site.yaml:3: `allow[0]`'],
    ['apiKey: hunter2', 'site.yaml:3: `apiKey`'],
    ['parts: { grafana: 1 }', 'site.yaml:3: `parts.grafana`'],
    [
      'objectives: { hook-receiver: { p95: 400, p99: 500 } }',
      "site.yaml:3: `objectives.hook-receiver.p95`: 400 is looser than the runbook's 200",
    ],
    ['recovery: { rtoMinutes: 15, rpoMinutes: 60, backupDays: 30 }', '`recovery.rpoMinutes`: 60 is looser'],
    ['recovery: { rtoMinutes: 15, rpoMinutes: 5, backupDays: 7 }', '`recovery.backupDays`: 7 is looser'],
    ['reach: { through: nobody }', 'site.yaml:3: `reach.through`: there is no host nobody'],
    [
      'hosts: { a: {} }\nreach: { through: a, parts: { postgress: a } }',
      'site.yaml:4: `reach.parts.postgress`: there is no such part',
    ],
    ['hosts: { a: {} }\nreach: { through: a, parts: { redis: b } }', 'site.yaml:4: `reach.parts.redis`: there is no host b'],
    [
      'hosts: { services: { shell: ssh, address: h } }\ndocker: { socket: /var/run/docker.sock }',
      'site.yaml:4: `docker.socket`: the services host is elsewhere',
    ],
    [
      'hosts: { a: {} }\nreach: { through: a }\nprometheus: { url: "https://10.0.0.1:9090" }',
      'site.yaml:5: `prometheus.url`: https cannot go through a forward',
    ],
  ])('is refused, naming file, key and line: %s', (text, message) => {
    expect(() => site(text)).toThrow(message)
  })

  it('never shows a secret that was pasted where a reference belongs', () => {
    expect(() => site('apiKey: hunter2')).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }))
  })

  it('may state stricter objectives', () => {
    expect(site('objectives: { hook-receiver: { p95: 100, p99: 500 } }').objectives['hook-receiver']?.p95).toBe(100)
  })

  it('is looked up by name, with a suggestion, or by path', () => {
    expect(() => loadTarget('stagin')).toThrow('unknown target "stagin", did you mean "staging"?')
    expect(() => loadTarget('./nowhere.yaml')).toThrow('there is no file ./nowhere.yaml')
    expect(() => loadTarget('defaults')).toThrow('unknown target "defaults"')
  })
})
