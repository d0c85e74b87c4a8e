import type { TargetSpec } from '../../targets/schema.ts'
import { resolveSecret, secretReferences } from '../../targets/secrets.ts'
import type { Finding } from './finding.ts'

/** Follows every secret reference and says which give something; what they give is kept for the run's connections only. */
export async function followSecrets(
  spec: TargetSpec,
): Promise<{ readonly findings: Finding[]; readonly secrets: Record<string, string> }> {
  const followed = await Promise.all(
    secretReferences(spec).map(async ([key, reference]) => {
      const address =
        'env' in reference ? `env ${reference.env}` : 'file' in reference ? reference.file : reference.command.join(' ')
      const [result] = await Promise.allSettled([resolveSecret(key, reference)])
      if (result.status === 'fulfilled') {
        const finding: Finding = { part: key, address, state: 'reached', detail: 'the reference gives a secret', todo: [] }
        return { key, secret: result.value, finding }
      }
      const [detail = '', ...todo] = String(result.reason.message).replace(`${key}: `, '').split('; ')
      return { key, secret: undefined, finding: { part: key, address, state: 'unreachable' as const, detail, todo } }
    }),
  )
  const found = followed.flatMap(({ key, secret }) => (secret === undefined ? [] : [[key, secret] as const]))
  return { findings: followed.map(({ finding }) => finding), secrets: Object.fromEntries(found) }
}
