import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { GenericContainer, Wait } from 'testcontainers'
import { describe, expect, it } from 'vitest'
import { ensureImages } from '../../src/images/index.ts'
import { kafkaCluster } from '../../src/probes/kafka.ts'
import { redisInfo } from '../../src/probes/redis.ts'
import type { KafkaSpec, RedisSpec } from '../../src/targets/schema.ts'
import { engineHere } from '../support/engine.ts'
import { testSession } from '../support/session.ts'
import { authority } from './support/authority.ts'

const TEST_MS = 300_000
const PASSWORD = 'a-password-of-the-test'
const found = await engineHere()
const why = 'engine' in found ? '' : ` (skipped: ${found.reason})`

async function imageOf(name: string): Promise<string> {
  const signal = AbortSignal.timeout(TEST_MS)
  const obtained = (await ensureImages([name], { signal, onProgress: () => undefined })).get(name)
  if (obtained === undefined || 'unobtainable' in obtained) throw new Error(`no image of ${name}`)
  return obtained.image
}

/** The certificates of a server, as files to be copied, and the CA as a file of this machine. */
async function certificates(name: string) {
  const { ca, issue } = await authority()
  const { cert, key } = await issue(name)
  const directory = await mkdtemp(path.join(os.tmpdir(), 'secured-'))
  const file = path.join(directory, 'ca.pem')
  await writeFile(file, ca)
  const files = { 'ca.pem': ca, 'cert.pem': cert, 'key.pem': key, 'both.pem': `${key}\n${cert}` }
  return {
    ca: file,
    files: Object.entries(files).map(([one, content]) => ({ content, target: `/tls/${one}` })),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

describe.skipIf('reason' in found)(`real servers that ask who it is, over TLS${why}`, () => {
  it('Redis lets in who gives the password, and nobody who does not believe its certificate', { timeout: TEST_MS }, async () => {
    await using issued = await certificates('cache.inner')
    const files = ['--tls-cert-file', '/tls/cert.pem', '--tls-key-file', '/tls/key.pem', '--tls-ca-cert-file', '/tls/ca.pem']
    const container = await new GenericContainer(await imageOf('redis'))
      .withCopyContentToContainer(issued.files)
      .withExposedPorts(6_379)
      .withCommand([
        'redis-server',
        '--port',
        '0',
        '--tls-port',
        '6379',
        ...files,
        '--tls-auth-clients',
        'no',
        '--requirepass',
        PASSWORD,
      ])
      .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
      .start()
    try {
      const at = { host: '127.0.0.1', port: container.getMappedPort(6_379), password: { env: 'UNUSED' } }
      const spec: RedisSpec = { ...at, tls: true, ca: issued.ca, serverName: 'cache.inner' }
      const read = (one: RedisSpec, password = PASSWORD) =>
        redisInfo(one, 'server').read(testSession({ 'redis.password': password }))
      expect((await read(spec)).value).toMatchObject({ redis_version: expect.stringMatching(/^\d/) })
      await expect(read(spec, 'another')).rejects.toThrow(/WRONGPASS/)
      await expect(read({ ...at, tls: true })).rejects.toThrow(/not believed/)
      await expect(read(at)).rejects.toThrow(/Redis/)
    } finally {
      await container.stop()
    }
  })

  it('Kafka lets in who proves by SCRAM that it knows the password', { timeout: TEST_MS }, async () => {
    await using issued = await certificates('kafka.inner')
    const container = await new GenericContainer(await imageOf('kafka'))
      .withCopyContentToContainer([...issued.files, { content: BROKER, target: '/tls/start.sh' }])
      .withExposedPorts(9_092)
      .withEnvironment({ PASSWORD })
      .withCommand(['bash', '/tls/start.sh'])
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .withStartupTimeout(120_000)
      .start()
    try {
      const broker = `127.0.0.1:${container.getMappedPort(9_092)}`
      const sasl = { mechanism: 'SCRAM-SHA-512' as const, user: 'runbook', password: { env: 'UNUSED' } }
      const spec: KafkaSpec = {
        brokers: [broker],
        replicationFactor: 1,
        overrides: { '*': broker },
        tls: true,
        ca: issued.ca,
        sasl,
      }
      const read = (one: KafkaSpec, password = PASSWORD) =>
        kafkaCluster({ ...one, serverName: 'kafka.inner' }).read(testSession({ 'kafka.sasl.password': password }))
      expect((await read(spec)).value.brokers).toEqual([{ id: 1, host: 'kafka.inner', port: 9_092 }])
      await expect(read(spec, 'another')).rejects.toThrow(/SASL_AUTHENTICATION_FAILED/)
      await expect(read({ ...spec, ca: undefined })).rejects.toThrow(/Kafka/)
    } finally {
      await container.stop()
    }
  })
})

const BROKER = `set -e
cat >/tmp/server.properties <<'PROPERTIES'
process.roles=broker,controller
node.id=1
listeners=SASL_SSL://:9092,INNER://127.0.0.1:9094,CONTROLLER://127.0.0.1:9093
advertised.listeners=SASL_SSL://kafka.inner:9092,INNER://127.0.0.1:9094
listener.security.protocol.map=SASL_SSL:SASL_SSL,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INNER
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:9093
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=/tls/both.pem
log.dirs=/tmp/logs
offsets.topic.replication.factor=1
PROPERTIES
kafka-storage format -t 4L6g3nShT-eMCtK--X86sw -c /tmp/server.properties --add-scram "SCRAM-SHA-512=[name=runbook,password=$PASSWORD]"
exec kafka-server-start /tmp/server.properties
`
