export { type EnsureOptions, ensureImages } from './ensure.ts'
export { EngineUnusable } from './failures.ts'
export type { ImageOutcome, ObtainedImage, UnobtainableImage } from './obtain.ts'
