/** What was opened during a start, to be closed in the opposite order: on stop, or when the start failed half-way. */
export class Stopping {
  readonly #closers: (() => Promise<void>)[] = []
  #closed: Promise<void> | undefined

  /** Remembers how to close something; where closing has begun already, closes it at once. */
  async add(close: () => Promise<void>): Promise<void> {
    if (this.#closed === undefined) this.#closers.push(close)
    else await close()
  }

  /** Closes everything once, last opened first; what fails to close does not keep the rest from closing. @throws AggregateError */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  async #closeAll(): Promise<void> {
    const problems: unknown[] = []
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        problems.push(error)
      }
    }
    if (problems.length > 0) throw new AggregateError(problems, problems.map(String).join('; '))
  }
}
