import { messageWire, type OpenWire } from './wire.ts'

/** Commands that change nothing, by their first words. */
const READING = [
  'PING',
  'INFO',
  'DBSIZE',
  'TIME',
  'LASTSAVE',
  'ROLE',
  'ACL WHOAMI',
  'CONFIG GET',
  'LATENCY LATEST',
  'SLOWLOG LEN',
  'MEMORY STATS',
]
/** Commands by which a client introduces itself, which hold for its connection alone. */
const OF_THE_CONNECTION = ['AUTH', 'CLIENT SETNAME', 'QUIT']

/** Redis's protocol, RESP: commands as arrays of words. */
export const redisWire: OpenWire = (record) =>
  messageWire((buffered) => {
    const words: string[] = []
    let place = 0
    const line = (): string | undefined => {
      const end = buffered.indexOf('\r\n', place)
      if (end === -1) return undefined
      const text = buffered.toString('utf8', place, end)
      place = end + 2
      return text
    }
    const head = line()
    if (head === undefined) return 0
    if (!/^\*\d+$/.test(head)) throw new Error(`a command that is no array of words: ${head.slice(0, 40)}`)
    for (let left = Number(head.slice(1)); left > 0; left -= 1) {
      const length = line()
      if (length === undefined || buffered.length < place + Number(length.slice(1)) + 2) return 0
      words.push(buffered.toString('utf8', place, place + Number(length.slice(1))))
      place += Number(length.slice(1)) + 2
    }
    record(judged(words))
    return place
  })

function judged(words: readonly string[]): { readonly what: string; readonly isReading: boolean } {
  const command = words.join(' ')
  const is = (known: string): boolean => `${command.toUpperCase()} `.startsWith(`${known} `)
  const own = OF_THE_CONNECTION.find(is)
  return own === undefined ? { what: command.slice(0, 120), isReading: READING.some(is) } : { what: own, isReading: true }
}
