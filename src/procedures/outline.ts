/** One step of a procedure as a person understands it; how a program and how a shell do it stands elsewhere, by its name. */
export interface StepOutline {
  readonly name: string
  /** One sentence: what is done and why here. */
  readonly describe: string
  /** What must be so before anything is changed; absent: the step may always begin. */
  readonly requires?: string
  /** What must become so within the deadline; absent: the step is done when its action has ended. */
  readonly becomes?: string
  /** What an earlier run did stands: doing it again later would do something else. */
  readonly once?: true
  /** What a person does when this step fails. */
  readonly whenItFails: string
}

/** A procedure's steps in their order: the one list that the drill runs and the printed script is made of. */
export interface Outline {
  readonly name: string
  /** What to do after it has stopped. */
  readonly again: string
  readonly steps: readonly StepOutline[]
}

/** One way of doing each step: neither a step nor a promised precondition or check can be left out, and none be added. */
export type Bodies<O extends Outline, Act, Ask> = {
  readonly [S in O['steps'][number] as S['name']]: { readonly run: Act } & (S extends { readonly requires: string }
    ? { readonly precondition: Ask }
    : unknown) &
    (S extends { readonly becomes: string } ? { readonly verify: Ask } : unknown)
}

/** A step's body, whichever step it is. */
export interface Body<Act, Ask> {
  readonly run: Act
  readonly precondition?: Ask
  readonly verify?: Ask
}

/** The steps in their order, each with its body. */
export function withBodies<const O extends Outline, Act, Ask>(
  outline: O,
  bodies: Bodies<O, Act, Ask>,
): (StepOutline & Body<Act, Ask>)[] {
  const byName = new Map<string, Body<Act, Ask>>(Object.entries(bodies))
  return outline.steps.map((step) => {
    const body = byName.get(step.name)
    if (body === undefined) throw new Error(`${outline.name}: the step "${step.name}" has no body`)
    return { ...step, ...body }
  })
}
