/** Nothing can be had from this machine's container engine as it is: none answers, it is too old, its disk is full. Exit code 3. */
export class EngineUnusable extends Error {
  override readonly name = 'EngineUnusable'
}

/** One image could not be pulled or built; the message says what was tried and how it ended. */
export class ImageFailed extends Error {
  override readonly name = 'ImageFailed'
}

const DISK_FULL = /no space left on device|ENOSPC|disk quota exceeded/i

/** Throws the error that a person can act on where the words tell that the engine's disk is full. */
export function refuseFullDisk(text: string): void {
  if (!DISK_FULL.test(text)) return
  throw new EngineUnusable(
    `the container engine's disk is full: ${text.trim().split('\n').at(-1)}\nfree some of it, for instance with \`docker system prune\`, and run this again`,
  )
}

/** What went wrong, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The engine's own words, without what its client library puts before them. */
export function engineWords(message: string): string {
  return message.replace(/^\(HTTP code \d+\) [\w ]+ - /, '').trim()
}
