import { describe, expect, it } from 'vitest'
import type { Job } from '../../src/cli/job.ts'
import { landedOf } from '../../src/cli/landed.ts'
import type { ReleaseFound } from '../../src/standing/release-found.ts'
import { testTarget } from '../support/judging.ts'
import { sampleReport } from '../support/sample-report.ts'

const id = (letter: string): string => `sha256:${letter.repeat(64)}`
const found: ReleaseFound = {
  containers: {
    'hook-receiver': [
      { name: 'p-hook-receiver-1', status: 'running', health: 'healthy', image: 'x', imageId: id('a'), digests: [] },
    ],
  },
  stored: [id('a'), id('b')],
  schema: { version: '0002', hash: 'c'.repeat(64) },
  topics: [],
  configuration: {},
  backup: null,
  wanted: { 'hook-receiver': id('a'), migrate: id('b') },
  unknown: [],
}

describe('what has landed of a release', () => {
  it('does not look for a container of what is run once', () => {
    const { spec } = testTarget({
      compose: { file: '/c', envFile: '/e', project: 'p', services: [], migrations: 'migrate' },
      release: { services: found.wanted, schemaVersion: '0002', reversible: [], restoreOnly: [] },
    })
    const job = { options: { release: 'release.yaml' }, spec } as unknown as Job
    const landed = landedOf(job, sampleReport(), found, undefined)
    expect(landed?.services.map(({ service }) => service)).toEqual(['hook-receiver'])
    expect(landed?.steps.find(({ name }) => name === 'monitoring')?.state).toBe('nothing')
  })
})
