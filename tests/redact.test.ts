import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cap, createRedactor } from '../src/redact.ts'

const secret = fc
  .oneof(
    fc.string({ minLength: 4, maxLength: 60 }),
    fc.string({ minLength: 4, maxLength: 60, unit: 'binary' }),
    fc.base64String({ minLength: 8 }),
  )
  .filter((text) => text.length >= 4 && !'[redacted]"[redacted]"\'[redacted]\''.includes(text))
const around = fc.string({ maxLength: 200, unit: 'binary' })

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8')
const lower = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

const FORMS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  base64: (text) => utf8(text).toString('base64').replace(/=+$/, ''),
  base64url: (text) => utf8(text).toString('base64url'),
  'URL-encoded': encoded,
  'URL-encoded in lower case': (text) => lower(encoded(text)),
  'form-encoded': (text) => new URLSearchParams([['', text]]).toString().slice(1),
  'JSON-escaped': (text) => JSON.stringify(text).slice(1, -1),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  'JSON three times': (text) => JSON.stringify(JSON.stringify(JSON.stringify(text))).slice(7, -7),
  'JSON four times': (text) => JSON.stringify(JSON.stringify(JSON.stringify(JSON.stringify(text)))).slice(15, -15),
  'HTML-escaped': (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  hex: (text) => utf8(text).toString('hex'),
  'upper-case hex': (text) => utf8(text).toString('hex').toUpperCase(),
}

describe('createRedactor with known secrets', () => {
  it.each(Object.entries(FORMS))('removes a secret put anywhere, %s', (_name, form) => {
    fc.assert(
      fc.property(around, secret, around, (before, text, after) => {
        const needle = form(text)
        expect(createRedactor([text])(before + needle + after)).not.toContain(needle)
      }),
    )
  })

  it('removes a secret that is base64-encoded amid other bytes, at every alignment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), secret, fc.uint8Array({ maxLength: 30 }), (before, text, after) => {
        const blob = Buffer.concat([before, utf8(text), after])
        const redacted = createRedactor([text])(`x ${blob.toString('base64')} x`)
        const own = blob
          .toString('base64')
          .slice(Math.ceil((before.length * 8) / 6), Math.floor(((before.length + utf8(text).length) * 8) / 6))
        expect(redacted).not.toContain(own)
      }),
    )
  })

  it('leaves text without a secret as it is', () => {
    const text = 'HTTP/1.1 200 OK\ncontent-type: application/json\n\n{"status":"healthy","max_tokens":4096}\n'
    expect(createRedactor(['s3cr3t-value'])(text)).toBe(text)
  })

  it('removes secrets that overlap or hold one another', () => {
    const redact = createRedactor(['abcdef', 'defghi', 'cde'])
    expect(redact('x abcdefghi y abcdef')).toBe('x [redacted] y [redacted]')
  })

  it('removes a short secret only where it is a whole value', () => {
    const redact = createRedactor(['pw'])
    expect(redact('user=pw, "pw" powered by pwsh')).toBe('user=[redacted], "[redacted]" powered by pwsh')
  })

  it('ignores an empty secret', () => {
    expect(createRedactor([''])('nothing to see')).toBe('nothing to see')
  })
})

