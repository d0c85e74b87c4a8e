import { statfs } from 'node:fs/promises'

/** Bytes that are free where that directory lies; undefined where it is not on this machine, or not to be seen. */
export async function freeBytes(directory: string): Promise<number | undefined> {
  const [{ status, ...answer }] = await Promise.allSettled([statfs(directory)])
  return status === 'fulfilled' && 'value' in answer ? answer.value.bavail * answer.value.bsize : undefined
}
