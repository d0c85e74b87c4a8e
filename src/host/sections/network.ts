import type { Section } from '../frame.ts'
import { all, cell, whole, words } from './rows.ts'
import { hexSocket } from './sockets.ts'

export function links(section: Section): unknown {
  const leaving = cell(section, 'default')
  return {
    links: all(section, 'link').map(([name = '', state = '', speed, kind]) => {
      const megabits = whole(speed)
      return {
        name,
        state,
        // Links without a speed say 0, -1, or 65535 and more.
        speed: megabits === null || megabits === 0 || megabits === 65_535 || megabits > 4_000_000 ? null : megabits,
        defaultRoute: name === leaving,
        virtual: kind === 'virtual',
      }
    }),
  }
}

export function listeners(section: Section): unknown {
  const found = [
    ...words(section, 'ss').flatMap(ssLine),
    ...['tcp', 'tcp6'].flatMap((table) => words(section, table).flatMap(hexSocket)),
  ]
  return { listeners: [...new Map(found.map((socket) => [JSON.stringify(socket), socket])).values()] }
}

/** `LISTEN 0 4096 127.0.0.1:5432 0.0.0.0:* users:(("postgres",pid=1,fd=5))` */
function ssLine(line: string) {
  const [, address, port, process = ''] = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+\s*(?:users:\(\("([^"]*)")?/.exec(line) ?? []
  if (address === undefined || port === undefined) return []
  const bare = address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  return [{ address: bare === '*' ? '::' : bare, port: Number(port), process }]
}

export function firewall(section: Section): unknown {
  const text = section.files[0]?.text ?? ''
  return {
    tool: cell(section, 'tool'),
    frontEnd: cell(section, 'front'),
    rules: text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  }
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/refused/i, 'refused'],
  [/not known|resolv|name or service|bad address|nodename/i, 'unresolved'],
  [/timed? ?out/i, 'timeout'],
]

export function connectivity(section: Section): unknown {
  return {
    targets: all(section, 'connect').map(([address, status, said = '']) => ({ address, result: connection(status ?? '', said) })),
  }
}

function connection(status: string, said: string): string {
  if (status === '0') return 'open'
  if (status === '137' || status === '124') return 'timeout'
  return WORDS.find(([pattern]) => pattern.test(said))?.[1] ?? 'failed'
}
