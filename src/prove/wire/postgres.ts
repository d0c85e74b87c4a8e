import { SqlSession, sqlInWords } from './sql.ts'
import { messageWire, type OpenWire } from './wire.ts'

const SSL_REQUEST = 80_877_103
const GSS_REQUEST = 80_877_104
const CANCEL_REQUEST = 80_877_102
const PROTOCOL_3 = 3

/** Messages that carry a statement on, or end the session: they ask for nothing that was not asked before. */
const CARRYING: ReadonlySet<string> = new Set(['B', 'D', 'E', 'S', 'H', 'C', 'X', 'p'])

/** PostgreSQL's protocol 3: statements read where they stand in a transaction that is read only. */
export const postgresWire: OpenWire = (record) => {
  const session = new SqlSession()
  let isStarted = false
  const begin = (buffered: Buffer): number => {
    if (buffered.length < 8 || buffered.length < buffered.readInt32BE(0)) return 0
    const code = buffered.readInt32BE(4)
    isStarted = code >> 16 === PROTOCOL_3
    if (code === CANCEL_REQUEST) record({ what: 'cancel a statement', isReading: false })
    else if (!isStarted && code !== SSL_REQUEST && code !== GSS_REQUEST)
      record({ what: `not understood: protocol ${code}`, isReading: false })
    return buffered.readInt32BE(0)
  }
  const statement = (text: string): void => record({ what: sqlInWords(text), isReading: session.reads(text) })
  return messageWire((buffered) => {
    if (!isStarted) return begin(buffered)
    if (buffered.length < 5 || buffered.length < 1 + buffered.readInt32BE(1)) return 0
    const length = 1 + buffered.readInt32BE(1)
    const kind = buffered.toString('latin1', 0, 1)
    const body = buffered.subarray(5, length).toString('utf8')
    if (kind === 'Q') statement(body.split('\0')[0] ?? '')
    else if (kind === 'P') statement(body.split('\0')[1] ?? '')
    else if (!CARRYING.has(kind)) record({ what: `message ${kind}`, isReading: false })
    return length
  })
}
