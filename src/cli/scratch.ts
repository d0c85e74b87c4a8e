import { constants, readFileSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import os from 'node:os'

const SHARED_MEMORY = '/dev/shm'
/** A run keeps some 100 MB there; a drill may need several times that. */
const ROOM_BYTES = 2_000_000_000

/**
 * Where a run's throwaway files lie: where TMPDIR says; otherwise in shared memory, where a database is made in a third of the
 * time, if programs may be run from there and there is room; otherwise in the system's temporary directory.
 */
export async function scratchDirectory(): Promise<string> {
  if (process.env.TMPDIR !== undefined || process.platform !== 'linux') return os.tmpdir()
  return (await isRoomy(SHARED_MEMORY)) && runsPrograms(SHARED_MEMORY) ? SHARED_MEMORY : os.tmpdir()
}

async function isRoomy(directory: string): Promise<boolean> {
  try {
    await access(directory, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize > ROOM_BYTES
  } catch (error) {
    // Not there, or not ours to write to: the temporary directory serves as well, only slower.
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

/** A mount with noexec would refuse the stand-in commands of the host tree. */
function runsPrograms(directory: string): boolean {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const options = mounts.map((line) => line.split(' ')).findLast(([, at]) => at === directory)?.[3]
  return options !== undefined && !options.split(',').includes('noexec')
}
