import { beforeAll, describe, expect, it } from 'vitest'
import { parseCertificates } from '../../../src/probes/certificate.ts'
import { type Authority, authority, type Issued } from '../../probes/support/authority.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/preflight/certificates.test.ts'

const DAY_MS = 86_400_000
const CERTIFICATES = '/etc/ssl/certs/omninode'
const KEYS = '/etc/ssl/private/omninode'
const SERVICES = { 'hook-receiver': 'hooks', 'model-metrics': 'metrics', 'workflow-coordinator': 'workflows' } as const
type Service = keyof typeof SERVICES

const entry = (path: string, more = {}) => ({
  path,
  exists: true,
  type: 'file',
  owner: 'root',
  group: 'root',
  mode: '0600',
  size: 1_000,
  modified: 0,
  ...more,
})

let ca: Authority
let good: Record<Service, Issued>

beforeAll(async () => {
  ca = await authority('Installed CA')
  const issue = async (name: string, ...more: string[]) =>
    ca.issue(`${name}.example.test`, { names: [`${name}.example.test`, ...more] })
  good = {
    'hook-receiver': await issue('hooks', 'api.example.test'),
    'model-metrics': await issue('metrics'),
    'workflow-coordinator': await issue('workflows'),
  }
})

/** The certificate directory, healthy but for what the test puts in place of it; null leaves a file out. */
function installed(changes: Readonly<Record<string, string | null>> = {}) {
  const pems: Record<string, string | null> = {
    ...Object.fromEntries(Object.entries(good).map(([name, { cert }]) => [`${name}.crt`, cert])),
    'ca-cert.pem': ca.ca,
    ...changes,
  }
  const files = Object.entries(pems).flatMap(([name, pem]) =>
    pem === null ? [] : [{ entry: entry(`${CERTIFICATES}/${name}`, { mode: '0644' }), pem }],
  )
  return { directory: entry(CERTIFICATES, { type: 'directory', mode: '0755' }), files }
}

const publicKey = (pem: string) => parseCertificates(pem).certificates[0]?.publicKeySha256 ?? ''
const keys = (changes: Readonly<Record<string, string>> = {}) => ({
  keys: Object.entries(good).map(([name, { cert }]) => ({
    name: `${name}.key`,
    publicKeySha256: changes[`${name}.key`] ?? publicKey(cert),
    label: 'PRIVATE KEY',
  })),
})

describe('the installed certificates', () => {
  it('pass where all is well', async () => {
    for (const id of ['PRE-79', 'PRE-80', 'PRE-81', 'PRE-83', 'PRE-85']) await judge(id, installed())
    for (const id of ['PRE-78', 'PRE-82']) await judge(id, { found: installed(), keys: keys() })
  })

  it('fail or are unobserved where there are none', async () => {
    const none = { directory: entry(CERTIFICATES, { exists: false, type: 'none' }), files: [] }
    await failureOf(judge('PRE-78', { found: none, keys: { keys: [] } }))
    const cause = { name: 'Unobserved', rootCause: { id: expect.stringContaining(CERTIFICATES) } }
    for (const id of ['PRE-79', 'PRE-80', 'PRE-81', 'PRE-83', 'PRE-85'])
      await expect(judge(id, none)).rejects.toMatchObject(cause)
    await expect(judge('PRE-82', { found: none, keys: { keys: [] } })).rejects.toMatchObject(cause)
  })

  it('PRE-78 names what is missing, broken, or a key with a passphrase', async () => {
    const found = installed({ 'hook-receiver.crt': null, 'ca-cert.pem': 'nothing' })
    const said = await failureOf(judge('PRE-78', { found, keys: keys({ 'model-metrics.key': '' }) }))
    expect(said).toContain('hook-receiver.crt is missing')
    expect(said).toContain('ca-cert.pem holds no certificate')
    expect(said).toContain('model-metrics.key (PRIVATE KEY) opens as no key')
    expect(await failureOf(judge('PRE-78', { found: installed(), keys: { keys: [] } }))).toContain('hook-receiver.key is missing')
  })

  it('PRE-79 wants 21 days, from today', async () => {
    const issue = (more: object) => ca.issue('hooks.example.test', more)
    const soon = await issue({ notAfter: new Date(Date.now() + 20 * DAY_MS) })
    expect(await failureOf(judge('PRE-79', installed({ 'hook-receiver.crt': soon.cert })))).toContain('in 20.0 days')
    const early = await issue({ notBefore: new Date(Date.now() + DAY_MS) })
    expect(await failureOf(judge('PRE-79', installed({ 'hook-receiver.crt': early.cert })))).toContain('is not valid before')
    const late = new Date(Date.now() + 3_640 * DAY_MS)
    expect(await failureOf(judge('PRE-79', installed(), { now: late }))).toContain('CN=Installed CA')
  })

  it('PRE-80 wants the installed CA, and leaves the dates to PRE-79', async () => {
    const stranger = await (await authority('Installed CA')).issue('hooks.example.test')
    expect(await failureOf(judge('PRE-80', installed({ 'hook-receiver.crt': stranger.cert })))).toContain('no trusted authority')
    const past = await ca.issue('hooks.example.test', {
      notBefore: new Date(Date.now() - 0.5 * DAY_MS),
      notAfter: new Date(Date.now() - 0.1 * DAY_MS),
    })
    await judge('PRE-80', installed({ 'hook-receiver.crt': past.cert }))
  })

  it('PRE-81 wants the public name of the service', async () => {
    const swapped = installed({ 'model-metrics.crt': good['hook-receiver'].cert })
    expect(await failureOf(judge('PRE-81', swapped))).toContain('not metrics.example.test')
  })

  it('PRE-82 wants the key of the certificate beside it', async () => {
    const strange = keys({ 'hook-receiver.key': publicKey(good['model-metrics'].cert) })
    expect(await failureOf(judge('PRE-82', { found: installed(), keys: strange }))).toContain(
      'hook-receiver.key is not the key of',
    )
  })

  it('PRE-83 refuses a short RSA key', async () => {
    const weak = await ca.issue('hooks.example.test', { isWeak: true })
    expect(await failureOf(judge('PRE-83', installed({ 'hook-receiver.crt': weak.cert })))).toContain('rsa key of 1024 bits')
  })

  it('PRE-85 wants the API covered, and does not apply without gateways', async () => {
    const without = await ca.issue('hooks.example.test')
    expect(await failureOf(judge('PRE-85', installed({ 'hook-receiver.crt': without.cert })))).toContain('api.example.test')
    await expect(judge('PRE-85', installed(), { target: testTarget({ gateways: {} }) })).rejects.toMatchObject({
      name: 'NotApplicable',
    })
  })
})

describe('PRE-84, the files of the private keys', () => {
  const directory = entry(KEYS, { type: 'directory', mode: '0700' })
  const file = (mode: string) => entry(`${KEYS}/hook-receiver.key`, { mode })

  it('passes where owner and group alone may read', async () => {
    await judge('PRE-84', { directory, files: [file('0600'), file('0640'), file('0400')] })
  })

  it.each([
    [{ directory, files: [file('0644')] }, 'everyone to read'],
    [{ directory, files: [file('0660')] }, 'group to write'],
    [{ directory: { ...directory, mode: '0755' }, files: [file('0600')] }, 'everyone to read'],
    [{ directory, files: [] }, 'files in'],
  ])('fails on what is wrong: %#', async (answer, words) => {
    expect(await failureOf(judge('PRE-84', answer))).toContain(words)
  })
})
