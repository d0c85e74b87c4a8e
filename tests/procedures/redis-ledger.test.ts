import { describe, expect, it } from 'vitest'
import { openRedisLedger } from '../../src/procedures/redis-ledger.ts'
import { bulk, startRedis } from '../support/redis.ts'

const array = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`
const keys = (...names: readonly string[]): string => array(...names.map(bulk))
const NULL = '$-1\r\n'
const tokenOf = (value: string) => (value.startsWith('t') ? { id: value, number: Number(value.slice(1)) } : undefined)
const place = (port: number, password = 'right') => ({ host: '127.0.0.1', port, password })

describe('keys with a prefix as a place of tokens', () => {
  it('are read through every page of a scan, each once, and deleted at the end', async () => {
    await using redis = await startRedis(
      {
        'SCAN 0 MATCH drill-1:* COUNT 1000': array(bulk('42'), keys('drill-1:a', 'drill-1:b')),
        'SCAN 42 MATCH drill-1:* COUNT 1000': array(bulk('0'), keys('drill-1:b', 'drill-1:c', 'drill-1:d')),
        // b expired between scan and get; c holds nobody's token; a and d hold the same one.
        'MGET drill-1:a drill-1:b drill-1:c drill-1:d': array(bulk('t1'), NULL, bulk('other'), bulk('t1')),
        'UNLINK drill-1:a drill-1:b drill-1:c drill-1:d': ':4\r\n',
      },
      'right',
    )
    const ledger = await openRedisLedger({ redis: place(redis.port), prefix: 'drill-1:', tokenOf })
    expect(ledger).toMatchObject({ name: 'redis', takenBack: false })
    expect(await ledger.read()).toEqual([
      { id: 't1', number: 1 },
      { id: 't1', number: 1 },
    ])
    await ledger.close()
    expect(redis.commands).toContain('UNLINK drill-1:a drill-1:b drill-1:c drill-1:d')
  })

  it('may be none', async () => {
    await using redis = await startRedis({ 'SCAN 0 MATCH drill-1:* COUNT 1000': array(bulk('0'), keys()) }, 'right')
    const ledger = await openRedisLedger({ redis: place(redis.port), prefix: 'drill-1:', tokenOf })
    expect(await ledger.read()).toEqual([])
    await ledger.close()
    expect(redis.commands.filter((command) => /^(MGET|UNLINK)/.test(command))).toEqual([])
  })

  it('are not opened with a wrong password, on a closed port, or with a prefix that is a pattern', async () => {
    await using redis = await startRedis({}, 'right')
    await expect(openRedisLedger({ redis: place(redis.port, 'wrong'), prefix: 'drill-1:', tokenOf })).rejects.toThrow(/WRONGPASS/)
    await expect(openRedisLedger({ redis: place(1), prefix: 'drill-1:', tokenOf })).rejects.toThrow(/ECONNREFUSED/)
    await expect(openRedisLedger({ redis: place(1), prefix: 'hook:*', tokenOf })).rejects.toThrow(RangeError)
  })
})
