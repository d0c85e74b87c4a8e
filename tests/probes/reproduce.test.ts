import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinHostPort, quote, secretVariable, splitHostPort } from '../../src/probes/reproduce.ts'

describe('a reproduce line', () => {
  it('quotes any word so that a shell gives it back', () => {
    const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text)
    fc.assert(
      fc.property(word, (text) => {
        expect(execFileSync('sh', ['-c', `printf '%s.' ${quote(text)}`]).toString()).toBe(`${text}.`)
      }),
      { numRuns: 30 },
    )
  })

  it.each([
    ['apiKey', '"$API_KEY"'],
    ['postgres.password', '"$POSTGRES_PASSWORD"'],
    ['grafana.adminPassword', '"$GRAFANA_ADMIN_PASSWORD"'],
  ])('names the secret %s as %s', (name, variable) => {
    expect(secretVariable(name)).toBe(variable)
  })

  it.each([
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['[::1]:443', '::1', 443],
    ['db.test:5432', 'db.test', 5432],
  ])('takes %s apart and joins it again', (address, host, port) => {
    expect(splitHostPort(address)).toEqual({ host, port })
    expect(joinHostPort(host, port)).toBe(address)
  })

  it('refuses what is no address', () => {
    expect(() => splitHostPort('db.test')).toThrow('expected host:port')
  })
})
