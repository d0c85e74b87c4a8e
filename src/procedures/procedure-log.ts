import { appendFile } from 'node:fs/promises'
import type { Procedure } from './procedure.ts'
import type { ProcedureReport, StepReport } from './run.ts'

/** Where a procedure tells an operator how far it is: lines that begin with the UTC time. */
export interface ProcedureLog {
  begun(procedure: Procedure): Promise<void>
  step(step: StepReport, number: number, of: number): Promise<void>
  ended(report: ProcedureReport): Promise<void>
}

/** Appends to a log file, one line an event: `rollback started`, `step 1 of 7: check inputs done in 8 ms`, `rollback completed`. */
export function procedureLog(file: string): ProcedureLog {
  const write = (level: 'INFO' | 'ERROR', text: string): Promise<void> =>
    appendFile(
      file,
      `[${new Date().toISOString().slice(0, 19).replace('T', ' ')}] ${level} ${text.replaceAll(/\s*\n\s*/g, ' ')}\n`,
      {
        mode: 0o640,
      },
    )
  return {
    begun: ({ name, inputs }) => write('INFO', `${name} started: ${JSON.stringify(inputs)}`),
    step: ({ name, ms, resumed }, number, of) =>
      write('INFO', `step ${number} of ${of}: ${name} ${resumed ? 'was done before' : `done in ${Math.round(ms)} ms`}`),
    async ended({ procedure, outcome, failure, ms }) {
      if (outcome === 'done' || failure === null) return write('INFO', `${procedure} completed in ${Math.round(ms)} ms`)
      await write('ERROR', `${procedure} failed at "${failure.step}": ${failure.message}`)
      await write('INFO', `next: ${failure.whenItFails}; then ${failure.next}`)
    },
  }
}
