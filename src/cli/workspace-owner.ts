import { rmSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isGone, thisProcess } from '../watchdog/owner.ts'

/** Tells which process a workspace belongs to. One that belongs to nobody is somebody's to look at. */
const OWNER_FILE = 'owner'
const WORKSPACE = /^runbook-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export async function writeOwner(directory: string): Promise<void> {
  await writeFile(path.join(directory, OWNER_FILE), thisProcess())
}

/** From now on no run takes it for one that was left behind. */
export function disown(directory: string): void {
  rmSync(path.join(directory, OWNER_FILE), { force: true })
}

/** Removes workspaces whose run is gone and whose watchdog was killed with it; never one of a run that lives, or that is to be kept. */
export async function sweepWorkspaces(scratch: string): Promise<void> {
  const names = (await readdir(scratch)).filter((name) => WORKSPACE.test(name))
  await Promise.all(names.map((name) => sweep(path.join(scratch, name))))
}

async function sweep(directory: string): Promise<void> {
  // Another account's, or one that another run removes at this moment, is not ours to complain of.
  const [owner] = await Promise.allSettled([readFile(path.join(directory, OWNER_FILE), 'utf8')])
  if (owner.status === 'rejected' || owner.value === '' || !isGone(owner.value)) return
  await Promise.allSettled([rm(directory, { recursive: true, force: true })])
}
