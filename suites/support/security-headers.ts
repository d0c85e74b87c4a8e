const SECONDS_PER_DAY = 86_400

/** What is missing in the headers of a public answer, or tells an attacker too much. */
export function securityHeaderProblems(headers: Readonly<Record<string, string>>, hstsDays: number): string[] {
  const maxAge = Number(/(?:^|;)\s*max-age="?(\d+)/i.exec(headers['strict-transport-security'] ?? '')?.[1] ?? 0)
  const problems: string[] = []
  if (maxAge < hstsDays * SECONDS_PER_DAY)
    problems.push(`Strict-Transport-Security lasts ${Math.floor(maxAge / SECONDS_PER_DAY)} days`)
  if (headers['x-content-type-options']?.toLowerCase() !== 'nosniff') problems.push('X-Content-Type-Options is not nosniff')
  for (const name of ['server', 'x-powered-by', 'x-aspnet-version']) {
    const value = headers[name] ?? ''
    if (/\d/.test(value)) problems.push(`${name} tells a version: ${value}`)
  }
  return problems
}
