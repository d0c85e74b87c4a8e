/** What a judge said when it failed: its message and what it had received. @throws where it did not fail, or ended in another way. */
export async function failureOf(judging: Promise<unknown>): Promise<string> {
  const [result] = await Promise.allSettled([judging])
  if (result.status === 'fulfilled') throw new Error('the judge let it pass')
  const error: unknown = result.reason
  if (!(error instanceof Error) || error.name !== 'AssertionError') throw error
  const actual: unknown = 'actual' in error ? error.actual : undefined
  return `${error.message} ${JSON.stringify(actual)}`
}
