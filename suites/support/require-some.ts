import { NotApplicable } from '../../src/outcome.ts'

/** @throws NotApplicable where the target has none of what the line is about. */
export function requireSome(list: readonly unknown[], why: string): void {
  if (list.length === 0) throw new NotApplicable(why)
}
