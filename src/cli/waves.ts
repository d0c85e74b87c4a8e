/** How long those that are ready wait for the others, in milliseconds. */
const PATIENCE_MS = 3_000

/**
 * Hands over what is being prepared, in as many waves as it takes: all at once where all are ready soon, otherwise those that
 * are, and the slow ones later, so that one that does not answer holds up no other. Rejects as a preparation does.
 */
export async function* waves<T>(preparing: readonly Promise<T>[], patienceMs = PATIENCE_MS): AsyncGenerator<T[]> {
  const slots = preparing.map((work) => slotOf(work))
  for (let waiting = slots; waiting.length > 0; ) {
    const works = waiting.map(({ work }) => work)
    await Promise.race(works)
    await allOrPatience(works, patienceMs)
    const ready = waiting.filter(({ result }) => result !== undefined)
    waiting = waiting.filter(({ result }) => result === undefined)
    yield ready.flatMap(({ result }) => (result === undefined ? [] : [result.value]))
  }
}

interface Slot<T> {
  readonly work: Promise<void>
  result: { readonly value: T } | undefined
}

function slotOf<T>(preparing: Promise<T>): Slot<T> {
  const slot: { work: Promise<void>; result: Slot<T>['result'] } = { work: Promise.resolve(), result: undefined }
  slot.work = preparing.then((value) => {
    slot.result = { value }
  })
  return slot
}

async function allOrPatience(works: readonly Promise<void>[], patienceMs: number): Promise<void> {
  const { promise: patience, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  try {
    await Promise.race([Promise.all(works), patience])
  } finally {
    clearTimeout(timer)
  }
}
