import { mistakeIn, usage } from './catalogue.ts'

/** `npm run bench`: lists the benchmarks; `npm run bench -- NAME [arguments]` runs one and prints a table for docs/benchmarks.md. */

const [, , wanted, ...rest] = process.argv
if (wanted === undefined || [wanted, ...rest].includes('--help')) {
  console.log(usage())
} else {
  const mistake = mistakeIn(wanted, rest)
  if (mistake === undefined) {
    // Each benchmark reads its own arguments, as if it had been started by itself.
    process.argv.splice(2, process.argv.length - 2, ...rest)
    await import(`./${wanted}.ts`)
  } else {
    console.error(`${mistake}\nnpm run bench lists them all`)
    process.exitCode = 2
  }
}
