import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HostTree, prepareHostTree } from '../../fixtures/host/tree.ts'
import type { HostSpec } from '../../src/targets/schema.ts'

/** A healthy host of a test's own, in a directory that goes with it. */
export interface TestTree extends AsyncDisposable {
  readonly tree: HostTree
  readonly host: HostSpec
  readonly key: string
}

/** Makes one. Its root may be entered by every account, as `/` may. */
export async function healthyTree(now: Date = new Date()): Promise<TestTree> {
  const root = await mkdtemp(join(tmpdir(), 'test-host-tree-'))
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const certificates = { 'ca-cert.pem': CERTIFICATE, 'combined.pem': `${CERTIFICATE}${key}` }
  const tree = await prepareHostTree(root, { user: 'deployer', now, certificates, keys: { 'hook-receiver.key': key } })
  await chmod(root, 0o755)
  const host: HostSpec = { shell: 'local', address: 'localhost', root, path: tree.path, simulated: true, sudo: false }
  return { tree, host, key, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

/** Not a certificate; the collector only carries it. */
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
