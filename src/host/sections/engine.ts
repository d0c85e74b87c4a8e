import { z } from 'zod'
import type { Section } from '../frame.ts'
import type { ParseContext } from '../parse.ts'
import { firstEntry } from './entries.ts'
import { all, cell, whole } from './rows.ts'

const logConfig = z.object({ Type: z.string(), Config: z.record(z.string(), z.string()).nullish() })
const ulimits = z.array(z.object({ Name: z.string(), Soft: z.int(), Hard: z.int() })).nullable()

export function engine(section: Section, { root }: ParseContext): unknown {
  const [serverVersion = '', loggingDriver = '', storageDriver = ''] = cell(section, 'server').split('|')
  const file = firstEntry(section, root)
  return {
    clientVersion: /(\d+\.\d+[^\s,]*)/.exec(cell(section, 'client'))?.[1] ?? '',
    serverVersion,
    loggingDriver,
    storageDriver,
    // The client prints the template's empty fields before its complaint.
    answer: cell(section, 'answer').replace(/^[|\s]+/, ''),
    daemonJson: { path: file.path, exists: file.exists, text: section.files[0]?.text ?? '', modified: file.modified },
    daemonStarted: started(all(section, 'started')[0]),
    containers: all(section, 'container').map(container),
  }
}

/** Ticks since boot, ticks in a second, boot time. */
function started([ticks, perSecond, boot]: string[] = []): number | null {
  const [a, b, c] = [whole(ticks), whole(perSecond), whole(boot)]
  return a === null || b === null || c === null || b === 0 ? null : Math.floor(c + a / b)
}

function container([name = '', log = '{}', limits = 'null']: string[]) {
  const { Type, Config } = logConfig.parse(JSON.parse(log))
  return {
    name: name.replace(/^\//, ''),
    logDriver: Type,
    logOptions: Config ?? {},
    ulimits: (ulimits.parse(JSON.parse(limits)) ?? []).map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
  }
}

export function composeVersion(section: Section): unknown {
  return { command: cell(section, 'compose'), version: cell(section, 'compose', 1).replace(/^v/, '') }
}

export function units(section: Section): unknown {
  return {
    manager: cell(section, 'manager'),
    units: all(section, 'unit').map(([name = '', active = '', enabled = '']) => ({ name, active, enabled })),
  }
}
