import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { kafkaCluster } from '../../src/probes/kafka.ts'
import { sql } from '../../src/probes/postgres.ts'
import { redisInfo } from '../../src/probes/redis.ts'
import type { KafkaSpec, PostgresSpec, RedisSpec } from '../../src/targets/schema.ts'
import { startBroker } from '../support/kafka-broker.ts'
import { postgresBinaries, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { bulk, startRedis } from '../support/redis.ts'
import { testSession } from '../support/session.ts'
import { tlsBefore } from '../support/tls-end.ts'

describe('Redis over TLS', () => {
  const replies = { 'INFO server': bulk('redis_version:7.2.4\r\n') }
  const read = (spec: RedisSpec) => redisInfo(spec, 'server').read(testSession({ 'redis.password': 'secret' }))

  it('is asked where its certificate holds, as the user that the file names', async () => {
    await using server = await startRedis(replies, 'secret')
    await using end = await tlsBefore(server.port, { names: ['cache.inner'] })
    const tls = { tls: true, ca: end.ca, serverName: 'cache.inner', user: 'runbook' }
    const spec: RedisSpec = { host: '127.0.0.1', port: end.port, password: { env: 'UNUSED' }, ...tls }
    expect((await read(spec)).value).toEqual({ redis_version: '7.2.4' })
    expect(server.commands).toContain('AUTH runbook secret')
  })

  it('shows a client certificate where one is wanted', async () => {
    await using server = await startRedis(replies, 'secret')
    await using end = await tlsBefore(server.port, { requireClient: true })
    await using directory = await temporary()
    const clientCertificate = await directory.pair(end.client)
    const spec = { host: 'localhost', port: end.port, password: { env: 'UNUSED' }, tls: true, ca: end.ca }
    await expect(read(spec)).rejects.toThrow(/Redis localhost/)
    expect((await read({ ...spec, clientCertificate })).value).toEqual({ redis_version: '7.2.4' })
    const missing = { certificate: '/nonexistent/c.pem', key: '/nonexistent/k.pem' }
    await expect(read({ ...spec, clientCertificate: missing })).rejects.toThrow(/\/nonexistent\/c\.pem cannot be read/)
  })

  it('says that a certificate is not believed, that the name is another, and that no TLS is spoken', async () => {
    await using server = await startRedis(replies, 'secret')
    await using end = await tlsBefore(server.port, { names: ['cache.inner'] })
    const spec: RedisSpec = { host: '127.0.0.1', port: end.port, password: { env: 'UNUSED' }, tls: true }
    await expect(read(spec)).rejects.toThrow(/its certificate is not believed .*`ca` or `serverName`/)
    await expect(read({ ...spec, ca: end.ca })).rejects.toThrow(/not believed .*127\.0\.0\.1 is not in the cert/)
    await expect(read({ ...spec, port: server.port, ca: end.ca })).rejects.toThrow(/Redis/)
  })

  it('is reproduced by redis-cli with the same options', () => {
    const spec = { host: 'c', port: 1, password: { env: 'UNUSED' }, tls: true, ca: '/ca.pem', serverName: 'n', user: 'u' }
    expect(redisInfo(spec, 'server').access.reproduce).toBe(
      'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -h c -p 1 --user u --tls --cacert /ca.pem --sni n INFO server',
    )
  })
})

describe('Kafka over TLS', () => {
  const topics = { 'a.v1': [{ leader: 1, replicas: [1], isr: [1] }] }
  const read = (spec: KafkaSpec) => kafkaCluster(spec).read(testSession())

  it('is asked where its certificate is for the name that the broker tells, wherever it is reached', async () => {
    await using broker = await startBroker({ advertised: { host: 'kafka-1.inner', port: 9_093 }, topics })
    await using end = await tlsBefore(broker.port, { names: ['kafka-1.inner'] })
    const at = `127.0.0.1:${end.port}`
    const spec: KafkaSpec = {
      brokers: [at],
      replicationFactor: 1,
      overrides: { 'kafka-1.inner:9093': at },
      tls: true,
      ca: end.ca,
    }
    expect((await read(spec)).value.topics.map(({ name }) => name)).toEqual(['a.v1'])
    const named = { ...spec, overrides: { '*': at }, serverName: 'kafka-1.inner' }
    expect((await read(named)).value.brokers).toEqual([{ id: 1, host: 'kafka-1.inner', port: 9_093 }])
  })

  it('says that a certificate is not believed, and that the name is another', async () => {
    await using broker = await startBroker({ topics })
    await using end = await tlsBefore(broker.port, { names: ['kafka-1.inner'] })
    const spec: KafkaSpec = { brokers: [`127.0.0.1:${end.port}`], replicationFactor: 1, overrides: {}, tls: true }
    await expect(read(spec)).rejects.toThrow(/its certificate is not believed/)
    await expect(read({ ...spec, ca: end.ca })).rejects.toThrow(/not believed .*127\.0\.0\.1 is not in the cert/)
  })

  it('is reproduced with a configuration that names the secret and does not hold it', () => {
    const sasl = { mechanism: 'SCRAM-SHA-512', user: 'runbook', password: { env: 'UNUSED' } } as const
    const spec: KafkaSpec = { brokers: ['k:9093'], replicationFactor: 1, overrides: {}, tls: true, ca: '/ca.pem', sasl }
    const { reproduce } = kafkaCluster(spec).access
    const command = reproduce.replace('kafka-topics.sh', 'shown')
    const shown = execFileSync(
      'bash',
      ['-c', `shown() { while [ "$1" != --command-config ]; do shift; done; cat "$2"; }; KAFKA_SASL_PASSWORD=s3cret; ${command}`],
      { encoding: 'utf8' },
    )
    expect(reproduce).not.toContain('s3cret')
    expect(shown.trim().split('\n')).toEqual([
      'security.protocol=SASL_SSL',
      'ssl.truststore.type=PEM',
      'ssl.truststore.location=/ca.pem',
      'sasl.mechanism=SCRAM-SHA-512',
      "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username='runbook' password='s3cret';",
    ])
  })
})

describe.skipIf(postgresBinaries === undefined)('PostgreSQL over TLS (needs the server of npm)', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres[Symbol.asyncDispose]())

  const read = (spec: PostgresSpec) =>
    sql(spec, {
      operation: 'SELECT ssl',
      text: 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      row: z.object({ ssl: z.boolean() }),
    }).read(testSession({ 'postgres.password': postgres.password }))

  it('believes as much of a certificate as sslMode says', async () => {
    const before = { ...postgres.spec, ssl: true }
    await expect(read(before)).rejects.toThrow(/does not support SSL/)
    const { ca } = await withCertificate(postgres, ['db.inner'])
    await expect(read(before)).rejects.toThrow(/its certificate is not believed/)
    await expect(read({ ...before, ca })).rejects.toThrow(/not believed .*127\.0\.0\.1 is not in the cert/)
    for (const spec of [
      { ...before, sslMode: 'require' as const },
      { ...before, sslMode: 'verify-ca' as const, ca },
      { ...before, ca, serverName: 'db.inner' },
    ])
      expect((await read(spec)).value).toEqual([{ ssl: true }])
    await expect(read({ ...before, sslMode: 'verify-ca' })).rejects.toThrow(/not believed/)
  })

  it('is reproduced by psql with the same mode', () => {
    const spec = { ...postgres.spec, ssl: true, ca: '/ca.pem' }
    const probe = sql(spec, { operation: 'o', text: 'SELECT 1', row: z.object({}) })
    expect(probe.access.reproduce).toContain('PGSSLMODE=verify-full PGSSLROOTCERT=/ca.pem psql')
  })
})

