export type { EmbeddedControl, ServiceControl } from './control.ts'
export { describeEmbedded } from './describe.ts'
export { type EmbeddedOptions, type EmbeddedTarget, startEmbedded } from './start.ts'
