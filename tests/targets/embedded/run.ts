import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startEmbedded } from '../../../src/targets/embedded/index.ts'
import { startWatchdog } from '../../../src/watchdog/index.ts'

/** A run that opens the embedded target and waits, for the tests to kill: what it left must be nothing. */
const watchdog = await startWatchdog()
const runDirectory = mkdtempSync(path.join(os.tmpdir(), 'embedded-run-'))
watchdog.guardDirectory(runDirectory)
process.stdout.write(`${JSON.stringify({ watchdog: watchdog.pid, runDirectory })}\n`)
const target = await startEmbedded({ runDirectory, watchdog, signal: AbortSignal.timeout(60_000) })
process.stdout.write(`${JSON.stringify({ postgres: target.control.postgres?.pid })}\n`)
setInterval(() => undefined, 1_000)