/** Gives a running server a certificate for these names. */
async function withCertificate({ admin, directory }: TestPostgres, names: readonly string[]): Promise<{ readonly ca: string }> {
  const { createAuthority } = await import('../../src/targets/disposable/certificates.ts')
  const authority = await createAuthority({ name: 'Test CA', now: new Date() })
  const issued = await authority.issue({ names })
  const data = path.join(directory, 'server/data')
  await writeFile(path.join(data, 'server.crt'), issued.certificate)
  await writeFile(path.join(data, 'server.key'), issued.key, { mode: 0o600 })
  // As root the server runs as another account, to whom its key must belong.
  execFileSync('chown', ['--reference', data, path.join(data, 'server.key')])
  await admin("ALTER SYSTEM SET ssl = 'on'")
  await admin('SELECT pg_reload_conf()')
  await expect.poll(() => admin('SHOW ssl')).toEqual([{ ssl: 'on' }])
  return { ca: authority.certificate }
}

async function temporary() {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'tls-'))
  return {
    async pair({ certificate, key }: { readonly certificate: string; readonly key: string }) {
      const files = { certificate: path.join(directory, 'c.pem'), key: path.join(directory, 'k.pem') }
      await writeFile(files.certificate, certificate)
      await writeFile(files.key, key)
      return files
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}
