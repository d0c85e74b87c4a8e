/** So many at once; the others wait in the order in which they came. */
export class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** Resolves when it is the caller's turn; `done` must follow, whatever comes of it. */
  async take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    await promise
  }

  /** Passes the turn on. */
  done(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

/** Many may be quiet together; who is loud is alone. Whoever is loud goes before those who come later. */
export class Quiet {
  #quiet = 0
  #isLoud = false
  readonly #waiting: { readonly isLoud: boolean; readonly start: () => void }[] = []

  /** Does the work among others that are quiet. */
  quietly<T>(work: () => Promise<T>): Promise<T> {
    return this.#run(false, work)
  }

  /** Does the work while nobody else does any. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#run(true, work)
  }

  async #run<T>(isLoud: boolean, work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ isLoud, start: resolve })
    this.#startWaiting()
    await promise
    try {
      return await work()
    } finally {
      if (isLoud) this.#isLoud = false
      else this.#quiet -= 1
      this.#startWaiting()
    }
  }

  #startWaiting(): void {
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined || this.#isLoud || (next.isLoud && this.#quiet > 0)) return
      this.#waiting.shift()
      if (next.isLoud) this.#isLoud = true
      else this.#quiet += 1
      next.start()
    }
  }
}
