import os from 'node:os'
import { freeBytes } from '../../disk.ts'
import type { Engine } from './engine.ts'

/** What the stack and a drill take beside it, in bytes: measured 0.7 GB and 0.4 GB, and room for a busy moment. */
const MEMORY = 2_000_000_000
/** What containers write, in bytes: databases, logs, a drill's images. */
const ENGINE_DISK = 1_000_000_000
/** What a run writes on this machine: the host's tree, backups, the report's evidence. */
const RUN_DISK = 300_000_000

/** @throws Error naming what there is too little of, how much is needed, and what to do. */
export async function requireRoom(engine: Pick<Engine, 'memory' | 'directory'>, runDirectory: string): Promise<void> {
  requireMemory(engine.memory)
  await requireDisk(engine.directory, ENGINE_DISK, 'where the container engine keeps containers')
  await requireDisk(runDirectory, RUN_DISK, 'where this run keeps its files')
}

function requireMemory(total: number): void {
  // An engine of this machine shares its memory with whatever else runs here.
  const isHere = total === os.totalmem()
  const room = isHere ? os.freemem() : total
  if (room >= MEMORY) return
  const has = isHere ? 'are free on this machine' : 'are all that the container engine’s machine has'
  throw new Error(
    `too little memory: ${gigabytes(room)} ${has}, the stack takes ${gigabytes(MEMORY)}; end what else runs there, or give the engine more`,
  )
}

async function requireDisk(directory: string, needed: number, what: string): Promise<void> {
  const free = await freeBytes(directory)
  if (free === undefined || free >= needed) return
  throw new Error(
    `too little disk: ${directory}, ${what}, has ${gigabytes(free)} left, ${gigabytes(needed)} are needed; free some of it, for instance with docker system prune`,
  )
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
