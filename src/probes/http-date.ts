import { Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { type HttpOptions, http } from './http.ts'

/** By how much a clock is ahead of the observer's, in milliseconds: no less and no more than this. */
export interface ClockOffset {
  readonly least: number
  readonly most: number
}

/** An HTTP date names a whole second and drops the rest of it. */
const DATE_RESOLUTION_MS = 1000

/** How far the clock of an HTTP server is ahead of the observer's, by the Date header of one answer, whatever its status. */
export function httpDate(options: HttpOptions): Probe<ClockOffset> {
  const probe = http({ method: 'HEAD', ...options })
  return {
    kind: 'http-date',
    access: probe.access,
    deadlineMs: probe.deadlineMs,
    async read(session) {
      const startMs = Date.now()
      const { value } = await probe.read(session)
      const endMs = Date.now()
      const text = value.headers.date ?? ''
      const date = Date.parse(text)
      if (Number.isNaN(date)) throw dateless(probe.access.address, text)
      return {
        value: { least: date - endMs, most: date + DATE_RESOLUTION_MS - startMs },
        raw: `HTTP ${value.status}\nDate: ${text}`,
      }
    },
  }
}

function dateless(address: string, text: string): Unobserved {
  const what = text === '' ? 'no Date header' : `a Date header that is no date (${text})`
  return new Unobserved({
    id: `date:${address}`,
    text: `${address} answered with ${what}; let the server send one, RFC 9110 asks it to`,
  })
}
