import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Facts } from '../../src/host/facts.ts'
import type { Probe } from '../../src/probe.ts'
import { secretOnDisk } from '../../src/probes/secret-on-disk.ts'
import { testSession } from '../support/session.ts'

const SALT = 'a-salt'
const hashed = (secret: string) => createHash('sha256').update(`${SALT}${secret}`).digest('hex')

/** What the host says of one file whose content is `stored`. */
function contents(stored: string): Probe<Facts<'secretContents'>> {
  const judged = { length: stored.length, distinct: 10, trailingNewlines: 'one', whitespace: false, knownDefault: false } as const
  const processes = { inProcessArguments: false, inProcessEnvironment: false }
  const value = { salt: SALT, lacking: null, secrets: [{ name: 'api_key', saltedHash: hashed(stored), ...judged, ...processes }] }
  return {
    kind: 'host',
    access: { system: 'host', address: 'local', operation: 'collect facts', effect: 'read', reproduce: 'sh' },
    deadlineMs: 1_000,
    read: async () => ({ value, raw: '', origin: 'simulated' }),
  }
}

describe('a secret on disk', () => {
  it.each([
    ['correct-horse', true],
    ['correct-horse\n', true],
    ['another', false],
  ])('compared with what the operator holds (%j) is the same: %s', async (held, same) => {
    const probe = secretOnDisk(contents('correct-horse'), 'api_key', 'apiKey')
    const reading = await probe.read(testSession({ apiKey: held }))
    expect(reading).toMatchObject({ value: { file: 'api_key', same }, origin: 'simulated' })
    expect(JSON.stringify([probe.access, reading])).not.toContain('horse')
  })

  it('that is no file is neither', async () => {
    const reading = await secretOnDisk(contents('a'), 'redis_password', 'apiKey').read(testSession({ apiKey: 'a' }))
    expect(reading.value.same).toBeNull()
  })

  it('is unobserved where the operator holds none', async () => {
    const reading = secretOnDisk(contents('a'), 'api_key', 'apiKey').read(testSession())
    await expect(reading).rejects.toMatchObject({ name: 'Unobserved' })
  })
})
