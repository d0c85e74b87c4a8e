export { ADMINISTRATOR } from './database.ts'
export type { EnsureImages, HadImage, Images } from './images.ts'
export { type EphemeralOptions, startEphemeral } from './start.ts'
