import { readdirSync } from 'node:fs'
import path from 'node:path'

/** `npm run bench`: lists the benchmarks; `npm run bench -- NAME [arguments]` runs one and prints a table for docs/benchmarks.md. */

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => path.basename(file, '.ts'))

const [, , wanted, ...rest] = process.argv
if (wanted === undefined) {
  console.log(`npm run bench -- NAME [arguments]\n\nbenchmarks: ${names.join(', ')}`)
} else if (names.includes(wanted)) {
  // Each benchmark reads its own arguments, as if it had been started by itself.
  process.argv.splice(2, process.argv.length - 2, ...rest)
  await import(`./${wanted}.ts`)
} else {
  console.error(`there is no benchmark "${wanted}"; there are ${names.join(', ')}`)
  process.exitCode = 2
}
