import type { Probe } from '../probe.ts'
import type { HttpAnswer } from './http.ts'

/** An answer, and whether the secret that was sent came back in it. */
export interface Echo {
  readonly status: number
  readonly echoed: boolean
}

/** Looks for the secret of that name in headers and body of an answer; what leaves is only whether it is there. */
export function echo(source: Probe<HttpAnswer>, secretName: string): Probe<Echo> {
  return {
    ...source,
    kind: 'http-echo',
    derived: true,
    deadlineMs: source.deadlineMs + 1_000,
    async read(session) {
      const { value, raw } = await session.share(source)
      const secret = session.secret(secretName)
      const forms = [
        secret,
        Buffer.from(secret).toString('base64'),
        encodeURIComponent(secret),
        JSON.stringify(secret).slice(1, -1),
      ]
      const text = `${Object.values(value.headers).join('\n')}\n${value.body}`
      return { value: { status: value.status, echoed: forms.some((form) => text.includes(form)) }, raw }
    },
  }
}
