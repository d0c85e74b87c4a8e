import type { Site } from './site.ts'

/** The comment at the top of a script: what it is, where, from what, how long, who decides, and how it is run. A paragraph each. */
export function headerOf(site: Site, what: string, particulars: readonly string[]): string[] {
  const { host, target, file, lookedAt, help, notes, project, composeFile, database } = site
  const place =
    database.service === undefined ? `at ${database.host}:${database.port}` : `in the service ${database.service} of the project`
  return [
    what,
    '',
    `Target ${target} (${file}), host ${host.name} (${host.address}, looked at as ${host.account} at ${seconds(lookedAt)} UTC, reading only).`,
    `Compose project ${project} (${composeFile}); database ${database.name} ${place}, role ${database.user}.`,
    ...particulars,
    ...notes.map((note) => `Note: ${note}`),
    '',
    'Nothing of the runbook runs this. A person reads it, has it approved, copies it to the host, and runs it there: first with --list, then with --dry-run, then without. It stops at the first step that fails, says what to do, and goes on from there when it is run again. It holds no secret: those are taken on the host, from its secrets directory or environment file.',
    `When it does not go on: ${help}.`,
  ]
}

/** `2026-01-02 03:04:05`. */
export function seconds(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ')
}
