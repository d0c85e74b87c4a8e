/** Writes whole lines to stdout and returns the exit code of whoever has nothing more to say. */
export function print(text: string): 0 {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return 0
}
