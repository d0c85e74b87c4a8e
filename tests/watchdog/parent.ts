import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startWatchdog } from '../../src/watchdog/index.ts'

/** A run in small, for the tests to kill: a guarded child that ignores SIGTERM, a guarded directory, and their names on stdout. */
const watchdog = await startWatchdog()
const directory = mkdtempSync(path.join(os.tmpdir(), 'watchdog-parent-'))
watchdog.guardDirectory(directory)
writeFileSync(path.join(directory, 'file'), 'x')
const stubborn = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1000; done'], { detached: true, stdio: 'ignore' })
watchdog.guardProcess(stubborn.pid ?? -1)
process.stdout.write(`${JSON.stringify({ watchdog: watchdog.pid, child: stubborn.pid, directory })}\n`)
if (process.argv[2] === 'exit') process.exit(0)
setInterval(() => undefined, 1_000)
