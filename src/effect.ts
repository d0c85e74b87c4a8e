/** What an access does to a target, from harmless to destructive, in the order in which they are granted. */
export const EFFECTS = ['read', 'exec', 'synthetic-write', 'load', 'copy-data', 'drill'] as const

export type Effect = (typeof EFFECTS)[number]
