import { quote } from '../../host/questions.ts'
import type { CommandResult, Shell } from '../../host/shell.ts'
import type { TargetSpec } from '../../targets/schema.ts'

const QUESTION_MS = 120_000
const SCRIPT_MS = 900_000
const MAX_BYTES = 8 * 1_024 ** 2

/** The host of the proof, as an operator uses it: over ssh, with bash. */
export interface Machine {
  /** Runs a line of bash. @throws Error where it does not end with 0 */
  sh(line: string, stdin?: string): Promise<string>
  /** Runs a printed script, and kills it with all that it has started as soon as it has printed that. */
  script(text: string, killAt?: string): Promise<CommandResult>
  /** Runs statements in the product's database as its administrator. */
  sql(statements: string): Promise<string>
  /** Service → id of the image that runs. */
  running(): Promise<Readonly<Record<string, string>>>
}

/** Runs a script in a session of its own and ends that session once its output has the words; what it printed is printed. */
const WATCH = `
words=$1 file=$2
setsid bash "$file" --yes >"$file.out" 2>"$file.err" </dev/null &
pid=$!
while [ -n "$words" ] && kill -0 "$pid" 2>/dev/null; do
  if grep -qF -e "$words" "$file.out"; then kill -9 -- "-$pid"; break; fi
  sleep 0.02
done
wait "$pid"
code=$?
cat "$file.out"
cat "$file.err" >&2
exit "$code"
`

export function machine(shell: Shell, { compose, postgres }: TargetSpec, signal: AbortSignal): Machine {
  const project = compose?.project ?? ''
  const run = (argv: readonly string[], timeoutMs: number, stdin = ''): Promise<CommandResult> =>
    shell.run(argv, { timeoutMs, maxBytes: MAX_BYTES, signal, stdin })
  const sh = async (line: string, stdin = ''): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(['bash', '-c', `set -euo pipefail\n${line}`], QUESTION_MS, stdin)
    if (exitCode !== 0) throw new Error(`on the host: ${line.slice(0, 200)}: ${exitCode}: ${stderr.trim().slice(-1_000)}`)
    return stdout
  }
  const ofProject = `label=com.docker.compose.project=${project}`
  return {
    sh,
    async script(text, killAt = '') {
      await sh('cat >"$HOME/procedure.sh"', text)
      return run(['bash', '-c', WATCH, 'bash', killAt, 'procedure.sh'], SCRIPT_MS)
    },
    sql: (statements) =>
      sh(
        `docker exec -i ${quote(`${project}-postgres-1`)} sh -c 'exec psql -AtqX -v ON_ERROR_STOP=1 -U "\${POSTGRES_USER:-postgres}" -d "$1"' sh ${quote(postgres?.database ?? '')}`,
        statements,
      ),
    async running() {
      const format = '{{index .Config.Labels "com.docker.compose.service"}} {{.Image}}'
      const lines = await sh(`docker inspect --format ${quote(format)} $(docker ps --quiet --filter ${quote(ofProject)})`)
      return Object.fromEntries(
        lines
          .trim()
          .split('\n')
          .map((line) => line.split(' ') as [string, string])
          .toSorted(),
      )
    },
  }
}
