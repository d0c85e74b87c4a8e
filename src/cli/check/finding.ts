/** What became of one part of a target file. */
export interface Finding {
  /** The key in the file, such as `postgres` or `hosts.services`. */
  readonly part: string
  readonly address: string
  /** `partly`: it answers, but does not tell everything; `undescribed`: the file does not say where it is. */
  readonly state: 'reached' | 'partly' | 'unreachable' | 'undescribed' | 'absent'
  readonly detail: string
  /** What would mend it, one by one. */
  readonly todo: readonly string[]
}

/** True where something stands between the operator and a whole answer. */
export function isTrouble({ state }: Finding): boolean {
  return state === 'partly' || state === 'unreachable'
}