describe('createRedactor by shape', () => {
  const redact = createRedactor([])

  it.each([
    [
      'a raw header',
      'GET / HTTP/1.1\r\nAuthorization: Bearer abc.def\r\nHost: x',
      'GET / HTTP/1.1\r\nAuthorization: Bearer [redacted]\r\nHost: x',
    ],
    ['a header with quotes', 'Authorization: Digest username="u", response="6629"', 'Authorization: Digest [redacted]'],
    ['curl -v', '> X-API-Key: k1\n< Set-Cookie: a=1; Secure', '> X-API-Key: [redacted]\n< Set-Cookie: [redacted]'],
    ['a quoted header', "curl -H 'X-API-Key: k1' http://x", "curl -H 'X-API-Key: [redacted]' http://x"],
    ['a JSON header', '{"authorization":"Basic YTpi","host":"x"}', '{"authorization":"[redacted]","host":"x"}'],
    ['a JSON header list', '{"set-cookie":["a=1","b=\\"]2"],"x":[1]}', '{"set-cookie":["[redacted]"],"x":[1]}'],
    ['JSON in JSON', '{"m":"{\\"x-api-key\\":\\"k1\\",\\"a\\":1}"}', '{"m":"{\\"x-api-key\\":\\"[redacted]\\",\\"a\\":1}"}'],
    ['a password in a URL', 'postgres://app:s3/c@db:5432/x redis://:pw@r', 'postgres://app:s3/c@db:5432/x redis://:[redacted]@r'],
    ['a URL', 'amqp://user:p@ss:w0rd@mq/x', 'amqp://user:[redacted]@mq/x'],
    ['an environment line', 'POSTGRES_PASSWORD=a&b,c "d\nB=1', 'POSTGRES_PASSWORD=[redacted]\nB=1'],
    ['an assignment within a line', 'host=x password=y dbname=z', 'host=x password=[redacted] dbname=z'],
    ['a query', 'GET /q?api_key=abc&x=1', 'GET /q?api_key=[redacted]&x=1'],
    ['a JSON password', '{"db_password": "a\\"b", "n": 1}', '{"db_password": "[redacted]", "n": 1}'],
    ['YAML', 'smtp:\n  auth_password: hunter2\n  port: 25', 'smtp:\n  auth_password: [redacted]\n  port: 25'],
    ['a private key', 'a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb', 'a\n[redacted]\nb'],
    ['half a private key', 'a\n-----BEGIN PRIVATE KEY-----\nMII', 'a\n[redacted]'],
    ['an AWS key', 'id AKIAIOSFODNN7EXAMPLE.', 'id [redacted].'],
    ['a JWT', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-_x.', 'token [redacted].'],
    ['a GitHub token', `push ghp_${'a1'.repeat(18)} now`, 'push [redacted] now'],
    ['a Slack token', ['xoxb', '123456789012', 'abcdef'].join('-'), '[redacted]'],
  ])('removes %s', (_name, text, expected) => {
    expect(redact(text)).toBe(expected)
  })

  it.each([
    'curl -sS -H "X-API-Key: $API_KEY" https://hooks.example.test/health',
    'curl -H "Authorization: Bearer $API_KEY" https://x.test',
    'curl -H \'Authorization: Bearer \'"$API_KEY" https://x.test',
    'PGPASSWORD="$POSTGRES_PASSWORD" psql -h db -c "select 1"',
    'psql "postgres://app:$PGPASSWORD@db:5432/x"',
    'POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password',
    'the password is too short: expected at least 16 characters, received 5',
  ])('leaves a reference to a secret as it is: %s', (text) => {
    expect(redact(text)).toBe(text)
  })
})

describe('createRedactor on large text', () => {
  const mega = 1 << 20
  const hostile = [
    'a',
    ' ',
    '\n',
    '"',
    '\\',
    '\\"',
    '{"a":"b \\"c\\"",',
    '://a:',
    'eyJ-',
    '-----BEGIN PRIVATE KEY-----',
    'authorization: ',
    '"set-cookie":["',
    'password="',
    "password='",
    '\\"password\\":\\"',
    'X-API-Key: k\n',
    'xoxb-',
  ]

  it.each(hostile)('takes time linear in its length: %j repeated', (piece) => {
    const redact = createRedactor(Array.from({ length: 10 }, (_, index) => `secret-number-${index}/+=`))
    const text = piece.repeat(Math.ceil(mega / piece.length))
    const start = process.cpuUsage()
    redact(text)
    const { user, system } = process.cpuUsage(start)
    // 10 to 30 ms where measured; a quadratic pattern takes minutes.
    expect((user + system) / 1_000, 'ms of the processor').toBeLessThan(2_000)
  })

  it('survives one value of a megabyte', () => {
    expect(createRedactor([])(`{"password":"${'a'.repeat(mega)}"}`)).toBe('{"password":"[redacted]"}')
  })
})

describe('cap', () => {
  it('leaves a text that fits', () => {
    expect(cap('äöü', 6)).toBe('äöü')
  })

  it('cuts between characters and says how much is missing', () => {
    expect(cap('ääää', 5)).toBe('ää\n[cut: 4 of 8 bytes are not shown]')
  })

  it('cuts at a near end of line', () => {
    expect(cap(`${'x'.repeat(95)}\n${'y'.repeat(100)}`, 100)).toBe(`${'x'.repeat(95)}\n[cut: 100 of 196 bytes are not shown]`)
  })

  it('never keeps more than asked and never breaks a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 300 }), (text, max) => {
        const kept = cap(text, max).replace(/\n?\[cut: \d+ of \d+ bytes are not shown\]$/, '')
        expect(utf8(kept).length).toBeLessThanOrEqual(max)
        expect(text.toWellFormed().startsWith(kept)).toBe(true)
      }),
    )
  })
})
