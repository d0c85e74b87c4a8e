import { createServer } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpAnswer, http } from '../../src/probes/http.ts'
import { type Listening, listening } from '../probes/support/server.ts'
import { lookAt } from '../support/hostile/look.ts'
import { fakeProbe } from '../support/probes.ts'

/** A secret as people and generators make them; not so short that it is part of ordinary words. */
const secret = fc
  .oneof(
    fc.string({ minLength: 8, maxLength: 40 }),
    fc.string({ minLength: 8, maxLength: 30, unit: 'grapheme' }),
    fc.base64String({ minLength: 12, maxLength: 44 }),
    fc.stringMatching(/^[0-9a-f]{16,64}$/),
  )
  .filter((text) => text.trim() === text && new Set(text).size >= 6 && text.length >= 8)

/** Every form in which the redactor claims to know a secret. */
const FORMS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  'URL-encoded': (text) => encodeURIComponent(text.toWellFormed()),
  'form-encoded': (text) => new URLSearchParams([['', text]]).toString().slice(1),
  base64: (text) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
  'base64 within more': (text) => Buffer.from(`user:${text}`).toString('base64'),
  'JSON-escaped': (text) => JSON.stringify(text).slice(1, -1),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  'HTML-escaped': (text) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  hex: (text) => Buffer.from(text).toString('hex'),
}

/** Where a secret may turn up in what a system says. */
const PLACES: Readonly<Record<string, (secret: string) => string>> = {
  'a header': (text) => `HTTP 200\nx-debug: ${text}\n\n{}`,
  'a body': (text) => `HTTP 500\n\n<h1>Error</h1> cannot connect with ${text} to the database`,
  'a log line': (text) => `2026-01-01T00:00:00Z ERROR dsn=${text} refused`,
  'an SQL error': (text) => `ERROR 28P01: password "${text}" for user "app" is wrong`,
  'the environment of a container': (text) => JSON.stringify({ Env: ['A=1', `DATABASE=${text}`] }),
  'a label': (text) => `up{instance="${text}"} 1`,
  'the name of a file': (text) => `entry\t/backups/${text}/database.dump`,
}

const place = fc.constantFrom(...Object.keys(PLACES))
const form = fc.constantFrom(...Object.keys(FORMS))
const put = (where: string, how: string, text: string): string => PLACES[where]?.(FORMS[how]?.(text) ?? '') ?? ''

/** The forms that would give the secret away, as they would stand in a file, which may escape them once more. */
function givenAway(shown: ReadonlyMap<string, string>, text: string, how: string): string[] {
  const needle = FORMS[how]?.(text) ?? ''
  const escaped = [needle, JSON.stringify(needle).slice(1, -1), FORMS['HTML-escaped']?.(needle) ?? '']
  const core = how === 'base64 within more' ? [Buffer.from(text).toString('base64').slice(0, -4)] : escaped
  return [...shown].filter(([, content]) => core.some((one) => content.includes(one))).map(([file]) => file)
}

const RUNS = { numRuns: 40 }

describe('a secret, in any form, in any answer, appears in no file of the report and not on the terminal', () => {
  it('as evidence, as what a check received, and as a cause', async () => {
    await fc.assert(
      fc.asyncProperty(secret, place, form, fc.constantFrom('passed', 'failed', 'thrown'), async (text, where, how, ending) => {
        const said = put(where, how, text)
        const probe = fakeProbe(
          async () => {
            if (ending === 'thrown') throw new Error(said)
            return { value: said, raw: said }
          },
          { access: { system: 'part', address: 'part:1', operation: said, effect: 'read', reproduce: `cat ${said}` } },
        )
        const judge = (answer: string): void => {
          if (ending === 'failed') expect(answer, `what came: ${answer}`).toBe('nothing')
        }
        const { shown } = await lookAt({ probe, judge, secrets: { password: text } })
        expect(givenAway(shown, text, how)).toEqual([])
      }),
      RUNS,
    )
  })

  describe('sent by a real server', () => {
    let server: Listening
    let answer: readonly string[] = []
    beforeAll(async () => {
      server = await listening(
        createServer((_request, response) => {
          response.writeHead(500, { 'x-debug': encodeURIComponent(answer.join('').toWellFormed()).slice(0, 2_000) })
          for (const chunk of answer) response.write(chunk)
          response.end()
        }),
      )
    })
    afterAll(() => server[Symbol.asyncDispose]())

    it('split over chunks', async () => {
      await fc.assert(
        fc.asyncProperty(secret, place, form, fc.nat(), fc.nat(), async (text, where, how, one, other) => {
          const said = put(where, how, text)
          const cuts = [one % said.length, other % said.length].sort((a, b) => a - b)
          answer = [said.slice(0, cuts[0]), said.slice(cuts[0], cuts[1]), said.slice(cuts[1])].filter((chunk) => chunk !== '')
          const probe = http({ system: 'service', url: `http://${server.address}` })
          const judge = ({ body }: HttpAnswer): void => expect(body).toBe('healthy')
          const { shown } = await lookAt({ probe, judge, secrets: { password: text } })
          expect(givenAway(shown, text, how)).toEqual([])
        }),
        RUNS,
      )
    })
  })
})
